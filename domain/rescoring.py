"""The same answers under another version of their scheme (rules.md 2: changing a scheme never changes a past result). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from domain.answers import Levels
from domain.item_links import Link
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


def own_codes(own: Scheme, other: Scheme, links: Iterable[Link]) -> dict[str, str]:
    """The other version's items that the own one asks too, by code: the same, or what it was renamed from or to.

    >>> from types import SimpleNamespace as Asks
    >>> own, other = Asks(item_codes=("b", "c")), Asks(item_codes=("a", "c", "d"))
    >>> own_codes(own, other, [Link("b", "renamed", ("a",))])
    {'a': 'b', 'c': 'c'}
    """
    group = {code: code for code in (*own.item_codes, *other.item_codes)}
    for link in links:
        if link.kind == "renamed":
            one, two = (group.get(code, code) for code in (link.item, *link.earlier))
            group = {code: one if name == two else name for code, name in group.items()}
            group[link.item] = group[link.earlier[0]] = one
    asked = {group[code]: code for code in own.item_codes}
    found = {code: code if code in own.item_codes else asked.get(group[code], "") for code in other.item_codes}
    taken = [code for code in found.values() if code]
    return {code: mine for code, mine in found.items() if mine and (code == mine or taken.count(mine) == 1)}


def carried(levels: Levels, own: Scheme, rules: Scheme, codes: Mapping[str, str]) -> Levels:
    """Levels (R × items of `own`) as R × items of `rules`: `codes` are `own_codes`; other items are blank."""
    places = {code: place for place, code in enumerate(own.item_codes)}
    found = np.full((len(levels), len(rules.items)), BLANK, dtype=levels.dtype)
    for place, code in enumerate(rules.item_codes):
        if code in codes:
            found[:, place] = levels[:, places[codes[code]]]
    if own.number_scale:
        return found
    positions = {level.code: position for position, level in enumerate(rules.levels)}
    # the last entry is that of BLANK = -1
    moved = np.array([*(positions[level.code] for level in own.levels), BLANK], dtype=levels.dtype)
    return moved[found]
