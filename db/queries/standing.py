"""Figures and findings as tables, for the rules that are kept with every write."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Select, func
from sqlmodel import Session, SQLModel, col, select

from db.models import CohortScore, CohortTally, CustomerScore, CustomerTally, Finding, Wave
from db.rollups import SUMS, Layout
from domain.findings import CLEARED, OPEN, Figures, Rule, States, WaveScores, customer_rules, wave_rules
from domain.scheme import IntArray
from domain.scores import FloatArray

PORTION = 5000
"""Customers asked for in one statement."""


def previous_wave(session: Session, wave: Wave) -> Wave | None:
    """The latest closed wave of the scheme before this one, neither void nor a pilot (architecture.md 9)."""
    statement = (
        select(Wave)
        .where(Wave.scheme_id == wave.scheme_id, Wave.state == "closed", col(Wave.is_pilot).is_(False))
        .where(col(Wave.position) < wave.position)
        .order_by(col(Wave.position).desc())
        .limit(1)
    )
    return session.exec(statement).first()


def customer_figures(session: Session, wave_id: int, ids: IntArray, layout: Layout) -> Figures:
    """Figures of customers, in the order of their sorted ids."""
    tally = np.zeros((len(ids), len(layout.item_ids), len(layout.tally_columns)), dtype=np.int64)
    sums = np.zeros((len(ids), len(layout.composite_ids), len(SUMS)), dtype=np.int64)
    for portion in _portions(ids):
        tallies = _columns(CustomerTally, ("customer_id", "item_id", *layout.tally_columns))
        mine = tallies.where(CustomerTally.wave_id == wave_id, col(CustomerTally.customer_id).in_(portion))
        _place(tally, ids, layout.item_ids, _table(session, mine))
        scores = _columns(CustomerScore, ("customer_id", "composite", *SUMS))
        mine = scores.where(CustomerScore.wave_id == wave_id, col(CustomerScore.composite).in_(layout.composite_ids))
        _place(
            sums, ids, layout.composite_ids, _table(session, mine.where(col(CustomerScore.customer_id).in_(portion)))
        )
    return Figures(tally, sums)


def wave_figures(session: Session, wave_id: int, layout: Layout) -> Figures:
    """Figures of the wave, one row, out of the cohort tier."""
    tallies = _sums_of(CohortTally, "item_id", layout.tally_columns).where(CohortTally.wave_id == wave_id)
    scores = _sums_of(CohortScore, "composite", SUMS).where(CohortScore.wave_id == wave_id)
    tally = np.zeros((1, len(layout.item_ids), len(layout.tally_columns)), dtype=np.int64)
    sums = np.zeros((1, len(layout.composite_ids), len(SUMS)), dtype=np.int64)
    only = np.zeros(1, dtype=np.int64)
    _place(tally, only, layout.item_ids, _table(session, tallies))
    _place(sums, only, layout.composite_ids, _table(session, scores))
    return Figures(tally, sums)


def customer_scores(session: Session, wave_id: int, ids: IntArray) -> FloatArray:
    """Scores of customers in a wave, in points, in the order of their sorted ids; NaN where there are none."""
    layout_free = np.full(len(ids), np.nan)
    for portion in _portions(ids):
        statement = select(CustomerScore.customer_id, CustomerScore.total, CustomerScore.n).where(
            CustomerScore.wave_id == wave_id, CustomerScore.composite == 0, CustomerScore.n > 0
        )
        for customer, total, n in session.exec(statement.where(col(CustomerScore.customer_id).in_(portion))):
            layout_free[np.searchsorted(ids, customer)] = total / (n * 10**9)
    return layout_free


def index_over_customers(session: Session, wave_id: int) -> float:
    """Mean of the customer scores of a wave, NaN when there are none."""
    statement = select(CustomerScore.total, CustomerScore.n).where(
        CustomerScore.wave_id == wave_id, CustomerScore.composite == 0, CustomerScore.n > 0
    )
    scores = [total / (n * 10**9) for total, n in session.exec(statement)]
    return sum(scores) / len(scores) if scores else float("nan")


def wave_scores(session: Session, wave_id: int, layout: Layout) -> WaveScores:
    """Scores of a wave as its scheme defines them: the index over responses, or over customers."""
    figures = wave_figures(session, wave_id, layout)
    composites = figures.composite_scores()[0]
    if layout.scheme.index_over == "customers":
        composites[0] = index_over_customers(session, wave_id)
    return WaveScores(composites, figures.item_scores(layout.scheme)[0])


def low_customer_tally(session: Session, wave_id: int, layout: Layout) -> IntArray:
    """Levels of each item (items × columns) added up over the customers of a wave."""
    statement = _sums_of(CustomerTally, "item_id", layout.tally_columns).where(CustomerTally.wave_id == wave_id)
    tally = np.zeros((1, len(layout.item_ids), len(layout.tally_columns)), dtype=np.int64)
    _place(tally, np.zeros(1, dtype=np.int64), layout.item_ids, _table(session, statement))
    return tally[0]


@dataclass(frozen=True)
class FindingKey:
    """A row of the table of findings with its rule's column."""

    row: int
    column: int
    state: int


def customer_states(session: Session, wave_id: int, ids: IntArray, layout: Layout) -> States:
    """K × customer rules: state of each customer's findings, in the order of the sorted ids."""
    states = np.zeros((len(ids), len(customer_rules(layout.scheme))), dtype=np.int8)
    columns = _rule_columns(customer_rules(layout.scheme), layout)
    for portion in _portions(ids):
        mine = _finding_states(wave_id).where(col(Finding.customer_id).in_(portion))
        for customer, rule, item, dimension, state in session.exec(mine):
            _mark(states, int(np.searchsorted(ids, customer or 0)), columns.get((rule, item, dimension)), state)
    return states


def wave_states(session: Session, wave_id: int, layout: Layout) -> States:
    """1 × wave rules: state of the wave's own findings."""
    states = np.zeros((1, len(wave_rules(layout.scheme))), dtype=np.int8)
    columns = _rule_columns(wave_rules(layout.scheme), layout)
    for _, rule, item, dimension, state in session.exec(
        _finding_states(wave_id).where(col(Finding.customer_id).is_(None))
    ):
        _mark(states, 0, columns.get((rule, item, dimension)), state)
    return states


def _finding_states(wave_id: int) -> Select[tuple[int | None, str, int | None, int | None, str]]:
    return select(Finding.customer_id, Finding.rule, Finding.item_id, Finding.dimension_id, Finding.state).where(
        Finding.wave_id == wave_id
    )


def _mark(states: States, row: int, column: int | None, state: str) -> None:
    if column is not None:
        states[row, column] = OPEN if state == "open" else CLEARED


def _rule_columns(rules: list[Rule], layout: Layout) -> dict[tuple[str, int | None, int | None], int]:
    return {
        (
            rule.rule,
            None if rule.item is None else layout.item_ids[rule.item],
            layout.composite_ids[rule.composite] if rule.composite else None,
        ): column
        for column, rule in enumerate(rules)
    }


def _columns(model: type[SQLModel], names: Sequence[str]) -> Select[tuple[int, ...]]:
    return select(*(getattr(model, name) for name in names))


def _sums_of(model: type[SQLModel], by: str, names: Sequence[str]) -> Select[tuple[int, ...]]:
    key = getattr(model, by)
    return select(key * 0, key, *(func.sum(getattr(model, name)) for name in names)).group_by(key)


def _table(session: Session, statement: Select[tuple[int, ...]]) -> IntArray:
    rows = session.connection().execute(statement).all()
    return np.array([tuple(row) for row in rows], dtype=np.int64).reshape(len(rows), -1)


def _place(target: IntArray, ids: IntArray, columns: Sequence[int], table: IntArray) -> None:
    """Puts rows (who, what, numbers…) into target[who, what, :]; what isn't in `columns` is passed over."""
    if not len(table):
        return
    order = np.argsort(columns)
    sorted_columns = np.array(columns)[order]
    found = np.searchsorted(sorted_columns, table[:, 1]).clip(max=len(columns) - 1)
    known = sorted_columns[found] == table[:, 1]
    target[np.searchsorted(ids, table[known, 0]), order[found[known]]] = table[known, 2:]


def _portions(ids: IntArray) -> list[list[int]]:
    listed = ids.tolist()
    return [listed[start : start + PORTION] for start in range(0, len(listed), PORTION)]
