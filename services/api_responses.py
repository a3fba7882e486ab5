"""Responses that programs send: one by `submit`, many in one transaction, all of them or none."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from math import isfinite
from typing import Any, Final
from uuid import uuid4

import numpy as np
from sqlmodel import Session, col, select

from db import bulk
from db.columns import milliseconds
from db.models import Customer, ExtraAnswer, Invitation, Response, Wave
from db.queries.layouts import layout_of_wave
from db.queries.responses import bring_up_to_date, response_with_key, wave_for
from db.rollups import RETURNS, ReturnDelta, add_returns
from domain.access import Viewer
from domain.answers import Given, Levels, levels_of
from domain.errors import N_, Refusal
from domain.filled_forms import extras_named
from services.api_customers import NamedCustomer, customers_named
from services.audit import audit
from services.following import follow
from services.invitations import Returned, mark_returned, token_hash
from services.questionnaires import questionnaire_of_wave
from services.recording import NewResponses, cohort_id, content_hash, record
from services.responses import ResponseIsIn, WeightInvalid, submit
from settings import settings

MOST: Final = 500
"""Responses in one request."""
CHANNEL: Final = "api"


class RowRefused(Refusal):
    """One of several responses can't go in, so none does; `cause` says why, `row` counts from 0."""

    def __init__(self, row: int, cause: Refusal) -> None:
        super().__init__(cause.template, **cause.values)
        self.row, self.cause = row, cause


class IdTwice(Refusal):
    """Two responses of one request have the same id."""

    def __init__(self, key: str) -> None:
        super().__init__(N_("The id “{id}” is in this request twice."), id=key)


class InvitationUnknown(Refusal):
    """A token that belongs to no invitation of the wave."""

    def __init__(self) -> None:
        super().__init__(N_("This wave has no invitation with this token."))


class Overtaken(Refusal):
    """Somebody else has written one of the responses a moment ago."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else has just sent one of these responses. Try again."))


class NamedInAnonymousWave(Refusal):
    """Something in a response to an anonymous wave would tell who gave it."""

    def __init__(self, what: str) -> None:
        super().__init__(N_("This wave is anonymous: leave out {field}."), field=what)
        self.what = what


@dataclass(frozen=True)
class Incoming:
    """A response on its way in; `id` is the program's own, under which it goes in once."""

    answers: Mapping[str, Given | None]
    id: str = ""
    invitation: str = field(default="", repr=False)
    customer: NamedCustomer | None = None
    segment: str | None = None
    region: str | None = None
    channel: str = CHANNEL
    opinions: tuple[str, ...] = ()
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weight: float | None = None
    respondent: str = ""
    submitted_at: datetime | None = None


@dataclass(frozen=True)
class Taken:
    """What became of a response: its key, whether it is new, its status (counted, invalid, after_close, withdrawn)."""

    response: int
    is_new: bool
    status: str
    invalid_reason: str
    late: bool


@dataclass(frozen=True)
class _Row:
    """A response whose words are understood."""

    levels: Levels
    key: str
    customer: Customer | None
    asked: Invitation | None
    cohort: int
    digest: str
    opinions: list[str]
    weight: float | None
    respondent: str
    submitted_at: datetime | None
    is_late: bool
    extras: dict[str, str]

    @property
    def customer_id(self) -> int | None:
        return self.asked.customer_id if self.asked else self.customer.id if self.customer else None


def take_in(
    session: Session, *, wave_id: int, incoming: Sequence[Incoming], may_add: bool, by: Viewer, at: datetime
) -> list[Taken]:
    """Writes responses, in one transaction; those whose id is in already with the same content are passed over.

    Raises RowRefused with ItemUnknown, LevelUnknown, NumberOutOfRange, WeightInvalid, InvitationUnknown,
    InvitationAnswered, ResponseIsIn, IdTwice, NamedInAnonymousWave; CustomerUnknown, WaveTakesNothing,
    WaveChangedMeanwhile, Overtaken, NotAllowed, NotThere.
    """
    by.check("run_waves")
    wave = wave_for(session, by, wave_id)
    if wave.is_anonymous:
        at = _day(at)
    asked = questionnaire_of_wave(session, wave) if any(one.extras for one in incoming) else None
    extras = [_in_row(row, extras_named, asked, one.extras) if asked else {} for row, one in enumerate(incoming)]
    session.expunge(wave)
    for row, one in enumerate(incoming):
        _in_row(row, _check_nameless, wave, one)
    named = [one.customer for one in incoming if one.customer and not one.invitation]
    customers = customers_named(session, named, may_add=may_add, by=by, at=at)
    if len(incoming) == 1:
        return [_in_row(0, _take_one, session, wave, incoming[0], extras[0], customers, by, at)]
    return _take_many(session, wave, incoming, extras, customers, by, at)


def _take_one(
    session: Session,
    wave: Wave,
    one: Incoming,
    extras: dict[str, str],
    customers: dict[str, Customer],
    by: Viewer,
    at: datetime,
) -> Taken:
    key = _row_key(wave, one)
    asked = _invitations(session, wave, [one]).get(one.invitation) if one.invitation else None
    if one.invitation and asked is None:
        raise InvitationUnknown
    known = key or (f"invitation:{asked.id}" if asked else "")
    was_in = bool(known) and response_with_key(session, wave.id or 0, known) is not None
    response_id = submit(
        session,
        wave=wave,
        answers=one.answers,
        customer=customers[one.customer.code] if one.customer and not asked else None,
        segment=one.segment,
        region=one.region,
        channel=one.channel,
        opinions=one.opinions,
        weight=one.weight,
        respondent=one.respondent,
        submitted_at=_submitted(wave, one),
        row_key=key or None,
        invitation=asked,
        by=by,
        at=at,
    )
    if not was_in:
        beside = [(response_id, question, value) for question, value in sorted(extras.items())]
        bulk.insert_rows(session, ExtraAnswer, ("response_id", "question", "value"), beside)
    return _taken(session, {response_id: not was_in})[response_id]


def _take_many(
    session: Session,
    wave: Wave,
    incoming: Sequence[Incoming],
    extras: Sequence[dict[str, str]],
    customers: dict[str, Customer],
    by: Viewer,
    at: datetime,
) -> list[Taken]:
    """As `submit` does it, in the order of architecture.md 9: customers before the wave, so in one go for all."""
    bring_up_to_date(session, by, wave)
    layout = layout_of_wave(session, wave)
    asked = _invitations(session, wave, incoming)
    rows = _rows(session, wave, incoming, extras, customers, asked, at)
    there = _there(session, wave, [row.key for row in rows])
    for number, row in enumerate(rows):
        if row.key in there and there[row.key][1] != row.digest:
            raise RowRefused(number, ResponseIsIn())
    new = [row for row in rows if row.key not in there]
    mark_returned(session, [back for row in new if (back := _returned(row, at))])
    ids = record(session, wave, layout, _new_responses(new, by), at=at).ids if new else []
    if not all(ids):
        raise Overtaken
    _reached(session, wave, new)
    if new and wave.state == "closed":
        touched = sorted({row.customer_id for row in new if row.customer_id})
        follow(session, wave, at=at, customers=touched)
    audit(session, by=by.user_id, at=at, verb="submit", about="wave", about_id=wave.id, responses=len(new))
    keys = {row.key: key for row, key in zip(new, ids, strict=True)} | {key: one[0] for key, one in there.items()}
    taken = _taken(session, {keys[row.key]: row.key not in there for row in rows})
    return [taken[keys[row.key]] for row in rows]


def _rows(
    session: Session,
    wave: Wave,
    incoming: Sequence[Incoming],
    extras: Sequence[dict[str, str]],
    customers: dict[str, Customer],
    asked: dict[str, Invitation],
    at: datetime,
) -> list[_Row]:
    scheme = layout_of_wave(session, wave).scheme
    rows: list[_Row] = []
    cohorts: dict[tuple[str, str, str], int] = {}
    for place in sorted({_cohort(one, customers) for one in incoming if not one.invitation}):
        cohorts[place] = cohort_id(session, *place)
    seen: set[str] = set()
    for number, one in enumerate(incoming):
        levels = _in_row(number, levels_of, one.answers, scheme)
        if one.weight is not None and not (isfinite(one.weight) and one.weight >= 0):
            raise RowRefused(number, WeightInvalid(one.weight))
        invitation = asked.get(one.invitation) if one.invitation else None
        if one.invitation and invitation is None:
            raise RowRefused(number, InvitationUnknown())
        key = _row_key(wave, one) or (f"invitation:{invitation.id}" if invitation else uuid4().hex)
        if key in seen:
            raise RowRefused(number, IdTwice(one.id))
        seen.add(key)
        customer = customers[one.customer.code] if one.customer and not invitation else None
        customer_id = invitation.customer_id if invitation else customer.id if customer else None
        cohort = invitation.cohort_id if invitation else cohorts[_cohort(one, customers)]
        said = [text.strip() for text in one.opinions if text.strip()]
        digest = content_hash(cohort, customer_id, levels.tolist(), said, one.weight, one.respondent)
        when = _submitted(wave, one)
        is_late = bool(invitation and invitation.due_on and _on(when or at) > invitation.due_on)
        rest = (said, one.weight, one.respondent, when, is_late, extras[number])
        rows.append(_Row(levels, key, customer, invitation, cohort, digest, *rest))
    return rows


def _new_responses(rows: Sequence[_Row], by: Viewer) -> NewResponses:
    return NewResponses(
        levels=np.array([row.levels for row in rows], dtype=np.int16),
        cohort=np.array([row.cohort for row in rows], dtype=np.int64),
        customer=np.array([row.customer_id or 0 for row in rows], dtype=np.int64),
        row_keys=[row.key for row in rows],
        content_hashes=[row.digest for row in rows],
        weights=[row.weight for row in rows],
        respondents=[row.respondent for row in rows],
        submitted=[None if row.submitted_at is None else milliseconds(row.submitted_at) for row in rows],
        opinions=[row.opinions for row in rows],
        late=[row.is_late for row in rows],
        invitations=[row.asked.id if row.asked else None for row in rows],
        extras=[row.extras for row in rows],
        entered_by_id=by.user_id or None,
    )


def _invitations(session: Session, wave: Wave, incoming: Sequence[Incoming]) -> dict[str, Invitation]:
    """Invitations by their tokens, held until the transaction ends."""
    hashes = {token_hash(one.invitation): one.invitation for one in incoming if one.invitation}
    if not hashes:
        return {}
    statement = select(Invitation).where(Invitation.wave_id == wave.id, col(Invitation.token_hash).in_(sorted(hashes)))
    held = statement.order_by(col(Invitation.id)).with_for_update().execution_options(populate_existing=True)
    return {hashes[row.token_hash]: row for row in session.exec(held)}


def _there(session: Session, wave: Wave, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
    found = select(Response.row_key, Response.id, Response.content_hash).where(
        Response.wave_id == wave.id, col(Response.row_key).in_(keys)
    )
    return {row_key: (key or 0, digest) for row_key, key, digest in session.exec(found)}


def _taken(session: Session, is_new: dict[int, bool]) -> dict[int, Taken]:
    columns = select(Response.id, Response.status, Response.invalid_reason, Response.late)
    return {
        key: Taken(key, is_new[key], status, reason, late)
        for key, status, reason, late in session.exec(columns.where(col(Response.id).in_(sorted(is_new))))
        if key is not None
    }


def _reached(session: Session, wave: Wave, rows: Sequence[_Row]) -> None:
    """What was thought undeliverable has been answered."""
    less = tuple(-1 if name == "undeliverable" else 0 for name in RETURNS)
    deltas = [
        ReturnDelta(row.cohort, row.customer_id, less)
        for row in rows
        if row.asked and row.asked.state == "undeliverable"
    ]
    if deltas:
        add_returns(session, wave.id or 0, deltas)


def _returned(row: _Row, at: datetime) -> Returned | None:
    return Returned(row.asked.id or 0, _on(row.submitted_at or at), not row.is_late) if row.asked else None


def _check_nameless(wave: Wave, one: Incoming) -> None:
    said = {"customer": one.customer, "respondent": one.respondent, "invitation": one.invitation}
    for what, given in said.items():
        if wave.is_anonymous and given:
            raise NamedInAnonymousWave(what)


def _row_key(wave: Wave, one: Incoming) -> str:
    """The program's id; of an anonymous wave only what recognises it, which nobody can look up a person by."""
    if not one.id:
        return ""
    if not wave.is_anonymous:
        return f"api:{one.id}"
    secret = settings().secret_key.encode()
    return f"api:{hmac.digest(secret, f'response:{wave.id}:{one.id}'.encode(), 'sha256').hex()}"


def _submitted(wave: Wave, one: Incoming) -> datetime | None:
    return _day(one.submitted_at) if wave.is_anonymous and one.submitted_at else one.submitted_at


def _cohort(one: Incoming, customers: Mapping[str, Customer]) -> tuple[str, str, str]:
    customer = customers[one.customer.code] if one.customer else None
    own = (customer.segment, customer.region) if customer else ("", "")
    return (
        own[0] if one.segment is None else one.segment,
        own[1] if one.region is None else one.region,
        one.channel,
    )


def _on(moment: datetime) -> Any:
    return moment.astimezone(settings().zone).date()


def _day(moment: datetime) -> datetime:
    """The beginning of the day: of anonymous waves no more is kept."""
    return datetime.combine(_on(moment), time(), settings().zone)


def _in_row(row: int, does: Any, *arguments: Any) -> Any:
    """Calls something that belongs to one response; its refusals name the response."""
    try:
        return does(*arguments)
    except Refusal as refusal:
        raise RowRefused(row, refusal) from refusal
