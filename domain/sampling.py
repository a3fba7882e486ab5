"""Whom a survey asks (rules.md 8): all, at random or by strata, the same again from the same seed; and how sure that makes it.

Pure. Customers are drawn by a hash over the seed and their keys: the order of the list, the version of a library and
customers outside the sample change nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from math import ceil, sqrt
from typing import Final

from domain.errors import N_

SAMPLINGS: Final = {
    "all": N_("All customers"),
    "random": N_("Random sample"),
    "stratified": N_("Stratified sample"),
    "spot": N_("Spot check"),
}
"""Ways to draw → their names."""
STRATA: Final = {
    "segment": N_("Segment"),
    "region": N_("Region"),
    "value": N_("Yearly business"),
    "frequency": N_("How often they buy"),
    "age": N_("New or old customer"),
    "vip": N_("VIP"),
}
"""What customers are stratified by → its name."""
NEW_DAYS: Final = 365
"""A customer since fewer days is new."""
_Z95: Final = 1.959963984540054


@dataclass(frozen=True)
class Candidate:
    """A customer that can be drawn, with what strata are made of; `purchases` is their number."""

    id: int
    segment: str = ""
    region: str = ""
    value: float | None = None
    purchases: int = 0
    since_on: date | None = None
    vip: bool = False


@dataclass(frozen=True)
class Stratum:
    """A part of the population, and how many were drawn from it."""

    name: str
    size: int
    drawn: int


@dataclass(frozen=True)
class Sample:
    """The keys of the customers drawn, sorted, and the strata that they came from (none without stratifying)."""

    ids: tuple[int, ...]
    strata: tuple[Stratum, ...] = ()


def drawn(candidates: Sequence[Candidate], *, how: str, size: int | None, seed: int, by: str, today: date) -> Sample:
    """The sample of a population; a `size` of None or past the population takes everybody.

    Raises KeyError for strata that aren't known.
    """
    ids = [one.id for one in candidates]
    if how == "all" or size is None or size >= len(ids):
        return Sample(tuple(sorted(ids)))
    if how != "stratified":
        return Sample(chosen(ids, size, seed))
    parts = strata_of(candidates, by, today)
    shares = allocated({name: len(part) for name, part in parts.items()}, size)
    found = [key for name, part in parts.items() for key in chosen(part, shares[name], seed)]
    strata = tuple(Stratum(name, len(part), shares[name]) for name, part in parts.items())
    return Sample(tuple(sorted(found)), strata)


def chosen(keys: Iterable[int], size: int, seed: int) -> tuple[int, ...]:
    """`size` of the keys, each as likely as any other, always the same for a seed; sorted.

    >>> chosen([1, 2, 3, 4, 5], 2, seed=7) == chosen([5, 4, 3, 2, 1], 2, seed=7)
    True
    """
    return tuple(sorted(sorted(keys, key=lambda key: _rank(seed, key))[: max(0, size)]))


def allocated(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """A sample spread over strata in proportion to their sizes, by the largest remainder; adds up to `total`.

    >>> allocated({"East": 50, "North": 30, "West": 20}, 7)
    {'East': 4, 'North': 2, 'West': 1}
    """
    everybody = sum(sizes.values())
    total = min(total, everybody)
    if not everybody:
        return dict.fromkeys(sizes, 0)
    shares = {name: total * size // everybody for name, size in sizes.items()}
    left = total - sum(shares.values())
    by_remainder = sorted(sizes, key=lambda name: (-(total * sizes[name] % everybody), name))
    return {name: share + (name in by_remainder[:left]) for name, share in shares.items()}


def strata_of(candidates: Sequence[Candidate], by: str, today: date) -> dict[str, list[int]]:
    """Name of the stratum → keys in it, by name; raises KeyError for strata that aren't known."""
    names = _NAMED[by](candidates, today)
    strata: dict[str, list[int]] = {name: [] for name in sorted(set(names))}
    for one, name in zip(candidates, names, strict=True):
        strata[name].append(one.id)
    return strata


def margin(n: int, population: int, *, share: float = 0.5) -> float | None:
    """Half the 95 % interval of a share (0–1) seen in n of a population, with finite population correction.

    e = z · √(p(1 − p)/n · (N − n)/(N − 1)) (Cochran, Sampling Techniques, 3rd ed., 2.5). None without an answer.

    >>> round(margin(278, 1000), 4), margin(1000, 1000), margin(0, 1000)
    (0.05, 0.0, None)
    """
    if n <= 0 or population <= 0:
        return None
    if n >= population:
        return 0.0
    return _Z95 * sqrt(share * (1 - share) / n * (population - n) / (population - 1))


def size_for(error: float, population: int, *, share: float = 0.5) -> int:
    """How many answers of a population keep the margin within `error` (0–1) at 95 %; n₀ / (1 + (n₀ − 1) / N), rounded up.

    >>> size_for(0.05, 1000), size_for(0.05, 80), size_for(0.03, 1000)
    (278, 67, 517)
    """
    if population <= 0:
        return 0
    at_least = _Z95**2 * share * (1 - share) / error**2
    return min(population, ceil(at_least / (1 + (at_least - 1) / population) - 1e-9))


def to_be_sent(answers: int, rate: float | None, population: int) -> int:
    """How many must be asked for so many answers at an expected response rate (0–1); None counts as everybody answering.

    >>> to_be_sent(67, 0.5, 200), to_be_sent(67, 0.5, 80)
    (134, 80)
    """
    return min(population, ceil(answers / rate - 1e-9)) if rate else min(population, answers)


def _rank(seed: int, key: int) -> bytes:
    return blake2b(f"{seed}:{key}".encode(), digest_size=16).digest()


def _thirds(candidates: Sequence[Candidate], _today: date) -> list[str]:
    """Customers with a known business in three parts of the same size, the rest apart."""
    known = sorted((one.value, one.id) for one in candidates if one.value is not None)
    place = {key: at * 3 // len(known) for at, (_value, key) in enumerate(known)}
    return [("small", "medium", "large")[place[one.id]] if one.id in place else "unknown" for one in candidates]


def _how_often(candidates: Sequence[Candidate], _today: date) -> list[str]:
    return ["0" if n == 0 else "1" if n == 1 else "2–4" if n < 5 else "5+" for n in (c.purchases for c in candidates)]


def _age(candidates: Sequence[Candidate], today: date) -> list[str]:
    first = today - timedelta(days=NEW_DAYS)
    return ["unknown" if c.since_on is None else "new" if c.since_on > first else "old" for c in candidates]


_NAMED: Final[dict[str, Callable[[Sequence[Candidate], date], list[str]]]] = {
    "segment": lambda some, _today: [one.segment for one in some],
    "region": lambda some, _today: [one.region for one in some],
    "value": _thirds,
    "frequency": _how_often,
    "age": _age,
    "vip": lambda some, _today: ["vip" if one.vip else "other" for one in some],
}
