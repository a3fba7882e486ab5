"""What should be looked at is flagged, and nothing else is."""

from domain.review_flags import AnsweredRow, Flag, Repeats, attention_checks, flags_of, inattentive
from domain.scheme import BLANK


def flags(*rows: AnsweredRow) -> list[tuple[int, Flag, str]]:
    return [tuple(flagged) for flagged in flags_of(rows)]


def test_six_equal_answers_without_a_word_are_a_straight_line() -> None:
    assert flags(
        AnsweredRow(2, [1] * 6),
        AnsweredRow(3, [1] * 5),
        AnsweredRow(4, [1] * 6, has_words=True),
        AnsweredRow(5, [1] * 5 + [2]),
        AnsweredRow(6, [1] * 5 + [BLANK]),
        AnsweredRow(7, [1] * 6 + [BLANK]),
    ) == [(2, Flag.STRAIGHT_LINE, ""), (7, Flag.STRAIGHT_LINE, "")]


def test_under_two_seconds_for_each_answered_item_is_too_fast() -> None:
    assert flags(
        AnsweredRow(2, [0, 1, 2], seconds=5),
        AnsweredRow(3, [0, 1, 2], seconds=6),
        AnsweredRow(4, [0, 1, BLANK], seconds=4),
        AnsweredRow(5, [0, 1, 2], seconds=None),
        AnsweredRow(6, [BLANK, BLANK], seconds=0),
    ) == [(2, Flag.TOO_FAST, "5")]


def test_the_same_content_again_is_a_duplicate_of_its_first_line() -> None:
    one, other = ("甲", "5"), ("乙", "5")
    rows = [AnsweredRow(line, [], content=content) for line, content in enumerate([one, other, one, one, (), ()], 2)]
    assert flags(*rows) == [(4, Flag.DUPLICATE, "2"), (5, Flag.DUPLICATE, "2")]


def test_a_numbering_that_begins_again_is_flagged_once() -> None:
    numbers = ["1", "2", "3", "1", "2", "3", "4"]
    rows = [AnsweredRow(line, [], number=number) for line, number in enumerate(numbers, 2)]
    assert flags(*rows) == [(5, Flag.RESTARTED, "2")]


def test_a_numbering_that_falls_is_none_that_begins_again() -> None:
    assert flags(*(AnsweredRow(line, [], number=str(309 - line)) for line in range(2, 9))) == []


def test_attention_checks_are_found_in_headers_and_in_options() -> None:
    headers = ["1、质量", "2、请选择“满意”", '3. Please select "Agree"', "4、态度"]
    rows = [["满意", "满意", "Agree", "D.无所谓（请直接选择此项）"], ["一般", "一般", "", "A.好"]]

    checks = attention_checks(headers, rows)
    assert checks == {headers[1]: "满意", headers[2]: "Agree", headers[3]: "D.无所谓(请直接选择此项)"}
    assert inattentive(headers, [2, 3], rows, checks) == [
        (3, Flag.NOT_ATTENTIVE, headers[1]),
        (3, Flag.NOT_ATTENTIVE, headers[3]),
    ]


def test_a_repeat_is_found_however_far_behind_its_first_row_it_comes() -> None:
    repeats, rows = Repeats(), 100_000
    found = []
    for first in range(1, 4 * rows, rows):
        lines = range(first, first + rows)
        found += repeats.duplicates(lines, [*lines[:-1], 1 if first > 3 * rows else lines[-1]])
    assert found == [(4 * rows, Flag.DUPLICATE, "1")]
