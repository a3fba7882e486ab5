"""What the cells of one item mean: its levels, numbers in hundredths, or a code below zero for what is no level."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from domain.errors import N_
from domain.mapping import ALL_ITEMS, Mapping, MappingInvalid, comparable
from domain.scheme import BLANK, Level

NOT_APPLICABLE: Final = -2
UNKNOWN: Final = -3
OUT_OF_SCALE: Final = -4
TOO_PRECISE: Final = -5


class Meanings(dict[str, int]):
    """Cell → level or code of one item; a cell that is met for the first time is worked out once."""

    def __init__(self, known: dict[str, int], number_scale: bool) -> None:
        super().__init__()
        self._known = known
        self._number_scale = number_scale

    def __missing__(self, cell: str) -> int:
        text = comparable(cell)
        level = self._known.get(text)
        if level is None:
            level = hundredths(text) if self._number_scale else UNKNOWN
        if len(self) < 10_000 and len(cell) < 100:
            self[cell] = level
        return level


def hundredths(text: str) -> int:
    """A number 0–100 in hundredths, or the code of what is wrong with it.

    >>> hundredths("87.5"), hundredths("101") == OUT_OF_SCALE, hundredths("87.555") == TOO_PRECISE, hundredths("a")
    (8750, True, True, -3)
    """
    try:
        number = Fraction(text) if len(text) < 30 and "/" not in text and "e" not in text.lower() else None
    except (ValueError, ZeroDivisionError):
        number = None
    if number is None:
        return UNKNOWN
    if not 0 <= number <= 100:
        return OUT_OF_SCALE
    return int(number * 100) if (number * 100).denominator == 1 else TOO_PRECISE


def known_cells(mapping: Mapping, code: str, levels: Sequence[Level], number_scale: bool) -> dict[str, int]:
    """Cell → level or code for one item: what is said of it alone goes before what is said of all."""
    known = {} if number_scale or mapping.values.keys() & {ALL_ITEMS, code} else _cells_of_levels(levels)
    known[""] = BLANK
    for entry in (ALL_ITEMS, code):
        for cell, value in mapping.values.get(entry, {}).items():
            known[comparable(cell)] = _level_of(value, cell, levels, number_scale)
        known |= {comparable(cell): BLANK for cell in mapping.blank.get(entry, ())}
        known |= {comparable(cell): NOT_APPLICABLE for cell in mapping.not_applicable.get(entry, ())}
    return known


def with_direction(mapping: Mapping, levels: Sequence[Level], best: str) -> Mapping:
    """A mapping that says nothing of values, with the levels' names and, if `best` is told, their numbers as values.

    `best`: "highest" or "lowest" of the numbers is the best answer; "" leaves numbers without a meaning, as they could
    run both ways. A mapping with values, and one for a number scale, comes back as it is.
    """
    if mapping.values or not levels:
        return mapping
    worth = [float(level.value) for level in levels]
    cells = {name: value for level, value in zip(levels, worth, strict=True) for name in (level.name.zh, level.name.en)}
    numbers = sorted(worth, reverse=best == "highest")
    cells |= (
        {f"{number:g}": value for number, value in zip(numbers, sorted(worth, reverse=True), strict=True)}
        if best
        else {}
    )
    return replace(mapping, values={ALL_ITEMS: {cell: value for cell, value in cells.items() if cell}})


def _cells_of_levels(levels: Sequence[Level]) -> dict[str, int]:
    """Values and names of the levels themselves: what a file without [values] is read by."""
    named = {name: place for place, level in enumerate(levels) for name in (level.name.zh, level.name.en) if name}
    return {
        comparable(cell): place for cell, place in (named | {_plain(v.value): p for p, v in enumerate(levels)}).items()
    }


def _plain(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else repr(float(value))


def _level_of(value: float, cell: str, levels: Sequence[Level], number_scale: bool) -> int:
    if number_scale:
        level = hundredths(repr(value))
    else:
        level = next((place for place, each in enumerate(levels) if abs(float(each.value) - value) < 1e-9), UNKNOWN)
    if level < 0:
        raise MappingInvalid(
            N_("“{cell}” is mapped to {value}, which is not on the scale."), cell=cell, value=f"{value:g}"
        )
    return level
