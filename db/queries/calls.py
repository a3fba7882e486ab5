"""Calls to customers: which are due, what the card of one shows, and what departments were asked because of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, false, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from db.models import (
    Action,
    CallAttempt,
    Contact,
    Customer,
    CustomerCall,
    Department,
    FeedbackSlip,
    Opinion,
    Purchase,
    Response,
    SchemeRow,
    User,
    Wave,
)
from db.queries.layouts import layout_of_version, newest_version
from db.queries.narrowing import is_sold_to_by
from db.queries.responses import levels_of_response
from domain.access import NotThere, Viewer
from domain.action_states import FINAL
from domain.scheme import POINT, Item, Level, Name, Scheme

CALL: Final = "enter_responses"
ENDED: Final = ("settled", "cancelled")
LISTED, EARLIER = 300, 5


@dataclass(frozen=True)
class CallLine:
    """A call as the list shows it; `waits_for` is the department whose answer is still missing."""

    id: int
    kind: str
    state: str
    due_on: date
    appointment_at: datetime | None
    code: str
    customer: Name
    contact: str
    phone: str
    product: str
    caller: str
    attempts: int
    waits_for: Name | None


@dataclass(frozen=True)
class EarlierAnswer:
    """A response of the customer before: its wave, score and the items that were rated low, with their levels."""

    wave: str
    on: date
    score: float | None
    low: Sequence[tuple[Item, Level]]


@dataclass(frozen=True)
class SlipLine:
    """A customer information feedback slip with names."""

    slip: FeedbackSlip
    code: str
    customer: Name
    department: Name
    by: str
    product: str


@dataclass(frozen=True)
class CallCard:
    """Everything that somebody who calls must know, and what was done so far."""

    call: CustomerCall
    scheme: Scheme
    customer: Customer
    contacts: Sequence[Contact]
    purchase: Purchase | None
    owner: str
    caller: str
    needs: str
    attempts: Sequence[tuple[CallAttempt, str]]
    slips: Sequence[SlipLine]
    earlier: Sequence[EarlierAnswer]
    problems: Sequence[Opinion]
    actions: Sequence[tuple[int, str]]
    open_wave_id: int | None


def calls(session: Session, viewer: Viewer, *, until: date, ended: bool = False) -> list[CallLine]:
    """Calls due until a day, the longest due first; `ended`: those that are settled or cancelled instead. Raises NotAllowed."""
    viewer.check(CALL)
    tries = select(func.count()).where(col(CallAttempt.call_id) == CustomerCall.id).scalar_subquery()
    columns: list[Any] = [CustomerCall, Customer, Contact, Purchase.product, User.name, tries]
    over = col(CustomerCall.state).in_(ENDED)
    statement = (
        select_columns(*columns)
        .join(Customer, col(Customer.id) == CustomerCall.customer_id)
        .join(Contact, col(Contact.id) == CustomerCall.contact_id, isouter=True)
        .join(Purchase, col(Purchase.id) == CustomerCall.purchase_id, isouter=True)
        .join(User, col(User.id) == CustomerCall.caller_id, isouter=True)
        .where(*calls_in_sight(viewer), over if ended else ~over & (col(CustomerCall.due_on) <= until))
        .order_by(col(CustomerCall.ended_at).desc() if ended else col(CustomerCall.due_on), col(CustomerCall.id))
        .limit(LISTED)
    )
    rows = session.execute(statement).all()
    waiting = _waiting(session, [call.id for call, *_ in rows if call.state == "waiting"])
    return [
        CallLine(
            call.id,
            call.kind,
            call.state,
            call.due_on,
            call.appointment_at,
            customer.code,
            Name(customer.name_zh, customer.name_en),
            contact.name if contact else "",
            contact.phone if contact else "",
            product or "",
            caller or "",
            n,
            waiting.get(call.id),
        )
        for call, customer, contact, product, caller, n in rows
    ]


def calls_waiting(session: Session, today: date) -> list[tuple[int, int]]:
    """Who makes calls whose day has come, and how many; those without a caller are the organisers'. For the scheduler."""
    due = (~col(CustomerCall.state).in_(ENDED), col(CustomerCall.due_on) <= today)
    theirs = select(CustomerCall.caller_id, func.count()).where(*due, col(CustomerCall.caller_id).is_not(None))
    counts: Counter[int] = Counter()
    for person, n in session.exec(theirs.group_by(col(CustomerCall.caller_id))):
        counts[person or 0] += n
    open_ones = select(User.id, func.count()).join(SchemeRow, col(SchemeRow.organiser_id) == User.department_id)
    open_ones = open_ones.join(CustomerCall, col(CustomerCall.scheme_id) == SchemeRow.id)
    open_ones = open_ones.where(*due, col(CustomerCall.caller_id).is_(None), User.role == "organiser")
    for person, n in session.exec(open_ones.group_by(col(User.id))):
        counts[person or 0] += n
    return sorted(counts.items())


def call_card(session: Session, viewer: Viewer, call_id: int) -> CallCard:
    """One call with what is known of the customer; raises NotAllowed, NotThere."""
    call = call_for(session, viewer, call_id)
    customer = session.get_one(Customer, call.customer_id)
    scheme = session.get_one(SchemeRow, call.scheme_id)
    version = newest_version(session, scheme.code)
    layout = layout_of_version(session, (version.id if version else 0) or 0)
    wave = select(Wave.id).where(Wave.scheme_id == call.scheme_id, Wave.state == "open", Wave.origin == "run_here")
    wave = wave.where(col(Wave.is_pilot).is_(False))
    people = select(Contact).where(Contact.customer_id == customer.id, col(Contact.active).is_(True))
    needs = select(CustomerCall.special_needs).where(
        CustomerCall.customer_id == customer.id, col(CustomerCall.special_needs) != ""
    )
    return CallCard(
        call,
        layout.scheme,
        customer,
        list(session.exec(people.order_by(col(Contact.id)))),
        session.get(Purchase, call.purchase_id) if call.purchase_id else None,
        _person(session, customer.sales_owner_id),
        _person(session, call.caller_id),
        session.exec(needs.order_by(col(CustomerCall.id).desc()).limit(1)).first() or "",
        _attempts(session, call_id),
        _slips(session, [col(FeedbackSlip.call_id) == call_id]),
        _earlier(session, call),
        _problems(session, call.customer_id),
        _open_actions(session, viewer, call.customer_id),
        session.exec(wave.order_by(col(Wave.position).desc()).limit(1)).first(),
    )


def call_for(session: Session, viewer: Viewer, call_id: int, *, locked: bool = False) -> CustomerCall:
    """A call in sight as it now is; raises NotAllowed, NotThere."""
    viewer.check(CALL)
    statement = select(CustomerCall).where(CustomerCall.id == call_id, *calls_in_sight(viewer))
    statement = statement.execution_options(populate_existing=True)
    found = session.exec(statement.with_for_update() if locked else statement).first()
    if found is None:
        raise NotThere
    return found


def slips(session: Session, viewer: Viewer, *, answered: bool = False) -> list[SlipLine]:
    """Feedback slips: a department's own, else those of calls in sight; the most urgent first. Raises NotAllowed."""
    viewer.check("edit_actions")
    state = col(FeedbackSlip.answered_at)
    return _slips(session, [*slips_in_sight(viewer), state.is_not(None) if answered else state.is_(None)])


def slips_in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `feedback_slip`."""
    if viewer.only_department is not None:
        return [col(FeedbackSlip.department_id) == viewer.only_department]
    mine = select(CustomerCall.id).where(*calls_in_sight(viewer))
    own = col(FeedbackSlip.department_id) == (viewer.department_id or 0)
    return [or_(col(FeedbackSlip.call_id).in_(mine), own)]


def calls_in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `customer_call`: an interviewer's own, a seller's customers, an organiser's schemes; else all."""
    if not viewer.may(CALL):
        return [false()]
    if not viewer.may("view_personal"):
        return [col(CustomerCall.caller_id) == viewer.user_id]
    if viewer.only_customers_of is not None:
        mine = select(Customer.id).where(is_sold_to_by(viewer.only_customers_of))
        return [col(CustomerCall.customer_id).in_(mine)]
    if viewer.only_schemes_of is not None:
        organised = select(SchemeRow.id).where(SchemeRow.organiser_id == viewer.only_schemes_of)
        return [col(CustomerCall.scheme_id).in_(organised)]
    return []


def call_schemes(session: Session, viewer: Viewer) -> list[tuple[int, Name]]:
    """Schemes that calls can belong to: those in sight that ask by event, then the others. Raises NotAllowed."""
    viewer.check(CALL)
    statement = select(SchemeRow)
    if viewer.only_schemes_of is not None:
        statement = statement.where(SchemeRow.organiser_id == viewer.only_schemes_of)
    rows = []
    for row in session.exec(statement.order_by(col(SchemeRow.code))):
        version = newest_version(session, row.code)
        if version is not None:
            scheme = layout_of_version(session, version.id or 0).scheme
            rows.append((scheme.cadence != "per_event", row.id or 0, scheme.name))
    return [(key, name) for _later, key, name in sorted(rows, key=lambda one: one[0])]


def callers(session: Session, viewer: Viewer) -> dict[int, str]:
    """Who can be given calls: active accounts whose role enters responses, by name. Raises NotAllowed."""
    viewer.check("run_waves")
    roles = ("interviewer", "organiser", "quality", "sales")
    statement = select(User.id, User.name).where(col(User.active).is_(True), col(User.role).in_(roles))
    return {key or 0: name for key, name in session.exec(statement.order_by(col(User.name)))}


def _waiting(session: Session, ids: Sequence[int]) -> dict[int, Name]:
    statement = (
        select(FeedbackSlip.call_id, Department)
        .join(Department, col(Department.id) == FeedbackSlip.department_id)
        .where(col(FeedbackSlip.call_id).in_(ids), col(FeedbackSlip.answered_at).is_(None))
    )
    return {key: Name(row.name_zh, row.name_en) for key, row in session.exec(statement)}


def _person(session: Session, key: int | None) -> str:
    found = session.get(User, key) if key else None
    return found.name if found else ""


def _attempts(session: Session, call_id: int) -> list[tuple[CallAttempt, str]]:
    statement = select(CallAttempt, User.name).join(User, col(User.id) == CallAttempt.by_id, isouter=True)
    rows = session.exec(statement.where(CallAttempt.call_id == call_id).order_by(col(CallAttempt.id)))
    return [(attempt, who or "") for attempt, who in rows]


def _slips(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[SlipLine]:
    columns: list[Any] = [FeedbackSlip, Customer, Department, User.name, Purchase.product]
    statement = (
        select_columns(*columns)
        .join(CustomerCall, col(CustomerCall.id) == FeedbackSlip.call_id)
        .join(Customer, col(Customer.id) == CustomerCall.customer_id)
        .join(Department, col(Department.id) == FeedbackSlip.department_id)
        .join(User, col(User.id) == FeedbackSlip.written_by_id, isouter=True)
        .join(Purchase, col(Purchase.id) == CustomerCall.purchase_id, isouter=True)
        .where(*conditions)
        .order_by(col(FeedbackSlip.due_on), col(FeedbackSlip.id))
        .limit(LISTED)
    )
    return [
        SlipLine(
            slip,
            customer.code,
            Name(customer.name_zh, customer.name_en),
            Name(department.name_zh, department.name_en),
            by or "",
            product or "",
        )
        for slip, customer, department, by, product in session.execute(statement)
    ]


def _earlier(session: Session, call: CustomerCall) -> list[EarlierAnswer]:
    """The customer's latest responses in the call's scheme."""
    statement = (
        select(Response, Wave.code)
        .join(Wave, col(Wave.id) == Response.wave_id)
        .where(
            Response.customer_id == call.customer_id,
            Wave.scheme_id == call.scheme_id,
            col(Response.status).in_(("counted", "after_close")),
        )
        .order_by(col(Response.received_at).desc(), col(Response.id).desc())
        .limit(EARLIER)
    )
    found = []
    for response, wave in session.exec(statement):
        layout = layout_of_version(session, response.scheme_version_id)
        scheme, watch = layout.scheme, layout.scheme.watch_position
        levels = levels_of_response(session, response.id or 0, layout).tolist()
        low = [
            (item, scheme.levels[level])
            for item, level in zip(scheme.items, levels, strict=True)
            if watch is not None and scheme.levels and level >= watch
        ]
        score = None if response.score is None else response.score / POINT
        found.append(EarlierAnswer(wave, (response.submitted_at or response.received_at).date(), score, low))
    return found


def _problems(session: Session, customer_id: int) -> list[Opinion]:
    """What the customer said before; a contact slip is for those whose request it is."""
    statement = select(Opinion).where(Opinion.customer_id == customer_id, col(Opinion.kind).in_(("problem", "")))
    statement = statement.where(col(Opinion.request_id).is_(None))
    return list(session.exec(statement.order_by(col(Opinion.id).desc()).limit(EARLIER)))


def _open_actions(session: Session, viewer: Viewer, customer_id: int) -> list[tuple[int, str]]:
    if not viewer.may("view_actions"):
        return []
    statement = select(Action.number, Action.title).where(
        Action.customer_id == customer_id, col(Action.state).not_in(FINAL)
    )
    return list(session.exec(statement.order_by(col(Action.due_on)).limit(EARLIER)))
