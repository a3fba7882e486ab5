"""Proof that what screens read is what the rows say: every roll-up, score and finding is recounted; and its repair."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import Engine, update
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, SQLModel, col, select

from db import bulk
from db.models import (
    CohortReturn,
    CohortScore,
    CohortTally,
    CustomerReturn,
    CustomerScore,
    CustomerTally,
    Response,
    SchemeRow,
    Wave,
)
from db.queries.layouts import layout_of_wave
from db.session import broken_rows, read_session, whole_view, write_session
from services.audit import audit
from services.following import follow, refresh
from services.recording import lock_wave
from services.recounting import Check, Damage

CUSTOMER_TIER = (CustomerTally, CustomerScore)
WAVE_TIER = (CohortTally, CohortScore, CustomerReturn, CohortReturn)
"""What is written before the wave is locked, and what after (architecture.md 9, write order)."""


def verify(session: Session, wave_id: int | None = None) -> Iterator[Damage]:
    """Every cell that differs, wave by wave (None: all, and the database file itself, which is looked at meanwhile).

    Reads one moment of the database, whatever is written meanwhile; memory grows with the questionnaire and the
    customers of a wave up to a bound, not with the responses.
    """
    whole_view(session)
    if wave_id is not None:
        yield from _recounted(session, wave_id)
        return
    with ThreadPoolExecutor(1) as beside:
        file = beside.submit(_broken, session.get_bind().engine)
        try:
            yield from _recounted(session, None)
        except DatabaseError:  # a file that can't be read to its end: what is wrong in it says more
            if not file.result():
                raise
        yield from file.result()


def _broken(engine: Engine) -> list[Damage]:
    with read_session(engine) as session:
        return [Damage(table, "", "", "", "", problem, None, None) for table, problem in broken_rows(session)]


def _recounted(session: Session, wave_id: int | None) -> Iterator[Damage]:
    chosen = select(Wave, SchemeRow.code).join(SchemeRow, col(SchemeRow.id) == Wave.scheme_id)
    if wave_id is not None:
        chosen = chosen.where(Wave.id == wave_id)
    chosen = chosen.order_by(col(Wave.id)).execution_options(populate_existing=True)
    for wave, scheme in session.exec(chosen).all():
        yield from Check(session, wave, layout_of_wave(session, wave), scheme).damages()


def rebuild(engine: Engine, *, at: datetime, wave_id: int | None = None) -> list[Damage]:
    """Repairs roll-ups, scores and findings, a transaction per wave (None: all); returns what was changed.

    Cells get the difference added, so that responses may come in meanwhile. What only a person can judge stays and is
    named by `verify` again: invitations, frozen results, answers to unknown items, responses whose answers are gone.
    """
    with read_session(engine) as session:
        every = session.exec(select(Wave.id).order_by(col(Wave.id))).all()
    chosen = [key for key in every if key is not None and wave_id in (None, key)]
    return [damage for key in chosen for damage in _rebuilt(engine, key, at)]


def _rebuilt(engine: Engine, wave_id: int, at: datetime) -> list[Damage]:
    with read_session(engine) as session:
        damages = [damage for damage in verify(session, wave_id) if _is_repairable(damage)]
    if damages:
        with write_session(engine) as session:
            _repair(session, session.get_one(Wave, wave_id), damages, at)
            audit(session, by=None, at=at, verb="rebuild", about="wave", about_id=wave_id, cells=len(damages))
    return damages


def _is_repairable(damage: Damage) -> bool:
    tables = {bulk.table_of(model).name for model in (*CUSTOMER_TIER, *WAVE_TIER)}
    others = {("response", "score"), ("wave", "unnamed"), ("finding", "state")}
    return damage.table in tables or ((damage.table, damage.column) in others and damage.recounted is not None)


def _repair(session: Session, wave: Wave, damages: Sequence[Damage], at: datetime) -> None:
    for damage in damages:
        if damage.table == "response":
            kept = col(Response.score) == damage.kept if damage.kept is not None else col(Response.score).is_(None)
            this = update(Response).where(col(Response.id) == damage.key[0], kept)
            session.connection().execute(this.values(score=damage.recounted))
    _add_differences(session, CUSTOMER_TIER, damages)
    lock_wave(session, wave, unnamed=sum(_difference(d) for d in damages if d.table == "wave"))
    _add_differences(session, WAVE_TIER, damages)
    if wave.state == "open":
        refresh(session, wave, at=at)
    follow(session, wave, at=at)


def _add_differences(session: Session, models: Sequence[type[SQLModel]], damages: Sequence[Damage]) -> None:
    for model in models:
        table = bulk.table_of(model)
        keys = [column.name for column in table.primary_key]
        columns = [column.name for column in table.columns if column.name not in keys]
        mine = [damage for damage in damages if damage.table == table.name]
        changed = {damage.key: dict.fromkeys(columns, 0) for damage in mine}
        for damage in mine:
            changed[damage.key][damage.column] = _difference(damage)
        rows = [(*key, *changed[key].values()) for key in sorted(changed)]
        bulk.add_up(session, model, (*keys, *columns), rows)


def _difference(damage: Damage) -> int:
    return int(damage.recounted or 0) - int(damage.kept or 0)


__all__ = ["Damage", "rebuild", "verify"]
