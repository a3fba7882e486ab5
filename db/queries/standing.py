"""Figures and findings as tables, for the rules that are kept with every write."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import BigInteger, BindParameter, Select, bindparam, cast, func, literal
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col

from db import bulk
from db.columns import among, column
from db.models import CohortScore, CohortTally, CustomerScore, CustomerTally, Finding, Wave
from db.queries.item_links import origin_ids
from db.queries.layouts import layout_of_version
from db.rollups import SUMS, Layout
from domain.findings import CLEARED, OPEN, Figures, States, WaveScores
from domain.scheme import POINT, IntArray
from domain.scores import FloatArray, below, deducted

LOCKED_WAVES = "locked_waves"
"""In a session's info: keys of the waves that its transaction writes to."""
PORTION = 5000
"""Customers asked for in one statement."""


@dataclass(frozen=True)
class Previous:
    """The wave that is compared with, and its scores."""

    id: int
    scores: WaveScores
    layout: Layout


_PREVIOUS: WeakKeyDictionary[Any, dict[int, tuple[int, WaveScores]]] = WeakKeyDictionary()
"""Scores of closed waves with the version that they were read at, by database."""


def previous_wave(session: Session, wave: Wave) -> Wave | None:
    """The latest closed wave of the scheme before this one, neither void nor a pilot (architecture.md 9)."""
    before = previous(session, wave)
    return None if before is None else session.get(Wave, before.id, populate_existing=True)


def previous(session: Session, wave: Wave, *, afresh: bool = False) -> Previous | None:
    """The same with its scores, which are read once for each version of it (`afresh`: now, whatever is remembered)."""
    given = {"scheme": wave.scheme_id, "position": wave.position}
    found = bulk.fetch(session, _PREVIOUS_WAVE, given)
    if not found:
        return None
    ((wave_id, version, version_id),) = found
    earlier = layout_of_version(session, version_id)
    known = _PREVIOUS.setdefault(session.connection().engine.pool, {})
    if afresh or wave_id in session.info.get(LOCKED_WAVES, ()):  # what this transaction changes may yet be rolled back
        scores = wave_scores(session, wave_id, earlier)
    else:
        if wave_id not in known or known[wave_id][0] != version:
            known[wave_id] = (version, wave_scores(session, wave_id, earlier))
        scores = known[wave_id][1]
    now = layout_of_version(session, wave.scheme_version_id)
    origins = origin_ids(session, wave, wave_id, now)
    return Previous(wave_id, scores if origins is None else _matched(scores, earlier, now, origins), earlier)


def _matched(scores: WaveScores, earlier: Layout, now: Layout, origins: Mapping[int, tuple[int, ...]]) -> WaveScores:
    """Scores in the order of another version of the scheme, items by what they continue; NaN for what wasn't there.

    An item that continues several has the mean over all their answers (as `domain.item_links.pooled`).
    """
    composites = dict(zip(earlier.composite_ids, scores.composites.tolist(), strict=True))
    items = np.full(len(now.item_ids), np.nan)
    place = {key: at for at, key in enumerate(earlier.item_ids)}
    for at, key in enumerate(now.item_ids):
        there = [place[one] for one in origins[key] if one in place]
        n = scores.answers[there]
        if n.sum() > 0:
            items[at] = np.nansum(scores.items[there] * n) / n.sum()
    return WaveScores(np.array([composites.get(key, np.nan) for key in now.composite_ids]), items)


def customer_figures(session: Session, wave_id: int, ids: IntArray, layout: Layout) -> Figures:
    """Figures of customers, in the order of their sorted ids."""
    tally, sums = _empty(len(ids), layout)
    tallies = _customer_cells(CustomerTally, "item_id", layout.tally_columns)
    scores = _customer_cells(CustomerScore, "composite", SUMS)
    for portion in _portions(ids):
        given = {"wave": wave_id, "ids": portion}
        _place(tally, ids, layout.item_ids, _table(session, tallies, given))
        asked = {**given, "composites": list(layout.composite_ids)}  # with them the key is found, not looked for
        _place(sums, ids, layout.composite_ids, _table(session, scores, asked))
    return Figures(tally, sums, _points_taken(session, wave_id, ids, layout))


def wave_figures(session: Session, wave_id: int, layout: Layout) -> Figures:
    """Figures of the wave, one row, out of the cohort tier."""
    tally, sums = _empty(1, layout)
    only, given = np.zeros(1, dtype=np.int64), {"wave": wave_id}
    _place(tally, only, layout.item_ids, _table(session, _sums_of(CohortTally, "item_id", layout.tally_columns), given))
    _place(sums, only, layout.composite_ids, _table(session, _sums_of(CohortScore, "composite", SUMS), given))
    return Figures(tally, sums)


def _points_taken(session: Session, wave_id: int, ids: IntArray, layout: Layout) -> FloatArray | None:
    if layout.scheme.deductions is None:
        return None
    points = np.zeros(len(ids))
    for portion in _portions(ids):
        table = _table(session, _DEDUCTED, {"wave": wave_id, "ids": portion})
        if len(table):
            points[np.searchsorted(ids, table[:, 0])] = table[:, 1] / POINT
    return points


def customer_scores(session: Session, wave_id: int, ids: IntArray, layout: Layout) -> FloatArray:
    """Scores of customers in a wave, in points, in the order of their sorted ids; NaN where there are none."""
    scores = np.full(len(ids), np.nan)
    for portion in _portions(ids):
        table = _table(session, _CUSTOMER_SCORES, {"wave": wave_id, "ids": portion})
        if len(table):
            scores[np.searchsorted(ids, table[:, 0])] = _deducted(table, layout)
    return scores


def every_customer_score(session: Session, wave_id: int, layout: Layout) -> FloatArray:
    """The scores of all customers of a wave that have one, in points."""
    table = _table(session, _EVERY_CUSTOMER, {"wave": wave_id})
    return _deducted(table, layout) if len(table) else np.empty(0)


def _deducted(table: IntArray, layout: Layout) -> FloatArray:
    """Customer scores after deductions, of rows customer, Σ, n, points taken."""
    return deducted(table[:, 1] / (table[:, 2] * POINT), table[:, 3] / POINT, layout.scheme)


def satisfaction(session: Session, wave_id: int, layout: Layout) -> tuple[int, int]:
    """How many are satisfied, of how many: responses, or customers where the index is over them (rules.md 1, 3.6)."""
    if layout.scheme.index_over == "customers":
        return _satisfied(every_customer_score(session, wave_id, layout), layout)
    sums = wave_figures(session, wave_id, layout).sums[0, 0]
    return int(sums[SUMS.index("satisfied")]), int(sums[0])


def _satisfied(customers: FloatArray, layout: Layout) -> tuple[int, int]:
    return int((~below(customers, layout.scheme.satisfied_score)).sum()), len(customers)


def wave_scores(session: Session, wave_id: int, layout: Layout, figures: Figures | None = None) -> WaveScores:
    """Scores of a wave as its scheme defines them: the index over responses, or over customers."""
    figures = figures or wave_figures(session, wave_id, layout)
    composites, sums = figures.composite_scores()[0], figures.sums[0, 0]
    satisfied, n = int(sums[SUMS.index("satisfied")]), int(sums[0])
    if layout.scheme.index_over == "customers":
        customers = every_customer_score(session, wave_id, layout)
        composites[0] = np.mean(customers) if len(customers) else np.nan
        satisfied, n = _satisfied(customers, layout)
    rate = satisfied / n if n else np.nan
    items, answers = figures.item_scores(layout.scheme)[0], figures.item_answers(layout.scheme)[0]
    return WaveScores(composites, items, rate, answers)


def low_customer_tally(session: Session, wave_id: int, layout: Layout) -> IntArray:
    """Levels of each item (items × columns) added up over the customers of a wave."""
    tally = _empty(1, layout)[0]
    table = _table(session, _sums_of(CustomerTally, "item_id", layout.tally_columns), {"wave": wave_id})
    _place(tally, np.zeros(1, dtype=np.int64), layout.item_ids, table)
    summed: IntArray = tally[0]
    return summed


def customer_states(session: Session, wave_id: int, ids: IntArray, layout: Layout) -> States:
    """K × customer rules: state of each customer's findings, in the order of the sorted ids."""
    columns = layout.customer_rule_columns
    states = np.zeros((len(ids), len(columns)), dtype=np.int8)
    for portion in _portions(ids):
        found = bulk.fetch(session, _CUSTOMER_FINDINGS, {"wave": wave_id, "ids": portion})
        for customer, rule, item, dimension, state in found:
            _mark(states, int(np.searchsorted(ids, customer)), columns.get((rule, item, dimension)), state)
    return states


def wave_states(session: Session, wave_id: int, layout: Layout) -> States:
    """1 × wave rules: state of the wave's own findings."""
    columns = layout.wave_rule_columns
    states = np.zeros((1, len(columns)), dtype=np.int8)
    for _, rule, item, dimension, state in bulk.fetch(session, _WAVE_FINDINGS, {"wave": wave_id}):
        _mark(states, 0, columns.get((rule, item, dimension)), state)
    return states


def _mark(states: States, row: int, column: int | None, state: str) -> None:
    if column is not None:
        states[row, column] = OPEN if state == "open" else CLEARED


def _empty(groups: int, layout: Layout) -> tuple[IntArray, IntArray]:
    tally = np.zeros((groups, len(layout.item_ids), len(layout.tally_columns)), dtype=np.int64)
    return tally, np.zeros((groups, len(layout.composite_ids), len(SUMS)), dtype=np.int64)


# Statements are built once: building them costs more than running them.

_WAVE: BindParameter[Any] = bindparam("wave")
_CLOSED = (col(Wave.state) == "closed", col(Wave.is_pilot).is_(False))
_BEFORE = (col(Wave.scheme_id) == bindparam("scheme"), col(Wave.position) < bindparam("position"))
_PREVIOUS_WAVE: Any = (
    sa_select(col(Wave.id), col(Wave.version), col(Wave.scheme_version_id))
    .where(*_CLOSED, *_BEFORE)
    .order_by(col(Wave.position).desc())
    .limit(1)
)
_OF_CUSTOMERS = (col(CustomerScore.wave_id) == _WAVE, col(CustomerScore.composite) == 0)
_EVERY_CUSTOMER: Any = sa_select(
    *(col(getattr(CustomerScore, name)) for name in ("customer_id", "total", "n", "deducted"))
).where(*_OF_CUSTOMERS, col(CustomerScore.n) > 0)
_DEDUCTED: Any = sa_select(col(CustomerScore.customer_id), col(CustomerScore.deducted)).where(
    *_OF_CUSTOMERS, among(col(CustomerScore.customer_id), "ids")
)
_CUSTOMER_SCORES: Any = _EVERY_CUSTOMER.where(among(col(CustomerScore.customer_id), "ids"))
_FINDINGS: Any = sa_select(
    *(col(getattr(Finding, name)) for name in ("customer_id", "rule", "item_id", "dimension_id", "state"))
).where(col(Finding.wave_id) == _WAVE)
_CUSTOMER_FINDINGS = _FINDINGS.where(among(col(Finding.customer_id), "ids"))
_WAVE_FINDINGS = _FINDINGS.where(col(Finding.customer_id).is_(None))


_OF_COMPOSITES = among(col(CustomerScore.composite), "composites")


@cache
def _customer_cells(model: type[SQLModel], what: str, names: tuple[str, ...]) -> Select[Any]:
    columns = [column(model, name) for name in ("customer_id", what, *names)]
    found = sa_select(*columns).where(column(model, "wave_id") == _WAVE, among(columns[0], "ids"))
    return found.where(_OF_COMPOSITES) if what == "composite" else found


@cache
def _sums_of(model: type[SQLModel], by: str, names: tuple[str, ...]) -> Select[Any]:
    key = column(model, by)
    sums = [cast(func.sum(column(model, name)), BigInteger) for name in names]
    return sa_select(literal(0), key, *sums).where(column(model, "wave_id") == _WAVE).group_by(key)


def _table(session: Session, statement: Select[Any], given: dict[str, Any]) -> IntArray:
    """The rows as whole numbers, rows × columns."""
    rows = bulk.fetch(session, statement, given)
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64)
    return flat.reshape(len(rows), -1) if rows else np.empty((0, 1), dtype=np.int64)


def _place(target: IntArray, ids: IntArray, columns: tuple[int, ...], table: IntArray) -> None:
    """Puts rows (who, what, numbers…) into target[who, what, :]; what isn't in `columns` is passed over."""
    if not len(table):
        return
    order, sorted_columns = _sorted(columns)
    found = sorted_columns.searchsorted(table[:, 1])
    found[found == len(columns)] = 0
    known = sorted_columns[found] == table[:, 1]
    if not known.all():
        table, found = table[known], found[known]
    who = ids.searchsorted(table[:, 0]) if len(ids) > 1 else 0
    target[who, order[found]] = table[:, 2:]


@lru_cache(maxsize=300)
def _sorted(columns: tuple[int, ...]) -> tuple[IntArray, IntArray]:
    order = np.argsort(columns)
    return order, np.array(columns)[order]


def _portions(ids: IntArray) -> list[list[int]]:
    listed = ids.tolist()
    return [listed[start : start + PORTION] for start in range(0, len(listed), PORTION)]
