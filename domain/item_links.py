"""Items followed from wave to wave: by their code, or as somebody said where the question changed (rules.md 2). Pure.

Scores are 0–100 on every scale, so a series runs on over a link; `changed` says where the question did.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt
from typing import Any, Final, Protocol, TypeVar

from domain.errors import N_, Refusal
from domain.scheme import Item, Scheme
from domain.scores import ItemScore, Score
from domain.statistics import t_interval
from domain.wordings import Question, likely, matches

KINDS: Final = ("same", "renamed", "split", "merged", "rescaled", "new")
OF_ONE: Final = ("same", "rescaled", "new")
"""Kinds that speak of one code alone."""


class LinkInvalid(Refusal):
    """A link that says nothing that can be meant."""


@dataclass(frozen=True)
class Link:
    """From a wave on, `item` continues the `earlier` items as `kind` says; a new question has none of them."""

    item: str
    kind: str
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Doubt:
    """An item of which somebody must say what it continues: what is proposed, and what else it could have been."""

    item: Item
    proposed: Link
    before: Item | None
    """The earlier item that is proposed, or has the same code."""
    candidates: tuple[str, ...]


class HasRules(Protocol):
    """A wave under its scheme version."""

    @property
    def code(self) -> str: ...
    @property
    def layout(self) -> Any: ...


class HasItems(Protocol):
    """Figures of a wave."""

    @property
    def wave(self) -> HasRules: ...
    @property
    def items(self) -> Mapping[str, ItemScore]: ...


Figures = TypeVar("Figures", bound=HasItems)


def checked(link: Link, earlier: Scheme, later: Scheme) -> Link:
    """A link whose items are there; raises LinkInvalid."""
    known = set(earlier.item_codes)
    if link.kind not in KINDS or link.item not in later.item_by_code or not set(link.earlier) <= known:
        raise LinkInvalid(N_("The scheme has changed meanwhile: look at the questions again."))
    if link.kind in OF_ONE:
        return replace(link, earlier=())
    if not link.earlier:
        raise LinkInvalid(N_("“{item}”: choose the earlier question."), item=link.item)
    if link.kind == "merged" and len(link.earlier) < 2:
        raise LinkInvalid(N_("“{item}”: a merged question comes from two or more."), item=link.item)
    if link.kind in ("renamed", "split") and len(link.earlier) > 1:
        raise LinkInvalid(N_("“{item}”: choose one earlier question."), item=link.item)
    if link.kind == "renamed" and link.earlier == (link.item,):
        raise LinkInvalid(N_("“{item}” has kept its code: then it is the same question, or a new one."), item=link.item)
    return link


def doubts(earlier: Scheme, later: Scheme) -> list[Doubt]:
    """What must be asked between two versions: codes that are worded otherwise, new codes, and another scale."""
    was, now = [_question(item) for item in earlier.items], [_question(item) for item in later.items]
    found = matches(was, now)
    free = [one for one in was if one.code in found.gone or one.code in found.doubts]
    listed: list[Doubt] = []
    for item in later.items:
        same = earlier.item_by_code.get(item.code)
        if item.code in found.same:
            if has_other_scale(earlier, later):
                listed.append(Doubt(item, Link(item.code, "rescaled"), same, ()))
        elif item.code in found.renamed:
            before = found.renamed[item.code]
            proposed = Link(item.code, "renamed", (before,))
            listed.append(Doubt(item, proposed, earlier.item_by_code[before], (before,)))
        elif same is not None or free:
            could_be = [one for one in free if one.code != item.code]
            others = tuple(likely(_question(item), could_be))
            listed.append(Doubt(item, Link(item.code, "new"), same, others))
    return listed


def has_other_scale(earlier: Scheme, later: Scheme) -> bool:
    """Whether answers are given on another scale: other levels, or points that make other scores."""
    return [level.code for level in earlier.levels] != [level.code for level in later.levels] or list(
        earlier.level_scores
    ) != list(later.level_scores)


def step(
    earlier: Scheme, later: Scheme, decided: Mapping[str, Link]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """What each item of a later wave continues of the wave before, and which items changed, with the kind.

    Undecided doubts join nothing, but for another scale: a shared code is not silently taken for the same question.
    """
    open_ = {one.item.code: one.proposed for one in doubts(earlier, later)} if earlier is not later else {}
    origin: dict[str, tuple[str, ...]] = {}
    changed: dict[str, str] = {}
    for code in later.item_codes:
        link = decided.get(code)
        if link is None:
            joined = code not in open_ or open_[code].kind == "rescaled"
            link = Link(code, "rescaled" if code in open_ else "same") if joined else Link(code, "new")
        there = (code,) if link.kind in ("same", "rescaled") else link.earlier
        origin[code] = tuple(one for one in there if one in earlier.item_by_code) if link.kind != "new" else ()
        if link.kind != "same" and (code in earlier.item_by_code or origin[code]):
            changed[code] = link.kind
    return origin, changed


def followed(
    history: Sequence[Figures], decided: Mapping[str, Mapping[str, Link]], chain: Sequence[HasRules] = ()
) -> list[Figures]:
    """The same history with the earlier waves' items as the last wave's: `decided` are links by wave code and item.

    `chain` are all waves from the first to the last one, where the history lacks some. Of the figures only `items` are
    others: an item that continues nothing of a wave isn't in it; `changed` says where the question changed.
    """
    figures = {one.wave.code: one for one in history}
    walked = [one for one in _walk(chain or [one.wave for one in history], decided) if one[0].code in figures]
    found = [_as(figures[wave.code], origin, changed) for wave, origin, changed in walked]
    return found[::-1]


def continued(
    chain: Sequence[HasRules], decided: Mapping[str, Mapping[str, Link]], item: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Items of the last wave that continue an item of the first one, and how the question changed on the way (kinds)."""
    walked = list(_walk(chain, decided))
    codes = tuple(code for code, origin in walked[-1][1].items() if item in origin)
    changed = {kinds[code] for _, _, kinds in walked for code in codes if code in kinds}
    return codes, tuple(sorted(changed))


def origins(chain: Sequence[HasRules], decided: Mapping[str, Mapping[str, Link]]) -> dict[str, tuple[str, ...]]:
    """Item of the last wave → the items of the first one that it continues."""
    return list(_walk(chain, decided))[-1][1]


def _walk(
    waves: Sequence[HasRules], decided: Mapping[str, Mapping[str, Link]]
) -> Iterator[tuple[HasRules, dict[str, tuple[str, ...]], dict[str, str]]]:
    """Waves from the last to the first: which of its items each item of the last wave continues, and which changed there."""
    last = waves[-1].layout.scheme.item_codes if waves else ()
    origin: dict[str, tuple[str, ...]] = {code: (code,) for code in last}
    for after, before in pairwise([*reversed(waves), None]):
        assert after is not None
        links, changed = _step_between(before, after, decided) if before else ({}, {})
        found = {item: kind for item, codes in origin.items() for code in codes if (kind := changed.get(code))}
        yield after, origin, found
        origin = {code: _through(codes, links) for code, codes in origin.items()}


def _through(codes: tuple[str, ...], links: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(earlier for code in codes for earlier in links.get(code, ())))


def _as(figures: Figures, origin: Mapping[str, tuple[str, ...]], changed: dict[str, str]) -> Figures:
    items = {
        code: pooled([figures.items[one] for one in codes if one in figures.items]) for code, codes in origin.items()
    }
    used = {one for codes in origin.values() for one in codes}
    gone = {code: item for code, item in figures.items.items() if code not in used and code not in origin}
    known = {code: item for code, item in items.items() if item is not None} | gone
    return replace(figures, items=known, changed=changed)  # type: ignore[type-var]


def _step_between(
    before: HasRules, after: HasRules, decided: Mapping[str, Mapping[str, Link]]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    links = decided.get(after.code, {})
    if before.layout.version_id == after.layout.version_id and not links:
        codes = after.layout.scheme.item_codes
        return {code: (code,) for code in codes}, {}
    return step(before.layout.scheme, after.layout.scheme, links)


def pooled(items: Sequence[ItemScore]) -> ItemScore | None:
    """Several items as one: the mean over all their answers, with the standard deviation of them together.

    None of none; the mean level and the top two boxes of different items are left out.
    """
    answered = [one for one in items if one.score.score is not None]
    if len(items) <= 1 or not answered:
        return items[0] if items else None
    n = sum(one.score.n for one in answered)
    mean = sum(one.score.n * (one.score.score or 0.0) for one in answered) / n
    squares = sum(
        (one.score.n - 1) * (one.score.sd or 0.0) ** 2 + one.score.n * ((one.score.score or 0.0) - mean) ** 2
        for one in answered
    )
    if n < 2:
        return ItemScore(Score(n, mean), None, None)
    sd = sqrt(squares / (n - 1))
    return ItemScore(Score(n, mean, sd, *t_interval(mean, sd, n)), None, None)


def _question(item: Item) -> Question:
    return Question(item.code, item.name)
