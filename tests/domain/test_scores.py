"""Scores: the worked examples of rules.md 3, and that sums never lose a point."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.scheme import BLANK, POINT, Scheme
from domain.scheme_file import load
from domain.scores import (
    SQUARE_SPLIT,
    Sums,
    Tally,
    at_or_below,
    below,
    deduct,
    deduction_points,
    grade,
    is_red,
    low_answers,
    response_scores,
    score_of_sums,
    score_of_tally,
    score_over_customers,
    split_squares,
    status,
)

FOLDER = Path(__file__).parents[2] / "sample_data" / "presets"
IATF, WEIGHTED, POINTS, MACHINERY, OWNERS, NUMBERS = (
    load((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    for code in (
        "iatf-quarterly",
        "weighted-half-year",
        "points-annual",
        "machinery-14",
        "owner-residence",
        "owner-residence-number",
    )
)
SCHEMES = st.sampled_from([IATF, WEIGHTED, POINTS, MACHINERY, OWNERS, NUMBERS])


def index_of(levels: list[int], scheme: Scheme) -> int:
    """The response score in 1e-9 points."""
    found = response_scores(np.array([levels]), scheme)
    assert found.answered[0, 0]
    return int(found.score[0, 0])


def sums_of(scores: list[int], satisfied: int = 0) -> Sums:
    high, low = split_squares(np.array(scores, dtype=np.int64))
    return Sums(len(scores), satisfied, sum(scores), int(high.sum()), int(low.sum()))


def positions(scheme: Scheme, *names: str) -> list[int]:
    known = [level.name.zh for level in scheme.levels]
    return [BLANK if name == "" else known.index(name) for name in names]


# The worked examples of rules.md 3


def test_weighted_half_year_example_is_90() -> None:
    levels = positions(WEIGHTED, "很满意", "较满意", "较满意", "一般", "很满意")
    assert index_of(levels, WEIGHTED) == 90 * POINT


def test_the_same_with_the_third_answer_blank_is_renormalised() -> None:
    levels = positions(WEIGHTED, "很满意", "较满意", "", "一般", "很满意")
    assert index_of(levels, WEIGHTED) == round(Fraction(50 + 12 + 6 + 10) / Fraction("0.85") * POINT)


def test_points_annual_example_is_exactly_70_and_satisfied() -> None:
    levels = [0] * 6 + [1] * 3 + [2] * 2 + [4]
    assert index_of(levels, POINTS) == 70 * POINT
    assert not below(70.0, POINTS.satisfied_score)
    assert status(70.0, POINTS) == "ok"


def test_machinery_example_is_83_3_and_58_3_after_deductions() -> None:
    score = Fraction(index_of([1] * 14, MACHINERY), POINT)
    assert float(score) == pytest.approx(500 / 6, abs=1e-9)
    points = deduction_points(["other", "delivery", "delivery"], MACHINERY)  # packaging is neither of the three
    assert points == 25
    assert float(deduct(score, Fraction(points), MACHINERY)) == pytest.approx(500 / 6 - 25, abs=1e-9)


def test_iatf_item_at_exactly_70_is_red_and_a_customer_at_exactly_80_is_grade_a() -> None:
    tally = Tally(levels=(0, 1, 1, 0, 0))  # 80 and 60
    assert score_of_tally(tally, IATF).score.score == 70.0
    assert status(70.0, IATF) == "red"
    assert is_red(70.0, IATF)
    assert status(70.01, IATF) == "amber"
    assert grade(80.0, IATF) == "A"
    assert grade(79.96, IATF) is None
    assert status(80.0, IATF) == "ok"


def test_owner_residence_example_is_82_5_and_satisfied() -> None:
    levels = positions(OWNERS, "非常满意", "满意", "满意", "一般", "不满意")
    assert index_of(levels, OWNERS) == int(82.5 * POINT)
    assert grade(82.5, OWNERS) == "satisfied"


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (94.5, "satisfied"),  # 满意, not 非常满意
        (95.0, "very_satisfied"),
        (80.0, "satisfied"),
        (79.999, "neutral"),
        (60.0, "dissatisfied"),
        (59.99, "very_dissatisfied"),
        (0.0, "very_dissatisfied"),
    ],
)
def test_bands_are_half_open(score: float, band: str) -> None:
    assert grade(score, OWNERS) == band


def test_79_96_is_below_80_and_nothing_is_rounded_first() -> None:
    assert below(79.96, 80.0)
    assert below(79.9999, 80.0)
    assert not below(80.0 - 1e-7, 80.0)
    assert at_or_below(70.0 + 1e-7, 70.0)
    assert not at_or_below(70.0001, 70.0)
    assert below(np.array([79.96, 80.0]), 80.0).tolist() == [True, False]


def test_a_number_is_its_own_score_and_counts_in_hundredths() -> None:
    assert index_of([8250, 8250, 8250, 8250, 8251], NUMBERS) == round(82.502 * POINT)
    tally = Tally(n=2, total=8000 + 9000, squares=8000**2 + 9000**2)
    item = score_of_tally(tally, NUMBERS)
    assert (item.score.score, item.mean_level, item.top_two_box) == (85.0, 85.0, None)
    assert item.score.sd == pytest.approx(50**0.5)


# Responses


def test_a_response_without_a_rating_has_no_score() -> None:
    assert not response_scores(np.full((1, 14), BLANK), IATF).answered.any()


def test_a_dimension_counts_only_its_own_answered_items() -> None:
    levels = [BLANK] * 14
    levels[3], levels[4] = 0, 2  # two items of delivery: 100 and 60
    found = response_scores(np.array([levels]), IATF)
    assert found.answered[0].tolist() == [True, False, True, False, False, False, False]
    assert int(found.score[0, 0]) == int(found.score[0, 2]) == 80 * POINT


def test_a_named_index_counts_exactly_its_items() -> None:
    levels = [0] * 14
    levels[5] = 4  # packaging stands in the product quality index, though its dimension is delivery
    found = response_scores(np.array([levels]), IATF)
    assert int(found.score[0, -1]) == 80 * POINT  # (100 + 100 + 100 + 20) / 4


@st.composite
def responses(draw: st.DrawFn) -> tuple[Scheme, list[list[int]]]:
    scheme = draw(SCHEMES)
    most = 10_000 if scheme.number_scale else len(scheme.levels) - 1
    row = st.lists(st.integers(BLANK, most), min_size=len(scheme.items), max_size=len(scheme.items))
    return scheme, draw(st.lists(row, min_size=1, max_size=20))


@given(responses())
def test_one_by_one_and_all_at_once_agree_exactly(batch: tuple[Scheme, list[list[int]]]) -> None:
    scheme, rows = batch
    together = response_scores(np.array(rows, dtype=np.int16), scheme)
    for at, row in enumerate(rows):
        alone = response_scores(np.array([row]), scheme)
        assert alone.score[0].tolist() == together.score[at].tolist()
        assert alone.answered[0].tolist() == together.answered[at].tolist()


@given(responses())
def test_a_response_score_is_the_weighted_mean_of_fractions(batch: tuple[Scheme, list[list[int]]]) -> None:
    scheme, rows = batch
    found = response_scores(np.array(rows), scheme)
    for at, row in enumerate(rows):
        expected = weighted_mean(row, scheme)
        assert (expected is not None) == bool(found.answered[at, 0])
        if expected is not None:
            # levels are kept in 1e-9 points, so a third of a point may be off by half of that, and the mean by another half
            assert abs(Fraction(int(found.score[at, 0]), POINT) - expected) <= Fraction(1, POINT)


def weighted_mean(row: list[int], scheme: Scheme) -> Fraction | None:
    """rules.md 3.3, as it is written there."""
    total = weights = Fraction(0)
    for item, level in zip(scheme.items, row, strict=True):
        if level == BLANK or item.dimension is None:
            continue
        siblings = sum(other.weight for other in scheme.items if other.dimension == item.dimension)
        weight = scheme.dimension_by_code[item.dimension].weight * item.weight / siblings
        total += weight * level_score(level, scheme)
        weights += weight
    return total / weights if weights else None


def level_score(level: int, scheme: Scheme) -> Fraction:
    if scheme.number_scale:
        return Fraction(level, 100)
    points = scheme.levels[level].points
    return points if scheme.points_are_scores else 100 * points / scheme.levels[0].points


# Sums

score_lists = st.lists(st.integers(-100 * POINT, 100 * POINT), min_size=2, max_size=60)


@given(score_lists, st.randoms())
def test_sums_add_up_in_any_order(scores: list[int], random: object) -> None:
    parts = [sums_of([score]) for score in scores]
    random.shuffle(parts)  # type: ignore[attr-defined]
    assert sum(parts, Sums()) == sums_of(scores)


@given(score_lists)
def test_standard_deviation_of_sums_is_numpys(scores: list[int]) -> None:
    points = np.array(scores) / POINT
    found = score_of_sums(sums_of(scores))
    assert found.score == pytest.approx(points.mean(), abs=1e-9)
    assert found.sd == pytest.approx(points.std(ddof=1), abs=1e-9)


def test_a_tiny_spread_on_a_high_mean_is_not_lost() -> None:
    # Σ² − n·mean² in floats would be 0 or negative here
    scores = [100 * POINT, 100 * POINT - 3]
    assert score_of_sums(sums_of(scores)).sd == pytest.approx(3e-9 / 2**0.5)


@given(st.lists(st.integers(-(2**37) + 1, 2**37 - 1), min_size=1, max_size=20))
def test_squares_are_split_exactly(scores: list[int]) -> None:
    high, low = split_squares(np.array(scores, dtype=np.int64))
    assert [int(h) * 2**SQUARE_SPLIT + int(part) for h, part in zip(high, low, strict=True)] == [s * s for s in scores]
    assert all(0 <= part < 2**SQUARE_SPLIT for part in low.tolist())


@given(responses())
def test_a_mean_is_never_below_a_bound_that_it_exactly_reaches(batch: tuple[Scheme, list[list[int]]]) -> None:
    # with floats 13.6 % of the customers whose exact mean is 80 came out under 80
    scheme, rows = batch
    exact = [mean for row in rows if (mean := weighted_mean(row, scheme)) is not None]
    found = response_scores(np.array(rows), scheme)
    mean = score_of_sums(sums_of(found.score[:, 0][found.answered[:, 0]].tolist())).score
    if mean is None:
        assert not exact
        return
    bound = float(sum(exact) / len(exact))
    assert not below(mean, bound)
    assert at_or_below(mean, bound)
    assert below(mean, bound + 1e-5)


def test_n_of_zero_and_one_have_no_spread() -> None:
    assert score_of_sums(Sums()).score is None
    one = score_of_sums(sums_of([75 * POINT], satisfied=0))
    assert (one.n, one.score, one.sd, one.low, one.satisfaction_rate) == (1, 75.0, None, None, 0.0)
    assert status(None, IATF) is None


def test_the_interval_is_student_s() -> None:
    # 60, 80, 100: sd 20, t(0.975, 2) = 4.3027, half = 4.3027 · 20 / √3 = 49.68
    found = score_of_sums(sums_of([60 * POINT, 80 * POINT, 100 * POINT], satisfied=2))
    assert (found.score, found.sd) == (80.0, 20.0)
    assert (found.low, found.high) == pytest.approx((30.317, 129.683), abs=1e-3)
    assert found.satisfaction_rate == 2 / 3
    assert found.variance_of_mean == pytest.approx(400 / 3)


# Items


def test_item_figures_come_out_of_counts_per_level() -> None:
    tally = Tally(levels=(7, 35, 45, 12, 1, 0, 0, 0, 0, 0, 0))  # as a roll-up keeps it: 11 places
    item = score_of_tally(tally, IATF)
    assert item.score.n == 100
    assert item.score.score == pytest.approx(67.0)  # (700 + 2800 + 2700 + 480 + 20) / 100
    assert item.mean_level == pytest.approx(3.35)  # (35 + 140 + 135 + 24 + 1) / 100
    assert item.top_two_box == 0.42
    expanded = np.repeat([100, 80, 60, 40, 20], [7, 35, 45, 12, 1])
    assert item.score.sd == pytest.approx(expanded.std(ddof=1), abs=1e-12)
    assert low_answers(tally, IATF) == 45 + 12 + 1


def test_an_item_that_nobody_answered_has_no_figures() -> None:
    item = score_of_tally(Tally(levels=(0,) * 11), IATF)
    assert (item.score.n, item.score.score, item.mean_level, item.top_two_box) == (0, None, None, None)
    assert score_of_tally(Tally(), NUMBERS).score.score is None
    assert low_answers(Tally(), NUMBERS) == 0


# Customers and deductions


def test_the_index_over_customers_is_the_mean_of_their_scores_not_of_responses() -> None:
    busy = sums_of([60 * POINT] * 9)
    quiet = sums_of([100 * POINT])
    found = score_over_customers([busy, quiet, Sums()], MACHINERY)
    assert (found.n, found.score, found.satisfaction_rate) == (2, 80.0, 0.5)
    assert score_of_sums(busy + quiet).score == 64.0


def test_deductions_lower_customers_one_by_one_and_stop_at_the_floor() -> None:
    points = {90: (0, 0), 80: (25, 3), 10: (20, 2)}
    customers = [
        replace(sums_of([score * POINT]), deducted=taken * POINT, complaints=n) for score, (taken, n) in points.items()
    ]
    found = score_over_customers(customers, MACHINERY)
    assert (found.score, found.undeducted, found.complaints) == (pytest.approx((90 + 55 + 0) / 3), 60.0, 5)
    assert found.satisfaction_rate == 1 / 3


def test_a_customer_below_the_floor_without_complaints_is_left_alone() -> None:
    assert deduct(Fraction(-20), Fraction(0), POINTS) == -20
    assert deduct(Fraction(3), Fraction(5), MACHINERY) == 0
    assert deduct(Fraction(-20), Fraction(5), MACHINERY) == -20  # a deduction never raises a score


def test_a_scheme_without_deductions_takes_no_points() -> None:
    assert deduction_points(["quality", "other"], IATF) == 0.0
    assert deduction_points([], MACHINERY) == 0.0
    assert deduction_points(["quality", "service", "other", "other"], MACHINERY) == 30


def test_a_target_replaces_the_amber_bound() -> None:
    assert status(82.0, IATF, target=85.0) == "amber"
    assert status(82.0, IATF) == "ok"
    assert status(69.9, WEIGHTED) == "red"
    assert status(70.0, WEIGHTED) == "ok"
