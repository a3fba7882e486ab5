"""Whom a survey asks, and how sure that makes it; worked by hand and by Cochran's formula."""

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sampling import STRATA, Candidate, allocated, chosen, drawn, margin, size_for, strata_of

TODAY = date(2026, 10, 1)
SIZES = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 400), min_size=1, max_size=8)


def population(n: int) -> list[Candidate]:
    """Half in the East, three tenths in the North, the rest in the West."""
    regions = ["East"] * 5 + ["North"] * 3 + ["West"] * 2
    return [Candidate(key, region=regions[key % 10]) for key in range(n)]


@pytest.mark.parametrize(
    ("error", "of", "n"),
    [(0.05, 1000, 278), (0.05, 100, 80), (0.05, 10**9, 385), (0.1, 32, 25), (0.05, 1, 1), (0.05, 0, 0)],
)
def test_a_sample_is_as_large_as_the_margin_needs(error: float, of: int, n: int) -> None:
    assert size_for(error, of) == n


def test_the_margin_of_a_sample_shrinks_to_nothing_when_everybody_is_asked() -> None:
    assert margin(278, 1000) == pytest.approx(0.04998, abs=2e-5)
    assert margin(100, 1000) == pytest.approx(0.0930, abs=5e-5)
    assert margin(1000, 1000) == 0.0


def test_strata_get_their_share_by_the_largest_remainder() -> None:
    # 10 of 33, 33, 34: 3.3, 3.3, 3.4 → 3 each, the one that is left goes to the last
    assert allocated({"a": 33, "b": 33, "c": 34}, 10) == {"a": 3, "b": 3, "c": 4}


def test_a_stratified_sample_has_every_region_in_proportion() -> None:
    sample = drawn(population(200), how="stratified", size=20, seed=1, by="region", today=TODAY)
    assert [(part.name, part.size, part.drawn) for part in sample.strata] == [
        ("East", 100, 10),
        ("North", 60, 6),
        ("West", 40, 4),
    ]
    assert len(sample.ids) == 20


def test_all_means_everybody_whatever_size_was_typed() -> None:
    assert len(drawn(population(30), how="all", size=5, seed=1, by="", today=TODAY).ids) == 30


def test_another_seed_draws_others() -> None:
    assert chosen(range(1000), 50, seed=1) != chosen(range(1000), 50, seed=2)


def test_a_sample_that_grows_keeps_whom_it_had() -> None:
    assert set(chosen(range(1000), 50, seed=3)) < set(chosen(range(1000), 60, seed=3))


def test_everybody_is_equally_likely() -> None:
    hits = [0] * 20
    for seed in range(4000):
        for key in chosen(range(20), 5, seed):
            hits[key] += 1
    assert all(880 < n < 1120 for n in hits)  # 1000 ± 4 standard deviations of √(4000 · ¼ · ¾) ≈ 27


@given(SIZES, st.integers(0, 4000))
def test_an_allocation_adds_up_and_takes_nobody_twice(sizes: dict[str, int], total: int) -> None:
    shares = allocated(sizes, total)
    assert sum(shares.values()) == min(total, sum(sizes.values()))
    assert all(0 <= shares[name] <= sizes[name] for name in sizes)


@given(st.sets(st.integers(1, 10**9), max_size=60), st.integers(0, 70), st.integers(0, 2**40), st.randoms())
def test_the_same_seed_draws_the_same_customers_in_any_order(keys: set[int], n: int, seed: int, random: Random) -> None:
    shuffled = list(keys)
    random.shuffle(shuffled)
    assert chosen(keys, n, seed) == chosen(shuffled, n, seed)
    assert len(chosen(keys, n, seed)) == min(n, len(keys))


def test_customers_are_parted_by_what_is_known_of_them() -> None:
    customers = [
        Candidate(1, value=10, purchases=0, since_on=date(2026, 5, 1), vip=True),
        Candidate(2, value=20, purchases=3, since_on=date(2020, 5, 1)),
        Candidate(3, value=30, purchases=9),
        Candidate(4),
    ]
    assert strata_of(customers, "value", TODAY) == {"large": [3], "medium": [2], "small": [1], "unknown": [4]}
    assert strata_of(customers, "age", TODAY) == {"new": [1], "old": [2], "unknown": [3, 4]}
    assert strata_of(customers, "frequency", TODAY) == {"0": [1, 4], "2–4": [2], "5+": [3]}
    assert strata_of(customers, "vip", TODAY) == {"other": [2, 3, 4], "vip": [1]}
    assert all(sum(map(len, strata_of(customers, by, TODAY).values())) == 4 for by in STRATA)
