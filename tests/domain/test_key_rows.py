"""A questionnaire keyed as one row."""

import pytest

from domain.key_rows import key_of_levels, keyed, row_of
from domain.scheme import Scheme
from domain.scheme_file import load
from tests.factories import preset


def scheme(code: str) -> Scheme:
    return load(preset(code))


def test_the_highest_key_is_the_best_level() -> None:
    assert key_of_levels(scheme("iatf-quarterly"))["5"] == "very_satisfied"
    assert key_of_levels(scheme("machinery-14"))["7"] == scheme("machinery-14").levels[0].code
    assert key_of_levels(scheme("iatf-quarterly"), one_is_best=True)["1"] == "very_satisfied"


def test_a_row_of_fourteen_keys_is_fourteen_answers() -> None:
    rules = scheme("iatf-quarterly")
    row = keyed("554 433 255 45 1-0", rules)
    assert row.is_complete
    levels = dict(zip("54321", [level.code for level in rules.levels], strict=True))
    assert list(row.answers.values()) == [levels.get(key) for key in "554433255451-0"]


@pytest.mark.parametrize(
    ("row", "wrong", "missing", "extra"),
    [
        ("5543 4", 0, 9, 0),
        ("55434 55434 5543", 0, 0, 0),
        ("55434 55434 55437", 0, 0, 1),
        ("6" * 14, 14, 0, 0),
        ("5x434554345543", 1, 0, 0),
        ("５５４３４　５５４３４　５５４３", 0, 0, 0),
        ("", 0, 14, 0),
    ],
)
def test_what_is_wrong_missing_or_too_much_is_told(row: str, wrong: int, missing: int, extra: int) -> None:
    found = keyed(row, scheme("iatf-quarterly"))
    assert (len(found.wrong), found.missing, found.extra) == (wrong, missing, extra)
    assert found.is_complete is (wrong + missing + extra == 0)


def test_numbers_stand_apart_and_a_zero_is_a_score() -> None:
    rules = scheme("owner-residence-number")
    n = len(rules.items)
    row = keyed(" ".join(["97.5", "0", "-", *["80"] * (n - 3)]), rules)
    assert row.is_complete
    assert list(row.answers.values())[:3] == [97.5, 0.0, None]
    assert keyed("101", rules).wrong == {rules.item_codes[0]: "101"}


def test_a_row_can_be_written_from_answers_and_read_again() -> None:
    for code in ("iatf-quarterly", "machinery-14", "owner-residence-number"):
        rules = scheme(code)
        given = 87.5 if rules.number_scale else rules.levels[1].code
        answers = {**dict.fromkeys(rules.item_codes, given), rules.item_codes[0]: None}
        assert keyed(row_of(answers, rules), rules).answers == answers
