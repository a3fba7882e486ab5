"""All findings of a wave as one document: what `cli.py findings --json` prints."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from db.models import Customer, Department, Finding
from db.queries.findings import FindingRow, figures_now, finding_rows
from db.queries.narrowing import WaveInfo
from db.queries.score_report import STABLE
from db.queries.sight import findings_in_sight
from domain.access import Viewer
from domain.scheme import Name
from domain.subjects import Figures

AT_ONCE = 2_000
"""Findings read together."""


def finding_report(
    session: Session,
    viewer: Viewer,
    wave: WaveInfo,
    *,
    cleared: bool = False,
    now: bool = False,
    language: str = STABLE,
) -> list[dict[str, Any]]:
    """The open findings of a wave (with `cleared`, those too), the wave's own first, then by customer and rule.

    With `now` each also has its score and n as they are now, whatever was presented: `score_now`, `n_now`.
    """
    mine = select(Finding.id).where(Finding.wave_id == wave.id, *findings_in_sight(viewer))
    mine = mine if cleared else mine.where(Finding.state == "open")
    order = (col(Finding.customer_id).is_not(None), col(Finding.customer_id), col(Finding.rule), col(Finding.about))
    ids = [key for key in session.exec(mine.order_by(*order)) if key is not None]
    codes = {row.id: row.code for row in session.exec(select(Department))}
    customers = dict(session.exec(select(Customer.id, Customer.code)).all())
    portions = [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
    rows = [row for some in portions for row in finding_rows(session, viewer, some)]
    entries = [_entry(row, wave.code, codes, customers, language) for row in rows]
    if not now:
        return entries
    known = {key: one for some in portions for key, one in figures_now(session, viewer, some).items()}
    return [entry | _now(known.get(row.id)) for row, entry in zip(rows, entries, strict=True)]


def _now(figures: Figures | None) -> dict[str, Any]:
    score = figures.score if figures else None
    return {"score_now": score.score if score else None, "n_now": score.n if score else 0}


def _entry(
    row: FindingRow, wave: str, departments: dict[int | None, str], customers: dict[int | None, str], language: str
) -> dict[str, Any]:
    subject, figures = row.subject, row.subject.known
    difference = figures.difference
    return {
        "rule": row.rule,
        "wave": wave,
        "state": row.state,
        "customer": None
        if subject.customer_id is None
        else {"code": customers[subject.customer_id], "name": _name(subject.customer, language)},
        "item": None
        if subject.item is None
        else {"code": subject.item.code, "name": _name(subject.item.name, language)},
        "dimension": None
        if subject.dimension is None
        else {"code": subject.dimension.code, "name": _name(subject.dimension.name, language)},
        "department": departments.get(row.department_id),
        "status": figures.status,
        "score": figures.score.score,
        "n": figures.score.n,
        "bound": figures.bound,
        "previous": None if figures.previous is None else figures.previous.score,
        "previous_wave": figures.previous_wave or None,
        "difference": None if difference is None else difference.difference,
        "significant": None if difference is None else difference.certain,
        "low_answers": figures.low_answers,
        "since": row.since,
        "appeared_at": _time(row.appeared_at),
        "cleared_at": _time(row.cleared_at),
        "returned": row.returned,
        "actions": [{"number": link.number, "state": link.state} for link in row.actions],
    }


def _name(name: Name | None, language: str) -> str:
    return "" if name is None else name.in_(language)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
