"""Intervals and tests against published figures and SciPy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind_from_stats

from domain.statistics import t_interval, welch, wilson_interval


def test_t_interval_of_ten_answers_is_the_published_one() -> None:
    # supportbench.com: n = 10, mean 3.20 → 2.14 to 4.26 (s = 1.482)
    assert t_interval(3.2, 1.482, 10) == pytest.approx((2.14, 4.26), abs=0.005)


def test_t_interval_of_two_answers_uses_one_degree_of_freedom() -> None:
    # t(0.975, 1) = 12.7062
    assert t_interval(80.0, 2**0.5, 2) == pytest.approx((80 - 12.7062, 80 + 12.7062), abs=1e-4)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # Newcombe 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (23, 60, 0.2709, 0.5098),
    ],
)
def test_wilson_intervals_are_newcombes(hits: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_of_nothing_is_everything_and_of_all_ends_at_one() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert wilson_interval(20, 20)[1] == 1.0
    assert wilson_interval(0, 20)[0] == 0.0


spreads = st.floats(0.01, 40)
sizes = st.integers(2, 5000)
means = st.floats(0, 100)


@given(means, spreads, sizes, means, spreads, sizes)
def test_welch_agrees_with_scipy(a_mean: float, a_sd: float, a_n: int, b_mean: float, b_sd: float, b_n: int) -> None:
    expected = ttest_ind_from_stats(a_mean, a_sd, a_n, b_mean, b_sd, b_n, equal_var=False)
    found = welch(a_mean, a_sd, a_n, b_mean, b_sd, b_n)
    assert found.difference == a_mean - b_mean
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-300)
    assert found.low is not None
    assert found.high is not None
    assert (found.low + found.high) / 2 == pytest.approx(a_mean - b_mean, abs=1e-9)


def test_a_difference_is_certain_exactly_where_its_interval_leaves_out_zero() -> None:
    # t = 3 / sqrt(2 · 100/30) = 1.162, df = 58: p = .250
    uncertain = welch(80.0, 10.0, 30, 77.0, 10.0, 30)
    assert not uncertain.certain
    assert uncertain.low is not None
    assert uncertain.low < 0
    # t = 3 / sqrt(2 · 100/300) = 3.674, df = 598: p = .00026
    certain = welch(80.0, 10.0, 300, 77.0, 10.0, 300)
    assert certain.certain
    assert certain.p_value == pytest.approx(0.00026, abs=5e-6)
    assert certain.low is not None
    assert certain.low > 0


@pytest.mark.parametrize(("a_n", "b_n"), [(1, 30), (30, 1), (1, 1), (0, 30)])
def test_one_answer_has_no_spread_and_proves_nothing(a_n: int, b_n: int) -> None:
    found = welch(20.0, None if a_n < 2 else 5.0, a_n, 100.0, None if b_n < 2 else 5.0, b_n)
    assert (found.difference, found.p_value, found.low, found.certain) == (-80.0, None, None, False)


def test_two_samples_without_any_spread_prove_nothing() -> None:
    # all three customers said 80 before, all three say 60 now: shown, but t = ∞ is no proof
    found = welch(60.0, 0.0, 3, 80.0, 0.0, 3)
    assert (found.difference, found.p_value, found.certain) == (-20.0, None, False)


def test_one_sample_without_spread_is_compared_by_the_other_ones() -> None:
    # Welch–Satterthwaite leaves df = 9; t = 5 / (2 / sqrt(10)) = 7.906
    found = welch(85.0, 2.0, 10, 80.0, 0.0, 10)
    assert found.certain
    assert found.p_value == pytest.approx(2.4e-5, rel=0.03)
