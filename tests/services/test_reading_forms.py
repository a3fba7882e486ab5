"""A workbook with a form per customer: merged headings, ticks, and a total that must agree."""

from pathlib import Path

import pytest
import xlsxwriter

from domain.proposing import propose
from domain.scheme_file import load
from services.importing import checked, source_of
from services.reading import FileRefused, open_table
from tests import factories

LEVELS = ("很满意", "较满意", "一般", "不太满意", "很不满意")
ITEMS = ("产品质量", "数量", "交付", "包装", "服务")
SCHEME = load(factories.preset("weighted-half-year"))


def workbook(folder: Path, ticks: dict[str, list[int | None]], totals: dict[str, list[int]] | None = None) -> Path:
    """A sheet for each customer; a tick is the place of its level."""
    file = folder / "forms.xlsx"
    with xlsxwriter.Workbook(file) as book:
        for number, (customer, chosen) in enumerate(ticks.items(), 1):
            sheet = book.add_worksheet(f"表{number}")
            sheet.merge_range("A1:H1", "客户满意度调查表")
            sheet.write_row("A2", [f"客户名称：{customer}", "", "", "日期", "2026-09-19"])
            sheet.merge_range("A3:A4", "序号")
            sheet.merge_range("B3:B4", "调查项目")
            sheet.merge_range("C3:G3", "满意程度")
            sheet.write_row("C4", LEVELS)
            for row, (item, level) in enumerate(zip(ITEMS, chosen, strict=True), 4):
                sheet.write_row(row, 0, [row - 3, item])
                if level is not None:
                    sheet.write(row, 2 + level, "√")
            counts = (totals or {}).get(customer) or [chosen.count(level) for level in range(5)]
            sheet.write_row(9, 1, ["合计", *counts])
            sheet.write_row(10, 0, ["意见和建议：", "交货请再快一点" if number == 1 else ""])
    return file


def test_forms_are_read_as_a_row_each_and_score_as_the_rules_say(tmp_path: Path) -> None:
    table = open_table(workbook(tmp_path, {"甲公司": [0, 1, 1, 2, 0], "乙公司": [0, 1, None, 2, 0]}), "forms.xlsx")

    assert table.headers == ["客户名称", "调查日期", "意见", *ITEMS]
    assert table.sample() == [
        ["甲公司", "2026-09-19", "交货请再快一点", "很满意", "较满意", "较满意", "一般", "很满意"],
        ["乙公司", "2026-09-19", "", "很满意", "较满意", "", "一般", "很满意"],
    ]
    proposal = propose(table.headers, table.sample(), SCHEME)
    assert list(proposal.mapping.items.values()) == list(ITEMS)
    assert proposal.mapping.columns == {"customer_name": "客户名称", "submitted_at": "调查日期"}
    report = checked(source_of(table, proposal.mapping, SCHEME))
    assert (report.written, report.refused) == (2, 0)


def test_a_total_that_differs_from_the_ticks_refuses_the_file(tmp_path: Path) -> None:
    file = workbook(tmp_path, {"甲公司": [0, 1, 1, 2, 0]}, {"甲公司": [2, 1, 2, 0, 0]})

    with pytest.raises(FileRefused, match=r"表1.*the total says 1 × “较满意”, but 2 are ticked"):
        open_table(file, "forms.xlsx")


def test_an_item_with_two_ticks_refuses_the_file(tmp_path: Path) -> None:
    file = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("甲公司")
        sheet.write_row(3, 1, ["项目", *LEVELS])
        sheet.write_row(5, 1, ["质量", "√", "√"])

    with pytest.raises(FileRefused, match="Sheet “甲公司”, C6, D6: “质量” has 2 ticks"):
        open_table(file, "two.xlsx")


def test_the_sheet_s_name_stands_for_a_customer_that_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "plain.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("丙公司")
        sheet.write_row(0, 0, ["项目", *LEVELS])
        sheet.write_row(1, 0, ["质量", "", "√"])

    assert open_table(file, "plain.xlsx").sample() == [["丙公司", "较满意"]]


def test_a_workbook_with_a_sheet_that_is_no_form_is_read_as_a_table(tmp_path: Path) -> None:
    file = tmp_path / "table.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("答卷")
        sheet.write_row(0, 0, ["客户", "质量", "交付", "服务"])
        sheet.write_row(1, 0, ["甲公司", "很满意", "一般", "不太满意"])
        sheet.write_row(2, 0, ["乙公司", "1", "一般", "很满意"])

    assert open_table(file, "table.xlsx").headers == ["客户", "质量", "交付", "服务"]


def with_points(folder: Path, total: float, *, last: float = 3) -> Path:
    file = folder / "points.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("甲公司")
        sheet.write_row(0, 0, ["项目", "很满意(5分)", "一般(3分)", "不满意(1分)", "得分"])
        sheet.write_row(1, 0, ["质量", "√", "", "", 5])
        sheet.write_row(2, 0, ["交付", "", "√", "", last])
        sheet.write_row(3, 0, ["总分", "", "", "", total])
    return file


def test_points_that_add_up_are_read_and_others_refuse_the_file(tmp_path: Path) -> None:
    assert open_table(with_points(tmp_path, 8), "x.xlsx").sample() == [["甲公司", "很满意(5分)", "一般(3分)"]]
    with pytest.raises(FileRefused, match="Sheet “甲公司”, E4: the total says 9 points, but the items add up to 8"):
        open_table(with_points(tmp_path, 9), "x.xlsx")
    with pytest.raises(FileRefused, match="“交付” says 4 points, but its tick is worth 3"):
        open_table(with_points(tmp_path, 9, last=4), "x.xlsx")


@pytest.mark.parametrize(("total", "refused"), [(8, False), (2, True)])
def test_a_sum_without_a_column_of_points_is_checked_by_what_levels_are_worth(
    tmp_path: Path, total: int, refused: bool
) -> None:
    file = tmp_path / "sum.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("甲公司")
        sheet.write_row(0, 0, ["项目", "很满意(5分)", "一般(3分)", "不满意(1分)"])
        sheet.write_row(1, 0, ["质量", "√", "", ""])
        sheet.write_row(2, 0, ["交付", "", "√", ""])
        sheet.write_row(3, 0, ["合计", total])
    if refused:
        with pytest.raises(FileRefused, match="add up to 8"):
            open_table(file, "x.xlsx")
    else:
        assert len(open_table(file, "x.xlsx").sample()) == 1
