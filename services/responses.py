"""One response at a time: submitted, corrected, withdrawn, admitted; figures and findings follow in the same transaction.

One verb per transaction: a second one would wait for rows of customers while it holds the wave.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isfinite
from uuid import uuid4

import numpy as np
from sqlalchemy import delete
from sqlmodel import Session, col

from db import bulk
from db.columns import milliseconds
from db.models import Answer, Customer, Invitation, Response, Wave
from db.queries.layouts import layout_of_version, layout_of_wave
from db.queries.responses import (
    bring_up_to_date,
    levels_of_response,
    response_for,
    response_with_key,
    wave_for,
)
from db.rollups import RETURNS, Layout, ReturnDelta, add_returns, batch_of
from domain.access import NotThere, Viewer
from domain.answers import Given, Levels, given_of, levels_of
from domain.errors import N_, Refusal
from domain.scores import response_scores
from services.audit import audit
from services.following import follow
from services.invitations import Returned, mark_returned
from services.opinion_findings import keep_opinions_of_response
from services.recording import NewResponses, WaveChangedMeanwhile, cohort_id, content_hash, count, record
from settings import settings

NO_RATING = "no rating"


class ResponseIsIn(Refusal):
    """A response with this key came in before and says something else."""

    def __init__(self) -> None:
        super().__init__(N_("This response is in already, with other answers. Correct it instead."))


class ReasonMissing(Refusal):
    """A change without a reason."""

    def __init__(self) -> None:
        super().__init__(N_("Say why: the reason is kept with the old values."))


class ResponseNotCounted(Refusal):
    """A response whose status doesn't allow what was asked."""

    def __init__(self, status: str) -> None:
        super().__init__(N_("This response can't be changed like this any more."))
        self.status = status


class WeightInvalid(Refusal):
    """A weight that is negative or no number."""

    def __init__(self, weight: float) -> None:
        super().__init__(N_("{weight} is no weight: it must be a number, 0 or more."), weight=weight)


def submit(
    session: Session,
    *,
    wave: Wave,
    answers: Mapping[str, Given | None],
    by: Viewer,
    at: datetime,
    customer: Customer | None = None,
    segment: str | None = None,
    region: str | None = None,
    channel: str = "",
    opinions: Sequence[str] = (),
    weight: float | None = None,
    respondent: str = "",
    submitted_at: datetime | None = None,
    row_key: str | None = None,
    invitation: Invitation | None = None,
) -> int:
    """Writes a response, whose answers are level codes or numbers 0–100 by item code; figures and findings follow.

    Returns the response's key.
    An answer to an invitation takes customer and cohort from it. Otherwise segment and region are the customer's where
    not given. The same `row_key` with the same content again changes nothing and returns the first response's key.
    Raises ItemUnknown, LevelUnknown, NumberOutOfRange, WeightInvalid, ResponseIsIn, InvitationAnswered,
    WaveTakesNothing, WaveChangedMeanwhile, NotAllowed, NotThere (a seller enters for own customers only).
    """
    by.check("enter_responses")
    bring_up_to_date(session, by, wave)
    layout = layout_of_wave(session, wave)
    levels = levels_of(answers, layout.scheme)
    if weight is not None and not (isfinite(weight) and weight >= 0):
        raise WeightInvalid(weight)
    asked = _locked(session, wave, invitation)
    _check_customer(session, by, asked, customer)
    customer_id = asked.customer_id if asked else customer.id if customer else None
    cohort = asked.cohort_id if asked else cohort_id(session, *_cohort(customer, segment, region, channel))
    known_key = row_key or (f"invitation:{asked.id}" if asked else "")
    key = known_key or uuid4().hex
    said = [text.strip() for text in opinions if text.strip()]
    digest = content_hash(cohort, customer_id, levels.tolist(), said, weight, respondent)
    if known_key and (known := response_with_key(session, wave.id or 0, key)):
        return _same(known, digest)
    returned_at = submitted_at or at
    returned = _returned(asked, returned_at)
    mark_returned(session, [returned] if returned else [])
    new = NewResponses(
        levels=levels[None, :],
        cohort=np.array([cohort], dtype=np.int64),
        customer=np.array([customer_id or 0], dtype=np.int64),
        row_keys=[key],
        content_hashes=[digest],
        weights=[weight],
        respondents=[respondent],
        submitted=[None if submitted_at is None else milliseconds(submitted_at)],
        opinions=[said],
        late=[returned is not None and not returned.in_time],
        invitations=[asked.id if asked else None],
        entered_by_id=by.user_id or None,
    )
    (response_id,) = record(session, wave, layout, new, at=at).ids
    if asked and asked.state == "undeliverable":  # as it was before
        add_returns(session, wave.id or 0, [ReturnDelta(cohort, customer_id, _returns(undeliverable=-1))])
    session.refresh(asked) if asked else None
    if not response_id:  # somebody else wrote the same key a moment ago
        return _same(response_with_key(session, wave.id or 0, key), digest)
    _follow(session, wave, customer_id, at)
    audit(session, by=by.user_id, at=at, verb="submit", about="response", about_id=response_id)
    return response_id


def correct(
    session: Session,
    *,
    response_id: int,
    answers: Mapping[str, Given | None],
    by: Viewer,
    at: datetime,
    reason: str,
    how: str = "",
) -> Response:
    """Changes the named answers of a response (None = blank) and keeps the old ones in the audit trail, as level codes.

    `how` says on which way the answers came (phone, mail, message, visit), where somebody asked the customer again.

    Without any rating left it becomes invalid, and with one again it counts. In a closed wave only quality may do so:
    live figures move, the frozen result and its findings don't. Raises ReasonMissing, ResponseNotCounted where it was
    withdrawn, ItemUnknown, LevelUnknown, NumberOutOfRange, NotAllowed, NotThere, WaveChangedMeanwhile.
    """
    response, wave, layout = _held(session, response_id, by, reason)
    if response.status == "withdrawn":
        raise ResponseNotCounted(response.status)
    before = levels_of_response(session, response_id, layout)
    after = levels_of(answers, layout.scheme, before)
    if (before == after).all():
        return response
    was = response.status
    _replace_answers(session, response_id, layout, before, after)
    _set_score(response, after, layout)
    _set_status(response, wave)
    _move(session, wave, layout, response, (before, was), (after, response.status), at)
    changes = _changes(before, after, layout)
    more = {"how": how} if how else {}
    _audit(session, "correct", response, by, at, reason, answers=changes, status=[was, response.status], **more)
    return response


def withdraw(session: Session, *, response_id: int, by: Viewer, at: datetime, reason: str) -> Response:
    """Takes a response out of the figures; its row stays. Raises as `correct`."""
    response, wave, layout = _held(session, response_id, by, reason)
    if response.status == "withdrawn":
        raise ResponseNotCounted(response.status)
    was, response.status = response.status, "withdrawn"
    levels = levels_of_response(session, response_id, layout)
    _move(session, wave, layout, response, (levels, was), (levels, "withdrawn"), at)
    keep_opinions_of_response(session, response_id, at=at)
    _audit(session, "withdraw", response, by, at, reason, status=[was, "withdrawn"])
    return response


def admit(session: Session, *, response_id: int, by: Viewer, at: datetime, reason: str) -> Response:
    """Lets a response count that came after closing: live figures move, the frozen result doesn't. Quality only.

    Raises ResponseNotCounted where it isn't waiting, and as `correct`.
    """
    by.check("change_closed")
    response, wave, layout = _held(session, response_id, by, reason)
    if response.status != "after_close":
        raise ResponseNotCounted(response.status)
    response.status = "counted"
    levels = levels_of_response(session, response_id, layout)
    _move(session, wave, layout, response, (levels, "after_close"), (levels, "counted"), at)
    _audit(session, "admit", response, by, at, reason, status=["after_close", "counted"])
    return response


def _locked(session: Session, wave: Wave, invitation: Invitation | None) -> Invitation | None:
    """The invitation as it now is, held until the transaction ends; one of another wave isn't there."""
    if invitation is None:
        return None
    asked = session.get(Invitation, invitation.id, with_for_update=True, populate_existing=True)
    if asked is None or asked.wave_id != wave.id:
        raise NotThere
    return asked


def _check_customer(session: Session, by: Viewer, asked: Invitation | None, customer: Customer | None) -> None:
    """A seller enters for own customers only."""
    if by.only_customers_of is None:
        return
    key = asked.customer_id if asked else customer.id if customer else None
    owner = session.get(Customer, key, populate_existing=True) if key else None
    if owner is None or owner.sales_owner_id != by.only_customers_of:
        raise NotThere


def _cohort(customer: Customer | None, segment: str | None, region: str | None, channel: str) -> tuple[str, str, str]:
    own = (customer.segment, customer.region) if customer else ("", "")
    return own[0] if segment is None else segment, own[1] if region is None else region, channel


def _returned(asked: Invitation | None, at: datetime) -> Returned | None:
    if asked is None or asked.id is None:
        return None
    day = at.astimezone(settings().zone).date()
    return Returned(asked.id, day, asked.due_on is None or day <= asked.due_on)


def _same(known: tuple[int, str] | None, digest: str) -> int:
    if known is None or known[1] != digest:
        raise ResponseIsIn
    return known[0]


def _held(session: Session, response_id: int, by: Viewer, reason: str) -> tuple[Response, Wave, Layout]:
    """The response locked, its wave and the scheme version it was scored under; checks who may change it, and why.

    Whoever only enters responses may change the own entries.
    """
    by.check("enter_responses")
    if not reason.strip():
        raise ReasonMissing
    response = response_for(session, by, response_id, locked=True)
    if response.entered_by_id != by.user_id:
        by.check("import")
    wave = wave_for(session, by, response.wave_id)
    if wave.state != "open":
        by.check("change_closed")
    return response, wave, layout_of_version(session, response.scheme_version_id)


def _replace_answers(session: Session, response_id: int, layout: Layout, before: Levels, after: Levels) -> None:
    changed = np.flatnonzero(before != after).tolist()
    ids = [layout.item_ids[column] for column in changed]
    session.connection().execute(
        delete(Answer).where(col(Answer.response_id) == response_id, col(Answer.item_id).in_(ids))
    )
    rows = [(response_id, layout.item_ids[column], int(after[column])) for column in changed if after[column] >= 0]
    bulk.insert_rows(session, Answer, ("response_id", "item_id", "level"), rows)


def _set_score(response: Response, levels: Levels, layout: Layout) -> None:
    scores = response_scores(levels[None, :], layout.scheme)
    response.score = int(scores.score[0, 0]) if scores.answered[0, 0] else None


def _set_status(response: Response, wave: Wave) -> None:
    """Without a rating invalid; with one again as if it had just come; the rest stays."""
    if response.score is None:
        response.status, response.invalid_reason = "invalid", NO_RATING
    elif response.invalid_reason == NO_RATING:
        response.status, response.invalid_reason = "counted" if wave.state == "open" else "after_close", ""


def _move(
    session: Session,
    wave: Wave,
    layout: Layout,
    response: Response,
    before: tuple[Levels, str],
    after: tuple[Levels, str],
    at: datetime,
) -> None:
    """Moves figures and findings from levels and status before to those after."""
    session.flush()
    moved = [(levels, sign) for (levels, status), sign in ((before, -1), (after, 1)) if status == "counted"]
    levels = np.array([one for one, _ in moved], dtype=np.int16).reshape(len(moved), len(layout.item_ids))
    sign = np.array([one for _, one in moved], dtype=np.int64)
    same = np.ones(len(moved), dtype=np.int64)
    batch = batch_of(levels, same * response.cohort_id, same * (response.customer_id or 0), layout.scheme, sign=sign)
    kinds = {
        name: (after[1] == status) - (before[1] == status)
        for name, status in (("valid", "counted"), ("invalid", "invalid"))
    }
    state = wave.state
    returns = [ReturnDelta(response.cohort_id, response.customer_id, _returns(**kinds))]
    count(session, wave, layout, batch, returns, at=at)
    if wave.state != state:
        raise WaveChangedMeanwhile(wave.code)
    _follow(session, wave, response.customer_id, at)


def _follow(session: Session, wave: Wave, customer_id: int | None, at: datetime) -> None:
    """The next wave compares itself with a closed one, whose figures have just moved."""
    if wave.state == "closed":
        follow(session, wave, at=at, customers=[customer_id] if customer_id else [])


def _changes(before: Levels, after: Levels, layout: Layout) -> dict[str, list[Given | None]]:
    scheme = layout.scheme
    return {
        scheme.item_codes[column]: [given_of(int(before[column]), scheme), given_of(int(after[column]), scheme)]
        for column in np.flatnonzero(before != after).tolist()
    }


def _returns(**changed: int) -> tuple[int, ...]:
    return tuple(changed.get(name, 0) for name in RETURNS)


def _audit(
    session: Session, verb: str, response: Response, by: Viewer, at: datetime, reason: str, **details: object
) -> None:
    """The audit row with what was there before: levels and statuses are figures of the survey, not personal data."""
    audit(
        session,
        by=by.user_id,
        at=at,
        verb=verb,
        about="response",
        about_id=response.id,
        reason=reason.strip(),
        **details,
    )
    session.flush()
