"""What happened in a month or a year, company-wide: counts, waves as they were presented, actions on time.

For those who answer for the whole: counts name nobody, tables of actions and complaints name customers and colleagues.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, col, func, select

from db.models import (
    Action,
    ActionEvent,
    Complaint,
    Customer,
    Department,
    Finding,
    FrozenResult,
    Opinion,
    QualityFigure,
    Request,
    User,
    Wave,
)
from db.queries.layouts import layout_of_version
from domain.access import Viewer
from domain.appraisal import Deed
from domain.scheme import Name, Scheme

PERMISSION = "period_reports"


@dataclass(frozen=True)
class Span:
    """Days from `first` to before `end`, in a zone."""

    first: date
    end: date
    zone: tzinfo

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The moments at which they begin and are over."""
        return tuple(datetime.combine(day, time(), tzinfo=self.zone) for day in (self.first, self.end))  # type: ignore[return-value]


@dataclass(frozen=True)
class Counts:
    """How many of each came in, were done and are left when the days are over."""

    requests: int
    requests_closed: int
    complaints: int
    complaints_ours: int
    complaints_closed: int
    opinions: Mapping[str, int]
    opinions_answered: int
    actions_opened: int
    actions_closed: int
    actions_overdue: int


@dataclass(frozen=True)
class PresentedWave:
    """A wave that closed in these days: its figures as they were presented, and those of the wave before ({} without one)."""

    id: int
    code: str
    scheme: Scheme
    closed_at: datetime
    figures: Mapping[str, Any]
    before: Mapping[str, Any]
    findings: Mapping[str, int]
    quality: Mapping[str, float]


@dataclass(frozen=True)
class ComplaintRow:
    """A complaint that was received in these days."""

    number: int
    customer: Name
    category: str
    state: str
    responsibility: str
    department_id: int | None
    department: Name
    received_at: datetime


@dataclass(frozen=True)
class LateAction:
    """An action that was to be implemented before these days were over, and isn't."""

    number: int
    title: str
    department: Name
    owner: str
    due_on: date


def counts(session: Session, viewer: Viewer, span: Span) -> Counts:
    """What came in and what was done. Raises NotAllowed."""
    viewer.check(PERMISSION)

    def n(model: Any, moment: Any, *more: Any) -> int:
        first, end = span.moments
        statement = select(func.count()).select_from(model).where(moment >= first, moment < end, *more)
        return int(session.exec(statement).one())

    kinds = select(Opinion.kind, func.count()).where(*_within(Opinion.received_at, span)).group_by(col(Opinion.kind))
    answered = select(func.count()).where(col(Opinion.answered_on) >= span.first, col(Opinion.answered_on) < span.end)
    return Counts(
        n(Request, col(Request.received_at)),
        n(Request, col(Request.closed_at)),
        n(Complaint, col(Complaint.received_at)),
        n(Complaint, col(Complaint.received_at), Complaint.responsibility == "ours"),
        n(Complaint, col(Complaint.closed_at)),
        dict(session.exec(kinds).all()),
        session.exec(answered).one(),
        n(Action, col(Action.created_at)),
        n(Action, col(Action.closed_at)),
        len(late_actions(session, viewer, span)),
    )


def presented_waves(session: Session, viewer: Viewer, span: Span) -> list[PresentedWave]:
    """The waves that closed in these days, by scheme and time. Raises NotAllowed."""
    viewer.check(PERMISSION)
    statement = (
        select(FrozenResult, Wave)
        .join(Wave, col(Wave.id) == FrozenResult.wave_id)
        .where(FrozenResult.occasion == "closing", Wave.state == "closed", col(Wave.is_pilot).is_(False))
        .where(*_within(Wave.closed_at, span))
        .order_by(col(Wave.scheme_id), col(Wave.position))
    )
    return [_wave(session, kept, wave) for kept, wave in session.exec(statement).all()]


def complaint_rows(session: Session, viewer: Viewer, span: Span) -> list[ComplaintRow]:
    """The complaints that were received, oldest first. Raises NotAllowed."""
    viewer.check(PERMISSION)
    everything: tuple[Any, ...] = (Complaint, Customer, Department)
    statement: Select[Any] = (
        select(*everything)
        .join(Customer, col(Customer.id) == Complaint.customer_id)
        .join(Department, col(Department.id) == Complaint.department_id, isouter=True)
        .where(*_within(Complaint.received_at, span))
        .order_by(col(Complaint.received_at), col(Complaint.number))
    )
    return [
        ComplaintRow(
            one.number,
            Name(customer.name_zh, customer.name_en),
            *(one.category, one.state, one.responsibility, one.department_id),
            Name(department.name_zh, department.name_en) if department else Name(),
            one.received_at,
        )
        for one, customer, department in session.execute(statement)
    ]


def late_actions(session: Session, viewer: Viewer, span: Span) -> list[LateAction]:
    """Actions whose due date passed in or before these days while they weren't implemented, as of now. Raises NotAllowed."""
    viewer.check(PERMISSION)
    everything: tuple[Any, ...] = (Action, Department, User.name)
    to_do = ("open", "analysing", "planned", "approved", "in_progress")
    statement: Select[Any] = (
        select(*everything)
        .join(Department, col(Department.id) == Action.department_id)
        .join(User, col(User.id) == Action.owner_id)
        .where(col(Action.state).in_(to_do), col(Action.due_on) < span.end, col(Action.created_at) < span.moments[1])
        .order_by(col(Action.due_on), col(Action.number))
    )
    return [
        LateAction(one.number, one.title, Name(of.name_zh, of.name_en), owner, one.due_on)
        for one, of, owner in session.execute(statement)
    ]


def deeds(session: Session, viewer: Viewer, span: Span) -> list[Deed]:
    """The actions that were due in these days and weren't cancelled. Raises NotAllowed."""
    viewer.check(PERMISSION)
    due = (col(Action.due_on) >= span.first, col(Action.due_on) < span.end, Action.state != "cancelled")
    last = (
        select(ActionEvent.action_id, func.max(ActionEvent.at))
        .join(Action, col(Action.id) == ActionEvent.action_id)
        .where(ActionEvent.to_state == "implemented", *due)
        .group_by(col(ActionEvent.action_id))
    )
    done = dict(session.exec(last).all())
    found = session.exec(select(Action).where(*due).order_by(col(Action.number)))
    return [
        Deed(
            one.department_id,
            one.owner_id,
            one.due_on,
            done[one.id or 0].astimezone(span.zone).date() if one.id in done else None,
            one.verdict,
        )
        for one in found
    ]


def names_of(session: Session, viewer: Viewer) -> tuple[dict[int, tuple[str, Name]], dict[int, str]]:
    """Departments (code and name) and colleagues by key. Raises NotAllowed."""
    viewer.check(PERMISSION)
    departments = session.exec(select(Department).order_by(col(Department.code)))
    people = session.exec(select(User.id, User.name))
    return {one.id or 0: (one.code, Name(one.name_zh, one.name_en)) for one in departments}, {
        key or 0: name for key, name in people
    }


def _within(moment: Any, span: Span) -> Sequence[Any]:
    first, end = span.moments
    return col(moment) >= first, col(moment) < end


def _wave(session: Session, kept: FrozenResult, wave: Wave) -> PresentedWave:
    earlier = (Wave.scheme_id == wave.scheme_id, Wave.code == kept.compared_with)
    before = session.exec(
        select(FrozenResult.figures).join(Wave).where(*earlier, FrozenResult.occasion == "closing")
    ).first()
    rules = session.exec(select(Finding.rule).where(Finding.wave_id == wave.id, Finding.state == "open"))
    means = select(QualityFigure.code, func.avg(QualityFigure.value)).where(QualityFigure.wave_id == wave.id)
    return PresentedWave(
        wave.id or 0,
        wave.code,
        layout_of_version(session, wave.scheme_version_id).scheme,
        wave.closed_at or kept.at,
        kept.figures,
        before or {},
        Counter(rules),
        {code: float(mean) for code, mean in session.exec(means.group_by(col(QualityFigure.code)))},
    )
