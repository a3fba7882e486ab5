"""Quality figures beside scores (rules.md 9): where a customer is content and the figures say that something is wrong."""

from collections.abc import Mapping
from typing import Final

from domain.complaints import FIGURES
from domain.scheme import Scheme
from domain.scores import at_or_below, below

NOTEWORTHY: Final = {"complaint_rate": 1.0, "part_fault": 100.0, "repair_rate": 1.0}
"""Figure → from which value it doesn't fit a content customer, in the figure's unit: %, ppm, % (ours; the issue's example has 200 ppm)."""


def gaps(score: float | None, figures: Mapping[str, float], scheme: Scheme) -> list[str]:
    """Codes of the figures that don't fit the score of a customer who is on target; none below it, or without a score.

    At a target of 80: a score of 86 and 200 ppm don't fit; 99 ppm do, and neither is a gap at a score of 79.
    """
    if score is None or below(score, scheme.targets.customer):
        return []
    return [code for code in FIGURES if code in figures and at_or_below(NOTEWORTHY[code], figures[code])]
