"""What is to be done before a wave closes."""

from dataclasses import replace
from datetime import date

import pytest

from domain.closing import ClosingFacts, checklist

FACTS = ClosingFacts(date(2026, 10, 20), date(2026, 10, 19), 100, 4, 4, 96, 90, void_when_missed=False)


@pytest.mark.parametrize(
    ("more", "done"),
    [
        ({}, [True, True, True]),
        ({"today": date(2026, 10, 19)}, [False, True, True]),  # the last day is still within
        ({"reminded": 3}, [True, False, True]),
        ({"open_ones": 0, "reminded": 0}, [True, True, True]),
        ({"needed": 97}, [True, True, False]),
        ({"needed": 0, "valid": 0}, [True, True, True]),
        ({"last_day": None}, [True, True, True]),
    ],
)
def test_each_point_is_done_by_its_own_figure(more: dict[str, object], done: list[bool]) -> None:
    assert [one.is_done for one in checklist(replace(FACTS, **more))] == done  # type: ignore[arg-type]


def test_only_some_schemes_want_the_wave_void() -> None:
    few = replace(FACTS, needed=97)
    assert (few.is_too_few, few.must_be_void, replace(few, void_when_missed=True).must_be_void) == (True, False, True)
