"""What the cells of a file mean under a mapping, and the mapping with some of these meanings corrected."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import replace
from typing import Final

from domain.cell_meanings import NOT_APPLICABLE, known_cells
from domain.mapping import ALL_ITEMS, Mapping, comparable
from domain.scheme import BLANK, Level

NO_ANSWER: Final = "blank"
NOT_ASKED: Final = "not_applicable"
UNKNOWN: Final = ""
DIFFERS: Final = "differs"
"""The cell means one thing in one item and another thing in another, or a number that is no level."""
CODES: Final = {BLANK: NO_ANSWER, NOT_APPLICABLE: NOT_ASKED}


def meanings_of(
    cells: Dictionary[str, Iterable[str]], mapping: Mapping, levels: Sequence[Level], *, number_scale: bool
) -> dict[str, str]:
    """Comparable cell → "level:0" (position), "blank", "not_applicable", "" where it isn't known, or "differs".

    `cells` are the cells that occur, by item code; on a number scale, numbers aren't asked for.
    """
    found: dict[str, str] = {}
    for code, occurring in cells.items():
        known = known_cells(mapping, code, levels, number_scale)
        for cell in map(comparable, occurring):
            meaning = _meaning(known.get(cell), number_scale)
            found[cell] = meaning if found.get(cell, meaning) == meaning else DIFFERS
    return found


def _meaning(level: int | None, number_scale: bool) -> str:
    if level is None:
        return UNKNOWN
    return CODES.get(level) or (DIFFERS if number_scale else f"level:{level}")


def corrected(mapping: Mapping, changes: Dictionary[str, str], levels: Sequence[Level]) -> Mapping:
    """The mapping in which each changed cell means the same for all items; what isn't changed stays as it was said.

    `changes`: comparable cell → meaning, as in `meanings_of`.
    """
    if not changes:
        return mapping
    values = {code: _without(entry, changes) for code, entry in mapping.values.items()}
    if levels and not mapping.values:
        values[ALL_ITEMS] = _without(_of_levels(levels), changes)
    blank = {code: _left(cells, changes) for code, cells in mapping.blank.items()}
    not_asked = {code: _left(cells, changes) for code, cells in mapping.not_applicable.items()}
    for cell, meaning in changes.items():
        if meaning.startswith("level:"):
            level = levels[int(meaning.removeprefix("level:"))]
            values[ALL_ITEMS] = {**values.get(ALL_ITEMS, {}), cell: float(level.value)}
        elif meaning in (NO_ANSWER, NOT_ASKED):
            section = blank if meaning == NO_ANSWER else not_asked
            section[ALL_ITEMS] = (*section.get(ALL_ITEMS, ()), cell)
    return replace(mapping, values=values, blank=blank, not_applicable=not_asked)


def _of_levels(levels: Sequence[Level]) -> dict[str, float]:
    """What a mapping without [values] reads: names and values of the levels."""
    return {
        name: float(level.value)
        for level in levels
        for name in (level.name.zh, level.name.en, f"{float(level.value):g}")
        if name
    }


def _without(entry: Dictionary[str, float], changes: Dictionary[str, str]) -> dict[str, float]:
    return {cell: value for cell, value in entry.items() if comparable(cell) not in changes}


def _left(cells: Iterable[str], changes: Dictionary[str, str]) -> tuple[str, ...]:
    return tuple(cell for cell in cells if comparable(cell) not in changes)
