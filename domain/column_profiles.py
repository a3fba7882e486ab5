"""What the cells of one column look like, and on which scale they could be ratings."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from domain.mapping import comparable
from domain.survey_words import BLANK_WORDS, NOT_APPLICABLE_WORDS, STANDARD_SCALES, plain

NUMBER: Final = re.compile(r"([-+]?\d{1,12}(?:\.\d{1,12})?)\s*(?:分|星|颗星|stars?|points?)?", re.IGNORECASE)
NUMBER_WITH_LABEL: Final = re.compile(r"(\d{1,3})\s*分?\s*[-–—=:.、,)]?\s*\(?\s*([^\d\s].*?)\)?")
LABEL_WITH_NUMBER: Final = re.compile(r"(.*?[^\d\s(])\s*\(\s*\d{1,3}\s*分?\s*\)|[A-Za-z]\s*[.、]\s*(.+)")
LABELS: Final = frozenset(plain(label) for scale in STANDARD_SCALES for label in scale)
TOPS: Final = (5, 7, 10)
"""Number scales that are looked for, 1 to the top; 0 to 10 is one more."""
CODES_BESIDE: Final = frozenset({0, 8, 9, 77, 88, 97, 98, 99, 888, 998, 999, -1, -2, -3, -7, -8, -9, -99})
"""Numbers that survey tools and statisticians use for "no answer" and "doesn't apply", beside top + 1."""
BLANK_CODES: Final = frozenset({0, -1, -2, -9, -99, 99, 999})
"""Those of them that mean no answer, rather than "doesn't apply"."""
ENOUGH: Final = 0.95
ENOUGH_LABELS: Final = 0.8
"""Words of a scale are no accident: a column with some other words is still an item, and they are asked for."""


@dataclass(frozen=True)
class Rating:
    """A scale that a column's cells fit: numbers `bottom` to `top`, labels (top 0), or 0–100 (top 100)."""

    top: int
    bottom: int
    codes: frozenset[int]
    """Numbers outside the scale that occur, and look like codes of a missing answer."""


@dataclass(frozen=True)
class Column:
    """One column of a sample: each different cell, as `comparable`, with how often it occurs."""

    header: str
    place: int
    cells: Counter[str]

    @cached_property
    def filled(self) -> Counter[str]:
        """The cells that say something."""
        return Counter(
            {cell: n for cell, n in self.cells.items() if not is_blank(cell) and not is_not_applicable(cell)}
        )

    @cached_property
    def numbers(self) -> dict[float, int]:
        """How often each number occurs."""
        found: Counter[float] = Counter()
        for cell, n in self.filled.items():
            number = number_in(cell)
            if number is not None:
                found[number] += n
        return dict(found)

    @cached_property
    def labels(self) -> dict[str, int]:
        """How often each label occurs that is known from usual scales, as `plain`."""
        found: Counter[str] = Counter()
        for cell, n in self.filled.items():
            label = label_in(cell)
            if label is not None:
                found[label] += n
        return dict(found)

    @cached_property
    def rating(self) -> Rating | None:
        """The scale that nearly all its cells fit, the narrowest of several; None where there is none."""
        total = self.filled.total()
        if not total:
            return None
        if sum(self.labels.values()) >= ENOUGH_LABELS * total and len(self.labels) > 1:
            return Rating(0, 0, frozenset())
        if sum(self.numbers.values()) >= ENOUGH * total:
            return _number_rating(self.numbers)
        return None


def columns_of(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> list[Column]:
    """The columns of a sample of rows."""
    counts: list[Counter[str]] = [Counter() for _ in headers]
    for cells, count in zip(zip(*rows, strict=False), counts, strict=False):
        for cell, n in Counter(cells).items():
            count[comparable(cell)] += n
    return [Column(header, place, count) for place, (header, count) in enumerate(zip(headers, counts, strict=True))]


def is_blank(cell: str) -> bool:
    """Whether a cell says that there is no answer.

    >>> [is_blank(cell) for cell in ("", "(空)", "NA", "N/A", "--", "0")]
    [True, True, True, False, True, False]
    """
    return plain(cell) in BLANK_WORDS and not is_not_applicable(cell)


def is_not_applicable(cell: str) -> bool:
    """Whether a cell says that the question doesn't concern the respondent."""
    return plain(cell) in NOT_APPLICABLE_WORDS or comparable(cell).casefold() in ("n/a", "n.a.")


def number_in(cell: str) -> float | None:
    """The number that a cell is, or names beside its label.

    >>> [number_in(cell) for cell in ("5", "8.0", "5分", "4-满意", "满意", "3个月")]
    [5.0, 8.0, 5.0, 4.0, None, None]
    """
    found = NUMBER.fullmatch(cell)
    if found is not None:
        return float(found[1])
    labelled = NUMBER_WITH_LABEL.fullmatch(cell)
    return float(labelled[1]) if labelled is not None and plain(labelled[2]) in LABELS else None


def label_in(cell: str) -> str | None:
    """The usual label that a cell is, as `plain`.

    >>> [label_in(cell) for cell in ("非常满意", "满意(5分)", "A.满意", "Very satisfied", "5", "红色")]
    ['非常满意', '满意', '满意', 'verysatisfied', None, None]
    """
    if plain(cell) in LABELS:
        return plain(cell)
    found = LABEL_WITH_NUMBER.fullmatch(cell)
    label = plain(found[1] or found[2]) if found is not None else ""
    return label if label in LABELS else None


def _number_rating(numbers: dict[float, int]) -> Rating | None:
    if not all(number.is_integer() for number in numbers):
        return _percent_rating(numbers)
    found = {int(number) for number in numbers}
    for top in TOPS:
        rating = _rating_up_to(top, found)
        if rating is not None and _is_used_enough(rating, numbers):
            return rating
    return _percent_rating(numbers)


def _rating_up_to(top: int, found: set[int]) -> Rating | None:
    codes = {number for number in found if not 1 <= number <= top}
    if top == 10 and 0 in codes:
        return Rating(10, 0, frozenset(codes - {0})) if codes <= CODES_BESIDE | {11} and len(codes) <= 4 else None
    allowed = {number for number in CODES_BESIDE if not 1 <= number <= top} | {top + 1}
    return Rating(top, 1, frozenset(codes)) if codes <= allowed and len(codes) <= 3 else None


def _is_used_enough(rating: Rating, numbers: dict[float, int]) -> bool:
    """Whether enough of the scale occurs: with many answers its top and all but one of its steps, with few two steps."""
    used = {number for number in numbers if rating.bottom <= number <= rating.top}
    if sum(numbers.values()) < 50:
        return len(used) >= 2 and max(used) >= rating.top - 1
    return rating.top in used and len(used) >= rating.top - 1


def _percent_rating(numbers: dict[float, int]) -> Rating | None:
    """Scores up to 100 with decimals or many steps, most of them above the middle."""
    inside = {number: n for number, n in numbers.items() if 0 <= number <= 100}
    codes = frozenset(int(number) for number in numbers if number not in inside and number.is_integer())
    outside = len(numbers) - len(inside)
    if outside != len(codes) or not codes <= CODES_BESIDE or len(inside) < 5 or max(inside) < 80:
        return None
    high = sum(n for number, n in inside.items() if number >= 50)
    return Rating(100, 0, codes) if 2 * high > sum(inside.values()) else None
