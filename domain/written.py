"""Figures as they are written on screens and in reports (design.md 2 and 4), the same in every language. Pure."""

from typing import Final

from domain.scores import at_or_below, below

NOTHING: Final = "–"


def shown(score: float | None, *bounds: float) -> str:
    """One decimal; more where rounding would carry the score over a bound (rules.md 3.7). None is a dash.

    >>> shown(79.96, 80.0), shown(80.0, 80.0), shown(63.84, 80.0), shown(-20.0), shown(None)
    ('79.96', '80.0', '63.8', '−20.0', '–')
    """
    if score is None or score != score:
        return NOTHING
    texts = (f"{score:.{digits}f}" for digits in range(1, 7))
    return with_minus(next((text for text in texts if _same_side(float(text), score, bounds)), f"{score:.6f}"))


def _same_side(rounded: float, exact: float, bounds: tuple[float, ...]) -> bool:
    return all(
        below(rounded, bound) == below(exact, bound) and at_or_below(rounded, bound) == at_or_below(exact, bound)
        for bound in bounds
    )


def with_minus(text: str) -> str:
    """U+2212 for the minus, and no minus before zero.

    >>> with_minus("-0.3"), with_minus("-0.0")
    ('−0.3', '0.0')
    """
    return text.lstrip("-") if not text.strip("-0.") else text.replace("-", "−")


def percent(share: float | None, *bounds: float) -> str:
    """A share 0–1 in percent, never rounded over a bound (a share as well).

    >>> percent(0.9141), percent(0.98996, 0.99), percent(None)
    ('91.4 %', '98.996 %', '–')
    """
    return NOTHING if share is None else f"{shown(share * 100, *(bound * 100 for bound in bounds))} %"


def count(number: int) -> str:
    """
    >>> count(12000), count(-3)
    ('12,000', '−3')
    """
    return with_minus(f"{number:,}")


def signed(difference: float | None) -> str:
    """A difference with its sign.

    >>> signed(2.14), signed(-7.6), signed(0.0)
    ('+2.1', '−7.6', '0.0')
    """
    text = shown(difference, 0.0)
    return f"+{text}" if difference is not None and difference > 0 else text


def on_scale(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """An interval cut to 0–100, which the t interval of a few answers leaves; below 0 only where the mean is (3.1).

    >>> on_scale(61.3, 112.4), on_scale(-8.0, 40.0), on_scale(-30.0, 10.0), on_scale(None, None)
    ((61.3, 100.0), (0.0, 40.0), (-30.0, 10.0), (None, None))
    """
    if low is None or high is None:
        return None, None
    return (low if low + high < 0 else max(low, 0.0)), min(high, 100.0)
