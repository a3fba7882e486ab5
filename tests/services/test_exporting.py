"""Exports: no text becomes a formula, numbers stay numbers, and personal data leaves a trace."""

import csv
from datetime import UTC, date, datetime
from io import BytesIO, StringIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine
from sqlmodel import select

from db.models import AuditEvent
from db.session import read_session, write_session
from domain.access import NotAllowed, Viewer
from services.exporting import Cell, Table, csv_file, harmless, note_export, sheet_names, xlsx_file

AT = datetime(2026, 9, 14, 2, 0, tzinfo=UTC)
QUALITY = Viewer(0, "system", "System", "quality")
CALCULATES = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
texts = st.text(max_size=30) | st.builds(
    lambda space, sign, rest: space + sign + rest,
    st.sampled_from(["", " ", "\u3000", "\ufeff"]),
    st.sampled_from(["=", "+", "-", "@", "\t", "\r", "＝", '"=', ";="]),
    st.text(max_size=10),
)
cells = texts | st.integers(-(10**9), 10**9) | st.floats(-1e12, 1e12) | st.none()


def read_csv(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


@example(rows=[("", ";")], header="", title="")
@example(rows=[(';"', 1)], header=";", title=';"')
@given(rows=st.lists(st.tuples(texts, cells), max_size=5), header=texts, title=texts)
@settings(max_examples=150, deadline=None)
def test_no_cell_of_a_csv_file_starts_a_formula_whatever_separates_its_cells(
    rows: list[tuple[Cell, Cell]], header: str, title: str
) -> None:
    tables = [Table(title, [header, "n"], rows), Table(title, ["x"], [])]
    content = csv_file(tables)
    numbers = {str(cell) for _, cell in rows if isinstance(cell, int | float)}
    for delimiter in ",;\t":
        for line in read_csv(content, delimiter):
            for cell in line:
                assert cell in numbers or not cell.lstrip(" \u3000\ufeff\u00a0\u200b").startswith(CALCULATES)


@given(rows=st.lists(st.tuples(cells, cells), max_size=4), header=texts, title=texts)
@settings(max_examples=40, deadline=None)
def test_a_workbook_holds_no_formula_and_its_numbers_are_numbers(
    rows: list[tuple[Cell, Cell]], header: str, title: str
) -> None:
    content = xlsx_file([Table(title, [header, "n"], rows)])
    assert b"<f>" not in b"".join(_sheets(content))
    found = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)[1:]
    for written, read in zip(rows, found, strict=False):
        for value, cell in zip(written, read, strict=False):
            if isinstance(value, int | float):
                assert cell == pytest.approx(value, rel=1e-14)


def _sheets(content: bytes) -> list[bytes]:
    from zipfile import ZipFile

    with ZipFile(BytesIO(content)) as archive:
        return [archive.read(name) for name in archive.namelist() if "worksheets" in name]


@pytest.mark.parametrize("value", [-7.5, 0, 79.96, None, 12000])
def test_numbers_and_gaps_stay_what_they_are(value: Cell) -> None:
    assert harmless(value) is value


def test_a_score_is_written_unrounded() -> None:
    assert read_csv(csv_file([Table("T", ["Score"], [[79.96]])])) == [["Score"], ["79.96"]]


def test_several_tables_stand_under_each_other_with_their_titles() -> None:
    content = csv_file([Table("Items", ["Item"], [["准时交付"]]), Table("Index", ["Score"], [[80.0]])])
    assert read_csv(content) == [["Items"], ["Item"], ["准时交付"], [], ["Index"], ["Score"], ["80.0"]]


def test_excel_sees_at_the_first_bytes_that_the_file_is_utf_8() -> None:
    assert csv_file([Table("T", ["客户"])]).startswith(b"\xef\xbb\xbf")


def test_sheets_of_one_name_stay_apart_and_forbidden_signs_go() -> None:
    titles = ["Items", "items", "a/b:c", "", "x" * 40, "x" * 40, "History"]
    names = sheet_names([Table(title, []) for title in titles])
    assert names[:3] == ["Items", "items 2", "a b c"]
    assert len({name.casefold() for name in names} | {"history"}) == 8
    assert max(map(len, names)) <= 31
    assert xlsx_file([Table(title, ["n"], [[1]]) for title in titles])


def test_a_day_is_a_day_in_a_workbook() -> None:
    content = xlsx_file([Table("T", ["Due"], [[date(2026, 9, 16)]])])
    assert CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()[1] == [date(2026, 9, 16)]


def test_taking_opinions_along_is_written_down(sqlite_engine: Engine) -> None:
    tables = [Table("Opinions", ["Text"], [["late"], ["later"]], personal=True), Table("Items", ["n"], [[1]])]
    with write_session(sqlite_engine) as session:
        note_export(session, what="overview", wave_id=7, tables=tables, file="csv", by=QUALITY, at=AT)
    with read_session(sqlite_engine) as session:
        event = session.exec(select(AuditEvent)).one()
    assert (event.verb, event.about, event.about_id, event.details) == (
        "export",
        "overview",
        7,
        {"file": "csv", "rows": 2},
    )


def test_taking_figures_along_leaves_no_row(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        note_export(session, what="items", wave_id=7, tables=[Table("T", ["n"], [[1]])], file="csv", by=QUALITY, at=AT)
    with read_session(sqlite_engine) as session:
        assert session.exec(select(AuditEvent)).all() == []


@pytest.mark.parametrize("role", ["viewer", "department", "interviewer", "approver"])
def test_who_may_not_see_personal_data_may_not_export_it(sqlite_engine: Engine, role: str) -> None:
    tables = [Table("Opinions", ["Text"], [["late"]], personal=True)]
    with write_session(sqlite_engine) as session, pytest.raises(NotAllowed):
        note_export(session, what="overview", wave_id=7, tables=tables, file="csv", by=Viewer(2, "x", "X", role), at=AT)
