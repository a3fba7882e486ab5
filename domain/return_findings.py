"""Findings about what came back (rules.md 4 and 5): response rate, coverage, number of valid responses. Pure."""

from dataclasses import dataclass
from math import ceil
from typing import Final

from domain.scheme import Required, Targets

RETURN_RULES: Final = ("RATE_BELOW", "COVERAGE_BELOW", "TOO_FEW_VALID")
ABOUT: Final = "returns"
"""What these findings are about, as their key says it."""
_EQUAL: Final = 1e-9


@dataclass(frozen=True)
class Gap:
    """A figure and what it must reach: `part` of `whole`; `bound` is a share 0–1, None where `whole` itself is the bound."""

    part: int
    whole: int
    bound: float | None = None

    @property
    def share(self) -> float | None:
        """The share reached, None of nothing."""
        return self.part / self.whole if self.whole > 0 else None

    @property
    def is_missed(self) -> bool:
        """Whether the bound isn't reached; nothing is missed where nothing was asked.

        >>> Gap(99, 100, 0.99).is_missed, Gap(98, 100, 0.99).is_missed, Gap(0, 0, 0.99).is_missed, Gap(7, 8).is_missed
        (False, True, False, True)
        """
        if self.bound is None:
            return self.part < self.whole
        return self.share is not None and self.share < self.bound - _EQUAL


@dataclass(frozen=True)
class ReturnFigures:
    """What came back of a wave: questionnaires, valid responses, customers asked or heard of those in scope.

    `window_over`: the last questionnaire could have come back in time; only then is anything judged.
    """

    sent: int
    in_time: int
    valid: int
    surveyed: int
    in_scope: int
    needed: int
    window_over: bool = True


def needed(required: Required, planned_n: int | None, sent: int) -> int:
    """Valid responses that a wave needs: the plan's number, the scheme's, or its share of those sent; the largest.

    >>> needed(Required(valid=30, share=0.5), 40, 100)
    50
    """
    share = ceil(required.share * sent - _EQUAL) if required.share is not None else 0
    return max(planned_n or 0, required.valid or 0, share)


def gaps(now: ReturnFigures, targets: Targets) -> dict[str, Gap]:
    """Rule → the figure that it looks at, for those that the scheme or the plan sets a bound for."""
    found: dict[str, Gap] = {}
    if targets.response_rate is not None:
        found["RATE_BELOW"] = Gap(now.in_time, now.sent, targets.response_rate)
    if targets.coverage is not None:
        found["COVERAGE_BELOW"] = Gap(now.surveyed, now.in_scope, targets.coverage)
    if now.needed:
        found["TOO_FEW_VALID"] = Gap(now.valid, now.needed)
    return found


def holding(now: ReturnFigures, targets: Targets) -> frozenset[str]:
    """The rules that hold: none while questionnaires may still come back in time."""
    if not now.window_over:
        return frozenset()
    return frozenset(rule for rule, gap in gaps(now, targets).items() if gap.is_missed)
