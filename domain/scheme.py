"""A survey scheme (rules.md 2): scale, dimensions, items, weights, thresholds, targets; pure values, immutable.

The TOML form is read by `domain.scheme_file.load`; every rule of scoring and findings takes a `Scheme`.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm

import numpy as np
import numpy.typing as npt

POINT = 10**9
"""Scores are kept as integers of 1e-9 points (architecture.md 9, units)."""
HUNDREDTH = 10**7
"""A number answer is kept in hundredths of a point; this many 1e-9 points each."""
BLANK = -1
"""The level of an item that was not answered, in matrices of levels."""

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Name:
    """A name in Chinese and English; one of them may be empty, the other then stands in."""

    zh: str = ""
    en: str = ""

    def in_(self, language: str) -> str:
        """The name for a reader of `language` ("zh_CN" or "en").

        >>> Name(zh="交付").in_("en")
        '交付'
        """
        return (self.zh or self.en) if language.startswith("zh") else (self.en or self.zh)


@dataclass(frozen=True)
class Level:
    """One step of the scale; `points` count for the score, `value` (5 = best) for the mean level."""

    code: str
    name: Name
    points: Fraction
    value: Fraction
    text: Name = Name()


@dataclass(frozen=True)
class Item:
    """One rated question; `dimension` is None for items that stand beside the index."""

    code: str
    name: Name
    dimension: str | None
    weight: Fraction
    department: str


@dataclass(frozen=True)
class Dimension:
    """A group of items with its weight in the index."""

    code: str
    name: Name
    weight: Fraction


@dataclass(frozen=True)
class NamedIndex:
    """An index over a chosen set of items (产品质量指数), shown beside the satisfaction index."""

    code: str
    name: Name
    items: tuple[str, ...]


@dataclass(frozen=True)
class Grade:
    """A band of scores from `at_least` (included) up to the next better grade (excluded)."""

    code: str
    name: Name
    at_least: float


@dataclass(frozen=True)
class Thresholds:
    """What is amber and red, in points 0–100; exactly one of the red bounds is set."""

    amber_below: float
    red_below: float | None = None
    red_at_or_below: float | None = None
    watch_level: str | None = None
    decline_step: float = 2.0

    @property
    def red(self) -> float:
        """The red bound, whichever way it is meant."""
        bounds = [bound for bound in (self.red_below, self.red_at_or_below) if bound is not None]
        return bounds[0]


@dataclass(frozen=True)
class Targets:
    """Targets of a wave: index and customer in points, the rest shares 0–1; None where the scheme sets none."""

    index: float
    customer: float
    satisfaction_rate: float | None = None
    response_rate: float | None = None
    coverage: float | None = None


@dataclass(frozen=True)
class Window:
    """How long a questionnaire may take to be returned in time; None everywhere means no window."""

    working_days: int | None = None
    calendar_days: int | None = None
    months: int | None = None


@dataclass(frozen=True)
class Required:
    """How many valid responses a wave needs, and whether one that misses it is void."""

    valid: int | None = None
    share: float | None = None
    void_when_missed: bool = False


@dataclass(frozen=True)
class Deductions:
    """Points taken from a customer's score per complaint that is verified and our responsibility (rules.md 3.6)."""

    each: float
    serious: float
    serious_categories: tuple[str, ...]
    floor: float = 0.0


@dataclass(frozen=True)
class ActionRules:
    """When an action is due, who approves it, and how its effect is checked."""

    due_working_days: int = 10
    approvers: tuple[str, ...] = ("quality",)
    effectiveness: str = "next_wave"


@dataclass(frozen=True)
class Approval:
    """Departments that countersign a wave's questionnaire, in this order, and who then approves it (rules.md 8)."""

    countersigned_by: tuple[str, ...] = ()
    approved_by: str | None = None


@dataclass(frozen=True)
class Interviewers:
    """Training that somebody needs before entering answers: hours in all, and marks out of 100; None: no such rule."""

    training_hours: float | None = None
    training_marks: float | None = None

    @property
    def must_be_trained(self) -> bool:
        """Whether the scheme refuses entries of the untrained; elsewhere they are only warned."""
        return self.training_hours is not None or self.training_marks is not None


@dataclass(frozen=True)
class Calendar:
    """The working calendar: a country of the package `holidays`, and the company's own days on top (ISO dates)."""

    country: str = "CN"
    days_off: tuple[str, ...] = ()
    days_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scheme:
    """All rules under which an organisation surveys; one value per immutable scheme version."""

    code: str
    name: Name
    organiser: str
    cadence: str
    levels: tuple[Level, ...]
    points_are_scores: bool
    dimensions: tuple[Dimension, ...]
    items: tuple[Item, ...]
    thresholds: Thresholds
    targets: Targets
    satisfied_score: float
    grades: tuple[Grade, ...] = ()
    named_indexes: tuple[NamedIndex, ...] = ()
    index_over: str = "responses"
    late_answers_count: bool = True
    customers_named: bool = True
    ask_importance: bool = False
    ask_earlier_problems: bool = False
    window: Window = Window()
    required: Required = Required()
    deductions: Deductions | None = None
    actions: ActionRules = ActionRules()
    approval: Approval = Approval()
    interviewers: Interviewers = Interviewers()
    calendar: Calendar = Calendar()
    retention_years: int = 3
    most_questions: int = 30
    most_minutes: int = 15
    departments: dict[str, Name] = field(default_factory=dict, hash=False, compare=False)

    @property
    def number_scale(self) -> bool:
        """Whether answers are numbers 0–100 instead of levels."""
        return not self.levels

    @cached_property
    def item_codes(self) -> tuple[str, ...]:
        """Codes of all items, in the order of the questionnaire; columns of every matrix of levels."""
        return tuple(item.code for item in self.items)

    @cached_property
    def item_by_code(self) -> dict[str, Item]:
        """Items by their code."""
        return {item.code: item for item in self.items}

    @cached_property
    def dimension_by_code(self) -> dict[str, Dimension]:
        """Dimensions by their code."""
        return {dimension.code: dimension for dimension in self.dimensions}

    @cached_property
    def composites(self) -> tuple[str, ...]:
        """What a response has scores of: "" is the index, then the dimensions, then the named indexes, by code."""
        return ("", *(d.code for d in self.dimensions), *(i.code for i in self.named_indexes))

    @cached_property
    def level_scores(self) -> IntArray:
        """Score of each level in 1e-9 points, best level first (rules.md 3.1); empty for a number scale."""
        top = max((level.points for level in self.levels), default=Fraction(1))
        factor = Fraction(POINT) if self.points_are_scores else Fraction(100 * POINT) / top
        return np.array([round(level.points * factor) for level in self.levels], dtype=np.int64)

    @cached_property
    def level_points(self) -> tuple[int, ...]:
        """The same as whole numbers of Python, for sums that no array can hold."""
        return tuple(self.level_scores.tolist())

    @cached_property
    def level_value_units(self) -> tuple[tuple[int, ...], int]:
        """The `value` of each level, best level first, as whole multiples of 1/unit; and the unit."""
        unit = lcm(*(level.value.denominator for level in self.levels))
        return tuple(int(level.value * unit) for level in self.levels), unit

    @cached_property
    def level_values(self) -> tuple[float, ...]:
        """The `value` of each level, best level first."""
        return tuple(float(level.value) for level in self.levels)

    @cached_property
    def watch_position(self) -> int | None:
        """Position of the watch level: an answer at this position or a later one is a LOW_ANSWER."""
        codes = [level.code for level in self.levels]
        watch = self.thresholds.watch_level
        return None if watch is None else codes.index(watch)

    @cached_property
    def composite_weights(self) -> IntArray:
        """Weight of each item (columns) in each composite (rows, as `composites`); whole numbers, rules.md 3.3.

        An item's weight in the index is its dimension's weight times its share of the dimension's item weights;
        the same weights, restricted to their items, make dimensions and named indexes.
        """
        weights = [self._index_weight(item) for item in self.items]
        scale = lcm(*(w.denominator for w in weights)) if weights else 1
        common = gcd(*(int(w * scale) for w in weights)) or 1
        whole = np.array([int(w * scale) // common for w in weights], dtype=np.int64)
        members = [np.array([item.dimension is not None for item in self.items])]
        members += [np.array([item.dimension == d.code for item in self.items]) for d in self.dimensions]
        members += [np.array([item.code in index.items for item in self.items]) for index in self.named_indexes]
        return np.array([whole * member for member in members], dtype=np.int64)

    def _index_weight(self, item: Item) -> Fraction:
        if item.dimension is None:
            return item.weight
        siblings = sum((other.weight for other in self.items if other.dimension == item.dimension), Fraction(0))
        return self.dimension_by_code[item.dimension].weight * item.weight / siblings

    def department_name(self, code: str) -> Name:
        """The department's name as the scheme gives it, its code where it gives none."""
        return self.departments.get(code, Name(en=code))
