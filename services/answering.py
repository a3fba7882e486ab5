"""Customers answer by their link: what a link opens, what was typed is kept, and an answer goes in exactly once."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from secrets import token_urlsafe
from typing import Final
from uuid import uuid4

from sqlalchemy import delete
from sqlmodel import Session, col, func, or_, select

from db import bulk
from db.columns import milliseconds
from db.models import (
    AnswerDraft,
    Cohort,
    Consent,
    Contact,
    ExtraAnswer,
    Invitation,
    ItemRow,
    OpenLink,
    OpenTry,
    Opinion,
    ProblemAnswer,
    Wave,
)
from db.queries.calendars import calendar_of
from db.queries.layouts import department_ids, layout_of_version
from db.queries.responses import response_with_key
from db.queries.standing import previous_wave
from db.rollups import RETURNS, ReturnDelta, add_returns
from domain.access import SYSTEM, Viewer
from domain.filled_forms import Fields, Filled, filled, kept_fields, names_of
from domain.questionnaire import Questionnaire
from domain.returns import due_on
from services.audit import audit
from services.invitations import Returned, mark_returned
from services.links import token_hash
from services.opinion_findings import keep_opinions_of_response
from services.questionnaires import questionnaire_for, questionnaire_of_wave
from services.responses import submit
from settings import settings

WEB: Final = "web"
"""The channel of answers through a wave's public link, and of consent given on the page."""
MOST_TRIES, TRIES_WITHIN = 60, timedelta(hours=1)
"""So many forms may come from one network address through one public link, a whole office with its poster included."""
MOST_PROBLEMS: Final = 5
"""So many earlier problems are asked about, the newest first."""


@dataclass(frozen=True)
class Link:
    """How somebody comes: the token in the address, and whether it is a wave's public one.

    `form` tells one opened form of a public link from another; "" where none was opened yet.
    """

    token: str
    is_public: bool = False
    form: str = ""


@dataclass(frozen=True)
class Problem:
    """An earlier problem of the customer who is asked."""

    id: int
    text: str


@dataclass(frozen=True)
class Opened:
    """What a link opens. `state`: ask, or why nothing is asked: unknown, answered, expired, closed, planned, busy."""

    state: str
    wave: Wave | None = None
    invitation: Invitation | None = None
    questionnaire: Questionnaire | None = None
    problems: tuple[Problem, ...] = ()
    fields: Fields = field(default_factory=dict)
    language: str = ""
    due_on: date | None = None
    is_late: bool = False

    @property
    def problem_ids(self) -> list[int]:
        return [problem.id for problem in self.problems]


@dataclass(frozen=True)
class Outcome:
    """What became of a form: `stored` or not, what the link opens now, and how the form was understood."""

    stored: bool
    opened: Opened
    form: Filled = field(default_factory=Filled)


def opened(session: Session, link: Link, *, at: datetime) -> Opened:
    """What a link opens at a moment, with what was kept of an earlier visit."""
    return _opened(session, link, at, lock=False)


def answer(
    session: Session,
    link: Link,
    *,
    given: Mapping[str, Sequence[str]],
    with_gaps: bool,
    address: str,
    at: datetime,
) -> Outcome:
    """Takes a form in: stored once, or kept and returned with what is wrong or, unless `with_gaps`, missing.

    A form that was opened before the wave was closed and is sent after it is kept as well (status after_close): it
    doesn't count unless quality admits it. A link that is opened after closing shows that the survey has ended.
    Raises WaveChangedMeanwhile where the wave is closed at this moment: ask again.
    """
    found = _opened(session, link, at, lock=True, after_close=True)
    if found.state != "ask" or found.questionnaire is None or found.wave is None:
        return Outcome(False, found)
    if link.is_public and not _may_try(session, found.wave, address, at):
        return Outcome(False, replace(found, state="busy"))
    fields = kept_fields(given, names_of(found.questionnaire, found.problem_ids))
    form, wave = filled(found.questionnaire, fields, found.problem_ids), found.wave
    found = replace(found, fields=fields)
    if form.errors or form.is_empty or (form.missing and not with_gaps):
        _keep(session, link, wave, fields, at)
        return Outcome(False, found, form)
    _store(session, link, found, form, at)
    session.exec(delete(AnswerDraft).where(col(AnswerDraft.key_hash) == draft_key(link)))
    return Outcome(True, replace(found, state="answered"), form)


def keep(session: Session, link: Link, *, given: Mapping[str, Sequence[str]], address: str, at: datetime) -> Opened:
    """Keeps what was typed, to go on later with the same link."""
    found = _opened(session, link, at, lock=True)
    if found.state != "ask" or found.questionnaire is None or found.wave is None:
        return found
    if link.is_public and not _may_try(session, found.wave, address, at):
        return replace(found, state="busy")
    fields = kept_fields(given, names_of(found.questionnaire, found.problem_ids))
    _keep(session, link, found.wave, fields, at)
    return replace(found, fields=fields)


def refuse(session: Session, link: Link, *, at: datetime) -> Opened:
    """Somebody doesn't want to take part: a result as well. The link stays open, in case they change their mind."""
    found = _opened(session, link, at, lock=True)
    if found.state != "ask" or found.wave is None or found.questionnaire is None:
        return found
    asked = None if found.wave.is_anonymous or found.invitation is None else found.invitation.id
    known = select(Consent.id).where(Consent.invitation_id == asked) if asked else None
    if known is None or session.exec(known).first() is None:
        refused = Consent(
            wave_id=found.wave.id or 0,
            invitation_id=asked,
            given=False,
            version=found.questionnaire.consent_version,
            channel=WEB,
            at=_moment(found.wave, at),
        )
        session.add(refused)
        session.flush()
        audit(session, by=None, at=_moment(found.wave, at), verb="refuse", about="wave", about_id=found.wave.id)
    session.exec(delete(AnswerDraft).where(col(AnswerDraft.key_hash) == draft_key(link)))
    return replace(found, state="refused")


def with_typed(found: Opened, given: Mapping[str, Sequence[str]]) -> Opened:
    """What a link opens, with what was typed into a form of it; nothing is kept."""
    if found.questionnaire is None or found.state != "ask":
        return found
    return replace(found, fields=kept_fields(given, names_of(found.questionnaire, found.problem_ids)))


def as_asked(session: Session, viewer: Viewer, wave_id: int, *, today: date, newest: bool = False) -> Opened:
    """What somebody would be asked who is sent a wave's questionnaire today, `newest`: as it was saved last.

    Raises NotAllowed, NotThere.
    """
    wave, asked = questionnaire_for(session, viewer, wave_id, newest=newest)
    scheme = asked.scheme
    return Opened("ask", wave, None, asked, due_on=due_on(today, scheme.window, calendar_of(session, scheme.calendar)))


def due(found: Opened, on: date | None) -> Opened:
    """The same with another reply-by date."""
    return replace(found, due_on=on)


def new_form(token: str) -> str:
    """A sign that a form was made here, for this link; each is another one."""
    return _signed(token, token_urlsafe(12))


def is_our_form(token: str, form: str) -> bool:
    """Whether a form was made here for this link, so that no other page can send one."""
    return hmac.compare_digest(form.encode(), _signed(token, form.partition(".")[0]).encode())


def draft_key(link: Link) -> str:
    """Where what was typed is kept: under the link, or under the one form of a public link."""
    return token_hash(f"draft:{link.token}:{link.form}") if link.is_public else token_hash(f"draft:{link.token}")


def _signed(token: str, random: str) -> str:
    secret = settings().secret_key.encode()
    return f"{random}.{hmac.digest(secret, f'form:{token_hash(token)}:{random}'.encode(), 'sha256').hex()[:24]}"


def _opened(session: Session, link: Link, at: datetime, *, lock: bool, after_close: bool = False) -> Opened:
    invitation = None if link.is_public else _invitation(session, link.token, lock)
    wave_id = _public_wave(session, link.token, lock) if link.is_public else invitation and invitation.wave_id
    wave = session.get(Wave, wave_id) if wave_id else None
    if wave is None:
        return Opened("unknown")
    questionnaire = questionnaire_of_wave(session, wave)
    today = at.astimezone(settings().zone).date()
    due = invitation.due_on if invitation else None
    is_late = due is not None and today > due
    language = _language(session, invitation)
    found = Opened("ask", wave, invitation, questionnaire, language=language, due_on=due, is_late=is_late)
    state = _state(session, link, found, ("open", "closed") if after_close else ("open",))
    if state != "ask":
        return replace(found, state=state)
    draft = session.get(AnswerDraft, draft_key(link)) if link.form or not link.is_public else None
    problems = _problems(session, found) if questionnaire.ask_earlier else ()
    return replace(found, problems=problems, fields=dict(draft.fields) if draft else {})


def _state(session: Session, link: Link, found: Opened, takes: Sequence[str]) -> str:
    """What a link opens; `takes`: in which states of the wave something is asked."""
    assert found.wave is not None
    assert found.questionnaire is not None
    asked, wave = found.invitation, found.wave
    if asked and asked.state == "answered":
        return "answered"
    if wave.state not in takes:
        return "planned" if wave.state == "planned" else "closed"
    if asked and (asked.state == "expired" or (found.is_late and not found.questionnaire.scheme.late_answers_count)):
        return "expired"
    if link.form and link.is_public and response_with_key(session, wave.id or 0, _row_key(link)):
        return "answered"
    return "ask"


def _invitation(session: Session, token: str, lock: bool) -> Invitation | None:
    statement = select(Invitation).where(Invitation.token_hash == token_hash(token))
    statement = statement.execution_options(populate_existing=True)
    return session.exec(statement.with_for_update() if lock else statement).first()


def _public_wave(session: Session, token: str, lock: bool) -> int | None:
    """Those who answer by a public link take turns: two presses of one button would otherwise go in together."""
    statement = select(OpenLink).where(OpenLink.token_hash == token_hash(token))
    found = session.exec(statement.with_for_update() if lock else statement).first()
    return found.wave_id if found else None


def _language(session: Session, asked: Invitation | None) -> str:
    contact = session.get(Contact, asked.contact_id) if asked and asked.contact_id else None
    return contact.language if contact else ""


def _problems(session: Session, found: Opened) -> tuple[Problem, ...]:
    """What the customer named a problem in the previous wave, and what went low there; the newest first."""
    customer = found.invitation.customer_id if found.invitation else None
    before = previous_wave(session, found.wave) if found.wave else None
    if customer is None or before is None or (found.wave and found.wave.is_anonymous):
        return ()
    statement = select(Opinion).where(Opinion.wave_id == before.id, Opinion.customer_id == customer)
    kinds = or_(Opinion.kind == "problem", Opinion.kind == "")
    rows = session.exec(statement.where(kinds).order_by(col(Opinion.id).desc()).limit(MOST_PROBLEMS))
    return tuple(Problem(row.id or 0, row.text) for row in rows)


def _may_try(session: Session, wave: Wave, address: str, at: datetime) -> bool:
    """Counts one more form from an address; False where there were too many within the hour."""
    secret = settings().secret_key.encode()
    place = hmac.digest(secret, f"open:{wave.id}:{address}".encode(), "sha256").hex()[:24]
    session.exec(delete(OpenTry).where(col(OpenTry.wave_id) == wave.id, col(OpenTry.at) < at - TRIES_WITHIN))
    mine = select(func.count()).select_from(OpenTry).where(OpenTry.wave_id == wave.id, OpenTry.address_hash == place)
    if session.exec(mine).one() >= MOST_TRIES:
        return False
    session.add(OpenTry(wave_id=wave.id or 0, address_hash=place, at=at))
    session.flush()
    return True


def _keep(session: Session, link: Link, wave: Wave, fields: Fields, at: datetime) -> None:
    key = draft_key(link)
    draft = session.get(AnswerDraft, key) or AnswerDraft(key_hash=key, wave_id=wave.id or 0, fields={}, saved_at=at)
    draft.fields, draft.saved_at = fields, at
    session.add(draft)
    session.flush()


def _store(session: Session, link: Link, found: Opened, form: Filled, at: datetime) -> None:
    assert found.wave is not None
    wave, asked = found.wave, found.invitation
    said = [form.opinion] if form.opinion else []
    if asked is None:
        key = submit(
            session,
            wave=wave,
            answers=form.answers,
            opinions=said,
            channel=WEB,
            row_key=uuid4().hex if not link.form else _row_key(link),
            submitted_at=_moment(wave, at),
            by=SYSTEM,
            at=_moment(wave, at),
        )
    elif wave.is_anonymous:
        key = _submit_nameless(session, wave, asked, form, said, at)
    else:
        key = submit(
            session, wave=wave, answers=form.answers, opinions=said, invitation=asked, submitted_at=at, by=SYSTEM, at=at
        )
    _store_rest(session, found, form, key, at)


def _submit_nameless(
    session: Session, wave: Wave, asked: Invitation, form: Filled, said: list[str], at: datetime
) -> int:
    """The invitation learns that it was answered, on which day; the response knows neither it nor the customer.

    Of its cohort the response keeps the channel: segment and region of a few invitations would name people.
    """
    day = at.astimezone(settings().zone).date()
    in_time = asked.due_on is None or day <= asked.due_on
    was_undeliverable = asked.state == "undeliverable"
    cohort, customer = asked.cohort_id, asked.customer_id
    channel = session.get_one(Cohort, cohort).channel
    mark_returned(session, [Returned(asked.id or 0, day, in_time)])
    midnight = _moment(wave, at)
    key = submit(
        session,
        wave=wave,
        answers=form.answers,
        opinions=said,
        segment="",
        region="",
        channel=channel,
        row_key=uuid4().hex,
        submitted_at=midnight,
        by=SYSTEM,
        at=midnight,
    )
    counts = {
        "returned": 1,
        "in_time": int(in_time),
        "late": int(not in_time),
        "undeliverable": -int(was_undeliverable),
    }
    changed = tuple(counts.get(name, 0) for name in RETURNS)
    add_returns(session, wave.id or 0, [ReturnDelta(cohort, customer, changed)])
    return key


def _store_rest(session: Session, found: Opened, form: Filled, response_id: int, at: datetime) -> None:
    """Extra answers, texts about items, earlier problems and the consent of a response that is in."""
    assert found.wave is not None
    assert found.questionnaire is not None
    wave, moment = found.wave, milliseconds(_moment(found.wave, at))
    customer = None if wave.is_anonymous or found.invitation is None else found.invitation.customer_id
    consent = (wave.id, response_id, True, found.questionnaire.consent_version, WEB, moment)
    bulk.insert_rows(session, Consent, ("wave_id", "response_id", "given", "version", "channel", "at"), [consent])
    extras = [(response_id, question, value) for question, value in sorted(form.extras.items())]
    bulk.insert_rows(session, ExtraAnswer, ("response_id", "question", "value"), extras)
    verdicts = [(response_id, key, verdict) for key, verdict in sorted(form.earlier.items())]
    bulk.insert_rows(session, ProblemAnswer, ("response_id", "opinion_id", "verdict"), verdicts)
    opinions = [*_whys(session, wave, form), *_open_again(session, form)]
    if not opinions:
        return
    whose = _answering_for(session, wave)
    rows = [
        (wave.id, response_id, customer, item, whose.get(item or 0), "problem", text, moment) for item, text in opinions
    ]
    columns = ("wave_id", "response_id", "customer_id", "item_id", "department_id", "kind", "text", "received_at")
    bulk.insert_rows(session, Opinion, columns, rows)
    keep_opinions_of_response(session, response_id, at=at)


def _answering_for(session: Session, wave: Wave) -> dict[int, int | None]:
    """item → the department that answers for it."""
    layout, departments = layout_of_version(session, wave.scheme_version_id), department_ids(session)
    items = zip(layout.item_ids, layout.scheme.items, strict=True)
    return {key: departments.get(item.department) for key, item in items}


def _whys(session: Session, wave: Wave, form: Filled) -> list[tuple[int | None, str]]:
    """What went wrong, with the item that it is about."""
    if not form.whys:
        return []
    found = select(ItemRow.code, ItemRow.id).where(
        ItemRow.scheme_id == wave.scheme_id, col(ItemRow.code).in_(form.whys)
    )
    items = dict(session.exec(found).all())
    return [(items.get(code), text) for code, text in form.whys.items()]


def _open_again(session: Session, form: Filled) -> list[tuple[int | None, str]]:
    """Earlier problems that haven't improved are the customer's problems again."""
    still = [key for key, verdict in form.earlier.items() if verdict == "not"]
    if not still:
        return []
    return [(row.item_id, row.text) for row in session.exec(select(Opinion).where(col(Opinion.id).in_(still)))]


def _row_key(link: Link) -> str:
    return f"open:{link.form.partition('.')[0]}"


def _moment(wave: Wave, at: datetime) -> datetime:
    """When something happened, as it may be kept: of anonymous waves the day only."""
    if not wave.is_anonymous:
        return at
    zone = settings().zone
    return datetime.combine(at.astimezone(zone).date(), time(), zone)
