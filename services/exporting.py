"""Tables leave as CSV or xlsx files in which no text is a formula; who took personal data along is written down."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Final

from sqlmodel import Session
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from domain.access import Viewer
from domain.tables import Cell, Table
from services.audit import audit

SPACES: Final = re.compile(r"[\t\r\n\v\f\x85\u2028\u2029]+")
WOULD_CALCULATE: Final = re.compile(r"((?:^|[;,|])[\s\"\ufeff\u200b]*)(?=[=+\-@＝＋－＠])")
"""Where a spreadsheet takes a text for a formula (OWASP, CSV injection), full-width signs besides."""
WOULD_OPEN_A_CELL: Final = re.compile(r"(?<=[;,|])(?=\"|$)")
"""Where, split at another separator, a quotation mark would begin a cell that swallows the lines after it."""
LONGEST_CELL: Final = 32_767
LONGEST_SHEET_NAME: Final = 31
NOT_IN_SHEET_NAMES: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
BOM: Final = "\ufeff"
PART: Final = 2**18
"""Characters that a long table is written in at once."""
CSV_TYPE: Final = "text/csv"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def harmless(cell: Cell) -> Cell:
    """The cell as it may stand in a CSV file: an apostrophe before a text, or a part of one, that would be calculated.

    A part begins after what separates cells in other countries; line breaks and tabs become spaces for the same
    reason. Numbers stay numbers; characters that no spreadsheet can hold are dropped.

    >>> harmless("=1+1"), harmless("Kaituo"), harmless(-7.5), harmless("late; =A1"), harmless(" @SUM(A1)")
    ("'=1+1", 'Kaituo', -7.5, "late; '=A1", " '@SUM(A1)")
    """
    if not isinstance(cell, str):
        return cell.isoformat() if isinstance(cell, date) else cell
    return WOULD_OPEN_A_CELL.sub(" ", WOULD_CALCULATE.sub(r"\1'", SPACES.sub(" ", writable(cell))))


def writable(text: str) -> str:
    """A text without the characters that XML can't hold, and not longer than a cell."""
    return NOT_IN_XML.sub("", text)[: LONGEST_CELL - 1]


def csv_file(tables: Sequence[Table]) -> bytes:
    """UTF-8 with a byte-order mark, so that Excel reads Chinese; several tables under each other, each with its title."""
    text = StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)  # a list separator of another country splits no text
    for number, table in enumerate(tables):
        if len(tables) > 1:
            writer.writerows([[]] if number else [])
            writer.writerow([harmless(table.title)])
        writer.writerow([harmless(header) for header in table.headers])
        writer.writerows([harmless(cell) for cell in row] for row in table.rows)
    return (BOM + text.getvalue()).encode()


def csv_lines(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """One table as `csv_file` writes it, a part at a time, however long it is."""
    text = StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    text.write(BOM)
    writer.writerow([harmless(header) for header in headers])
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        if text.tell() > PART:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def xlsx_file(tables: Sequence[Table]) -> bytes:
    """A workbook with a sheet per table; texts are written as texts, so nothing has to be changed in them."""
    content = BytesIO()
    with Workbook(content, {"in_memory": True}) as workbook:
        head = workbook.add_format({"bold": True, "bottom": 1})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in zip(sheet_names(tables), tables, strict=True):
            sheet = workbook.add_worksheet(name)
            for column, header in enumerate(table.headers):
                sheet.write_string(0, column, writable(header), head)
            for row, cells in enumerate(table.rows, start=1):
                for column, cell in enumerate(cells):
                    _write(sheet, row, column, cell, day)
            sheet.freeze_panes(1, 0)
            sheet.autofit(400)
    return content.getvalue()


def sheet_names(tables: Sequence[Table]) -> list[str]:
    """A name per table that a workbook accepts: at most 31 characters, none forbidden, each once (whatever the case)."""
    names: list[str] = []
    taken = {"history"}  # Excel keeps this one for itself
    for number, table in enumerate(tables, start=1):
        name = " ".join(writable(table.title).translate(NOT_IN_SHEET_NAMES).split())[:LONGEST_SHEET_NAME].strip()
        while not name or name.casefold() in taken:
            name = f"{name[: LONGEST_SHEET_NAME - 5]} {number}".strip()
            number += 1
        names.append(name)
        taken.add(name.casefold())
    return names


def note_export(
    session: Session, *, what: str, wave_id: int | None, tables: Sequence[Table], file: str, by: Viewer, at: datetime
) -> None:
    """Writes down who took personal data along (rules.md 11): the page, the wave, how many rows; nothing for mere figures.

    Raises NotAllowed for readers who may not see personal data.
    """
    by.check_account()
    personal = [table for table in tables if table.personal]
    if not personal:
        return
    by.check("view_personal")
    rows = sum(len(table.rows) for table in personal)
    audit(session, by=by.user_id, at=at, verb="export", about=what, about_id=wave_id, file=file, rows=rows)


def _write(sheet: Worksheet, row: int, column: int, cell: Cell, day: object) -> None:
    if cell is None or cell == "" or (isinstance(cell, float) and cell != cell):
        return
    if isinstance(cell, bool | str):
        sheet.write_string(row, column, writable(str(cell)))
    elif isinstance(cell, datetime):
        sheet.write_string(row, column, cell.isoformat(sep=" ", timespec="minutes"))
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    elif abs(cell) == float("inf"):
        sheet.write_string(row, column, str(cell))
    else:
        sheet.write_number(row, column, cell)


__all__ = ["CSV_TYPE", "XLSX_TYPE", "Cell", "Table", "csv_file", "csv_lines", "note_export", "xlsx_file"]
