"""Findings and figures once more, slowly, from raw answers in plain fractions: shares no code with what it checks.

The schemes are read from their TOML files with the standard library; formulas are rules.md 3 and 5.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

EQUAL = Fraction(1, 10**6)
Given = str | int | float | None


@dataclass
class Plain:
    """A scheme as its document says it."""

    document: dict[str, Any]
    points: dict[str, Fraction] = field(init=False)
    order: list[str] = field(init=False)

    def __post_init__(self) -> None:
        levels = self.document.get("levels", [])
        self.order = [level["code"] for level in levels]
        raw = {level["code"]: Fraction(str(level["points"])) for level in levels}
        top = max(raw.values(), default=Fraction(1))
        factor = 1 if self.document.get("points_are_scores") else Fraction(100) / top
        self.points = {code: points * factor for code, points in raw.items()}

    @classmethod
    def of(cls, text: str) -> "Plain":
        return cls(tomllib.loads(text))

    @property
    def items(self) -> list[dict[str, Any]]:
        return self.document["items"]

    @property
    def dimensions(self) -> list[dict[str, Any]]:
        return self.document["dimensions"]

    def answer(self, given: Given) -> Fraction:
        return self.points[given] if isinstance(given, str) else Fraction(round(given * 100), 100)

    def weight(self, item: dict[str, Any]) -> Fraction:
        siblings = [other for other in self.items if other["dimension"] == item["dimension"]]
        total = sum(Fraction(str(other["weight"])) for other in siblings)
        dimension = next(d for d in self.dimensions if d["code"] == item["dimension"])
        return Fraction(str(dimension["weight"])) * Fraction(str(item["weight"])) / total

    def score(self, answers: dict[str, Given], dimension: str = "") -> Fraction | None:
        """Σ w·s / Σ w over what was answered (rules.md 3.3, 3.4)."""
        rated = [i for i in self.items if answers.get(i["code"]) is not None and dimension in ("", i["dimension"])]
        weights = [self.weight(item) for item in rated]
        if not sum(weights):
            return None
        scores = [self.answer(answers[item["code"]]) for item in rated]
        return sum(w * s for w, s in zip(weights, scores, strict=True)) / sum(weights)

    def is_low(self, given: Given) -> bool:
        watch = self.document["thresholds"].get("watch_level")
        return watch is not None and isinstance(given, str) and self.order.index(given) >= self.order.index(watch)

    def is_red(self, score: Fraction) -> bool:
        thresholds = self.document["thresholds"]
        if "red_at_or_below" in thresholds:
            return score <= Fraction(str(thresholds["red_at_or_below"])) + EQUAL
        return under(score, thresholds["red_below"])


def under(score: Fraction, bound: Any) -> bool:
    return score < Fraction(str(bound)) - EQUAL


def mean(values: Iterable[Fraction | None]) -> Fraction | None:
    there = [value for value in values if value is not None]
    return sum(there, Fraction(0)) / len(there) if there else None


@dataclass(frozen=True)
class Counted:
    """A response that counts: who (None: nobody named) and what."""

    customer: int | None
    answers: dict[str, Given]


@dataclass
class PlainWave:
    """All figures of a wave."""

    plain: Plain
    responses: list[Counted]

    def by_customer(self) -> dict[int, list[Counted]]:
        customers = defaultdict(list)
        for response in self.responses:
            if response.customer is not None:
                customers[response.customer].append(response)
        return customers

    def composite(self, dimension: str, responses: list[Counted] | None = None) -> Fraction | None:
        chosen = self.responses if responses is None else responses
        return mean(self.plain.score(response.answers, dimension) for response in chosen)

    def index(self) -> Fraction | None:
        if self.plain.document.get("index_over") == "customers":
            return mean(self.composite("", mine) for mine in self.by_customer().values())
        return self.composite("")

    def satisfaction_rate(self) -> Fraction | None:
        """The share of responses, or of customers where the index is over them, at or above the satisfied score."""
        parts = [[one] for one in self.responses]
        if self.plain.document.get("index_over") == "customers":
            parts = list(self.by_customer().values())
        scores = [score for part in parts if (score := self.composite("", part)) is not None]
        return mean(Fraction(not under(score, self.plain.document["satisfied_score"])) for score in scores)

    def item(self, code: str, responses: list[Counted] | None = None) -> Fraction | None:
        chosen = self.responses if responses is None else responses
        given = [response.answers.get(code) for response in chosen]
        return mean(self.plain.answer(one) for one in given if one is not None)

    def findings(self, before: "PlainWave | None") -> set[tuple[str, str, str]]:
        """(rule, customer or "", item, dimension or "index") of all that hold."""
        codes = [item["code"] for item in self.plain.items]
        whole = self.of_the_wave(before) | {found for code in codes for found in self.of_an_item(code, before)}
        return whole | {found for code in codes for found in self.of_customers_items(code)} | self.of_customers(before)

    def fell(self, now: Fraction | None, then: Fraction | None) -> bool:
        step = -Fraction(str(self.plain.document["thresholds"]["decline_step"]))
        return now is not None and then is not None and under(now - then, step)

    def of_the_wave(self, before: "PlainWave | None") -> set[tuple[str, str, str]]:
        found, index = set(), self.index()
        if index is not None and under(index, self.plain.document["targets"]["index"]):
            found.add(("INDEX_BELOW", "", "index"))
        goal, rate = self.plain.document["targets"].get("satisfaction_rate"), self.satisfaction_rate()
        if goal is not None and rate is not None and rate < Fraction(str(goal)):
            found.add(("SATISFACTION_RATE_BELOW", "", "index"))
        if before and self.fell(index, before.index()):
            found.add(("DECLINE", "", "index"))
        for code in [d["code"] for d in self.plain.dimensions]:
            if before and self.fell(self.composite(code), before.composite(code)):
                found.add(("DECLINE", "", f"dimension:{code}"))
        return found

    def of_an_item(self, code: str, before: "PlainWave | None") -> set[tuple[str, str, str]]:
        found, score = set(), self.item(code)
        if score is not None and self.plain.is_red(score):
            found.add(("ITEM_BELOW", "", code))
        if before and self.fell(score, before.item(code)):
            found.add(("DECLINE", "", code))
        if any(self.plain.is_low(r.answers.get(code)) for r in self.responses if r.customer is None):
            found.add(("LOW_ANSWER", "", code))
        return found

    def of_customers_items(self, code: str) -> set[tuple[str, str, str]]:
        found = set()
        for customer, mine in self.by_customer().items():
            score = self.item(code, mine)
            if score is not None and self.plain.is_red(score):
                found.add(("ITEM_BELOW", str(customer), code))
            if any(self.plain.is_low(response.answers.get(code)) for response in mine):
                found.add(("LOW_ANSWER", str(customer), code))
        return found

    def of_customers(self, before: "PlainWave | None") -> set[tuple[str, str, str]]:
        found, earlier = set(), before.by_customer() if before else {}
        for customer, mine in self.by_customer().items():
            score = self.composite("", mine)
            if score is not None and under(score, self.plain.document["targets"]["customer"]):
                found.add(("CUSTOMER_BELOW", str(customer), "index"))
            if self.fell(score, self.composite_of(earlier.get(customer))):
                found.add(("DECLINE", str(customer), "index"))
        return found

    def composite_of(self, responses: list[Counted] | None) -> Fraction | None:
        return None if responses is None else self.composite("", responses)
