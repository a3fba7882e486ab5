"""Intervals and comparisons for means and shares; the only place that knows a distribution."""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

CONFIDENCE = 0.95
"""All intervals are two-sided 95 %, all tests two-sided 5 % (rules.md 3.5 and 5, DECLINE)."""
Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@lru_cache(maxsize=8192)
def t_quantile(df: float) -> float:
    """The 97.5 % quantile of Student's t; cached, as the same n come again on every screen.

    >>> round(t_quantile(9), 3)
    2.262
    """
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + CONFIDENCE) / 2))


def t_interval(mean: float, sd: float, n: int) -> tuple[float, float]:
    """95 % interval of a mean from its standard deviation (n − 1) and n ≥ 2, in the units of the mean.

    >>> low, high = t_interval(3.2, 1.482, 10)
    >>> round(low, 2), round(high, 2)
    (2.14, 4.26)
    """
    half = t_quantile(n - 1) * sd / sqrt(n)
    return mean - half, mean + half


def wilson_interval(hits: int, n: int) -> tuple[float, float]:
    """95 % Wilson score interval of a share, 0–1 (Newcombe 1998, method 3); the whole range where n is 0.

    >>> low, high = wilson_interval(81, 263)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = hits / n, Z * Z
    centre = share + z2 / (2 * n)
    half = Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low, high = (centre - half) / (1 + z2 / n), (centre + half) / (1 + z2 / n)
    return (0.0 if hits == 0 else low), (1.0 if hits == n else high)


@dataclass(frozen=True)
class Difference:
    """A mean minus another: points, 95 % interval, two-sided p; the last three None where n is too small to tell.

    `certain` says whether the two-sided test at 5 % calls it significant.
    """

    difference: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    certain: bool = False


def welch(a_mean: float, a_sd: float | None, a_n: int, b_mean: float, b_sd: float | None, b_n: int) -> Difference:
    """Welch's test of a − b with the Welch–Satterthwaite degrees of freedom (Welch 1947).

    A sample of one has no spread of its own: nothing is certain. Where neither sample spreads at all the test is not
    defined (t = ∞ or 0/0): all of a few customers giving the same level is common here and no proof, so p stays None
    and nothing is certain; the difference is still shown.
    """
    difference = a_mean - b_mean
    if a_n < 2 or b_n < 2 or a_sd is None or b_sd is None:
        return Difference(difference)
    a, b = a_sd * a_sd / a_n, b_sd * b_sd / b_n
    if a + b == 0:
        return Difference(difference)
    # shares instead of squares of a and b: no underflow where spreads are tiny
    a_share, b_share = a / (a + b), b / (a + b)
    df = 1 / (a_share**2 / (a_n - 1) + b_share**2 / (b_n - 1))
    return _difference(difference, sqrt(a + b), df)


def _difference(difference: float, error: float, df: float) -> Difference:
    from scipy.special import stdtr

    half = t_quantile(df) * error
    p_value = 2 * float(stdtr(df, -abs(difference) / error))
    return Difference(difference, difference - half, difference + half, p_value, p_value < 1 - CONFIDENCE)
