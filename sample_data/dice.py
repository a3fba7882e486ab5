"""Random numbers that are the same on every machine: sums of uniform ones, no logarithm, no cosine."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")
UNIFORMS = 12
"""So many uniform numbers add up to a variance of 1."""


class Dice:
    """A seeded source of random numbers; each part of the generator has its own, named for it."""

    def __init__(self, name: str) -> None:
        self._random = Random(f"sample company, {name}")

    def share(self) -> float:
        """A number from 0 up to 1."""
        return self._random.random()

    def normal(self, spread: float = 1.0) -> float:
        """A number around 0 with this standard deviation, nearly normal (Irwin–Hall), never over 6 of them."""
        return spread * (sum(self.share() for _ in range(UNIFORMS)) - UNIFORMS / 2)

    def whole(self, least: int, most: int) -> int:
        """A whole number from least to most."""
        return least + int(self.share() * (most - least + 1))

    def pick(self, things: Sequence[Thing]) -> Thing:
        """One of the things."""
        return things[int(self.share() * len(things))]

    def happens(self, probability: float) -> bool:
        """True as often as that."""
        return self.share() < probability
