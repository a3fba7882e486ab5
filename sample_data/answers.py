"""How the contacts of the sample company answer: correlated answers whose item scores come out as planned.

An answer is a latent score, rounded to a level: what the customer thinks in general, of the dimension and of the item,
what the respondent thinks in general and of the dimension, and chance. For each item and quarter a shift is found at
which the mean of the levels is the planned score.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sample_data.company import SCHEME_FILE, SOURCE, document
from sample_data.customers import Profile
from sample_data.dice import Dice

CUSTOMER_DIMENSION, CUSTOMER_ITEM, QUARTER = 2.5, 2.0, 1.5
RESPONDENT, RESPONDENT_DIMENSION, CHANCE = 6.5, 5.0, 11.0
"""Standard deviations of the parts, in points."""
QUARTERS = 8
USUAL_BLANK = 0.006
SHIFTS = 24
"""Halvings of the range in which a shift is looked for."""


@dataclass(frozen=True)
class Item:
    """An item of the scheme, its planned scores by quarter and how often it is left blank."""

    code: str
    dimension: str
    scores: tuple[float, ...]
    blank: float


@cache
def targets() -> dict[str, Any]:
    """The plan in source/targets.toml."""
    return document(SOURCE / "targets.toml")


@cache
def items() -> tuple[Item, ...]:
    """The scheme's items in its order."""
    plan = targets()
    return tuple(
        Item(
            i["code"], i["dimension"], tuple(plan["scores"][i["code"]]), plan["blank_share"].get(i["code"], USUAL_BLANK)
        )
        for i in document(SCHEME_FILE)["items"]
    )


def opinion_of_customer(profile: Profile, dice: Dice) -> Callable[[Item, int], float]:
    """A customer's view in points by item and quarter (1 to 8): leaning, drift, and views of dimensions and items."""
    of_dimension = {item.dimension: 0.0 for item in items()}
    of_dimension = {code: dice.normal(CUSTOMER_DIMENSION) for code in of_dimension}
    of_item = {item.code: dice.normal(CUSTOMER_ITEM) for item in items()}
    of_quarter = [dice.normal(QUARTER) for _ in range(QUARTERS)]
    worse = targets()["worse_for"].get(profile.row.segment, {}), targets()["worse_for"].get(profile.row.region, {})

    def view(item: Item, quarter: int) -> float:
        general = profile.leaning + profile.drift * (quarter - 1) + of_quarter[quarter - 1]
        less = sum(part.get(item.code, 0.0) for part in worse) * quarter / QUARTERS
        return float(general + of_dimension[item.dimension] + of_item[item.code] - less)

    return view


def latent(view: Callable[[Item, int], float], quarter: int, leaning: float, dice: Dice) -> list[float | None]:
    """One respondent's latent points by item, None where left blank; `leaning` is the person's own."""
    of_dimension: dict[str, float] = {}
    points: list[float | None] = []
    for item in items():
        own = of_dimension.setdefault(item.dimension, dice.normal(RESPONDENT_DIMENSION))
        blank = dice.happens(item.blank)
        chance = dice.normal(CHANCE)
        points.append(None if blank else view(item, quarter) + leaning + own + chance)
    return points


def digits(latents: Sequence[list[float | None]], quarter: int) -> list[str]:
    """The answers of a quarter's returned questionnaires, a digit per item: 5 = best, 0 = blank."""
    columns = [_levels([row[i] for row in latents], item.scores[quarter - 1]) for i, item in enumerate(items())]
    return ["".join(map(str, row)) for row in zip(*columns, strict=True)]


def _levels(points: list[float | None], target: float) -> list[int]:
    """Levels 1 to 5 (0 = blank) whose mean score comes as near to the target as a common shift can bring it."""
    low, high = 0.0, 160.0
    for _ in range(SHIFTS):
        middle = (low + high) / 2
        low, high = (middle, high) if _mean_score(_shifted(points, middle)) < target else (low, middle)
    return _shifted(points, high)


def _shifted(points: list[float | None], shift: float) -> list[int]:
    return [0 if p is None else min(5, max(1, int((p + shift + 10) // 20))) for p in points]


def _mean_score(levels: list[int]) -> float:
    answered = [level for level in levels if level]
    return 20 * sum(answered) / len(answered)
