"""Names of customers without what spelling varies, and which of them may be one company: for people to decide."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

FORMS: Final = (
    *("股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "株式会社", "集团", "公司"),
    *("company limited", "co ltd", "coltd", "limited", "ltd", "incorporated", "inc", "corporation", "corp", "company"),
    *("gmbh", "llc", "plc", "ag", "sa", "srl", "bv", "kg", "group", "co"),
)
"""Legal forms at the end of a name, longer ones before those that they end in."""
ALIKE: Final = 0.75
"""Share of common pairs of letters from which two names are shown to somebody (Dice's coefficient)."""
COMMON: Final = 200
"""A pair of letters that so many names hold says nothing."""
_MARKS: Final = re.compile(r"[^\w]+", re.UNICODE)


@dataclass(frozen=True)
class Named:
    """A customer by its names."""

    id: int
    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Doubles:
    """Two customers that may be one; `likeness` is 1 where the names differ in spelling or legal form only."""

    one: Named
    other: Named
    likeness: float


def name_key(name: str) -> str:
    """A name without what spelling varies: width, case, spaces.

    >>> name_key("Ａcme  Drives") == name_key("ACME drives")
    True
    """
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def bare_name(name: str) -> str:
    """The same without punctuation and legal form.

    >>> bare_name("Acme Drives Co., Ltd."), bare_name("凯拓动力科技（上海）股份有限公司")
    ('acmedrives', '凯拓动力科技上海')
    """
    words = " ".join(_MARKS.sub(" ", unicodedata.normalize("NFKC", name).casefold()).split())
    found = next((form for form in FORMS if _ends_in(words, form)), "")
    while found:
        words = words[: -len(found)].strip()
        found = next((form for form in FORMS if _ends_in(words, form)), "")
    return words.replace(" ", "")


def _ends_in(words: str, form: str) -> bool:
    """Whether a legal form stands at the end, behind something; one in Latin letters as a word of its own."""
    before = words[: -len(form)]
    return words.endswith(form) and bool(before) and (not form.isascii() or before.endswith(" "))


def likeness(one: str, other: str) -> float:
    """Share of the pairs of letters that two bare names have in common, 0–1.

    >>> likeness("acmedrives", "acmedrive")
    0.9411764705882353
    """
    pairs, others = Counter(_pairs(one)), Counter(_pairs(other))
    total = pairs.total() + others.total()
    return 2 * (pairs & others).total() / total if total else float(one == other)


def doubles(customers: Iterable[Named]) -> list[Doubles]:
    """Pairs of customers with the same or a like name in either language, the likeliest first."""
    named = sorted(customers, key=lambda one: one.id)
    found: dict[tuple[int, int], float] = {}
    for names in ([one.name_zh for one in named], [one.name_en for one in named]):
        for one, other, alike in _alike([bare_name(name) for name in names]):
            found[one, other] = max(alike, found.get((one, other), 0.0))
    pairs = [Doubles(named[one], named[other], alike) for (one, other), alike in found.items()]
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.one.code, pair.other.code))


def _alike(names: list[str]) -> Iterator[tuple[int, int, float]]:
    """Places of equal names, and of those that share a telling pair of letters and are alike."""
    same: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        same[name].append(place)
    for places in (places for name, places in same.items() if name):
        yield from ((one, other, 1.0) for one, other in combinations(places, 2))
    distinct = sorted(name for name in same if len(name) > 1)
    holding: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(distinct):
        for pair in set(_pairs(name)):
            holding[pair].append(number)
    shared = Counter(both for some in holding.values() if len(some) <= COMMON for both in combinations(some, 2))
    for (first, second), common in shared.items():
        if 2 * common >= ALIKE * (len(distinct[first]) + len(distinct[second]) - 2) / 2:
            alike = likeness(distinct[first], distinct[second])
            if alike >= ALIKE:
                yield from (
                    (min(one, other), max(one, other), alike)
                    for one in same[distinct[first]]
                    for other in same[distinct[second]]
                )


def _pairs(name: str) -> Iterator[str]:
    return (name[at : at + 2] for at in range(len(name) - 1))
