"""Visits, symposia, mystery visits and inspections: planned and held, with what was heard and what was wrong there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, false, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from db.models import (
    Customer,
    Department,
    FilePart,
    Opinion,
    SchemeRow,
    User,
    Visit,
    VisitDefect,
    VisitOpinion,
    Wave,
)
from db.queries.customer_list import to_edit
from db.queries.layouts import layout_of_version
from db.queries.narrowing import is_sold_to_by
from domain.access import NotThere, Viewer
from domain.scheme import Name

RECORD: Final = "enter_responses"
LISTED: Final = 200


@dataclass(frozen=True)
class VisitLine:
    """A visit as the list shows it; `open_defects` are those that aren't gone."""

    id: int
    kind: str
    state: str
    planned_on: date
    held_on: date | None
    follow_up_on: date | None
    customer: Name
    visitor: str
    purpose: str
    open_defects: int


@dataclass(frozen=True)
class DefectLine:
    """A defect with its department."""

    defect: VisitDefect
    department: Name


@dataclass(frozen=True)
class VisitDetail:
    """A visit with names, opinions and defects; `wave` is where its defects are findings."""

    visit: Visit
    customer: Name
    customer_code: str
    visitor: str
    wave: str
    opinions: Sequence[Opinion]
    defects: Sequence[DefectLine]


@dataclass(frozen=True)
class OpenWave:
    """A wave whose findings a visit's defects can be."""

    id: int
    code: str
    scheme: Name


def visits(session: Session, viewer: Viewer, *, kinds: Sequence[str] = ()) -> list[VisitLine]:
    """Visits in sight: those still planned first, then the latest. Raises NotAllowed."""
    viewer.check(RECORD)
    wrong = (
        select(func.count())
        .where(col(VisitDefect.visit_id) == Visit.id, col(VisitDefect.is_gone).is_(False))
        .scalar_subquery()
    )
    columns: list[Any] = [Visit, Customer.name_zh, Customer.name_en, User.name, wrong]
    statement = (
        select_columns(*columns)
        .join(Customer, col(Customer.id) == Visit.customer_id, isouter=True)
        .join(User, col(User.id) == Visit.visitor_id)
        .where(*visits_in_sight(viewer), *([col(Visit.kind).in_(kinds)] if kinds else []))
        .order_by((col(Visit.state) == "planned").desc(), col(Visit.planned_on).desc(), col(Visit.id).desc())
        .limit(LISTED)
    )
    return [
        VisitLine(
            visit.id,
            visit.kind,
            visit.state,
            visit.planned_on,
            visit.held_on,
            visit.follow_up_on,
            Name(zh or "", en or ""),
            who,
            visit.purpose,
            n,
        )
        for visit, zh, en, who, n in session.execute(statement)
    ]


def visit_detail(session: Session, viewer: Viewer, visit_id: int) -> VisitDetail:
    """One visit with everything; raises NotAllowed, NotThere."""
    visit = visit_for(session, viewer, visit_id)
    customer = session.get(Customer, visit.customer_id) if visit.customer_id else None
    wave = session.get(Wave, visit.wave_id) if visit.wave_id else None
    said = select(Opinion).join(VisitOpinion, col(VisitOpinion.opinion_id) == Opinion.id)
    seen = select(VisitDefect, Department).join(Department, col(Department.id) == VisitDefect.department_id)
    return VisitDetail(
        visit,
        Name(customer.name_zh, customer.name_en) if customer else Name(),
        customer.code if customer else "",
        session.get_one(User, visit.visitor_id).name,
        wave.code if wave else "",
        list(session.exec(said.where(VisitOpinion.visit_id == visit_id).order_by(col(Opinion.id)))),
        [
            DefectLine(defect, Name(department.name_zh, department.name_en))
            for defect, department in session.exec(
                seen.where(VisitDefect.visit_id == visit_id).order_by(col(VisitDefect.number))
            )
        ],
    )


def visit_for(session: Session, viewer: Viewer, visit_id: int, *, locked: bool = False) -> Visit:
    """A visit in sight as it now is; raises NotAllowed, NotThere."""
    viewer.check(RECORD)
    statement = select(Visit).where(Visit.id == visit_id, *visits_in_sight(viewer))
    statement = statement.execution_options(populate_existing=True)
    found = session.exec(statement.with_for_update() if locked else statement).first()
    if found is None:
        raise NotThere
    return found


def picture(session: Session, viewer: Viewer, defect_id: int) -> bytes:
    """The picture of a defect in sight, b"" where there is none; raises NotAllowed, NotThere."""
    defect = session.get(VisitDefect, defect_id)
    if defect is None:
        raise NotThere
    visit_for(session, viewer, defect.visit_id)
    parts = select(FilePart.content).where(FilePart.file_id == defect.picture_id).order_by(col(FilePart.number))
    return b"".join(bytes(part) for part in session.exec(parts).all()) if defect.picture_id else b""


def customers_to_visit(session: Session, viewer: Viewer) -> list[tuple[int, str, Name]]:
    """Whom the viewer can visit: sellers own customers, whoever keeps the register all, nobody else. Raises NotAllowed."""
    viewer.check(RECORD)
    if not viewer.may("edit_customers"):
        return []
    statement = select(Customer).where(*to_edit(viewer), col(Customer.active).is_(True)).order_by(col(Customer.code))
    return [(row.id or 0, row.code, Name(row.name_zh, row.name_en)) for row in session.exec(statement)]


def open_waves(session: Session, viewer: Viewer) -> list[OpenWave]:
    """Running waves that defects can be findings of, the newest first; raises NotAllowed."""
    viewer.check(RECORD)
    statement = select(Wave).join(SchemeRow, col(SchemeRow.id) == Wave.scheme_id).where(Wave.state == "open")
    if viewer.only_schemes_of is not None:
        statement = statement.where(SchemeRow.organiser_id == viewer.only_schemes_of)
    rows = session.exec(statement.order_by(col(Wave.position).desc()))
    return [
        OpenWave(row.id or 0, row.code, layout_of_version(session, row.scheme_version_id).scheme.name) for row in rows
    ]


def visits_in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `visit`: one's own; a seller's also those to own customers, an organiser's those in own waves; else all."""
    if not viewer.may(RECORD):
        return [false()]
    own = or_(col(Visit.visitor_id) == viewer.user_id, col(Visit.created_by_id) == viewer.user_id)
    if not viewer.may("view_personal"):
        return [own]
    if viewer.only_customers_of is not None:
        mine = select(Customer.id).where(is_sold_to_by(viewer.only_customers_of))
        return [or_(col(Visit.customer_id).in_(mine), own & col(Visit.customer_id).is_(None))]
    if viewer.only_schemes_of is not None:
        waves = select(Wave.id).join(SchemeRow).where(col(SchemeRow.organiser_id) == viewer.only_schemes_of)
        return [or_(own, col(Visit.wave_id).in_(waves))]
    return []
