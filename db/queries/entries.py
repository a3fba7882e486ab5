"""Answers keyed by people: for whom, what was keyed, the history of a response, and samples keyed again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from db.models import (
    AuditEvent,
    Cohort,
    Contact,
    Customer,
    CustomerCall,
    EntryCheck,
    EntrySample,
    HandEntry,
    Invitation,
    Opinion,
    PlanCustomer,
    Response,
    User,
    Wave,
)
from db.queries.choice_answers import said_beside
from db.queries.customer_list import to_edit
from db.queries.layouts import layout_of_version
from db.queries.responses import levels_of_response, response_for, wave_for
from domain.access import NotThere, Viewer
from domain.answers import Given, given_of
from domain.scheme import Name, Scheme

ENTER = "enter_responses"
CHECK = "import"
"""Who checks and corrects what others keyed: those who may bring in whole files."""
MOST_CUSTOMERS = 3000
LISTED = 200
CHANGES = ("submit", "correct", "withdraw", "admit", "settle")


@dataclass(frozen=True)
class EntryCustomer:
    """Somebody whose answers can be keyed: `responses` of the wave so far; `is_listed` when drawn or asked for it."""

    id: int
    code: str
    name: Name
    responses: int
    is_listed: bool


@dataclass(frozen=True)
class EntryContact:
    """A person at the customer; `is_open` while an invitation waits for the answer."""

    id: int
    name: str
    post: str
    phone: str
    is_open: bool


@dataclass(frozen=True)
class EntryLine:
    """A response that was keyed, as the list of a wave shows it."""

    id: int
    code: str
    customer: Name
    respondent: str
    channel: str
    status: str
    entered_by: str
    entered_at: datetime
    changes: int


@dataclass(frozen=True)
class Change:
    """What became of a response: who did what when and why; answers as item code → (old, new), statuses likewise."""

    at: datetime
    who: str
    verb: str
    reason: str
    how: str
    answers: Mapping[str, tuple[Given | None, Given | None]]
    status: tuple[str, str] | None


@dataclass(frozen=True)
class EntryDetail:
    """A response with its answers as they are now, and everything that was changed, oldest first."""

    response: Response
    scheme: Scheme
    customer: Name
    channel: str
    answers: Mapping[str, Given | None]
    opinions: Sequence[str]
    extras: Sequence[tuple[Name, Name]]
    history: Sequence[Change]


@dataclass(frozen=True)
class SampleLine:
    """A sample of a wave: how it was drawn, how far it is checked, and how many cells were wrong."""

    sample: EntrySample
    checker: str
    checked: int
    cells: int
    wrong: int


@dataclass(frozen=True)
class CheckLine:
    """One entry of a sample, named as it stands on the sheet of paper; never its answers."""

    check: EntryCheck
    code: str
    customer: Name
    respondent: str
    entered_by: str
    entered_at: datetime


def customers_to_enter(session: Session, viewer: Viewer, wave_id: int) -> list[EntryCustomer]:
    """Whose answers the viewer may key for a wave: those of its list first, and of them those without an answer.

    Interviewers key for the list, and for those whom they call; sellers for own customers; nobody by name in an anonymous wave.
    Raises NotAllowed, NotThere.
    """
    viewer.check(ENTER)
    wave = wave_for(session, viewer, wave_id)
    if wave.is_anonymous:
        return []
    given = (
        select(func.count())
        .where(
            Response.wave_id == wave_id, col(Response.customer_id) == Customer.id, col(Response.status) != "withdrawn"
        )
        .scalar_subquery()
    )
    listed = on_list(wave_id)
    columns: list[Any] = [Customer.id, Customer.code, Customer.name_zh, Customer.name_en, given, listed]
    statement = (
        select_columns(*columns)
        .where(*to_enter(viewer, wave_id), col(Customer.active).is_(True) | listed)
        .order_by(listed.desc(), (given > 0), col(Customer.code))
        .limit(MOST_CUSTOMERS)
    )
    rows = session.connection().execute(statement)
    return [EntryCustomer(key, code, Name(zh, en), n, bool(is_listed)) for key, code, zh, en, n, is_listed in rows]


def contacts_to_enter(session: Session, viewer: Viewer, wave_id: int, customer_id: int) -> list[EntryContact]:
    """Who there may have answered, those with an open invitation first; raises NotAllowed, NotThere."""
    customer_to_enter(session, viewer, wave_id, customer_id)
    waiting = (
        select(Invitation.id)
        .where(
            Invitation.wave_id == wave_id,
            col(Invitation.contact_id) == Contact.id,
            col(Invitation.state) != "answered",
        )
        .exists()
    )
    columns: list[Any] = [Contact.id, Contact.name, Contact.post, Contact.phone, waiting]
    there = (col(Contact.customer_id) == customer_id, col(Contact.active).is_(True))
    statement = select_columns(*columns).where(*there).order_by(waiting.desc(), col(Contact.id))
    rows = session.connection().execute(statement)
    return [EntryContact(key, name, post, phone, bool(is_open)) for key, name, post, phone, is_open in rows]


def customer_to_enter(session: Session, viewer: Viewer, wave_id: int, customer_id: int) -> Customer:
    """A customer whose answers the viewer may key for a wave; raises NotAllowed, NotThere."""
    viewer.check(ENTER)
    wave_for(session, viewer, wave_id)
    found = session.exec(select(Customer).where(Customer.id == customer_id, *to_enter(viewer, wave_id))).first()
    if found is None:
        raise NotThere
    return found


def on_list(wave_id: int) -> ColumnElement[bool]:
    """Condition on `customer`: drawn for the wave, or asked in it."""
    drawn = select(PlanCustomer.customer_id).where(PlanCustomer.wave_id == wave_id)
    asked = select(Invitation.customer_id).where(
        Invitation.wave_id == wave_id, col(Invitation.customer_id).is_not(None)
    )
    return or_(col(Customer.id).in_(drawn), col(Customer.id).in_(asked))


def to_enter(viewer: Viewer, wave_id: int) -> list[ColumnElement[bool]]:
    """Conditions on `customer`: whose answers this viewer may key for a wave."""
    if not viewer.may(ENTER):
        return [false()]
    if viewer.may("edit_customers"):
        return to_edit(viewer)
    scheme = select(Wave.scheme_id).where(Wave.id == wave_id).scalar_subquery()
    called = select(CustomerCall.customer_id).where(
        CustomerCall.caller_id == viewer.user_id, col(CustomerCall.scheme_id) == scheme
    )
    return [or_(on_list(wave_id), col(Customer.id).in_(called))]


def entries(session: Session, viewer: Viewer, wave_id: int, *, limit: int = LISTED) -> list[EntryLine]:
    """Responses of a wave that were keyed, the newest first; interviewers see the own ones. Raises NotAllowed, NotThere."""
    viewer.check(ENTER)
    wave_for(session, viewer, wave_id)
    changes = (
        select(func.count())
        .where(
            col(AuditEvent.about_id) == Response.id,
            AuditEvent.about == "response",
            col(AuditEvent.verb).in_(("correct", "withdraw")),
        )
        .scalar_subquery()
    )
    columns: list[Any] = [HandEntry, Response, Customer, User.name, changes]
    statement = (
        select_columns(*columns)
        .join(Response, col(Response.id) == HandEntry.response_id)
        .join(Customer, col(Customer.id) == Response.customer_id, isouter=True)
        .join(User, col(User.id) == HandEntry.entered_by_id, isouter=True)
        .where(col(HandEntry.wave_id) == wave_id, *_entries_of(viewer))
        .order_by(col(HandEntry.entered_at).desc(), col(HandEntry.response_id).desc())
        .limit(limit)
    )
    return [
        EntryLine(
            response.id or 0,
            customer.code if customer else "",
            _name(customer),
            response.respondent,
            entry.channel,
            response.status,
            who or "",
            entry.entered_at,
            n,
        )
        for entry, response, customer, who, n in session.execute(statement)
    ]


def entry(session: Session, viewer: Viewer, response_id: int) -> EntryDetail:
    """A response with its history, also one that came by the web or a file; raises NotAllowed, NotThere."""
    viewer.check(ENTER)
    response = response_for(session, viewer, response_id)
    layout = layout_of_version(session, response.scheme_version_id)
    levels = levels_of_response(session, response_id, layout).tolist()
    customer = session.get(Customer, response.customer_id) if response.customer_id else None
    keyed = session.get(HandEntry, response_id)
    cohort = session.get_one(Cohort, response.cohort_id)
    said = select(Opinion.text).where(Opinion.response_id == response_id).order_by(col(Opinion.id))
    return EntryDetail(
        response,
        layout.scheme,
        _name(customer),
        keyed.channel if keyed else cohort.channel,
        {code: given_of(level, layout.scheme) for code, level in zip(layout.scheme.item_codes, levels, strict=True)},
        list(session.exec(said)),
        said_beside(session, response, layout.scheme),
        _history(session, response_id),
    )


def samples(session: Session, viewer: Viewer, wave_id: int) -> list[SampleLine]:
    """The samples drawn from a wave's entries, the newest first; raises NotAllowed, NotThere."""
    viewer.check(CHECK)
    wave_for(session, viewer, wave_id)
    sums = [func.coalesce(func.sum(column), 0) for column in (EntryCheck.cells, EntryCheck.wrong)]
    columns: list[Any] = [EntrySample, User.name, func.count(col(EntryCheck.checked_at)), *sums]
    statement = (
        select_columns(*columns)
        .join(EntryCheck, col(EntryCheck.sample_id) == EntrySample.id)
        .join(User, col(User.id) == EntrySample.checker_id, isouter=True)
        .where(col(EntrySample.wave_id) == wave_id)
        .group_by(col(EntrySample.id), col(User.name))
        .order_by(col(EntrySample.id).desc())
    )
    rows = session.execute(statement)
    return [SampleLine(sample, who or "", done, int(cells), int(wrong)) for sample, who, done, cells, wrong in rows]


def checks(session: Session, viewer: Viewer, sample_id: int) -> list[CheckLine]:
    """The entries of a sample in the order in which they were drawn; raises NotAllowed, NotThere."""
    viewer.check(CHECK)
    sample = session.get(EntrySample, sample_id)
    if sample is None:
        raise NotThere
    wave_for(session, viewer, sample.wave_id)
    columns: list[Any] = [EntryCheck, Response, Customer, HandEntry, User.name]
    statement = (
        select_columns(*columns)
        .join(Response, col(Response.id) == EntryCheck.response_id)
        .join(HandEntry, col(HandEntry.response_id) == EntryCheck.response_id)
        .join(Customer, col(Customer.id) == Response.customer_id, isouter=True)
        .join(User, col(User.id) == HandEntry.entered_by_id, isouter=True)
        .where(col(EntryCheck.sample_id) == sample_id)
        .order_by(col(EntryCheck.position))
    )
    return [
        CheckLine(
            check,
            customer.code if customer else "",
            _name(customer),
            response.respondent,
            who or "",
            keyed.entered_at,
        )
        for check, response, customer, keyed, who in session.execute(statement)
    ]


def entries_to_check(session: Session, viewer: Viewer, wave: Wave) -> list[int]:
    """Keys of a wave's entries that somebody else keyed and nobody has drawn yet; raises NotAllowed."""
    viewer.check(CHECK)
    drawn = select(EntryCheck.response_id)
    statement = (
        select(HandEntry.response_id)
        .join(Response, col(Response.id) == HandEntry.response_id)
        .where(
            HandEntry.wave_id == wave.id,
            col(Response.status) != "withdrawn",
            col(HandEntry.response_id).not_in(drawn),
            or_(col(HandEntry.entered_by_id).is_(None), col(HandEntry.entered_by_id) != viewer.user_id),
        )
    )
    return sorted(session.exec(statement))


def _entries_of(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `hand_entry` and `response`: interviewers see own entries, sellers those of own customers too."""
    own = col(HandEntry.entered_by_id) == viewer.user_id
    if not viewer.may("view_personal"):
        return [own]
    if viewer.only_customers_of is None:
        return []
    mine = select(Customer.id).where(Customer.sales_owner_id == viewer.only_customers_of)
    return [or_(own, col(Response.customer_id).in_(mine))]


def _history(session: Session, response_id: int) -> list[Change]:
    statement = (
        select(AuditEvent, User.name)
        .join(User, col(User.id) == AuditEvent.user_id, isouter=True)
        .where(
            AuditEvent.about == "response",
            AuditEvent.about_id == response_id,
            col(AuditEvent.verb).in_(CHANGES),
        )
        .order_by(col(AuditEvent.id))
    )
    return [_change(event, who or "") for event, who in session.exec(statement)]


def _change(event: AuditEvent, who: str) -> Change:
    details: dict[str, Any] = event.details or {}
    status = details.get("status")
    return Change(
        event.at,
        who,
        event.verb,
        str(details.get("reason", "")),
        str(details.get("how", "")),
        {code: (old, new) for code, (old, new) in details.get("answers", {}).items()},
        (status[0], status[1]) if status else None,
    )


def _name(customer: Customer | None) -> Name:
    return Name(customer.name_zh, customer.name_en) if customer else Name()
