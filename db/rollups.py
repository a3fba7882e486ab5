"""Roll-ups: what screens read instead of the answers; every write adds its deltas in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from sqlmodel import Session, SQLModel

from db import bulk
from db.models import CohortReturn, CohortScore, CohortTally, CustomerReturn, CustomerScore, CustomerTally
from domain.findings import Rule, customer_rules, wave_rules
from domain.scheme import IntArray, Scheme
from domain.scores import POINT, ResponseScores, below, response_scores, split_squares

LEVELS = 11
SUMS = ("n", "satisfied", "total", "squares_high", "squares_low")
CUSTOMER_SUMS = (*SUMS, "deducted", "complaints")
"""Of a customer score: with what complaints take from it; the fields of `domain.scores.Sums`."""
RETURNS = ("sent", "returned", "in_time", "late", "undeliverable", "valid", "invalid")


RuleKey = tuple[str, int | None, int | None]
"""A rule as findings keep it: its name, item and dimension."""


@dataclass(frozen=True)
class Layout:
    """A scheme version with the keys of its items and composites, in the scheme's order."""

    version_id: int
    scheme_id: int
    scheme: Scheme
    item_ids: tuple[int, ...]
    composite_ids: tuple[int, ...]

    @cached_property
    def customer_rules(self) -> list[Rule]:
        """What is looked at for each customer, `domain.findings.customer_rules`."""
        return customer_rules(self.scheme)

    @cached_property
    def wave_rules(self) -> list[Rule]:
        """What is looked at for the wave, `domain.findings.wave_rules`."""
        return wave_rules(self.scheme)

    @cached_property
    def customer_rule_columns(self) -> dict[RuleKey, int]:
        """Position of each rule in `customer_rules`."""
        return {self._key_of(rule): position for position, rule in enumerate(self.customer_rules)}

    @cached_property
    def wave_rule_columns(self) -> dict[RuleKey, int]:
        """Position of each rule in `wave_rules`."""
        return {self._key_of(rule): position for position, rule in enumerate(self.wave_rules)}

    def _key_of(self, rule: Rule) -> RuleKey:
        item = None if rule.item is None else self.item_ids[rule.item]
        return rule.rule, item, self.composite_ids[rule.composite] if rule.composite else None

    @cached_property
    def item_keys(self) -> IntArray:
        """`item_ids` as an array."""
        return np.array(self.item_ids, dtype=np.int64)

    @cached_property
    def composite_keys(self) -> IntArray:
        """`composite_ids` as an array."""
        return np.array(self.composite_ids, dtype=np.int64)

    @cached_property
    def tally_columns(self) -> tuple[str, ...]:
        """The columns of a tally that this scheme's scale uses."""
        if self.scheme.number_scale:
            return ("n", "total", "squares")
        return (*(f"n{level}" for level in range(len(self.scheme.levels))), "n")


@dataclass(frozen=True)
class Batch:
    """Counted responses in arrays: levels R × items, cohort and customer of each (0 = no customer), sign +1 or −1."""

    levels: npt.NDArray[np.int16]
    scores: ResponseScores
    cohort: IntArray
    customer: IntArray
    sign: IntArray


def batch_of(
    levels: npt.NDArray[np.int16], cohort: IntArray, customer: IntArray, scheme: Scheme, *, sign: IntArray | None = None
) -> Batch:
    """A batch with its scores computed; `sign` is +1 for all unless given."""
    signs = np.ones(len(levels), dtype=np.int64) if sign is None else sign
    return Batch(levels, response_scores(levels, scheme), cohort, customer, signs)


@dataclass(frozen=True)
class Group:
    """A batch added up by cohort or by customer: tally G × items × columns, sums G × composites × 5."""

    ids: IntArray
    tally: IntArray
    sums: IntArray


def grouped(batch: Batch, by: IntArray, layout: Layout) -> Group:
    """The batch's deltas for each of the distinct values of `by` (R)."""
    ids, index = _distinct(by)
    return Group(ids, _tally(batch, index, len(ids), layout), _sums(batch, index, len(ids), layout.scheme))


def _distinct(values: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct values, sorted, and the place of each value among them; a single one needs no sorting."""
    if len(values) == 1:
        return values, np.zeros(1, dtype=np.int64)
    ids, index = np.unique(values, return_inverse=True)
    return ids, index


def _tally(batch: Batch, index: IntArray, groups: int, layout: Layout) -> IntArray:
    items, columns = len(layout.item_ids), len(layout.tally_columns)
    row, item = np.nonzero(batch.levels >= 0)
    level, sign = batch.levels[row, item].astype(np.int64), batch.sign[row]
    cell, cells = index[row] * items + item, groups * items
    n = _count(cell, sign, cells)
    if layout.scheme.number_scale:
        parts = [n, _count(cell, sign * level, cells), _count(cell, sign * level * level, cells)]
        return np.stack(parts, axis=1).reshape(groups, items, columns)
    levels = columns - 1
    chosen = _count(cell * levels + level, sign, cells * levels).reshape(cells, levels)
    return np.concatenate([chosen, n[:, None]], axis=1).reshape(groups, items, columns)


def _sums(batch: Batch, index: IntArray, groups: int, scheme: Scheme) -> IntArray:
    answered = batch.scores.answered
    composites = answered.shape[1]
    cell = (index[:, None] * composites + np.arange(composites)).ravel()
    signs = (answered * batch.sign[:, None]).ravel()
    score = batch.scores.score.ravel()
    satisfied = ~below(batch.scores.score / POINT, scheme.satisfied_score).ravel()
    high, low = split_squares(score)
    parts = [_count(cell, signs * part, groups * composites) for part in (1, satisfied, score, high, low)]
    return np.stack(parts, axis=1).reshape(groups, composites, len(parts))


def _count(cell: IntArray, amount: IntArray, cells: int) -> IntArray:
    """Sums of whole amounts by cell; exact, as each stays far under 2⁵³ in a batch."""
    return np.rint(np.bincount(cell, weights=amount, minlength=cells)).astype(np.int64)


def add_customers(session: Session, wave_id: int, group: Group, layout: Layout) -> None:
    """Adds to the customer tier (no lock needed before)."""
    _add_tally(session, CustomerTally, ("wave_id", "customer_id", "item_id"), wave_id, group, layout)
    _add_sums(session, CustomerScore, "customer_id", wave_id, group, layout)


def add_cohorts(session: Session, wave_id: int, group: Group, layout: Layout) -> None:
    """Adds to the cohort tier; the wave's row must be locked (architecture.md 9, write order)."""
    _add_tally(session, CohortTally, ("wave_id", "item_id", "cohort_id"), wave_id, group, layout)
    _add_sums(session, CohortScore, "cohort_id", wave_id, group, layout)


def _add_tally(
    session: Session, model: type[SQLModel], keys: tuple[str, ...], wave_id: int, group: Group, layout: Layout
) -> None:
    who, item = np.nonzero(group.tally.any(axis=2))
    parts = {"item_id": layout.item_keys[item], "wave_id": np.full(len(who), wave_id)}
    parts |= {"cohort_id": group.ids[who], "customer_id": group.ids[who]}
    _add(session, model, keys, [parts[name] for name in keys], layout.tally_columns, group.tally[who, item])


def _add_sums(session: Session, model: type[SQLModel], whose: str, wave_id: int, group: Group, layout: Layout) -> None:
    who, composite = np.nonzero(group.sums.any(axis=2))
    keys = [np.full(len(who), wave_id), layout.composite_keys[composite], group.ids[who]]
    _add(session, model, ("wave_id", "composite", whose), keys, SUMS, group.sums[who, composite])


def _add(
    session: Session,
    model: type[SQLModel],
    names: tuple[str, ...],
    keys: list[IntArray],
    columns: tuple[str, ...],
    cells: IntArray,
) -> None:
    by_key = np.lexsort(keys[::-1])
    bulk.add_up(session, model, (*names, *columns), np.column_stack([*keys, cells])[by_key])


@dataclass(frozen=True)
class ReturnDelta:
    """What changes in the returns of one cohort and customer (None: no customer); columns as RETURNS."""

    cohort_id: int
    customer_id: int | None
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Returns:
    """Many such changes in arrays: cohort and customer (0 = none) of each, counts changes × RETURNS."""

    cohort: IntArray
    customer: IntArray
    counts: IntArray

    @staticmethod
    def of(deltas: Sequence[ReturnDelta]) -> "Returns":
        """The same changes, out of single ones."""
        return Returns(
            np.array([delta.cohort_id for delta in deltas], dtype=np.int64),
            np.array([delta.customer_id or 0 for delta in deltas], dtype=np.int64),
            np.array([delta.counts for delta in deltas], dtype=np.int64).reshape(len(deltas), len(RETURNS)),
        )


def add_returns(session: Session, wave_id: int, changed: Returns | Sequence[ReturnDelta]) -> None:
    """Adds to both tiers of returns; the wave's row must be locked."""
    returns = changed if isinstance(changed, Returns) else Returns.of(changed)
    named = returns.customer > 0
    _add_returns(session, CustomerReturn, "customer_id", wave_id, returns.customer[named], returns.counts[named])
    _add_returns(session, CohortReturn, "cohort_id", wave_id, returns.cohort, returns.counts)


def _add_returns(
    session: Session, model: type[SQLModel], whose: str, wave_id: int, who: IntArray, counts: IntArray
) -> None:
    ids, index = _distinct(who)
    sums = np.zeros((len(ids), len(RETURNS)), dtype=np.int64)
    np.add.at(sums, index, counts)
    changed = sums.any(axis=1)
    waves = np.full(int(changed.sum()), wave_id)
    rows = np.column_stack([waves, ids[changed], sums[changed]])
    bulk.add_up(session, model, ("wave_id", whose, *RETURNS), rows)
