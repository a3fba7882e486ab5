"""Scores of responses and of what they add up to (rules.md 3); pure, exact to 1e-9 points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm, sqrt
from typing import overload

import numpy as np
import numpy.typing as npt

from domain.scheme import BLANK, HUNDREDTH, POINT, IntArray, Scheme
from domain.statistics import t_interval

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

EQUAL_WITHIN = 1e-6
"""Scores that differ by less are equal (rules.md 3.7)."""
SQUARE_SPLIT = 38
"""A squared score is kept as high · 2³⁸ + low, so that sums of squares stay exact in two BIGINTs (ADR 1)."""


@overload
def below(score: float, bound: float) -> bool: ...
@overload
def below(score: FloatArray, bound: float) -> BoolArray: ...
def below(score: float | FloatArray, bound: float) -> bool | BoolArray:
    """Whether a score is under a bound; values that differ by less than 1e-6 are equal (rules.md 3.7).

    >>> below(79.96, 80.0), below(80.0 - 1e-9, 80.0)
    (True, False)
    """
    return score < bound - EQUAL_WITHIN


@overload
def at_or_below(score: float, bound: float) -> bool: ...
@overload
def at_or_below(score: FloatArray, bound: float) -> BoolArray: ...
def at_or_below(score: float | FloatArray, bound: float) -> bool | BoolArray:
    """Whether a score is at or under a bound (rules.md 3.7).

    >>> at_or_below(70.0, 70.0), at_or_below(70.01, 70.0)
    (True, False)
    """
    return score <= bound + EQUAL_WITHIN


@overload
def is_red(score: float, scheme: Scheme) -> bool: ...
@overload
def is_red(score: FloatArray, scheme: Scheme) -> BoolArray: ...
def is_red(score: float | FloatArray, scheme: Scheme) -> bool | BoolArray:
    """Whether a score is at or under red, or under it, as the scheme says."""
    at_or_under = scheme.thresholds.red_at_or_below
    return below(score, scheme.thresholds.red) if at_or_under is None else at_or_below(score, at_or_under)


def status(score: float | None, scheme: Scheme, *, target: float | None = None) -> str | None:
    """Status of a score, "red", "amber" or "ok", None of none; `target` replaces the amber bound (index, customer)."""
    if score is None:
        return None
    if is_red(score, scheme):
        return "red"
    return "amber" if below(score, scheme.thresholds.amber_below if target is None else target) else "ok"


def grade(score: float, scheme: Scheme) -> str | None:
    """Code of the grade band that holds the score; bands are half-open (94.5 is under 95), None under all of them."""
    for band in sorted(scheme.grades, key=lambda g: -g.at_least):
        if not below(score, band.at_least):
            return band.code
    return None


@dataclass(frozen=True)
class ResponseScores:
    """Scores of R responses on C composites: `score` in 1e-9 points, meaningful where `answered`."""

    score: IntArray
    answered: BoolArray


def answer_scores(levels: npt.NDArray[np.integer], scheme: Scheme) -> IntArray:
    """Level scores in 1e-9 points, same shape as `levels`; 0 where blank."""
    blank = levels < 0
    if scheme.number_scale:
        return np.where(blank, 0, levels.astype(np.int64) * HUNDREDTH)
    return np.where(blank, 0, scheme.level_scores[np.where(blank, 0, levels)])


def response_scores(levels: npt.NDArray[np.integer], scheme: Scheme) -> ResponseScores:
    """Scores of each response (rules.md 3.3 and 3.4), rounded half up to 1e-9 points.

    levels: R × items matrix, columns as `scheme.item_codes`, BLANK where not answered. Returns R × composites,
    columns as `scheme.composites`. Whole-number arithmetic: one response alone and a million at once agree exactly.
    """
    weights = scheme.composite_weights.T
    total = answer_scores(levels, scheme) @ weights
    weight = (levels >= 0).astype(np.int64) @ weights
    answered = weight > 0
    divisor = np.where(answered, weight, 1)
    return ResponseScores((2 * total + divisor) // (2 * divisor), answered)


def split_squares(score: IntArray) -> tuple[IntArray, IntArray]:
    """Squares of scores in 1e-18 points², as (high, low) with square = high · 2³⁸ + low; exact for |score| < 2³⁷."""
    size = np.abs(score)
    upper, lower = size >> 19, size & (2**19 - 1)
    rest = ((2 * upper * lower) << 19) + lower * lower
    return upper * upper + (rest >> SQUARE_SPLIT), rest & (2**SQUARE_SPLIT - 1)


@dataclass(frozen=True)
class Sums:
    """What a roll-up keeps of a set of scores: how many, Σ in 1e-9 points, Σ² in 1e-18 points² split in two.

    `deducted` are the 1e-9 points to take from a customer's score for so many `complaints`, 0 of everything else.
    """

    n: int = 0
    satisfied: int = 0
    total: int = 0
    squares_high: int = 0
    squares_low: int = 0
    deducted: int = 0
    complaints: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.n + other.n,
            self.satisfied + other.satisfied,
            self.total + other.total,
            self.squares_high + other.squares_high,
            self.squares_low + other.squares_low,
            self.deducted + other.deducted,
            self.complaints + other.complaints,
        )


@dataclass(frozen=True)
class Score:
    """A mean score 0–100 with n, standard deviation (n − 1) and 95 % t interval; None where n is too small.

    `undeducted` is what it would be without the deductions for `complaints`, None where nothing was taken (rules.md 3.6).
    """

    n: int
    score: float | None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    satisfaction_rate: float | None = None
    undeducted: float | None = None
    complaints: int = 0

    @property
    def variance_of_mean(self) -> float | None:
        """Squared standard error of the score, in points²."""
        return None if self.sd is None else self.sd**2 / self.n


def _score(n: int, total: int, squares: int, point: int, satisfied: int | None = None) -> Score:
    """Score of n values whose sum is total/point and whose sum of squares is squares/point²; exact until the last step."""
    if n <= 0:
        return Score(0, None)
    mean = total / (n * point)
    rate = None if satisfied is None else satisfied / n
    if n == 1:
        return Score(1, mean, satisfaction_rate=rate)
    sd = sqrt(max(0, squares * n - total * total) / (n * (n - 1) * point * point))
    low, high = t_interval(mean, sd, n)
    return Score(n, mean, sd, low, high, rate)


def score_of_sums(sums: Sums) -> Score:
    """Mean, sd and interval of the scores behind a roll-up cell."""
    squares = sums.squares_high * 2**SQUARE_SPLIT + sums.squares_low
    return _score(sums.n, sums.total, squares, POINT, sums.satisfied)


def customer_score(sums: Sums, scheme: Scheme) -> Score:
    """A customer's score after its deductions (rules.md 3.5, 3.6); its spread is that of its responses."""
    found = score_of_sums(sums)
    if not sums.deducted or found.score is None:
        return found
    taken = found.score - float(deduct(Fraction(sums.total, sums.n * POINT), Fraction(sums.deducted, POINT), scheme))
    low, high = (None if bound is None else bound - taken for bound in (found.low, found.high))
    return replace(
        found, score=found.score - taken, low=low, high=high, undeducted=found.score, complaints=sums.complaints
    )


def customer_mean(scheme: Scheme, n: int, total: int, deducted: int = 0, complaints: int = 0) -> Score:
    """The same without its spread, for lists: `total` and `deducted` in 1e-9 points."""
    score = deducted_mean(scheme, n, total, deducted)
    return Score(n, score, undeducted=total / (n * POINT), complaints=complaints) if deducted else Score(n, score)


def deducted_mean(scheme: Scheme, n: int, total: int, deducted: int) -> float:
    """That customer score alone, for the many of a trend."""
    if not deducted:
        return total / (n * POINT)
    return float(deduct(Fraction(total, n * POINT), Fraction(deducted, POINT), scheme))


def score_over_customers(customers: Sequence[Sums], scheme: Scheme) -> Score:
    """The index as mean of customer scores, each after its deductions (rules.md 3.5, 3.6)."""
    asked = [c for c in customers if c.n]
    plain = [Fraction(c.total, c.n * POINT) for c in asked]
    scores = [deduct(s, Fraction(c.deducted, POINT), scheme) for s, c in zip(plain, asked, strict=True)]
    satisfied = sum(not below(float(s), scheme.satisfied_score) for s in scores)
    point = lcm(*(score.denominator for score in scores))
    whole = [score.numerator * (point // score.denominator) for score in scores]
    found = _score(len(whole), sum(whole), sum(value * value for value in whole), point, satisfied)
    if scores == plain:
        return found
    return replace(found, undeducted=float(sum(plain) / len(plain)), complaints=sum(c.complaints for c in asked))


def deduction_points(categories: Sequence[str], scheme: Scheme) -> float:
    """Points to take for a customer's complaints that are verified and our responsibility (rules.md 3.6)."""
    rules = scheme.deductions
    if rules is None:
        return 0.0
    return sum(rules.serious if category in rules.serious_categories else rules.each for category in categories)


def deduct(score: Fraction, points: Fraction, scheme: Scheme) -> Fraction:
    """A customer score after complaint deductions, which stop at the scheme's floor."""
    floor = Fraction(0) if scheme.deductions is None else Fraction(scheme.deductions.floor)
    return score if points == 0 else min(score, max(floor, score - points))


def deducted(scores: FloatArray, points: FloatArray, scheme: Scheme) -> FloatArray:
    """Customer scores after deductions of so many points each; NaN stays NaN (rules.md 3.6)."""
    if scheme.deductions is None:
        return scores
    after: FloatArray = np.minimum(scores, np.maximum(scheme.deductions.floor, scores - points))
    return np.where(points > 0, after, scores)


@dataclass(frozen=True)
class Tally:
    """How often each level of an item was chosen (best first), or n, Σ, Σ² of hundredths on a number scale."""

    levels: tuple[int, ...] = ()
    n: int = 0
    total: int = 0
    squares: int = 0


@dataclass(frozen=True)
class ItemScore:
    """An item's figures: score 0–100, mean of the levels' values, share in the two best levels."""

    score: Score
    mean_level: float | None
    top_two_box: float | None


def score_of_tally(tally: Tally, scheme: Scheme) -> ItemScore:
    """Figures of an item out of its counts per level (rules.md 3.2); exact."""
    if scheme.number_scale:
        score = _score(tally.n, tally.total, tally.squares, 100)
        return ItemScore(score, score.score, None)
    points, (values, unit) = scheme.level_points, scheme.level_value_units
    n = sum(tally.levels[: len(points)])
    if n <= 0:
        return ItemScore(Score(0, None), None, None)
    total = sum(count * score for count, score in zip(tally.levels, points, strict=False))
    squares = sum(count * score * score for count, score in zip(tally.levels, points, strict=False))
    mean_level = sum(count * value for count, value in zip(tally.levels, values, strict=False)) / (n * unit)
    return ItemScore(_score(n, total, squares, POINT), mean_level, sum(tally.levels[:2]) / n)


def low_answers(tally: Tally, scheme: Scheme) -> int:
    """How many answers are at or below the watch level (rules.md 5, LOW_ANSWER)."""
    return 0 if scheme.watch_position is None else sum(tally.levels[scheme.watch_position : len(scheme.levels)])


__all__ = ["BLANK", "HUNDREDTH", "POINT"]
