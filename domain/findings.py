"""When a finding holds (rules.md 5): whole tables of customers at once, or the wave as a table of one row. Pure."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from domain.scheme import POINT, IntArray, Scheme
from domain.scores import BoolArray, FloatArray, below, deducted, is_red

SHARES_EQUAL = 1e-9
"""Shares that differ by less are equal, as in `domain.return_findings`."""


@dataclass(frozen=True)
class Figures:
    """Roll-ups of K customers, or of the wave (K = 1): tally K × items × columns, sums K × composites × 5.

    The columns of `tally` are the counts per level and n, or n, Σ, Σ² on a number scale; those of `sums` are the
    fields of `domain.scores.Sums`.
    """

    tally: IntArray
    sums: IntArray
    deducted: FloatArray | None = None
    """Of customers: points taken from each for complaints (rules.md 3.6), None where the scheme takes none."""

    def item_scores(self, scheme: Scheme) -> FloatArray:
        """K × items, in points, NaN without an answer."""
        if scheme.number_scale:
            return _mean(self.tally[:, :, 1], self.tally[:, :, 0] * 100)
        levels = len(scheme.levels)
        return _mean(self.tally[:, :, :levels] @ scheme.level_scores, self.tally[:, :, levels] * POINT)

    def item_answers(self, scheme: Scheme) -> IntArray:
        """K × items: how many answers."""
        return self.tally[:, :, 0 if scheme.number_scale else len(scheme.levels)]

    def composite_scores(self) -> FloatArray:
        """K × composites, in points, NaN without an answer."""
        return _mean(self.sums[:, :, 2], self.sums[:, :, 0] * POINT)

    def customer_scores(self, scheme: Scheme) -> FloatArray:
        """K customer scores after deductions, NaN without an answer."""
        scores: FloatArray = self.composite_scores()[:, 0]
        return scores if self.deducted is None else deducted(scores, self.deducted, scheme)

    def low_answers(self, scheme: Scheme) -> BoolArray:
        """K × items: whether any answer is at or below the watch level."""
        if scheme.watch_position is None:
            return np.zeros(self.tally.shape[:2], dtype=bool)
        low = self.tally[:, :, scheme.watch_position : len(scheme.levels)] > 0
        return np.asarray(low.any(axis=2))


def _mean(total: IntArray, n: IntArray) -> FloatArray:
    means: FloatArray = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    return means


@dataclass(frozen=True)
class Rule:
    """One column of a table of findings: a rule and the item or composite (by position) that it looks at."""

    rule: str
    item: int | None = None
    composite: int | None = None


def customer_rules(scheme: Scheme) -> list[Rule]:
    """What is looked at for each customer, in the order of the columns of `customer_findings`."""
    items = range(len(scheme.items))
    by_item = [Rule(rule, item=i) for rule in ("ITEM_BELOW", "LOW_ANSWER") for i in items]
    return [Rule("CUSTOMER_BELOW"), Rule("DECLINE"), *by_item]


def customer_findings(now: Figures, before: FloatArray, scheme: Scheme) -> BoolArray:
    """K × rules: which findings hold for each customer; `before` is K customer scores of the previous wave (NaN: none)."""
    score = now.customer_scores(scheme)
    alone = np.stack([below(score, scheme.targets.customer), declined(score, before, scheme)], axis=1)
    return np.concatenate([alone, is_red(now.item_scores(scheme), scheme), now.low_answers(scheme)], axis=1)


def wave_rules(scheme: Scheme) -> list[Rule]:
    """What is looked at for the wave, in the order of the columns of `wave_findings`."""
    items = range(len(scheme.items))
    composites = [Rule("DECLINE", composite=c) for c in range(1 + len(scheme.dimensions))]
    by_item = [Rule(rule, item=i) for rule in ("ITEM_BELOW", "DECLINE", "LOW_ANSWER") for i in items]
    return [Rule("INDEX_BELOW"), Rule("SATISFACTION_RATE_BELOW"), *composites, *by_item]


@dataclass(frozen=True)
class WaveScores:
    """Scores of a wave in points, NaN where there are none: composites (index first) and items with their answers' number;
    the satisfaction rate, a share."""

    composites: FloatArray
    items: FloatArray
    satisfaction_rate: float = float("nan")
    answers: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def wave_findings(now: WaveScores, before: WaveScores | None, low: BoolArray, scheme: Scheme) -> BoolArray:
    """1 × rules: which findings hold for the wave; `low` (items) says where customerless answers are low."""
    if before is None:
        before = WaveScores(np.full(now.composites.shape, np.nan), np.full(now.items.shape, np.nan))
    compared = slice(0, 1 + len(scheme.dimensions))
    parts = [
        below(now.composites[:1], scheme.targets.index),
        is_rate_missed(now.satisfaction_rate, scheme),
        declined(now.composites[compared], before.composites[compared], scheme),
        is_red(now.items, scheme),
        declined(now.items, before.items, scheme),
        low,
    ]
    return np.concatenate(parts)[None, :]


def is_rate_missed(rate: float, scheme: Scheme) -> BoolArray:
    """Whether the satisfaction rate is under the scheme's goal; false where there is no goal or nobody was asked."""
    goal = scheme.targets.satisfaction_rate
    return np.array([goal is not None and rate < goal - SHARES_EQUAL])


def declined(now: FloatArray, before: FloatArray, scheme: Scheme) -> BoolArray:
    """Whether scores are lower than before by more than the scheme's step; false where either is missing."""
    return below(now - before, -scheme.thresholds.decline_step)


NONE, OPEN, CLEARED = 0, 1, 2
"""States of a finding in tables of findings."""
States = npt.NDArray[np.int8]


def about(rule: Rule, customer_id: int | None, item_id: int | None, scheme: Scheme) -> str:
    """What a finding is about, as its unique key says it (architecture.md 9).

    >>> about(Rule("LOW_ANSWER", item=0), 5, 12, None)
    'customer:5/item:12'
    """
    parts = [f"customer:{customer_id}"] if customer_id is not None else []
    parts += [f"item:{item_id}"] if item_id is not None else []
    if rule.composite:
        parts.append(f"dimension:{scheme.composites[rule.composite]}")
    return "/".join(parts) or "index"
