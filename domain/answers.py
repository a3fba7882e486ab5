"""Answers as people give them, turned into levels."""

from collections.abc import Mapping
from math import isfinite

import numpy as np
import numpy.typing as npt

from domain.errors import N_, Refusal
from domain.scheme import BLANK, Scheme

Given = str | int | float
"""The code of a level, or a number 0–100 where the scheme asks for numbers."""
Levels = npt.NDArray[np.int16]


class ItemUnknown(Refusal):
    """An answer to something that the scheme doesn't ask."""

    def __init__(self, code: str) -> None:
        super().__init__(N_("The scheme has no item {item}."), item=code)


class LevelUnknown(Refusal):
    """An answer that isn't on the scale."""

    def __init__(self, item: str, given: object) -> None:
        super().__init__(N_("{value} is no level of item {item}."), item=item, value=given)


class NumberOutOfRange(Refusal):
    """A number under 0 or over 100, or none at all."""

    def __init__(self, item: str, given: object) -> None:
        super().__init__(N_("Item {item}: {value} is not a number from 0 to 100."), item=item, value=given)


def levels_of(answers: Mapping[str, Given | None], scheme: Scheme, before: Levels | None = None) -> Levels:
    """One level per item, in the scheme's order: BLANK where not answered, or as `before` where not named.

    None is a blank. Raises ItemUnknown, LevelUnknown, NumberOutOfRange.
    """
    levels = np.full(len(scheme.items), BLANK, dtype=np.int16) if before is None else before.copy()
    column = {code: position for position, code in enumerate(scheme.item_codes)}
    for code, given in answers.items():
        if code not in column:
            raise ItemUnknown(code)
        levels[column[code]] = BLANK if given is None else level_of(code, given, scheme)
    return levels


def level_of(item: str, given: Given, scheme: Scheme) -> int:
    """Position of a level, best first; on a number scale hundredths, rounded. Raises as `levels_of`."""
    if scheme.number_scale:
        return _hundredths(item, given)
    codes = [level.code for level in scheme.levels]
    if given not in codes:
        raise LevelUnknown(item, given)
    return codes.index(str(given))


def given_of(level: int, scheme: Scheme) -> Given | None:
    """What was answered, out of the level: the opposite of `level_of`, None for a blank."""
    if level < 0:
        return None
    return level / 100 if scheme.number_scale else scheme.levels[level].code


def _hundredths(item: str, given: Given) -> int:
    if isinstance(given, str | bool) or not isfinite(given) or not 0 <= given <= 100:
        raise NumberOutOfRange(item, given)
    return round(given * 100)
