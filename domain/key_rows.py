"""A questionnaire keyed as one row, a key for each item: how paper and calls are entered in seconds. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.answers import Given
from domain.scheme import Scheme

BLANKS: Final = "0-"
"""Keys of an item without an answer."""
SEPARATORS: Final = re.compile(r"[\s,;/|，；、]+")
FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９－−", "0123456789--")
NUMBER: Final = re.compile(r"\d{1,3}(\.\d{1,2})?")
LONGEST_ROW: Final = 2000


@dataclass(frozen=True)
class Keyed:
    """A row as it was understood: `answers` by item code, None for a blank, in the order of the questionnaire.

    `wrong` are keys that mean nothing, by the item they stand at; `missing` items without a key; `extra` keys too many.
    """

    answers: Mapping[str, Given | None]
    wrong: Mapping[str, str]
    missing: int
    extra: int

    @property
    def is_complete(self) -> bool:
        """Whether every item has its key, and no key is left over."""
        return not (self.wrong or self.missing or self.extra)

    @property
    def has_rating(self) -> bool:
        """Whether anything was rated at all."""
        return any(given is not None for given in self.answers.values())


def key_of_levels(scheme: Scheme, *, one_is_best: bool = False) -> dict[str, str]:
    """Key → code of its level, best first: of five levels 5 is the best and 1 the worst, or the other way round.

    Empty on a number scale.
    """
    most = len(scheme.levels)
    return {str(place + 1 if one_is_best else most - place): level.code for place, level in enumerate(scheme.levels)}


def keyed(row: str, scheme: Scheme, *, one_is_best: bool = False) -> Keyed:
    """Reads a row of keys such as "554 443"; spaces group them. Numbers 0–100, and of ten levels, stand apart: "95 87.5"."""
    text = row[:LONGEST_ROW].translate(FULL_WIDTH)
    levels = key_of_levels(scheme, one_is_best=one_is_best)
    apart = scheme.number_scale or len(levels) > 9
    parts = [part for part in SEPARATORS.split(text) if part]
    keys = parts if apart else list("".join(parts))
    codes = scheme.item_codes
    answers: dict[str, Given | None] = {}
    wrong: dict[str, str] = {}
    for code, key in zip(codes, keys, strict=False):
        if apart and not _is_blank(key, apart) and not levels:
            found: Given | None = float(key) if NUMBER.fullmatch(key) and float(key) <= 100 else None
        else:
            found = levels.get(key)
        if found is None and not _is_blank(key, apart):
            wrong[code] = key
        else:
            answers[code] = found
    return Keyed(answers, wrong, max(0, len(codes) - len(keys)), max(0, len(keys) - len(codes)))


def row_of(answers: Mapping[str, Given | None], scheme: Scheme, *, one_is_best: bool = False) -> str:
    """The row that says these answers: the opposite of `keyed`, in groups as the dimensions go."""
    key = {code: name for name, code in key_of_levels(scheme, one_is_best=one_is_best).items()}
    keys = [_shown(answers.get(code), key) for code in scheme.item_codes]
    if scheme.number_scale or len(key) > 9:
        return " ".join(keys)
    parts: list[str] = []
    last: str | None = "-"
    for item, one in zip(scheme.items, keys, strict=True):
        parts.append(one if item.dimension == last else f" {one}")
        last = item.dimension
    return "".join(parts).strip()


def _shown(given: Given | None, key: Mapping[str, str]) -> str:
    if given is None:
        return BLANKS[1]
    return key.get(str(given)) or f"{given:g}"


def _is_blank(key: str, apart: bool) -> bool:
    return key == "-" or (key == "0" and not apart)
