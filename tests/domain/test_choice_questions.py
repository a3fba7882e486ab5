"""Choices are read into one structure, whatever the tool and its mode of export."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.choice_questions import ChoiceQuestion, ChoicesDiffer, choice_questions, labelled, labels_of
from domain.proposing import propose
from services.reading import Table, open_table

FILES = Path(__file__).parents[1] / "services" / "files"
REAL = Path(__file__).parents[2] / ".." / "shared" / "data"
needs_real_data = pytest.mark.skipif(not REAL.exists(), reason="the real survey files are not beside this checkout")


def choices(table: Table, *, but_proposed: bool = False) -> list[ChoiceQuestion]:
    assert table.tool is not None
    rows = table.sample()
    mapping = propose(table.headers, rows, tool=table.tool).mapping if but_proposed else None
    taken = replace(mapping, choices={}).headers if mapping else ()
    return choice_questions(table.headers, rows, table.tool, but=taken)


@needs_real_data
def test_the_800_answers_of_wjx_are_the_same_by_text_and_by_number() -> None:
    by_text, by_number = (choices(open_table(next(REAL.glob(f"wjx_export/*_{mode}.xls")), "x")) for mode in ("0", "2"))

    kinds = ["single"] * 5 + ["multiple", "single", "multiple"]
    assert [question.kind for question in by_text] == [question.kind for question in by_number] == kinds
    assert [question.number for question in by_text] == list("12345678")
    for text, number in zip(by_text, by_number, strict=True):
        labels = labels_of(number, text) if number.kind == "single" else {}
        assert len(text.answers) == 800
        assert labelled(number, labels).answers == text.answers
    assert labels_of(by_number[2], by_text[2]) == {"1": "男", "2": "女"}


@pytest.mark.parametrize(
    ("file", "answers"),
    [
        ("wjx_by_text.csv", ["轴承 齿轮", "轴承", "其他", ""]),
        ("wjx_by_number.csv", ["轴承 齿轮", "轴承", "其他", ""]),
        ("tencent.csv", ["齿轮", "轴承 齿轮", "轴承", "轴承"]),
        ("surveymonkey.csv", ["Gear", "Bearing Gear", "Bearing", "Bearing"]),
        ("google_forms.csv", ["Bearing Gear", "Bearing", "Gear", "Bearing Gear"]),
        ("microsoft_forms.csv", ["Bearing Gear", "Bearing", "Gear", "Bearing"]),
        ("formbricks.csv", ["Bearing Gear", "Bearing", "Gear", "Bearing"]),
        ("kobo.csv", ["bearing gear", "bearing", "gear", "bearing"]),
    ],
)
def test_multiple_choices_of_each_tool_are_sets_of_options(file: str, answers: list[str]) -> None:
    table = open_table(FILES / file, file)
    multiple = [question for question in choices(table, but_proposed=True) if question.kind == "multiple"]

    assert [" ".join(sorted(chosen)) for chosen in multiple[0].answers] == answers


def test_single_choices_are_no_ratings() -> None:
    table = open_table(FILES / "wjx_by_number.csv", "x.csv")

    assert [q.columns for q in choices(table, but_proposed=True) if q.kind == "single"] == [("2、您的性别：",)]


def test_two_files_with_other_answers_are_told_apart() -> None:
    by_text = ChoiceQuestion("3", "single", ("3、性别",), (frozenset({"男"}), frozenset({"女"}), frozenset({"男"})))
    by_number = replace(by_text, answers=(frozenset("1"), frozenset("2"), frozenset("2")))

    with pytest.raises(ChoicesDiffer, match=r"Question 3.*2 and 男"):
        labels_of(by_number, by_text)
    with pytest.raises(ChoicesDiffer):
        labels_of(replace(by_number, answers=(frozenset("1"), frozenset("2"), frozenset("3"))), by_text)
