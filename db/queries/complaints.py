"""Complaints and requests as people may see them (rules.md 7 and 11), and the clocks that still run."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, false, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from db.models import (
    Abnormality,
    Complaint,
    ComplaintClock,
    ComplaintEvent,
    ComplaintPicture,
    ComplaintSlip,
    CountermeasureAudit,
    Customer,
    Department,
    Discipline,
    FilePart,
    Finding,
    Minutes,
    MinutesSignature,
    QualityFigure,
    Request,
    Rework,
    SchemeRow,
    User,
    Wave,
)
from db.queries.customer_list import to_edit
from db.queries.layouts import layout_of_version
from db.queries.narrowing import is_sold_to_by
from domain.access import NotThere, Viewer
from domain.scheme import Name

SEE: Final = "view_complaints"
RECORD: Final = "record_requests"
LISTED: Final = 200


@dataclass(frozen=True)
class ComplaintLine:
    """A complaint as the list shows it, with the clock that runs out next, if any runs."""

    complaint: Complaint
    customer: Name
    department: Name
    clock: str
    due_at: datetime | None


@dataclass(frozen=True)
class SlipLine:
    """Who was told, when, and when it was read."""

    person_id: int
    name: str
    slip: ComplaintSlip


@dataclass(frozen=True)
class MinutesLine:
    """Minutes with their signatures in order: the person's key, the name, and when it was signed."""

    minutes: Minutes
    signatures: Sequence[tuple[int, str, datetime | None]]


@dataclass(frozen=True)
class EventLine:
    """One line of a history."""

    event: ComplaintEvent
    who: str


@dataclass(frozen=True)
class PastCase:
    """Something like it that happened before: a complaint, and what the abnormality history says of it."""

    complaint: Complaint
    customer: Name
    prevention: str


@dataclass(frozen=True)
class ComplaintDetail:
    """A complaint with everything that belongs to it; `steps` and `clocks` are those of the current round."""

    complaint: Complaint
    customer: Name
    customer_code: str
    department: Name
    wave: str
    finding: Finding | None
    auditor: str
    project: str
    clocks: Sequence[ComplaintClock]
    earlier_clocks: Sequence[ComplaintClock]
    steps: dict[int, Discipline]
    slips: Sequence[SlipLine]
    reworks: Sequence[Rework]
    audits: Sequence[CountermeasureAudit]
    minutes: Sequence[MinutesLine]
    pictures: Sequence[ComplaintPicture]
    events: Sequence[EventLine]


@dataclass(frozen=True)
class RequestLine:
    """A request as the list shows it."""

    request: Request
    customer: Name
    department: Name
    complaint: int | None


@dataclass(frozen=True)
class RunningClock:
    """A clock that hasn't been stopped: of which complaint or request, when it runs out, and whom it concerns."""

    number: int
    code: str
    due_at: datetime
    people: tuple[int, ...]
    of: str = "complaint"


@dataclass(frozen=True)
class WaveChoice:
    """A running wave whose finding a complaint can be."""

    id: int
    code: str
    scheme: Name


def complaints(
    session: Session, viewer: Viewer, *, states: Sequence[str] = (), customer_id: int | None = None
) -> list[ComplaintLine]:
    """Complaints in sight: first those whose clock runs out next, then the newest. Raises NotAllowed."""
    viewer.check(SEE)
    conditions = complaints_in_sight(viewer)
    if states:
        conditions.append(col(Complaint.state).in_(states))
    if customer_id is not None:
        conditions.append(col(Complaint.customer_id) == customer_id)
    columns: list[Any] = [Complaint, Customer.name_zh, Customer.name_en, Department.name_zh, Department.name_en]
    statement = (
        select_columns(*columns)
        .join(Customer, col(Customer.id) == Complaint.customer_id)
        .join(Department, col(Department.id) == Complaint.department_id, isouter=True)
        .where(*conditions)
        .order_by(col(Complaint.number).desc())
        .limit(LISTED)
    )
    rows = session.execute(statement).all()
    next_clock = _next_clocks(session, [row[0].id for row in rows])
    lines = [
        ComplaintLine(
            one, Name(zh, en), Name(department or "", in_english or ""), *next_clock.get(one.id or 0, ("", None))
        )
        for one, zh, en, department, in_english in rows
    ]
    waits = [line for line in lines if line.due_at]
    return [
        *sorted(waits, key=lambda line: line.due_at or line.complaint.received_at),
        *(x for x in lines if not x.due_at),
    ]


def complaint_for(session: Session, viewer: Viewer, number: int, *, locked: bool = False) -> Complaint:
    """A complaint in sight, by its number, as it now is; raises NotAllowed, NotThere."""
    viewer.check(SEE)
    statement = select(Complaint).where(Complaint.number == number, *complaints_in_sight(viewer))
    statement = statement.execution_options(populate_existing=True)
    found = session.exec(statement.with_for_update() if locked else statement).first()
    if found is None:
        raise NotThere
    return found


def complaint_detail(session: Session, viewer: Viewer, number: int) -> ComplaintDetail:
    """One complaint with everything; raises NotAllowed, NotThere."""
    one = complaint_for(session, viewer, number)
    key = one.id or 0
    customer = session.get_one(Customer, one.customer_id)
    department = session.get(Department, one.department_id) if one.department_id else None
    wave = session.get(Wave, one.wave_id) if one.wave_id else None
    of_it: Any = lambda model: select(model).where(model.complaint_id == key)  # noqa: E731
    clocks = list(session.exec(of_it(ComplaintClock).order_by(col(ComplaintClock.id))))
    steps = session.exec(of_it(Discipline).where(Discipline.round == one.round))
    return ComplaintDetail(
        one,
        Name(customer.name_zh, customer.name_en),
        customer.code,
        Name(department.name_zh, department.name_en) if department else Name(),
        wave.code if wave else "",
        session.get(Finding, one.finding_id) if one.finding_id else None,
        _name(session, one.auditor_id),
        _name(session, one.project_id),
        [clock for clock in clocks if clock.round == one.round],
        [clock for clock in clocks if clock.round != one.round],
        {step.step: step for step in steps},
        _slips(session, key),
        list(session.exec(of_it(Rework).order_by(col(Rework.id)))),
        list(session.exec(of_it(CountermeasureAudit).order_by(col(CountermeasureAudit.audited_on).desc()))),
        _minutes(session, key),
        list(session.exec(of_it(ComplaintPicture).order_by(col(ComplaintPicture.file_id)))),
        _events(session, col(ComplaintEvent.complaint_id) == key),
    )


def complaint_picture(session: Session, viewer: Viewer, number: int, file_id: int) -> bytes:
    """A picture of a complaint in sight; raises NotAllowed, NotThere."""
    one = complaint_for(session, viewer, number)
    if session.get(ComplaintPicture, (one.id, file_id)) is None:
        raise NotThere
    parts = select(FilePart.content).where(FilePart.file_id == file_id).order_by(col(FilePart.number))
    return b"".join(bytes(part) for part in session.exec(parts).all())


def past_cases(
    session: Session,
    viewer: Viewer,
    *,
    text: str = "",
    part_number: str = "",
    customer_id: int | None = None,
    other_than: int | None = None,
) -> list[PastCase]:
    """Complaints in sight that are like it: the same part number, or the text in problem, cause or prevention. Raises NotAllowed.

    A customer narrows further. Newest first, with what the abnormality history says.
    """  # fmt: skip
    viewer.check(SEE)
    like: list[ColumnElement[bool]] = []
    if part_number.strip():
        like.append(func.lower(col(Complaint.part_number)) == part_number.strip().lower())
    if words := text.strip().replace("\0", ""):
        fields = (Complaint.description, Complaint.product, Complaint.lot, Complaint.part_number, Complaint.effect)
        entered = (Abnormality.problem, Abnormality.cause, Abnormality.prevention)
        like += [col(field).icontains(words, autoescape=True) for field in (*fields, *entered)]
    if not like and customer_id is None:
        return []
    conditions = [*complaints_in_sight(viewer), *([or_(*like)] if like else [])]
    if customer_id is not None:
        conditions.append(col(Complaint.customer_id) == customer_id)
    if other_than is not None:
        conditions.append(col(Complaint.number) != other_than)
    columns: list[Any] = [Complaint, Customer.name_zh, Customer.name_en, Abnormality.prevention]
    statement = (
        select_columns(*columns)
        .join(Customer, col(Customer.id) == Complaint.customer_id)
        .join(Abnormality, col(Abnormality.complaint_id) == Complaint.id, isouter=True)
        .where(*conditions)
        .order_by(col(Complaint.number).desc())
        .limit(20)
    )
    return [PastCase(one, Name(zh, en), prevented or "") for one, zh, en, prevented in session.execute(statement)]


def clocks_running(session: Session, at: datetime) -> list[RunningClock]:
    """Every clock that hasn't been stopped, the most urgent first, with whom it concerns: the department and quality.

    `at` leaves out those that began later; those that have run out are in it. A request's on-site clock ends with its
    solution. For the scheduler.
    """
    columns: list[Any] = [Complaint.number, Complaint.department_id, ComplaintClock.code, ComplaintClock.due_at]
    statement = (
        select_columns(*columns)
        .join(ComplaintClock, col(ComplaintClock.complaint_id) == Complaint.id)
        .where(col(ComplaintClock.done_at).is_(None), col(ComplaintClock.started_at) <= at)
        .where(col(Complaint.state).in_(("recorded", "verified")))
        .order_by(col(ComplaintClock.due_at), col(ComplaintClock.id))
    )
    concerned: dict[int | None, list[int]] = defaultdict(list)
    for person in session.exec(select(User).where(col(User.active).is_(True)).order_by(col(User.id))):
        if person.role == "quality":
            concerned[None].append(person.id or 0)
        elif person.role == "department":
            concerned[person.department_id or 0].append(person.id or 0)
    rows = [("complaint", *row) for row in session.execute(statement)] + _request_clocks(session, at)
    return [
        RunningClock(number, code, due, tuple(concerned[None] + (concerned[department] if department else [])), of)
        for of, number, department, code, due in sorted(rows, key=lambda row: row[4])
    ]


def _request_clocks(session: Session, at: datetime) -> list[tuple[str, int, int | None, str, datetime]]:
    """Solution plan and, where the phone didn't solve it, the visit of requests that wait; one solved before has neither."""
    waits = (col(Request.state).in_(("recorded", "assigned")), col(Request.solved_at).is_(None))
    found = []
    for one in session.exec(select(Request).where(*waits).order_by(col(Request.number))):
        if one.received_at <= at:
            found.append(("request", one.number, one.department_id, "solution", one.solution_due_at))
        if one.on_site_due_at is not None and one.phone_failed_at is not None and one.phone_failed_at <= at:
            found.append(("request", one.number, one.department_id, "on_site", one.on_site_due_at))
    return found


def requests(session: Session, viewer: Viewer, *, states: Sequence[str] = ()) -> list[RequestLine]:
    """Requests in sight, those not settled first, then the newest; raises NotAllowed."""
    viewer.check(RECORD)
    columns: list[Any] = [
        *(Request, Customer.name_zh, Customer.name_en, Department.name_zh, Department.name_en),
        select(func.min(Complaint.number)).where(Complaint.request_id == Request.id).scalar_subquery(),
    ]
    statement = (
        select_columns(*columns)
        .join(Customer, col(Customer.id) == Request.customer_id, isouter=True)
        .join(Department, col(Department.id) == Request.department_id, isouter=True)
        .where(*requests_in_sight(viewer), *([col(Request.state).in_(states)] if states else []))
        .order_by(col(Request.state) == "settled", col(Request.number).desc())
        .limit(LISTED)
    )
    return [
        RequestLine(one, Name(zh or "", en or ""), Name(to_zh or "", to_en or ""), complaint)
        for one, zh, en, to_zh, to_en, complaint in session.execute(statement)
    ]


def request_for(session: Session, viewer: Viewer, number: int, *, locked: bool = False) -> Request:
    """A request in sight, by its number, as it now is; raises NotAllowed, NotThere."""
    viewer.check(RECORD)
    statement = select(Request).where(Request.number == number, *requests_in_sight(viewer))
    statement = statement.execution_options(populate_existing=True)
    found = session.exec(statement.with_for_update() if locked else statement).first()
    if found is None:
        raise NotThere
    return found


def request_history(session: Session, viewer: Viewer, number: int) -> list[EventLine]:
    """What happened to a request in sight; raises NotAllowed, NotThere."""
    one = request_for(session, viewer, number)
    return _events(session, col(ComplaintEvent.request_id) == one.id)


def complaining_customers(session: Session, viewer: Viewer) -> list[tuple[int, str, Name]]:
    """Whom the viewer can record a complaint of: sellers own customers, whoever keeps the register all, nobody else.

    Raises NotAllowed.
    """
    viewer.check(SEE)
    if not viewer.may("edit_customers"):
        return []
    statement = select(Customer).where(*to_edit(viewer), col(Customer.active).is_(True)).order_by(col(Customer.code))
    return [(row.id or 0, row.code, Name(row.name_zh, row.name_en)) for row in session.exec(statement)]


def waves_of_complaints(session: Session, viewer: Viewer) -> list[WaveChoice]:
    """Running waves that a verified complaint can be a finding of, the newest first; raises NotAllowed."""
    viewer.check("verify_complaints")
    statement = select(Wave).where(Wave.state == "open", col(Wave.is_pilot).is_(False))
    rows = session.exec(statement.order_by(col(Wave.position).desc(), col(Wave.id).desc()))
    return [
        WaveChoice(row.id or 0, row.code, layout_of_version(session, row.scheme_version_id).scheme.name) for row in rows
    ]


def quality_figures(session: Session, viewer: Viewer, wave_id: int) -> list[QualityFigure]:
    """Complaint rate, part fault and repair rate of the customers in sight in a wave; raises NotAllowed."""
    statement = select(QualityFigure).where(QualityFigure.wave_id == wave_id, *figures_in_sight(viewer))
    return list(session.exec(statement.order_by(col(QualityFigure.customer_id), col(QualityFigure.code))))


def figures_in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `quality_figure`: a seller's customers', an organiser's waves', no department's; else all. Raises NotAllowed."""
    viewer.check(SEE)
    if viewer.only_department is not None:
        return [false()]
    if viewer.only_customers_of is not None:
        mine = select(Customer.id).where(is_sold_to_by(viewer.only_customers_of))
        return [col(QualityFigure.customer_id).in_(mine)]
    if viewer.only_schemes_of is not None:
        return [col(QualityFigure.wave_id).in_(_organised(viewer.only_schemes_of))]
    return []


def complaints_in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `complaint`: a department's own, a seller's customers', an organiser's waves', what one was told of; else all."""
    if not viewer.may(SEE):
        return [false()]
    told = or_(
        exists().where(col(ComplaintSlip.complaint_id) == Complaint.id, col(ComplaintSlip.person_id) == viewer.user_id),
        exists().where(
            col(Minutes.complaint_id) == Complaint.id,
            col(MinutesSignature.minutes_id) == Minutes.id,
            col(MinutesSignature.person_id) == viewer.user_id,
        ),
    )
    if viewer.only_department is not None:
        return [or_(col(Complaint.department_id) == viewer.only_department, told)]
    if viewer.only_customers_of is not None:
        mine = select(Customer.id).where(is_sold_to_by(viewer.only_customers_of))
        return [or_(col(Complaint.customer_id).in_(mine), told)]
    if viewer.only_schemes_of is not None:
        own = col(Complaint.recorded_by_id) == viewer.user_id
        department = col(Complaint.department_id) == viewer.only_schemes_of
        return [or_(col(Complaint.wave_id).in_(_organised(viewer.only_schemes_of)), own, department, told)]
    return []


def requests_in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `request`: one's own; a department's and an organiser's also those assigned to it, a seller's those
    of own customers; quality and the administrator see all.
    """
    if not viewer.may(RECORD):
        return [false()]
    own = col(Request.recorded_by_id) == viewer.user_id
    if not viewer.may(SEE):
        return [own]
    department = viewer.only_department if viewer.only_department is not None else viewer.only_schemes_of
    if department is not None:
        return [or_(own, col(Request.department_id) == department)]
    if viewer.only_customers_of is not None:
        return [
            or_(own, col(Request.customer_id).in_(select(Customer.id).where(is_sold_to_by(viewer.only_customers_of))))
        ]
    return []


def _organised(organiser_id: int) -> Any:
    return select(Wave.id).join(SchemeRow).where(col(SchemeRow.organiser_id) == organiser_id)


def _next_clocks(session: Session, complaint_ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    statement = select(ComplaintClock).where(
        col(ComplaintClock.complaint_id).in_(complaint_ids), col(ComplaintClock.done_at).is_(None)
    )
    found: dict[int, tuple[str, datetime]] = {}
    for clock in session.exec(statement.order_by(col(ComplaintClock.due_at), col(ComplaintClock.id))):
        found.setdefault(clock.complaint_id, (clock.code, clock.due_at))
    return found


def _name(session: Session, user_id: int | None) -> str:
    return session.get_one(User, user_id).name if user_id else ""


def _slips(session: Session, key: int) -> list[SlipLine]:
    statement = select_columns(ComplaintSlip, User.name).join(User, col(User.id) == ComplaintSlip.person_id)  # type: ignore[call-overload]
    rows = session.execute(statement.where(col(ComplaintSlip.complaint_id) == key).order_by(ComplaintSlip.told_at))
    return [SlipLine(slip.person_id, name, slip) for slip, name in rows]


def _minutes(session: Session, key: int) -> list[MinutesLine]:
    lines = []
    for one in session.exec(select(Minutes).where(Minutes.complaint_id == key).order_by(col(Minutes.id).desc())):
        columns: list[Any] = [MinutesSignature.person_id, User.name, MinutesSignature.signed_at]
        signed = select_columns(*columns).join(User, col(User.id) == MinutesSignature.person_id)
        rows = session.execute(
            signed.where(col(MinutesSignature.minutes_id) == one.id).order_by(col(MinutesSignature.position))
        )
        lines.append(MinutesLine(one, [(person, name, at) for person, name, at in rows]))
    return lines


def _events(session: Session, condition: ColumnElement[bool]) -> list[EventLine]:
    columns: list[Any] = [ComplaintEvent, User.name]
    statement = select_columns(*columns).join(User, col(User.id) == ComplaintEvent.user_id, isouter=True)
    rows = session.execute(
        statement.where(condition).order_by(col(ComplaintEvent.at).desc(), col(ComplaintEvent.id).desc())
    )
    return [EventLine(event, who or "") for event, who in rows]
