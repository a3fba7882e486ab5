"""Complaint rate, part fault and repair rate of customers in a wave's period, entered to stand beside the scores (rules.md 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Final

from sqlmodel import Session, select

from db.models import Customer, QualityFigure, SchemeRow, Wave
from domain.access import NotThere, Viewer
from domain.complaints import FIGURES
from domain.errors import N_, Refusal
from services.audit import audit
from services.reading import Table


class FigureNegative(Refusal):
    """A rate under zero."""

    def __init__(self) -> None:
        super().__init__(N_("A rate can't be negative."))


HEADERS: Final = {
    "customer": ("customer", "code", "customer code", "客户", "客户编号", "客户代码"),
    "complaint_rate": ("complaint_rate", "complaint rate", "客诉率", "投诉率"),
    "part_fault": ("part_fault", "part fault rate", "ppm", "部品不良率", "零件不良率", "不良率"),
    "repair_rate": ("repair_rate", "repair rate", "返修率", "维修率", "报修率"),
}
"""What a file's columns may be called; a unit in brackets behind it is passed over."""


class NoFigures(Refusal):
    """A file without the customer's code or without any figure."""

    def __init__(self) -> None:
        super().__init__(
            N_("The file needs a column with the customer's code and one with a figure, such as customer, part_fault.")
        )


@dataclass(frozen=True)
class FiguresRead:
    """Figures of a file: customer code → figure → value; `unread` are the cells that are no number from 0, with their line."""

    figures: dict[str, dict[str, float]]
    unread: list[tuple[int, str]]


def figures_of(table: Table) -> FiguresRead:
    """The figures of a table of customers, blank cells left out; raises NoFigures."""
    names = [header.split("(")[0].split("（")[0].strip().lower() for header in table.headers]
    found = {
        role: next((names.index(name) for name in known if name in names), None) for role, known in HEADERS.items()
    }
    who = found.pop("customer")
    columns = {code: place for code, place in found.items() if place is not None}
    if who is None or not columns:
        raise NoFigures
    read = FiguresRead({}, [])
    for line, row in table.rows():
        cells = {code: row[place].strip() for code, place in columns.items()}
        numbers = {code: _number(text) for code, text in cells.items() if text}
        read.unread.extend((line, cells[code]) for code, value in numbers.items() if value is None)
        values = {code: value for code, value in numbers.items() if value is not None}
        if row[who].strip() and values:
            read.figures.setdefault(row[who].strip(), {}).update(values)
    return read


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "").removesuffix("%").removesuffix("ppm"))
    except ValueError:
        return None
    return value if isfinite(value) and value >= 0 else None


def enter_figures(
    session: Session, *, wave_id: int, figures: Mapping[int, Mapping[str, float | None]], by: Viewer, at: datetime
) -> int:
    """Figures of several customers at once, all or none; how many. Raises as `enter_figure`."""
    by.check("edit_figures")
    pairs = [(customer, code, value) for customer, some in figures.items() for code, value in some.items()]
    for customer, code, value in pairs:
        enter_figure(session, wave_id=wave_id, customer_id=customer, code=code, value=value, by=by, at=at)
    return len(pairs)


def enter_figure(
    session: Session, *, wave_id: int, customer_id: int, code: str, value: float | None, by: Viewer, at: datetime
) -> QualityFigure | None:
    """Enters, changes or (None) takes away a figure; raises FigureNegative, NotAllowed, NotThere."""
    by.check("edit_figures")
    wave, customer = session.get(Wave, wave_id), session.get(Customer, customer_id)
    if wave is None or customer is None or code not in FIGURES:
        raise NotThere
    if by.only_schemes_of not in (None, session.get_one(SchemeRow, wave.scheme_id).organiser_id):
        raise NotThere
    if value is not None and value < 0:
        raise FigureNegative
    here = (QualityFigure.wave_id == wave_id, QualityFigure.customer_id == customer_id, QualityFigure.code == code)
    known = session.exec(select(QualityFigure).where(*here)).first()
    if value is None:
        if known is not None:
            session.delete(known)
        known = None
    else:
        known = known or QualityFigure(wave_id=wave_id, customer_id=customer_id, code=code, value=value, entered_at=at)
        known.value, known.entered_at, known.entered_by_id = value, at, by.user_id or None
        session.add(known)
    session.flush()
    audit(
        session,
        by=by.user_id,
        at=at,
        verb="enter",
        about="quality_figure",
        about_id=wave_id,
        customer=customer_id,
        code=code,
    )
    return known
