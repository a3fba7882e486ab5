"""Counts of a question with choices."""

from dataclasses import dataclass

from domain.scheme import Name


@dataclass(frozen=True)
class ChoiceCounts:
    """How many answered a question, and how often each option was chosen, most frequent first."""

    code: str
    text: Name
    is_multiple: bool
    answered: int
    options: tuple[tuple[Name, int], ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """Share 0–1 of those who answered; of a multiple choice they add up to more than 1."""
        return tuple(n / self.answered for _name, n in self.options)
