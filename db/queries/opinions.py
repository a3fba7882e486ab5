"""Opinions of customers as people may see them (rules.md 5, 7 and 11; ADR 0003): the inbox, one opinion, and what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, false, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from db.models import (
    Action,
    ActionFinding,
    AuditEvent,
    CohortReturn,
    Complaint,
    Customer,
    CustomerReturn,
    Department,
    DimensionRow,
    Finding,
    ItemRow,
    Opinion,
    Request,
    Response,
    SchemeRow,
    SchemeVersion,
    User,
    Wave,
)
from db.queries.layouts import department_ids, layout_of_version, layout_of_wave
from db.queries.narrowing import customers_in_sight, is_sold_to_by
from db.queries.returns import SMALLEST_GROUP
from domain.access import NotThere, Viewer
from domain.opinions import TO_ANSWER
from domain.scheme import Name
from domain.subjects import ActionLink

SEE: Final = "view_opinions"
LISTED: Final = 60
RULE: Final = "OPINION"
VIEWS: Final = ("sort", "answer", "all")


@dataclass(frozen=True)
class OpinionLine:
    """An opinion as the inbox lists it; `wave` is a code. Who said it stands there only for those who may see it."""

    opinion: Opinion
    customer: Name
    customer_code: str
    department: Name
    about: Name
    wave: str
    is_anonymous: bool


@dataclass(frozen=True)
class OpinionEvent:
    """What was done with an opinion, when and by whom."""

    verb: str
    who: str
    at: datetime


@dataclass(frozen=True)
class OpinionDetail:
    """One opinion with what it led to; `finding` is its key, None where no wave ran that it is a finding of."""

    line: OpinionLine
    finding: int | None
    finding_wave: str
    actions: Sequence[ActionLink]
    complaint: int | None
    request: int | None
    request_state: str
    answered_by: str
    recorded_by: str
    events: Sequence[OpinionEvent]

    @property
    def outcome(self) -> str:
        """What it led to, which an answer needs: an action, a complaint, a request, or that it was not adopted."""
        if self.actions:
            return "action"
        if self.complaint is not None:
            return "complaint"
        if self.request_state in ("closed", "settled"):
            return "request"
        return "not_adopted" if self.line.opinion.not_adopted else ""


@dataclass(frozen=True)
class Choice:
    """An item or dimension that an opinion can be about, with the department that answers for it."""

    code: str
    name: Name
    department_id: int | None
    item_id: int | None = None
    dimension_id: int | None = None


def opinions(
    session: Session,
    viewer: Viewer,
    *,
    view: str = "all",
    search: str = "",
    kind: str = "",
    department_id: int | None = None,
    customer_code: str = "",
    wave_id: int | None = None,
    limit: int = LISTED,
) -> list[OpinionLine]:
    """Opinions in sight, the newest first, at most `limit`; those that wait for an answer the oldest first. Raises NotAllowed.

    `view` is one of VIEWS; the text is looked for in what was said and, by those who see them, in customers' names.
    """
    viewer.check(SEE)
    conditions = [*opinions_in_sight(viewer), *_of_view(view), _not_withdrawn()]
    if kind:
        conditions.append(col(Opinion.kind) == kind)
    if department_id is not None:
        conditions.append(col(Opinion.department_id) == department_id)
    if customer_code and viewer.may("view_personal"):
        conditions.append(col(Customer.code) == customer_code)
    if wave_id is not None:
        conditions.append(col(Opinion.wave_id) == wave_id)
    if words := search.strip().replace("\0", ""):
        fields: list[Any] = [Opinion.text, Opinion.answer]
        if viewer.may("view_personal"):
            fields += [Customer.name_zh, Customer.name_en, Customer.code, Opinion.said_by]
        conditions.append(or_(*(col(field).icontains(words, autoescape=True) for field in fields)))
    order: tuple[Any, ...] = (col(Opinion.received_at).desc(), col(Opinion.id).desc())
    if view == "answer":
        order = (col(Opinion.received_at), col(Opinion.id))
    rows = session.execute(_lines().where(*conditions).order_by(*order).limit(limit))
    return [_line(session, viewer, row) for row in rows.all()]


def opinions_waiting(session: Session, viewer: Viewer) -> dict[str, int]:
    """How many opinions in sight wait in each view but "all"; raises NotAllowed."""
    viewer.check(SEE)
    found = {}
    for view in VIEWS[:-1]:
        conditions = [*opinions_in_sight(viewer), *_of_view(view), _not_withdrawn()]
        statement = select(func.count()).select_from(Opinion).where(*conditions)
        found[view] = int(session.exec(statement).one())
    return found


def opinion_for(session: Session, viewer: Viewer, opinion_id: int, *, locked: bool = False) -> Opinion:
    """An opinion in sight as it now is; raises NotAllowed, NotThere."""
    viewer.check(SEE)
    statement = select(Opinion).where(Opinion.id == opinion_id, *opinions_in_sight(viewer), _not_withdrawn())
    statement = statement.execution_options(populate_existing=True)
    found = session.exec(statement.with_for_update(of=Opinion) if locked else statement).first()
    if found is None:
        raise NotThere
    return found


def opinion_detail(session: Session, viewer: Viewer, opinion_id: int) -> OpinionDetail:
    """One opinion with what it led to; raises NotAllowed, NotThere."""
    one = opinion_for(session, viewer, opinion_id)
    finding = finding_of_opinion(session, one)
    request = session.get(Request, one.request_id) if one.request_id else None
    complaint = select(func.max(Complaint.number)).where(Complaint.opinion_id == opinion_id)
    answered_by, recorded_by = _name(session, one.answered_by_id), _name(session, one.recorded_by_id)
    row = session.execute(_lines().where(col(Opinion.id) == opinion_id)).one()
    return OpinionDetail(
        _line(session, viewer, row),
        finding.id if finding else None,
        session.get_one(Wave, finding.wave_id).code if finding else "",
        handling(session, opinion_id),
        session.exec(complaint).one(),
        request.number if request else None,
        request.state if request else "",
        answered_by,
        recorded_by,
        _events(session, opinion_id),
    )


def finding_of_opinion(session: Session, one: Opinion) -> Finding | None:
    """The finding that an opinion is, in the wave where it waits."""
    return session.exec(
        select(Finding).where(
            Finding.wave_id == (one.finding_wave_id or one.wave_id),
            Finding.rule == RULE,
            Finding.about == f"opinion:{one.id}",
        )
    ).first()


def handling(session: Session, opinion_id: int) -> list[ActionLink]:
    """Actions about an opinion, in whichever wave it is a finding; those that were cancelled are left out."""
    columns: list[Any] = [Action.number, Action.state]
    statement = (
        select_columns(*columns)
        .join(ActionFinding, col(ActionFinding.action_id) == Action.id)
        .join(Finding, col(Finding.id) == ActionFinding.finding_id)
        .where(
            col(Finding.rule) == RULE, col(Finding.about) == f"opinion:{opinion_id}", col(Action.state) != "cancelled"
        )
        .order_by(col(Action.number))
    )
    return [ActionLink(number, state) for number, state in session.execute(statement)]


def choices_of_opinion(session: Session, viewer: Viewer, opinion_id: int) -> list[Choice]:
    """Items and dimensions that an opinion in sight can be about: of its wave, else of the newest running one.

    A department's user is offered the own ones. Raises NotAllowed, NotThere.
    """
    one = opinion_for(session, viewer, opinion_id)
    wave = session.get(Wave, one.wave_id) if one.wave_id else newest_wave(session)
    if wave is None:
        return []
    layout, departments = layout_of_wave(session, wave), department_ids(session)
    items = [
        Choice(f"item:{item.code}", item.name, departments.get(item.department), item_id=key)
        for item, key in zip(layout.scheme.items, layout.item_ids, strict=True)
    ]
    keys = dict(zip(layout.scheme.composites, layout.composite_ids, strict=True))
    dimensions = []
    for dimension in layout.scheme.dimensions:
        whose = {departments.get(i.department) for i in layout.scheme.items if i.dimension == dimension.code}
        owner = whose.pop() if len(whose) == 1 else None
        dimensions.append(
            Choice(f"dimension:{dimension.code}", dimension.name, owner, dimension_id=keys[dimension.code])
        )
    found = [*items, *dimensions]
    return [c for c in found if viewer.only_department is None or c.department_id == viewer.only_department]


def newest_wave(session: Session, scheme_id: int | None = None, *, customer_id: int | None = None) -> Wave | None:
    """The newest running wave that isn't a pilot: of a scheme, else of one that asks the customer, else of any."""
    statement = select(Wave).where(Wave.state == "open", col(Wave.is_pilot).is_(False))
    if scheme_id is not None:
        statement = statement.where(Wave.scheme_id == scheme_id)
    order = (col(Wave.position).desc(), col(Wave.id).desc())
    waves = session.exec(statement.order_by(*order)).all()
    if customer_id is not None:
        asked = schemes_asking(session, customer_id)
        waves = sorted(waves, key=lambda wave: wave.scheme_id not in asked)
    return waves[0] if waves else None


def schemes_asking(session: Session, customer_id: int) -> set[int]:
    """Keys of the schemes that have asked or heard a customer."""
    asked = select(Wave.scheme_id).join(CustomerReturn, col(CustomerReturn.wave_id) == Wave.id)
    return set(session.exec(asked.where(CustomerReturn.customer_id == customer_id).distinct()))


def opinions_that_wait(session: Session, wave: Wave) -> set[str]:
    """What the OPINION findings of an open wave are about, from the rows: `opinion:5`. Pilots have none."""
    if wave.is_pilot:
        return set()
    mine = select(Opinion.id).where(
        func.coalesce(Opinion.finding_wave_id, Opinion.wave_id) == wave.id,
        col(Opinion.kind).in_(TO_ANSWER),
        col(Opinion.answered_on).is_(None),
        _not_withdrawn(),
    )
    return {f"opinion:{key}" for key in session.exec(mine)}


def opinions_in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `opinion`: a department's own; a seller's customers'; an organiser's waves', department's and customers'.

    Quality and the administrator see all. Of an anonymous wave nobody sees any until SMALLEST_GROUP have answered.
    """
    if not viewer.may(SEE):
        return [false()]
    named = select(Wave.id).where(col(Wave.is_anonymous).is_(False))
    nameless = select(Wave.id).where(col(Wave.is_anonymous).is_(True))
    enough = (
        select(CohortReturn.wave_id)
        .where(col(CohortReturn.wave_id).in_(nameless))
        .group_by(col(CohortReturn.wave_id))
        .having(func.sum(CohortReturn.valid) + func.sum(CohortReturn.invalid) >= SMALLEST_GROUP)
    )
    conditions: list[ColumnElement[bool]] = [
        or_(col(Opinion.wave_id).is_(None), col(Opinion.wave_id).in_(named), col(Opinion.wave_id).in_(enough))
    ]
    own = col(Opinion.recorded_by_id) == viewer.user_id
    if viewer.only_department is not None:
        return [*conditions, or_(col(Opinion.department_id) == viewer.only_department, own)]
    if viewer.only_customers_of is not None:
        mine = select(Customer.id).where(is_sold_to_by(viewer.only_customers_of))
        return [*conditions, or_(col(Opinion.customer_id).in_(mine), own)]
    if viewer.only_schemes_of is not None:
        organised = select(Wave.id).join(SchemeRow).where(SchemeRow.organiser_id == viewer.only_schemes_of)
        outside = and_(
            col(Opinion.wave_id).is_(None),
            col(Opinion.request_id).is_(None),
            col(Opinion.customer_id).in_(select(Customer.id).where(*customers_in_sight(viewer))),
        )
        department = col(Opinion.department_id) == viewer.only_schemes_of
        return [*conditions, or_(col(Opinion.wave_id).in_(organised), outside, department, own)]
    return conditions


def _of_view(view: str) -> list[ColumnElement[bool]]:
    waits = and_(col(Opinion.kind).in_(TO_ANSWER), col(Opinion.answered_on).is_(None))
    if view == "sort":
        nobody = and_(waits, col(Opinion.department_id).is_(None))
        return [or_(and_(col(Opinion.kind) == "", col(Opinion.answered_on).is_(None)), nobody)]
    return [waits] if view == "answer" else []


def _not_withdrawn() -> ColumnElement[bool]:
    """An opinion goes with the response that somebody has withdrawn."""
    withdrawn = exists().where(col(Response.id) == Opinion.response_id, col(Response.status) == "withdrawn")
    return or_(col(Opinion.response_id).is_(None), ~withdrawn)


def _lines() -> Any:
    columns: list[Any] = [
        *(Opinion, Customer.name_zh, Customer.name_en, Customer.code, Department.name_zh, Department.name_en),
        *(Wave.code, Wave.is_anonymous, Wave.scheme_version_id, ItemRow, DimensionRow),
    ]
    return (
        select_columns(*columns)
        .select_from(Opinion)
        .join(Customer, col(Customer.id) == Opinion.customer_id, isouter=True)
        .join(Department, col(Department.id) == Opinion.department_id, isouter=True)
        .join(Wave, col(Wave.id) == Opinion.wave_id, isouter=True)
        .join(ItemRow, col(ItemRow.id) == Opinion.item_id, isouter=True)
        .join(DimensionRow, col(DimensionRow.id) == Opinion.dimension_id, isouter=True)
    )


def _line(session: Session, viewer: Viewer, row: Any) -> OpinionLine:
    one, zh, en, code, in_zh, in_en, wave, anonymous, version, item, dimension = row
    named = viewer.may("view_personal")
    if not named and one.recorded_by_id != viewer.user_id:
        one = Opinion(**{**one.model_dump(), "said_by": ""})
    return OpinionLine(
        one,
        Name(zh or "", en or "") if named else Name(),
        (code or "") if named else "",
        Name(in_zh or "", in_en or ""),
        _about(session, item or dimension, version),
        wave or "",
        bool(anonymous),
    )


def _about(session: Session, row: ItemRow | DimensionRow | None, version_id: int | None) -> Name:
    """The name of an item or dimension in a version of its scheme, else in the newest one."""
    if row is None:
        return Name()
    layout = layout_of_version(session, version_id) if version_id else None
    if layout is None or layout.scheme_id != row.scheme_id:
        newest = select(func.max(SchemeVersion.id)).where(SchemeVersion.scheme_id == row.scheme_id)
        layout = layout_of_version(session, session.exec(newest).one() or 0)
    parts: list[Any] = [*layout.scheme.items] if isinstance(row, ItemRow) else [*layout.scheme.dimensions]
    return next((part.name for part in parts if part.code == row.code), Name(row.code, row.code))


def _name(session: Session, user_id: int | None) -> str:
    return session.get_one(User, user_id).name if user_id else ""


def _events(session: Session, opinion_id: int) -> list[OpinionEvent]:
    columns: list[Any] = [AuditEvent.verb, User.name, AuditEvent.at]
    statement = select_columns(*columns).join(User, col(User.id) == AuditEvent.user_id, isouter=True)
    mine = statement.where(col(AuditEvent.about) == "opinion", col(AuditEvent.about_id) == opinion_id)
    rows = session.execute(mine.where(col(AuditEvent.verb) != "view").order_by(col(AuditEvent.id).desc()).limit(20))
    return [OpinionEvent(verb, who or "", at) for verb, who, at in rows]
