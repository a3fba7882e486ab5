"""What belongs to a turn of a row that is keyed faster than the server answers."""

import pytest

from components.enter_key import Saved, typed

SAVED = (Saved("a", "554"), Saved("b", "111"))


@pytest.mark.parametrize(
    ("turn", "text", "expected"),
    [
        ("c", "222", "222"),
        ("c", "554111", "554111"),  # the browser has taken it out: these are keys of this row
        ("b", "111222", "222"),
        ("a", "554111222", "222"),
        ("a", "554111", None),  # Enter pressed twice
        ("b", "211", "211"),
    ],
)
def test_keys_of_earlier_turns_are_taken_off_as_far_as_the_browser_had_not_done_so(
    turn: str, text: str, expected: str | None
) -> None:
    assert typed({"turn": turn, "text": text}, "c", SAVED) == expected


def test_a_run_without_enter_brings_nothing_and_an_empty_row_is_told_apart() -> None:
    assert typed(None, "c", SAVED) is None
    assert typed({"turn": "c", "text": ""}, "c", SAVED) == ""
