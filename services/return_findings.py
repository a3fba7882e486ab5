"""Findings about returns are kept from the day on which the last questionnaire could have come back in time (rules.md 5)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, case, func, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from db.models import Finding, Invitation, SchemeRow, Wave
from db.queries.layouts import layout_of_version
from db.queries.return_figures import return_figures
from db.rollups import Layout
from db.session import read_session, write_session
from domain.return_findings import ABOUT, RETURN_RULES, holding
from services.audit import audit


def keep_return_findings(session: Session, wave: Wave, layout: Layout, *, at: datetime) -> None:
    """Brings the findings about returns up to date; the wave's row must be locked. Pilots have none."""
    now = frozenset() if wave.is_pilot else holding(return_figures(session, wave, layout), layout.scheme.targets)
    mine = select(Finding).where(Finding.wave_id == wave.id, col(Finding.rule).in_(RETURN_RULES))
    known = {row.rule: row for row in session.exec(mine.execution_options(populate_existing=True))}
    for rule in RETURN_RULES:
        found = known.get(rule)
        if found is None and rule in now:
            session.add(_new(session, wave, rule, at))
        elif found is not None and (found.state == "open") != (rule in now):
            _turn(session, found, at)
    session.flush()


def judge_windows(engine: Engine, *, today: date, at: datetime) -> list[int]:
    """Marks open waves whose last questionnaire is due before today, each in a transaction of its own; their keys."""
    with read_session(engine) as session:
        last_days = [(key, _day(last)) for key, last in session.connection().execute(_LAST_DAYS)]
    waves: list[int] = [key for key, last in last_days if last is not None and last < today]
    for key in waves:
        with write_session(engine) as session:
            set_window(session, session.get_one(Wave, key), is_over=True, at=at)
    return waves


def set_window(session: Session, wave: Wave, *, is_over: bool, at: datetime) -> None:
    """Says whether questionnaires may still come back in time, and judges the wave by it. Locks the wave."""
    this = update(Wave).where(col(Wave.id) == wave.id, col(Wave.state) == "open", col(Wave.window_over) != is_over)
    changed = session.connection().execute(this.values(window_over=is_over, version=Wave.version + 1))
    if changed.rowcount:
        wave = session.get_one(Wave, wave.id, populate_existing=True)
        keep_return_findings(session, wave, layout_of_version(session, wave.scheme_version_id), at=at)
        audit(session, by=None, at=at, verb="judge" if is_over else "reopen_window", about="wave", about_id=wave.id)


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


_LAST_DAYS = (
    sa_select(
        col(Wave.id),
        case((func.count(col(Invitation.due_on)) > 0, func.max(col(Invitation.due_on))), else_=col(Wave.ends_on)),
    )
    .join_from(Wave, Invitation, col(Invitation.wave_id) == Wave.id, isouter=True)
    .where(col(Wave.state) == "open", col(Wave.window_over).is_(False), col(Wave.is_pilot).is_(False))
    .group_by(col(Wave.id), col(Wave.ends_on))
)


def _new(session: Session, wave: Wave, rule: str, at: datetime) -> Finding:
    organiser = session.get_one(SchemeRow, wave.scheme_id).organiser_id
    return Finding(wave_id=wave.id or 0, rule=rule, about=ABOUT, department_id=organiser, appeared_at=at)


def _turn(session: Session, found: Finding, at: datetime) -> None:
    if found.state == "open":
        found.state, found.cleared_at = "cleared", at
    else:
        found.state, found.cleared_at, found.returned = "open", None, found.returned + 1
    session.add(found)
