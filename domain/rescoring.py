"""The same answers under another version of their scheme (rules.md 2: changing a scheme never changes a past result). Pure."""

from dataclasses import replace

import numpy as np

from domain.answers import Levels
from domain.scheme import BLANK, Scheme


def rules_for(own: Scheme, other: Scheme) -> Scheme:
    """The other version as it can be applied to answers given under `own`.

    Its points count where it has every level of the own scale, by code; otherwise the answers keep the points that they
    have on their own scale (5 levels can't become 10), and weights, items and thresholds are the other's.
    """
    if can_translate(own, other):
        return other
    return replace(other, levels=own.levels, points_are_scores=own.points_are_scores)


def can_translate(own: Scheme, other: Scheme) -> bool:
    """Whether every answer on the own scale is one on the other's."""
    if own.number_scale or other.number_scale:
        return own.number_scale == other.number_scale
    return {level.code for level in own.levels} <= {level.code for level in other.levels}


def carried(levels: Levels, own: Scheme, rules: Scheme) -> Levels:
    """Levels (R × items of `own`) as R × items of `rules`, matched by the codes of items and levels; others are blank."""
    places = {code: place for place, code in enumerate(own.item_codes)}
    found = np.full((len(levels), len(rules.items)), BLANK, dtype=levels.dtype)
    for place, code in enumerate(rules.item_codes):
        if code in places:
            found[:, place] = levels[:, places[code]]
    if own.number_scale:
        return found
    positions = {level.code: position for position, level in enumerate(rules.levels)}
    # the last entry is that of BLANK = -1
    moved = np.array([*(positions[level.code] for level in own.levels), BLANK], dtype=levels.dtype)
    return moved[found]
