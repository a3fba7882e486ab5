"""Rows of a file as levels, by its mapping; what is wrong with a row is named with line, column, cell and reason."""

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.mapped_rows import BadCell, Reason, RowReader, compile_mapping
from domain.mapping import Mapping, MappingInvalid
from domain.repeated import SeenIds, digest_of
from domain.scheme import Level, Name

LEVELS = [
    Level(f"l{value}", Name(zh=zh, en=en), Fraction(value * 20), Fraction(value))
    for value, zh, en in [
        (5, "非常满意", "Very satisfied"),
        (4, "满意", "Satisfied"),
        (3, "一般", "Neutral"),
        (2, "不满意", "Dissatisfied"),
        (1, "很不满意", "Very dissatisfied"),
    ]
]
NUMBERS = {"*": {str(value): float(value) for value in range(1, 6)}}
REAL = Path(__file__).parents[3] / "shared" / "data"


def reader(mapping: Mapping, headers: list[str], items: list[str], **more: bool) -> RowReader:
    return compile_mapping(mapping, headers, items, LEVELS, number_scale=False, **more)


def levels_of(mapping: Mapping, *cells: str) -> list[int]:
    read = reader(mapping, ["q"], ["q"]).read(range(2, 2 + len(cells)), [[cell] for cell in cells])
    assert read.bad == []
    return read.levels[:, 0].tolist()


def test_a_level_is_its_position_from_best_to_worst() -> None:
    mapping = Mapping(
        {"q": "q"}, values={"*": {"5": 5, "满意": 4, "1": 1}}, blank={"*": ("0",)}, not_applicable={"*": ("6",)}
    )

    assert levels_of(mapping, "5", "满意", "1", "0", "", "6") == [0, 1, 4, -1, -1, -1]


def test_cells_are_compared_without_blanks_and_full_width_forms() -> None:
    assert levels_of(Mapping({"q": "q"}, values=NUMBERS), " 5", "５", "4\u3000") == [0, 0, 1]


def test_without_values_a_cell_is_a_level_s_value_or_name() -> None:
    assert levels_of(Mapping({"q": "q"}), "5", "非常满意", "Very satisfied", "很不满意") == [0, 0, 0, 4]


@pytest.mark.parametrize("cell", ["5.0", "5分", "very satisfied", "6", "NA"])
def test_what_is_not_said_is_not_guessed(cell: str) -> None:
    read = reader(Mapping({"q": "q"}), ["q"], ["q"]).read([7], [[cell]])

    assert read.bad == [BadCell(7, "q", cell, Reason.NOT_MAPPED)]
    assert read.levels.tolist() == [[-1]]
    assert read.good.tolist() == [False]


def test_what_is_said_of_one_item_goes_before_what_is_said_of_all() -> None:
    mapping = Mapping({"a": "A", "b": "B"}, values=NUMBERS | {"b": {"9": 5}}, not_applicable={"*": ("9",)})
    read = reader(mapping, ["A", "B"], ["a", "b"]).read([2], [["9", "9"]])

    assert read.levels.tolist() == [[-1, 0]]
    assert read.not_applicable.tolist() == [1, 0]


def test_items_stand_in_the_order_of_the_scheme_and_those_without_a_column_are_blank() -> None:
    read = reader(Mapping({"b": "B", "c": "C"}, values=NUMBERS), ["C", "B"], ["a", "b", "c"]).read([2], [["1", "5"]])

    assert read.levels.tolist() == [[-1, 0, 4]]
    assert read.levels.dtype == np.int16


def test_numbers_0_to_100_are_hundredths() -> None:
    mapping = Mapping({"q": "q"}, values={"*": {"满分": 100}}, blank={"*": ("-1",)})
    rows = [[cell] for cell in ["87.5", "0", "100", "满分", "-1", "", "99.99", "100.01", "87.555", "1e1", "x"]]
    read = compile_mapping(mapping, ["q"], ["q"], [], number_scale=True).read(range(2, 13), rows)

    assert read.levels[:7, 0].tolist() == [8750, 0, 10000, 10000, -1, -1, 9999]
    assert [(cell.value, cell.reason) for cell in read.bad] == [
        ("100.01", Reason.OUT_OF_SCALE),
        ("87.555", Reason.TOO_PRECISE),
        ("1e1", Reason.NOT_MAPPED),
        ("x", Reason.NOT_MAPPED),
    ]


def test_a_bad_cell_spoils_its_row_and_no_other() -> None:
    read = reader(Mapping({"a": "A", "b": "B"}, values=NUMBERS), ["A", "B"], ["a", "b"]).read(
        [2, 5, 6, 7], [["5", "4"], ["7", "x"], ["", ""], ["1", ""]]
    )

    assert read.bad == [BadCell(5, "A", "7", Reason.NOT_MAPPED), BadCell(5, "B", "x", Reason.NOT_MAPPED)]
    assert read.good.tolist() == [True, False, True, True]
    assert read.rated.tolist() == [True, False, False, True]


HEADERS = ["id", "客户", "区", "时间", "权重", "意见", "建议", "q"]
ROLES = Mapping(
    {"q": "q"},
    columns={"external_id": "id", "customer": "客户", "region": "区", "submitted_at": "时间", "weight": "权重"},
    opinions=("意见", "建议"),
    values=NUMBERS,
    blank={"customer": ("未知",), "opinion": ("无",)},
    fixed={"channel": "电话"},
)


def test_roles_come_as_lists_beside_the_levels() -> None:
    rows = [
        ["R1", " C1\0 ", "华东", "2026/9/19 8:00", "1.5", "很好\0", "无", "5"],
        ["", "未知", "", "", "", " ", "", "4"],
    ]
    read = reader(ROLES, HEADERS, ["q"]).read([2, 3], rows)

    assert read.bad == []
    assert read.texts == {"customer": ["C1", ""], "region": ["华东", ""], "channel": ["电话", "电话"]}
    assert read.external_ids == ["R1", ""]
    assert read.weights == [1.5, None]
    assert read.submitted_at == [1789776000000, None]
    assert read.opinions == [[("意见", "很好")], []]


def test_dates_and_weights_that_are_not_understood_are_bad_cells() -> None:
    rows = [
        ["1", "C", "", "gestern", "1", "", "", "5"],
        *([str(n), "C", "", "", w, "", "", "5"] for n, w in enumerate(["0", "x", "inf", "nan"], 2)),
    ]
    read = reader(ROLES, HEADERS, ["q"]).read(range(2, 7), rows)

    assert {(cell.line, cell.column, cell.value, cell.reason) for cell in read.bad} == {
        (2, "时间", "gestern", Reason.NOT_A_DATE),
        (3, "权重", "0", Reason.NOT_A_WEIGHT),
        (4, "权重", "x", Reason.NOT_A_WEIGHT),
        (5, "权重", "inf", Reason.NOT_A_WEIGHT),
        (6, "权重", "nan", Reason.NOT_A_WEIGHT),
    }


def test_a_name_that_is_too_long_for_any_screen_keeps_its_row_out_but_an_opinion_may_be_long() -> None:
    mapping = Mapping({"q": "q"}, {"customer_name": "who", "segment": "kind"}, ("said",), values=NUMBERS)
    rows = [["N" * 201, "", "", "5"], ["N" * 200, "S" * 201, "", "5"], ["Acme", "", "O" * 9_000, "5"]]
    read = reader(mapping, ["who", "kind", "said", "q"], ["q"]).read([2, 3, 4], rows)

    assert [(cell.line, cell.column, cell.reason) for cell in read.bad] == [
        (2, "who", Reason.TOO_LONG),
        (3, "kind", Reason.TOO_LONG),
    ]
    assert read.good.tolist() == [False, False, True]


def test_a_customer_may_be_required() -> None:
    rows = [["1", "", "", "", "", "", "", "5"], ["2", "C", "", "", "", "", "", "5"]]
    read = reader(ROLES, HEADERS, ["q"], customer_required=True).read([2, 3], rows)

    assert read.bad == [BadCell(2, "客户", "", Reason.NO_CUSTOMER)]


def test_a_row_with_more_cells_than_columns_is_bad_unless_they_are_empty() -> None:
    read = reader(Mapping({"q": "q"}, values=NUMBERS), ["q"], ["q"]).read([2, 3], [["5", " "], ["5", "and more"]])

    assert read.bad == [BadCell(3, "", "and more", Reason.MORE_CELLS)]


def test_an_external_id_twice_is_a_repeat_or_a_bad_cell_across_chunks() -> None:
    rows = reader(Mapping({"q": "q"}, columns={"external_id": "id"}, values=NUMBERS), ["id", "q"], ["q"])
    seen = SeenIds()
    first = rows.read([2, 3, 4], [["A", "5"], ["", "4"], ["A", "5"]], seen)
    second = rows.read([5, 6, 7], [["A", "4"], ["", "4"], ["B", "4"]], seen)

    assert (first.repeats, first.bad, first.good.tolist()) == ([2], [], [True, True, False])
    assert second.bad == [BadCell(5, "id", "A", Reason.ID_TWICE)]
    assert second.good.tolist() == [False, True, True]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", *"abcdefgh"]), st.sampled_from([-(2**31), -1, 0, 1, 2**31 + 1])), max_size=60
    ),
    st.integers(1, 9),
)
def test_seen_ids_agree_with_a_plain_dictionary(rows: list[tuple[str, int]], size: int) -> None:
    seen, known = SeenIds(), dict[str, tuple[int, int]]()
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        lines = range(start + 2, start + 2 + len(chunk))
        came = seen.add([name for name, _ in chunk], [content for _, content in chunk], lines)
        expected = []
        for place, (name, content) in enumerate(chunk):
            if name in known:
                expected.append((place, known[name][1], known[name][0] == content))
            elif name:
                known[name] = content, lines[place]
        assert came == expected


def test_the_digest_of_a_row_stays_the_same() -> None:
    assert digest_of(["A1", "满意", ""]).hex() == "f2ca819cb1557a6ce7afe1f3247f7284"


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (Mapping({"q": "Q"}), "The file has no column “Q”"),
        (Mapping({"z": "q"}), "The scheme has no item “z”"),
        (Mapping({"q": "q"}, columns={"segment": "S"}), "The file has no column “S”"),
        (Mapping({"q": "q"}, values={"*": {"7": 7}}), "“7” is mapped to 7, which is not on the scale"),
    ],
)
def test_a_mapping_that_does_not_fit_file_and_scheme_is_refused(mapping: Mapping, sentence: str) -> None:
    with pytest.raises(MappingInvalid, match=sentence):
        reader(mapping, ["q"], ["q"])


@pytest.mark.skipif(not REAL.exists(), reason="the real survey files are not beside the repository")
def test_the_airport_s_figures_of_2017_are_those_that_were_published() -> None:
    with next((REAL / "sfo_airport").glob("2017*.csv")).open(encoding="utf-8", newline="") as file:
        headers, *rows = csv.reader(file)
    items = [header for header in headers if header.startswith("Q7")]
    mapping = Mapping(
        items={item: item for item in items},
        columns={"external_id": "RESPNUM", "segment": "BAREA", "weight": "WEIGHT"},
        values=NUMBERS,
        blank={"*": ("0", "Blank")},
        not_applicable={"*": ("6",)},
    )
    read = compile_mapping(mapping, headers, items, LEVELS, number_scale=False).read(
        range(2, 2 + len(rows)), rows, SeenIds()
    )

    assert (read.bad, read.repeats) == ([], [])
    with (REAL / "sfo_airport" / "published_2017" / "agg_q7_metrics.csv").open(encoding="utf-8") as file:
        for published in csv.DictReader(file):
            levels = read.levels[:, items.index(published["q7_item"])]
            values = 5 - levels[levels >= 0]
            assert len(values) == int(published["n"])
            assert abs(values.mean() - float(published["avg_score"])) < 1e-9
            assert (values >= 4).sum() == int(published["top2_n"])
