"""Tools are told by their first rows; a column that only shares an item's name is a doubt."""

from pathlib import Path

import pytest

from domain.column_profiles import columns_of
from domain.mapping import comparable
from domain.proposing import NoRatings, propose
from domain.scheme_file import load
from domain.survey_tools import TOOLS, tool_of
from services.reading import open_table

REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "formats"
needs_real_data = pytest.mark.skipif(not REAL.exists(), reason="the real survey files are not beside this checkout")
PRESETS = Path(__file__).parents[2] / "sample_data" / "presets"
SCHEME = load((PRESETS / "it-ops-half-year.toml").read_text(encoding="utf-8"))
LABELS = ["Very satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very dissatisfied"] * 4


def test_every_tool_has_roles_that_a_mapping_knows_and_a_code_of_its_own() -> None:
    assert len({tool.code for tool in TOOLS}) == len(TOOLS)
    for tool in TOOLS:
        assert "submitted_at" in tool.roles.values()


@pytest.mark.parametrize(
    "headers",
    [
        ["序号", "客户", "质量"],
        ["ID", "Name", "Quality"],
        ["#", "Quality", "Delivery"],
        ["id", "submitdate", "quality"],
        ["_id", "quality"],
        ["Timestamp", "Quality"],
        ["StartDate", "Quality"],
    ],
)
def test_a_table_of_one_s_own_is_no_tool_s(headers: list[str]) -> None:
    assert tool_of([headers, ["1", "2026-01-01", "5"]]) is None


@needs_real_data
@pytest.mark.parametrize(
    ("file", "tool", "header"),
    [
        ("qualtrics/sample.csv", "qualtrics", "Q1. This is a multiple choice question."),
        ("qualtrics/sample_legacy.csv", "qualtrics-legacy", "Q2. This is a free text question."),
        ("wjx_csv_2026/collegeschat_v2_sample.csv", "wjx", "5、学校地理位置和实际分配校区情况—你实际被分配的校区是"),
        ("tencent_header_from_public_tests.csv", "tencent", "3.邮箱"),
        ("typeform_header_from_public_tests.csv", "typeform", "The instructor was helpful"),
        ("msforms_header_from_public_tests.csv", "microsoft-forms", "Self-Regulation"),
    ],
)
def test_real_exports_are_recognised_and_their_headers_tidied(file: str, tool: str, header: str) -> None:
    table = open_table(REAL / file, file)

    assert table.tool is not None
    assert table.tool.code == tool
    assert header in table.headers
    assert all(len(row) >= len(table.headers) for row in table.sample())


@needs_real_data
def test_qualtrics_samples_have_one_answer_and_no_ratings() -> None:
    for file in ("sample.csv", "sample_legacy.csv"):
        table = open_table(REAL / "qualtrics" / file, file)
        assert [row[table.headers.index("Q2. This is a free text question.")] for row in table.sample()] == [
            "Hello World!"
        ]
        with pytest.raises(NoRatings):
            propose(table.headers, table.sample(), tool=table.tool)


def doubts(headers: list[str], wordings: dict[str, str] | None = None) -> tuple[dict[str, str], str, dict[str, float]]:
    rows = [[label] * len(headers) for label in LABELS]
    found = propose(headers, rows, SCHEME, wordings=wordings or {})
    return found.mapping.items, " ".join(map(str, found.doubts)), found.confidence


def test_a_column_of_the_item_s_code_with_the_item_s_wording_is_taken() -> None:
    items, said, confidence = doubts(["skill. How satisfied are you? - Skill", "attitude. Attitude of our people"])

    assert list(items) == ["skill", "attitude"]
    assert "same question" not in said
    assert min(confidence.values()) > 0.9


def test_a_column_of_the_item_s_code_that_asks_something_else_is_a_doubt() -> None:
    header = "result. Would you buy from us again next year"
    items, said, confidence = doubts([header, "skill. Skill"])

    assert items["result"] == header
    assert "the item is “处理结果 / Result”: are they the same question?" in said
    assert confidence[header] < 0.5


def test_the_wording_goes_before_the_code_that_is_shared() -> None:
    items, said, _ = doubts(["result. Would you buy from us again next year", "q9. Result"])

    assert items == {"result": "q9. Result"}
    assert "same question" not in said


def test_wordings_from_a_code_book_are_compared_too() -> None:
    _, same, _ = doubts(["result"], {"result": "Result of the work"})
    _, other, _ = doubts(["result"], {"result": "How often do you call us"})

    assert "same question" not in same
    assert "“result” asks “How often do you call us”" in other


def test_option_numbers_of_choices_are_no_ratings_but_those_of_matrices_are() -> None:
    tool = next(tool for tool in TOOLS if tool.code == "wjx")
    numbers = ["1", "2", "3", "4", "5"] * 4
    headers = ["1、年龄段", "2、购买频率", "第3题(质量)", "第3题(交期)"]
    found = propose(headers, [[n] * 4 for n in numbers], tool=tool)

    assert list(found.mapping.items.values()) == headers[2:]
    with pytest.raises(NoRatings):
        propose(headers[:2], [[n] * 2 for n in numbers], tool=tool)


def test_the_best_end_is_asked_and_then_known() -> None:
    tool = next(tool for tool in TOOLS if tool.code == "wjx")
    found = propose(["第3题(质量)", "第3题(交期)"], [[n, n] for n in "12345" * 4], SCHEME, tool=tool)

    assert found.mapping.values == {"*": {}}
    assert found.with_best_first(best_first=True).values["*"] == {"1": 5, "2": 4, "3": 3, "4": 2, "5": 1}
    assert found.with_best_first(best_first=False).values["*"] == {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}


def test_cells_are_compared_as_mappings_compare_them() -> None:
    (column,) = columns_of(["q"], [["（空）"], ["（跳过）"], ["满意"]])
    assert set(column.filled) == {comparable("满意")}
