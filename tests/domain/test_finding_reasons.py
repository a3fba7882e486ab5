"""Many questions tested at once: the correction of Benjamini and Hochberg, by their own example and for all p-values."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from domain.finding_reasons import adjusted, family

P_1995 = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
P_1995 += [0.7590, 1.0000]
"""The fifteen p-values of Benjamini and Hochberg 1995, section 3.2: at 5 % the procedure keeps four (Bonferroni three)."""


def test_the_example_of_the_paper_keeps_four() -> None:
    found = family(dict(enumerate(P_1995)))
    assert [found.stays_significant(key) for key in range(15)] == [True] * 4 + [False] * 11
    assert found.stays_significant(99) is None
    assert found.size == 15


@given(some.lists(some.floats(0, 1), max_size=20))
def test_adjusted_values_keep_the_order_and_are_never_smaller(p_values: list[float]) -> None:
    found = adjusted(p_values)
    assert all(p <= a <= 1 for p, a in zip(p_values, found, strict=True))
    pairs = sorted(zip(p_values, found, strict=True))
    assert all(one[1] <= other[1] for one, other in pairwise(pairs))
