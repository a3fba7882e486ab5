"""Results of waves under a scope, out of the roll-ups: as many statements for one wave as for twenty-four."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import ColumnElement, Select, func, literal
from sqlmodel import Session, SQLModel, col, select

from db.columns import column
from db.models import (
    Answer,
    Cohort,
    CohortReturn,
    CohortScore,
    CohortTally,
    Customer,
    CustomerReturn,
    CustomerScore,
    CustomerTally,
    Response,
)
from db.queries.narrowing import WaveInfo, of_cohorts, of_customers, visible_items
from db.queries.standing import LOCKED_WAVES
from db.rollups import CUSTOMER_SUMS, LEVELS, RETURNS, SUMS, Layout, batch_of, grouped
from domain.access import Scope
from domain.returns import ReturnTally
from domain.scheme import BLANK
from domain.scores import ItemScore, Score, Sums, Tally, score_of_sums, score_of_tally, score_over_customers

TALLY = (*(f"n{level}" for level in range(LEVELS)), "n", "total", "squares")
SHOWN_RETURNS = ("sent", "returned", "in_time", "late", "invalid", "undeliverable")
Cells = dict[int, dict[int, tuple[int, ...]]]
"""wave id → item or composite id → sums."""


@dataclass(frozen=True)
class WaveResult:
    """A wave's figures as far as the reader may see them; scores by code in the scheme's order, tallies by item code.

    `index` holds the satisfaction rate; `valid` and `invalid` count responses; `returns` is None where the roll-ups
    can't tell (one customer by channel). `changed` says of which items the question changed here, and how.
    """

    wave: WaveInfo
    index: Score
    dimensions: dict[str, Score]
    named_indexes: dict[str, Score]
    items: dict[str, ItemScore]
    tallies: dict[str, Tally]
    valid: int = 0
    invalid: int = 0
    returns: ReturnTally = field(default_factory=ReturnTally)
    changed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WaveFigures:
    """Everything that the roll-ups say of a wave: scores by code of the composite ("" the index), items and returns."""

    composites: dict[str, Score]
    items: dict[str, ItemScore]
    tallies: dict[str, Tally]
    counted: int
    returns: dict[str, int]


Selection = tuple[int, int, str, str, str]
"""A wave at one version, and the cohorts that are looked at."""
_KNOWN: WeakKeyDictionary[Any, dict[Selection, WaveFigures]] = WeakKeyDictionary()
"""Figures of waves at the version that they were read at, by database: of 24 waves, 23 don't change any more (ADR 8)."""
KEPT = 2_000


def results(session: Session, scope: Scope, waves: Sequence[WaveInfo]) -> list[WaveResult]:
    """Results of waves, in their order; access is part of the scope. Raises NotAllowed."""
    scope.viewer.check("view_scores")
    figures = _read(session, scope, waves) if scope.by_customer else _known(session, scope, waves)
    per_customer = _per_customer(session, scope, [w for w in waves if w.layout.scheme.index_over == "customers"])
    return [_result(session, scope, wave, figures[wave.id], per_customer) for wave in waves]


def _known(session: Session, scope: Scope, waves: Sequence[WaveInfo]) -> dict[int, WaveFigures]:
    """Figures of waves by id; only those are read that have changed, or that this transaction changes."""
    known = _KNOWN.setdefault(session.get_bind().engine.pool, {})
    locked = session.info.get(LOCKED_WAVES, ())
    selections = {wave.id: (wave.id, wave.version, scope.segment, scope.region, scope.channel) for wave in waves}
    found = {key: figures for key, one in selections.items() if key not in locked and (figures := known.get(one))}
    read = _read(session, scope, [wave for wave in waves if wave.id not in found])
    if len(known) > KEPT:
        known.clear()
    known.update({selections[key]: figures for key, figures in read.items() if key not in locked})
    return found | read


def forget() -> None:
    """Reads everything anew from here on; for measuring."""
    _KNOWN.clear()


def _read(session: Session, scope: Scope, waves: Sequence[WaveInfo]) -> dict[int, WaveFigures]:
    if not waves:
        return {}
    scores, tallies = _tiers(session, scope, waves)
    returns = _returns(session, scope, [wave.id for wave in waves])
    return {w.id: _figures(w.layout, scores[w.id], tallies[w.id], returns.get(w.id, {})) for w in waves}


def index_by_wave(session: Session, scope: Scope, waves: Sequence[WaveInfo]) -> list[Score]:
    """The index of each wave alone: the trend, in one statement. Raises NotAllowed."""
    scope.viewer.check("view_scores")
    scores = _summed(
        session, scope, [wave.id for wave in waves], CohortScore, CustomerScore, "composite", SUMS, only={0}
    )
    per_customer = _per_customer(session, scope, [w for w in waves if w.layout.scheme.index_over == "customers"])
    return [_index(wave, score_of_sums(Sums(*scores[wave.id].get(0, ()))), per_customer) for wave in waves]


def _tiers(session: Session, scope: Scope, waves: Sequence[WaveInfo]) -> tuple[Cells, Cells]:
    if scope.by_customer and scope.channel:
        return _from_rows(session, scope, waves)
    ids = [wave.id for wave in waves]
    used = {name for wave in waves for name in wave.layout.tally_columns}
    known = {key for wave in waves for key in wave.layout.composite_ids}
    return (
        _summed(session, scope, ids, CohortScore, CustomerScore, "composite", SUMS, only=known),
        _summed(session, scope, ids, CohortTally, CustomerTally, "item_id", TALLY, used),
    )


def _summed(
    session: Session,
    scope: Scope,
    wave_ids: list[int],
    cohorts: type[SQLModel],
    customers: type[SQLModel],
    by: str,
    every: Sequence[str],
    columns: Collection[str] = SUMS,
    only: Collection[int] = (),
) -> Cells:
    """Sums of `every` column, of which only `columns` can hold anything; `only` these keys, which the index begins with."""
    model = customers if scope.by_customer else cohorts
    wave, key = column(model, "wave_id"), column(model, by)
    sums = [func.sum(getattr(model, name)) if name in columns else literal(0) for name in every]
    statement: Select[Any] = select(wave, key, *sums)
    statement = statement.where(wave.in_(wave_ids), *_mine(scope, model)).group_by(wave, key)
    if only:
        statement = statement.where(key.in_(only))
    cells: Cells = defaultdict(dict)
    for wave_id, what, *sums in session.connection().execute(statement).all():
        cells[wave_id][what] = tuple(map(int, sums))
    return cells


def _mine(scope: Scope, model: type[SQLModel]) -> list[ColumnElement[bool]]:
    if scope.by_customer:
        return [column(model, "customer_id").in_(select(Customer.id).where(*of_customers(scope)))]
    return of_cohorts(scope, model)


def _returns(session: Session, scope: Scope, wave_ids: list[int]) -> dict[int, dict[str, int]]:
    model: type[SQLModel] = CustomerReturn if scope.by_customer else CohortReturn
    wave = column(model, "wave_id")
    statement: Select[Any] = select(wave, *(func.sum(getattr(model, name)) for name in RETURNS))
    rows = session.connection().execute(statement.where(wave.in_(wave_ids), *_mine(scope, model)).group_by(wave))
    return {wave_id: dict(zip(RETURNS, map(int, counts), strict=True)) for wave_id, *counts in rows}


def _per_customer(session: Session, scope: Scope, waves: Sequence[WaveInfo]) -> dict[int, list[Sums]]:
    """Sums of each customer, for schemes whose index is the mean over customers."""
    if not waves:
        return {}
    columns = [getattr(CustomerScore, name) for name in CUSTOMER_SUMS]
    statement: Select[Any] = select(CustomerScore.wave_id, *columns).where(
        col(CustomerScore.wave_id).in_([wave.id for wave in waves]), CustomerScore.composite == 0, CustomerScore.n > 0
    )
    conditions = of_customers(scope)
    if conditions:
        statement = statement.where(col(CustomerScore.customer_id).in_(select(Customer.id).where(*conditions)))
    customers: dict[int, list[Sums]] = defaultdict(list)
    for wave_id, *sums in session.connection().execute(statement):
        customers[wave_id].append(Sums(*sums))
    return customers


def _index(wave: WaveInfo, index: Score, per_customer: dict[int, list[Sums]]) -> Score:
    scheme = wave.layout.scheme
    if scheme.index_over == "customers" and index.n:
        return score_over_customers(per_customer.get(wave.id, []), scheme)
    return index


def _figures(
    layout: Layout, scores: dict[int, tuple[int, ...]], tallies: dict[int, tuple[int, ...]], returns: dict[str, int]
) -> WaveFigures:
    scheme = layout.scheme
    tally = {
        code: _tally(tallies.get(key, ()), layout) for code, key in zip(scheme.item_codes, layout.item_ids, strict=True)
    }
    return WaveFigures(
        {
            code: score_of_sums(Sums(*scores.get(key, ())))
            for code, key in zip(scheme.composites, layout.composite_ids, strict=True)
        },
        {code: score_of_tally(found, scheme) for code, found in tally.items()},
        tally,
        scores.get(0, (0,))[0],
        returns,
    )


def _result(
    session: Session, scope: Scope, wave: WaveInfo, figures: WaveFigures, per_customer: dict[int, list[Sums]]
) -> WaveResult:
    scheme, returns = wave.layout.scheme, figures.returns
    visible = visible_items(session, scope, wave.layout)
    seen = {code for code, is_shown in zip(scheme.item_codes, visible, strict=True) if is_shown}
    shown = shown_composites(wave.layout, seen)
    least = scope.viewer.least
    if least > 1:
        figures = _without_small(figures, least, wave.layout)
    return WaveResult(
        wave,
        _index(wave, figures.composites[""], per_customer),
        {d.code: figures.composites[d.code] for d in scheme.dimensions if d.code in shown},
        {i.code: figures.composites[i.code] for i in scheme.named_indexes if i.code in shown},
        {code: score for code, score in figures.items.items() if code in seen},
        {code: tally for code, tally in figures.tallies.items() if code in seen},
        returns.get("valid", 0) if returns else figures.counted,
        returns.get("invalid", 0),
        ReturnTally(**{name: returns.get(name, 0) for name in SHOWN_RETURNS}),
    )


def _without_small(figures: WaveFigures, least: int, layout: Layout) -> WaveFigures:
    """The same as though nobody had answered what fewer than `least` responses did."""
    nothing, none = Score(0, None), _tally((), layout)
    return replace(
        figures,
        composites={code: one if one.n >= least else nothing for code, one in figures.composites.items()},
        items={
            code: one if one.score.n >= least else score_of_tally(none, layout.scheme)
            for code, one in figures.items.items()
        },
        tallies={code: one if one.n >= least else none for code, one in figures.tallies.items()},
        counted=figures.counted if figures.counted >= least else 0,
        returns=figures.returns if max(figures.returns.get("sent", 0), figures.counted) >= least else {},
    )


def shown_composites(layout: Layout, seen_items: set[str]) -> set[str]:
    """Dimensions and named indexes of which every item is in sight: a part must not give away the rest."""
    scheme = layout.scheme
    groups = {d.code: {i.code for i in scheme.items if i.dimension == d.code} for d in scheme.dimensions}
    groups |= {index.code: set(index.items) for index in scheme.named_indexes}
    return {code for code, items in groups.items() if items <= seen_items}


def _tally(sums: tuple[int, ...], layout: Layout) -> Tally:
    if not sums:
        return Tally(levels=(0,) * len(layout.scheme.levels))
    levels = () if layout.scheme.number_scale else sums[: len(layout.scheme.levels)]
    return Tally(levels, *sums[LEVELS:])


def _from_rows(session: Session, scope: Scope, waves: Sequence[WaveInfo]) -> tuple[Cells, Cells]:
    """The same sums from the answers, for a customer by channel, which no roll-up has (architecture.md 3)."""
    scores: Cells = defaultdict(dict)
    tallies: Cells = defaultdict(dict)
    for wave in waves:
        levels = _levels(session, scope, wave)
        if not len(levels):
            continue
        one = np.ones(len(levels), dtype=np.int64)
        group = grouped(batch_of(levels, one, one, wave.layout.scheme), one, wave.layout)
        names = wave.layout.tally_columns
        for key, cell in zip(wave.layout.item_ids, group.tally[0].tolist(), strict=True):
            found = dict(zip(names, cell, strict=True))
            tallies[wave.id][key] = tuple(found.get(name, 0) for name in TALLY)
        scores[wave.id] = dict(zip(wave.layout.composite_ids, map(tuple, group.sums[0].tolist()), strict=True))
    return scores, tallies


def _levels(session: Session, scope: Scope, wave: WaveInfo) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    statement = (
        select(Response.id, Answer.item_id, Answer.level)
        .join(Answer, col(Answer.response_id) == Response.id)
        .join(Cohort, col(Cohort.id) == Response.cohort_id)
        .join(Customer, col(Customer.id) == Response.customer_id)
        .where(Response.wave_id == wave.id, Response.status == "counted", Cohort.channel == scope.channel)
        .where(*of_customers(scope))
    )
    rows = session.exec(statement).all()
    row_of = {key: row for row, key in enumerate(dict.fromkeys(key for key, _, _ in rows))}
    column_of = {key: column for column, key in enumerate(wave.layout.item_ids)}
    levels = np.full((len(row_of), len(column_of)), BLANK, dtype=np.int16)
    for key, item, level in rows:
        if item in column_of:
            levels[row_of[key], column_of[item]] = level
    return levels
