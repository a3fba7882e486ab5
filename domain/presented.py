"""What was presented and what holds now, line by line, with what changed in between (rules.md 9, architecture.md 9). Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

from domain.scheme import POINT
from domain.scores import EQUAL_WITHIN

RATES: Final = ("satisfaction_rate", "response_rate")
PARTS: Final = {"dimensions": "dimension", "named_indexes": "named_index", "items": "item", "segments": "segment"}
"""Part of the frozen figures → kind of the lines that it gives."""


@dataclass(frozen=True)
class Line:
    """One figure as it was presented and as it is now; scores 0–100, rates 0–1, None where there is none.

    `kind` is index, satisfaction_rate, response_rate, dimension, named_index, item, segment or customer.
    """

    kind: str
    code: str
    then: float | None
    then_n: int
    now: float | None
    now_n: int

    @property
    def has_changed(self) -> bool:
        """Whether it isn't what was presented any more; scores that differ by less than 1e-6 are equal (rules.md 3.7)."""
        if self.then is None or self.now is None or self.then_n != self.now_n:
            return (self.then, self.then_n) != (self.now, self.now_n)
        return abs(self.then - self.now) >= EQUAL_WITHIN


def canonical(figures: object) -> bytes:
    """The canonical JSON: sorted keys, no blanks, UTF-8."""
    return json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(figures: object) -> str:
    """SHA-256 over the canonical JSON."""
    return sha256(canonical(figures)).hexdigest()


def lines(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Line]:
    """Every figure that was presented or is there now: index, rates, dimensions, items, segments, customers.

    Both are figures as `db.queries.presented.wave_figures` makes them. What an older version didn't keep isn't compared.
    """
    before = dict(_figures(then))
    after = {key: found for key, found in _figures(now) if _was_kept(key[0], then)}
    return [
        Line(*key, *before.get(key, (None, 0)), *after.get(key, (None, 0)))
        for key in [*before, *(key for key in after if key not in before)]
    ]


def _was_kept(kind: str, then: Mapping[str, Any]) -> bool:
    return {"segment": "segments", "customer": "by_customer"}.get(kind, "index") in then


def _figures(of: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], tuple[float | None, int]]]:
    """(kind, code) → (figure, n)."""
    index, returns = of.get("index", {}), of.get("returns", {})
    yield ("index", ""), (index.get("score"), index.get("n", 0))
    yield ("satisfaction_rate", ""), (of.get("satisfaction_rate"), index.get("n", 0))
    yield ("response_rate", ""), (returns.get("rate"), returns.get("sent", 0))
    for part, kind in PARTS.items():
        for one in of.get(part, ()):
            yield (kind, one["code"]), (one["score"], one["n"])
    for code, (n, total) in of.get("by_customer", {}).items():
        yield ("customer", code), (total / (n * POINT), n)


@dataclass(frozen=True)
class Step:
    """One change of a response: its score in 1e-9 points where it counted before and after it, else None.

    `key` says into which mean it goes: the customer's where the index is taken over customers, else 0.
    """

    key: int
    before: int | None
    after: int | None


Means = Mapping[int, tuple[int, int]]
"""key → how many responses, and the sum of their scores in 1e-9 points."""


def index_of(means: Means) -> float | None:
    """The index as the mean of means, exact until the last step (rules.md 3.5).

    >>> index_of({0: (2, 150 * 10**9)}), index_of({1: (1, 80 * 10**9), 2: (2, 200 * 10**9)}), index_of({})
    (75.0, 90.0, None)
    """
    scores = [Fraction(total, n * POINT) for n, total in means.values() if n]
    return float(sum(scores, Fraction(0)) / len(scores)) if scores else None


def retraced(now: Means, steps: Sequence[Step]) -> list[tuple[float | None, float | None]]:
    """The index before and after each step, the oldest first, from what it is now backwards.

    >>> retraced({0: (2, 150 * 10**9)}, [Step(0, None, 50 * 10**9)])
    [(100.0, 75.0)]
    """
    means, found = dict(now), []
    for step in reversed(steps):
        after = index_of(means)
        n, total = means.get(step.key, (0, 0))
        n += (step.before is not None) - (step.after is not None)
        means[step.key] = n, total + (step.before or 0) - (step.after or 0)
        found.append((index_of(means), after))
    return found[::-1]


@dataclass(frozen=True)
class Touched:
    """What a change of a response touches: codes of its items and dimensions, its customer's, its segment."""

    items: frozenset[str]
    dimensions: frozenset[str]
    customer: str
    segment: str

    def touches(self, line: Line) -> bool:
        """Whether the figure of a line is made of it."""
        among = {
            "item": self.items,
            "dimension": self.dimensions,
            "segment": {self.segment},
            "customer": {self.customer},
        }
        return line.code in among.get(line.kind, {line.code})


def changed(found: Iterable[Line]) -> list[Line]:
    """Those that aren't what was presented any more."""
    return [line for line in found if line.has_changed]
