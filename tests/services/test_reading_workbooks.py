"""Workbooks: cells as text, sheets, and everything that isn't read or would do harm."""

import datetime
import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter

from services.reading import FileRefused, Table, open_table, refusals

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORKBOOK_PARTS = {
    "[Content_Types].xml": "<Types/>",
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
}


def workbook(*sheets: list[list[object]]) -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for rows in sheets:
            sheet = book.add_worksheet()
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    style = {datetime.datetime: moment, datetime.date: day}.get(type(cell))
                    sheet.write(place, column, cell, *([style] if style else []))
    return written.getvalue()


def zipped(parts: dict[str, bytes | str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return written.getvalue()


def table_of(data: bytes) -> Table:
    return open_table(io.BytesIO(data), "answers.xlsx")


def refusal_of(data: bytes) -> str:
    """The sentence."""
    with pytest.raises(FileRefused) as refused:
        table_of(data)
    assert str(refused.value)
    return refused.value.template


NAIVE = datetime.datetime(2026, 9, 19, 1, 56, 57)  # noqa: DTZ001 - as cells of Excel are
ANSWERS: list[list[object]] = [
    ["编号", "质量", "时间", "日期", "回访"],
    [1, 4.5, NAIVE, datetime.date(2026, 9, 19), True],
    ["A2", 5.0, "2026/9/19 1:56:57", "", False],
]


def test_cells_are_texts_as_a_person_would_type_them() -> None:
    table = table_of(workbook(ANSWERS))

    assert (table.format, table.headers, table.row_count) == ("xlsx", ANSWERS[0], 2)
    assert list(table.rows()) == [
        (2, ["1", "4.5", "2026-09-19T01:56:57", "2026-09-19", "TRUE"]),
        (3, ["A2", "5", "2026/9/19 1:56:57", "", "FALSE"]),
    ]


def test_lines_are_the_row_numbers_of_excel() -> None:
    table = table_of(workbook([["客户满意度调查表"], [], ["id", "q"], [1, 5], [], [2, 4]]))

    assert (table.header_line, [line for line, _ in table.rows()]) == (3, [4, 6])


def test_the_sheet_with_most_data_is_read_and_the_others_are_named() -> None:
    data = workbook([["说明", "x"], ["本表", "y"]], [["id", "q"], [1, 5], [2, 4]])

    assert (table_of(data).sheet, table_of(data).other_sheets) == ("Sheet2", ("Sheet1",))
    assert open_table(io.BytesIO(data), "x", sheet="Sheet1").headers == ["说明", "x"]
    with pytest.raises(FileRefused, match=r"no sheet “Antworten”\. Choose one of: Sheet1, Sheet2"):
        open_table(io.BytesIO(data), "x", sheet="Antworten")


def test_reading_a_workbook_can_start_where_it_was_interrupted() -> None:
    table = table_of(workbook([["id", "q"], *[[n, 5] for n in range(1, 100)]]))

    assert next(table.rows(start=42)) == (44, ["43", "5"])


def test_a_sheet_with_nothing_below_its_header_is_refused() -> None:
    assert refusal_of(workbook([["id", "q"]])) == refusals.HEADER_ONLY


@pytest.mark.parametrize("share", range(10, 100, 10))
def test_a_cut_off_workbook_is_refused(share: int) -> None:
    whole = workbook(ANSWERS * 200)

    assert refusal_of(whole[: len(whole) * share // 100]) == refusals.CUT_OFF


@pytest.mark.parametrize("place", [0.2, 0.5, 0.7])
def test_a_workbook_with_damaged_bytes_is_refused(place: float) -> None:
    data = bytearray(workbook(ANSWERS * 200))
    at = int(len(data) * place)
    data[at : at + 64] = b"\xff" * 64

    assert refusal_of(bytes(data)) == refusals.CUT_OFF


def sheet_xml(cells: str) -> str:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'


def with_sheet(xml: bytes | str) -> bytes:
    """A real workbook whose sheet is replaced."""
    with zipfile.ZipFile(io.BytesIO(workbook(ANSWERS))) as archive:
        parts: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    return zipped(parts | {"xl/worksheets/sheet1.xml": xml})


def test_a_zip_bomb_is_refused_by_its_declared_sizes() -> None:
    row = "<row>" + "<c><v>1</v></c>" * 1_000 + "</row>"
    bomb = with_sheet(sheet_xml(row * 3_000))

    assert len(bomb) < 150_000
    assert refusal_of(bomb) == refusals.BOMB


def test_a_bomb_that_lies_about_its_size_is_refused_while_it_unpacks() -> None:
    bomb = bytearray(with_sheet(sheet_xml("<row>" + "<c><v>1</v></c>" * 4_000_000 + "</row>")))
    at = bomb.rindex(b"PK\x01\x02", 0, bomb.rindex(b"xl/worksheets/sheet1.xml"))
    bomb[at + 24 : at + 28] = struct.pack("<I", 1_000)

    assert refusal_of(bytes(bomb)) == refusals.CUT_OFF


def test_two_cells_in_opposite_corners_are_refused_before_memory_is_reserved_for_all_between() -> None:
    corners = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

    assert refusal_of(with_sheet(sheet_xml(corners))) == refusals.TOO_MANY_CELLS


def test_an_empty_formatted_cell_in_the_last_corner_does_no_harm() -> None:
    texts = {"A1": "id", "B1": "q", "A2": "1", "B2": "5"}
    cells = [f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>' for at, text in texts.items()]
    rows = f'<row r="1">{cells[0]}{cells[1]}</row><row r="2">{cells[2]}{cells[3]}</row>'

    table = table_of(with_sheet(sheet_xml(rows + '<row r="1048576"><c r="XFD1048576" s="1"/></row>')))

    assert list(table.rows()) == [(2, ["1", "5"])]


def test_nested_entities_are_refused() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><worksheet>&l9;</worksheet>'

    assert refusal_of(with_sheet(laughs)) == refusals.ENTITIES


def test_more_cells_than_the_limit_are_refused() -> None:
    with pytest.raises(FileRefused, match="more than 5,000 cells"):
        open_table(io.BytesIO(workbook([[1] * 60] * 100)), "big.xlsx", max_cells=5_000)


def test_a_zip_of_something_else_is_refused_for_what_it_is() -> None:
    assert refusal_of(zipped({"answers.csv": "id,q\n1,5\n"})) == refusals.ARCHIVE
    assert refusal_of(zipped({"word/document.xml": "<w/>"})) == refusals.DOCUMENT
    assert refusal_of(zipped({"xl/workbook.bin": b"\x00"})) == refusals.OTHER_SHEET
    assert refusal_of(zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})) == refusals.OTHER_SHEET


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [({"a.csv": "x"}, refusals.ENCRYPTED_ARCHIVE), (WORKBOOK_PARTS, refusals.ENCRYPTED)],
)
def test_a_zip_with_a_password_is_refused(parts: dict[str, str], sentence: str) -> None:
    data = bytearray(zipped(dict(parts)))
    for at in _all(data, b"PK\x01\x02"):
        data[at + 8] |= 1

    assert refusal_of(bytes(data)) == sentence


def _all(data: bytearray, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("EncryptedPackage", refusals.ENCRYPTED),
        ("WordDocument", refusals.DOCUMENT),
        ("PowerPoint Document", refusals.DOCUMENT),
        ("Something", refusals.CUT_OFF),
        ("Workbook", refusals.CUT_OFF),
    ],
)
def test_an_ole2_file_is_refused_for_what_it_holds(name: str, sentence: str) -> None:
    assert refusal_of(OLE2 + bytes(600) + name.encode("utf-16-le") + bytes(600)) == sentence


REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(not REAL.exists(), reason="the real survey files are not beside the repository")


@needs_real_data
def test_an_xls_of_wjx_is_read() -> None:
    path = next((REAL / "wjx_export").glob("*_2.xls"))
    table = open_table(path, path.name)

    assert (table.format, len(table.headers), table.row_count) == ("xls", 36, 800)
    assert next(table.rows())[1][:8] == ["1", "", "", "", "", "", "1", "7"]


@needs_real_data
@pytest.mark.parametrize("share", range(10, 100, 10))
def test_a_cut_off_xls_is_refused(share: int) -> None:
    whole = next((REAL / "wjx_export").glob("*_2.xls")).read_bytes()

    assert refusal_of(whole[: len(whole) * share // 100]) == refusals.CUT_OFF


@needs_real_data
def test_an_xls_with_a_password_is_refused() -> None:
    whole = bytearray(next((REAL / "wjx_export").glob("*_2.xls")).read_bytes())
    begin = whole.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    after = begin + 4 + whole[begin + 2]
    whole[after : after + 2] = b"\x2f\x00"

    assert refusal_of(bytes(whole)) == refusals.ENCRYPTED


@needs_real_data
def test_the_phone_survey_of_5433_customers_is_read_whole() -> None:
    path = next((REAL / "cn_mobile").glob("附件1*.xlsx"))
    table = open_table(path, path.name)

    rows = [row for _, row in table.rows()]
    assert (len(rows), table.row_count, len(table.headers)) == (5_433, 5_433, 55)
    assert {row[1] for row in rows} == {str(score) for score in range(1, 11)}
    assert table.headers[22] == "用户描述 (2)"
