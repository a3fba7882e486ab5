"""Which columns of a file are its rated items: the largest family of columns that share one scale."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from domain.column_profiles import CODES_BESIDE, Column, Rating
from domain.mapping import comparable
from domain.scheme import Item
from domain.survey_words import NOT_RATED_WORDS, RATING_WORDS, STANDARD_SCALES, plain

CODED: Final = re.compile(r"([A-Za-z]+_?\d+)[_A-Za-z].*|([A-Za-z]+)_?\d+")
"""Headers of coded files: Q7ART and q3_01 belong to question Q7 and q3, imag1 to imag."""
INNER_NAMES: Final = (
    re.compile(r".*[—–]\s*(.+)"),
    re.compile(r".*\s-\s(.+)"),
    re.compile(r".*\[(.+)\]\s*"),
    re.compile(r"第\s*\d+\s*题\s*\((.+)\)"),
    re.compile(r"(?:Q\s*)?\d+\s*[、.:)]\s*(.+)", re.IGNORECASE),
    re.compile(r"[A-Za-z]\w*/(\w+)"),
)
"""Where an item's name stands in the headers of matrix questions and numbered questions."""
CODE_AND_WORDING: Final = re.compile(r"(?P<code>[A-Za-z][\w]*(?:\[\w+\])?)\. (?P<wording>.+)")
"""Headers that hold both: "Q3_1. How are we? - Quality"."""
MATRIX_ROW: Final = re.compile(r"[—–]|\s-\s|\[.+\]|第\s*\d+\s*题\s*\(|\w/\w")
"""Headers of a row of a matrix question, or of a question in a group."""
MATRIX_STEM: Final = re.compile(r"(第\s*\d+\s*题)\s*\(|(.+?)(?:[—–]|\s+-\s|\s*\[.+\])")
NO_ANSWERS: Final = frozenset({-1, -2, -3})
"""Numbers that no scale has, and that survey tools write where nothing was answered."""
ALIKE: Final = 0.6
"""Share of letters that two wordings of one question have in common at least."""
LABELS_SCALE: Final = 0
NUMBERS_0_100: Final = 100


NO_WORDINGS: Final[Dictionary[str, str]] = {}


@dataclass(frozen=True)
class RatedColumns:
    """The columns that share a scale, and those that could be ratings too but differ from them."""

    columns: tuple[Column, ...]
    rating: Rating
    """Of all of them; its codes are those of all columns."""
    others: tuple[Column, ...]
    by_name: dict[str, str]
    """Item code → header, for the columns that were recognised by a scheme's codes or names."""
    reworded: dict[str, str] = field(default_factory=dict)
    """Those of them whose code is the item's, but which ask something else: item code → what they ask."""


def rated_columns(columns: Sequence[Column], *, numbers_are_order: bool = False) -> RatedColumns | None:
    """The largest group of families on one scale; a column alone only where its header speaks of rating.

    Where numbers are the order of options, a choice looks like a rating: there, numbers count only in rows of a matrix
    and under headers that speak of rating.
    """
    candidates = [c for c in columns if c.rating is not None and not NOT_RATED_WORDS.search(comparable(c.header))]
    if numbers_are_order:
        candidates = [column for column in candidates if _is_surely_rated(column)]
    groups = _scales(families(candidates))
    if not groups:
        return None
    chosen = max(groups, key=lambda group: (len(group.columns), group.rating.top == LABELS_SCALE))
    taken = _with_relatives(chosen, columns)
    others = tuple(column for column in candidates if column not in taken)
    return RatedColumns(tuple(taken), _joint(taken, chosen.rating), others, {})


def _is_surely_rated(column: Column) -> bool:
    in_words = column.rating is not None and column.rating.top == LABELS_SCALE
    header = comparable(column.header)
    return in_words or RATING_WORDS.search(header) is not None or MATRIX_ROW.search(header) is not None


@dataclass(frozen=True)
class _Group:
    columns: list[Column]
    rating: Rating


def families(columns: Sequence[Column]) -> list[list[Column]]:
    """Columns on one scale that belong together by their question's code, or stand side by side without one."""
    found: dict[tuple[object, ...], list[Column]] = {}
    run, before = 0, -2
    for column in columns:
        scale = (column.rating.top, column.rating.bottom) if column.rating else ()
        code = stem(column.header)
        run += code is not None or column.place != before + 1
        before = column.place if code is None else -2
        found.setdefault((scale, code if code is not None else run), []).append(column)
    return list(found.values())


def stem(header: str) -> str | None:
    """The code of the question that a coded header belongs to.

    >>> [stem(header) for header in ("Q7ART", "q3_01", "imag4", "质量", "Delivery")]
    ['q7', 'q3', 'imag', None, None]
    """
    found = CODED.fullmatch(header.strip())
    return (found[1] or found[2]).casefold() if found else None


def _scales(found: Iterable[list[Column]]) -> list[_Group]:
    """Families joined by scale, the codes of missing answers included: their scale must be the same throughout."""
    groups: dict[Rating, _Group] = {}
    for family in found:
        rating = _joint(family, family[0].rating)
        named = rating.top == LABELS_SCALE or RATING_WORDS.search(comparable(family[0].header))
        if named or len(family) >= (3 if rating.top == NUMBERS_0_100 else 2):
            groups.setdefault(rating, _Group([], rating)).columns.extend(family)
    for group in groups.values():
        for other in groups.values():
            if _is_part(other.rating, group.rating) and len(other.columns) < len(group.columns):
                group.columns.extend(other.columns)
    return list(groups.values())


def _is_part(rating: Rating, of: Rating) -> bool:
    """The same scale, on which fewer codes of missing answers happen to occur."""
    return (rating.top, rating.bottom) == (of.top, of.bottom) and rating.codes < of.codes


def _joint(columns: Iterable[Column], rating: Rating | None) -> Rating:
    codes = frozenset[int]().union(*(column.rating.codes for column in columns if column.rating))
    return Rating(rating.top, rating.bottom, codes) if rating else Rating(0, 0, codes)


def _with_relatives(group: _Group, columns: Sequence[Column]) -> list[Column]:
    """Also columns of the same questions on which fewer steps of the scale occur, and single ones in between."""
    chosen = {column.place for column in group.columns}
    sizes = Counter(stem(column.header) for column in group.columns)
    stems = {code for code, size in sizes.items() if code is not None and size > 2}
    matrices = {matrix_of(column.header) for column in group.columns} - {None}
    for column in columns:
        between = {column.place - 1, column.place + 1} <= chosen and stem(column.header) is None
        belongs = stem(column.header) in stems or between or matrix_of(column.header) in matrices
        if column.place not in chosen and belongs and _fits(column, group.rating):
            chosen.add(column.place)
    return [column for column in columns if column.place in chosen]


def matrix_of(header: str) -> str | None:
    """What the rows of one matrix question have in common; None for other questions.

    >>> [matrix_of(header) for header in ("第3题(质量)", "3、评价—质量", "How? [Quality]", "Q1[SQ001]", "质量")]
    ['第3题', '3、评价', 'How?', 'Q1', None]
    """
    found = MATRIX_STEM.match(comparable(header))
    return found[1] or found[2] if found else None


def _fits(column: Column, rating: Rating) -> bool:
    """Whether every cell is on the scale or one of its codes, and something is on the scale."""
    if rating.top == LABELS_SCALE:
        return bool(column.filled) and sum(column.labels.values()) == column.filled.total()
    inside = [number for number in column.numbers if rating.bottom <= number <= rating.top]
    others = set(column.numbers) - set(inside)
    all_numbers = sum(column.numbers.values()) == column.filled.total()
    return len(inside) > 1 and all_numbers and others <= {*rating.codes, *NO_ANSWERS}


def columns_of_items(
    columns: Sequence[Column], items: Sequence[Item], wordings: Dictionary[str, str] = NO_WORDINGS
) -> RatedColumns | None:
    """The columns of a scheme's items, found by code, then by Chinese or English name; None where there is none.

    A column of the item's code that asks something else comes last, as `reworded`.
    """
    by_name: dict[str, Column] = {}
    for names, asks_the_same in ((_codes, True), (_names, True), (_codes, False)):
        for item in items:
            free = (
                column
                for column in columns
                if column not in by_name.values()
                and item.code not in by_name
                and (not asks_the_same or other_wording(column.header, item, wordings) is None)
            )
            found = next((column for column in free if names_in(column.header) & names(item)), None)
            if found is not None:
                by_name.setdefault(item.code, found)
    if not by_name:
        return None
    taken = tuple(by_name.values())
    ratings = Counter((c.rating.top, c.rating.bottom) for c in taken if c.rating)
    top, bottom = ratings.most_common(1)[0][0] if ratings else (LABELS_SCALE, 0)
    others = tuple(c for c in columns if c.rating and c not in taken)
    rating = _joint(taken, Rating(top, bottom, frozenset()))
    headers = {code: column.header for code, column in by_name.items()}
    reworded = {
        item.code: asked
        for item in items
        if item.code in by_name and (asked := other_wording(headers[item.code], item, wordings)) is not None
    }
    return RatedColumns(taken, rating, others, headers, reworded)


def other_wording(header: str, item: Item, wordings: Dictionary[str, str]) -> str | None:
    """What a column asks, where that is known and isn't what the item asks; None where it is, or nobody can tell.

    The wording is `wordings[header]`, else what stands in the header behind its code.
    """
    coded = CODE_AND_WORDING.fullmatch(comparable(header))
    wording = wordings.get(header, coded["wording"] if coded else "")
    named = _names(item)
    if not wording or named <= _codes(item):
        return None
    return None if any(_alike(name, said) for name in named for said in names_in(wording)) else wording


def _alike(name: str, wording: str) -> bool:
    """Whether a wording, as `plain`, is the item's name, speaks of it, or hardly differs."""
    speaks_of_it = name in wording and len(name) >= (4 if name.isascii() else 2)
    return speaks_of_it or SequenceMatcher(None, name, wording).ratio() >= ALIKE


def _codes(item: Item) -> set[str]:
    return {plain(item.code)}


def _names(item: Item) -> set[str]:
    return {plain(item.name.zh), plain(item.name.en)} - {""}


def names_in(header: str) -> set[str]:
    """What a header may be found by, as `plain`: all of it, and the item's name within it.

    >>> sorted(names_in("7、请评价—交货 及时")), names_in("第3题(质量)") >= {"质量"}
    (['7请评价交货及时', '交货及时', '请评价交货及时'], True)
    """
    text = comparable(header)
    coded = CODE_AND_WORDING.fullmatch(text)
    texts = (coded["code"], coded["wording"]) if coded else (text,)
    inner = [found[1] for pattern in INNER_NAMES for part in texts if (found := pattern.fullmatch(part))]
    inner += texts
    return {plain(text), *map(plain, inner)} - {""}


def standard_scale(columns: Iterable[Column]) -> tuple[str, ...]:
    """The usual scale that holds most labels of the columns, best first; () where they have no labels."""
    used: Counter[str] = Counter()
    for column in columns:
        used.update(column.labels)
    if not used:
        return ()
    return max(STANDARD_SCALES, key=lambda scale: sum(used[plain(label)] for label in scale))


def is_code(number: float, rating: Rating) -> bool:
    """Whether a number outside the scale looks like the code of a missing answer."""
    return not rating.bottom <= number <= rating.top and (number in CODES_BESIDE or number == rating.top + 1)
