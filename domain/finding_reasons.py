"""How sure declines are when many questions are looked at together, and what a finding still waits for (rules.md 5). Pure.

Fourteen questions tested at 5 % each give a false alarm in every second survey. The p-values of one survey's questions
are therefore adjusted together after Benjamini and Hochberg (1995): of the declines that stay significant at most 5 % are
expected to be false. Holm's procedure would allow no single false one, and hide real declines of a monitoring whose next
step is a look, not a verdict. The findings themselves follow the step of the scheme, whatever p is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.statistics import CONFIDENCE

LEVEL = 1 - CONFIDENCE


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p-values, in the order given.

    >>> [round(p, 4) for p in adjusted([0.01, 0.04, 0.03, 0.005])]
    [0.02, 0.04, 0.04, 0.02]
    """
    m, found, smallest = len(p_values), [0.0] * len(p_values), 1.0
    for rank, place in reversed(list(enumerate(sorted(range(m), key=lambda one: p_values[one]), start=1))):
        smallest = min(smallest, p_values[place] * (m / rank))
        found[place] = smallest
    return found


@dataclass(frozen=True)
class Family:
    """The questions of a survey that are tested together: item's key → adjusted p-value; `planned` answers of the wave.

    `planned` is None where nobody said how many are expected, or the wave is closed.
    """

    adjusted: Mapping[int, float] = field(default_factory=dict)
    is_open: bool = False
    planned: int | None = None

    @property
    def size(self) -> int:
        """How many questions were tested."""
        return len(self.adjusted)

    def stays_significant(self, item_id: int) -> bool | None:
        """Whether a question's change is significant after the correction; None where it wasn't tested."""
        p_value = self.adjusted.get(item_id)
        return None if p_value is None else p_value < LEVEL


def family(p_values: Mapping[int, float], *, is_open: bool = False, planned: int | None = None) -> Family:
    """The family of the questions that could be tested."""
    keys = list(p_values)
    values = adjusted([p_values[key] for key in keys])
    return Family(dict(zip(keys, values, strict=True)), is_open, planned)
