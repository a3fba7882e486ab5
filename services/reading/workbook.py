"""Workbooks (xlsx, xls): refused where they are damaged, locked or out of proportion, then read by calamine."""

import datetime
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from services.reading.refusals import CUT_OFF, DOCUMENT, ENCRYPTED, HEADER_ONLY, NO_SHEET, TOO_MANY_CELLS, FileRefused
from services.reading.source import Source
from services.reading.table import Chunk


@dataclass(frozen=True)
class SheetRecords:
    """The records of one sheet; its cells are in memory, their texts are made while they are read."""

    sheet: CalamineSheet

    def chunks(self, size: int) -> Iterator[Chunk]:
        """As `table.Records`; lines are Excel's row numbers."""
        cells = self.sheet.iter_rows()
        line = 1
        while records := [[as_text(cell) for cell in row] for row in islice(cells, size)]:
            yield Chunk(range(line, line + len(records)), records)
            line += len(records)


def _number_text(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e21 else repr(value)


FORMS_BYTES: Final = 2_000_000
FORM_ROWS: Final = 120
FORM_COLUMNS: Final = 40
"""A sheet that holds one filled form isn't larger."""

TEXT_OF: Final[dict[type, Callable[..., str]]] = {
    str: str,
    float: _number_text,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime.datetime: datetime.datetime.isoformat,
    datetime.date: datetime.date.isoformat,
    datetime.time: datetime.time.isoformat,
    datetime.timedelta: str,
}


def as_text(cell: object) -> str:
    """A cell as a person would type it.

    >>> [as_text(cell) for cell in (5.0, 4.5, True, datetime.date(2026, 9, 19))]
    ['5', '4.5', 'TRUE', '2026-09-19']
    """
    return TEXT_OF[type(cell)](cell)


def open_sheet(source: Source, wanted: str | None, max_cells: int) -> tuple[CalamineSheet, tuple[str, ...]]:
    """The wanted sheet, or the visible one with the most cells; and the names of the others.

    Raises FileRefused for a locked or damaged workbook, an unknown sheet, and more than `max_cells` cells.
    """
    with _damage_refused(), source.open() as reader:
        workbook = CalamineWorkbook.from_filelike(reader)
        names = _sheet_names(workbook)
        if wanted is not None and wanted not in names:
            raise FileRefused(NO_SHEET, sheet=wanted, sheets=", ".join(names))
        sheets = [workbook.get_sheet_by_name(name) for name in ([wanted] if wanted else names)]
    if not sheets:
        raise FileRefused(HEADER_ONLY)
    largest = max(sheets, key=lambda sheet: sheet.height * sheet.width)
    if largest.height * largest.width > max_cells:
        raise FileRefused(TOO_MANY_CELLS, limit=f"{max_cells:,}")
    return largest, tuple(name for name in names if name != largest.name)


def small_sheets(source: Source) -> list[tuple[str, list[list[str]]]]:
    """Name and rows of each visible sheet with anything on it; [] where the file, or one of them, is no set of forms."""
    if source.size > FORMS_BYTES:
        return []
    with _damage_refused(), source.open() as reader:
        workbook = CalamineWorkbook.from_filelike(reader)
        sheets = [workbook.get_sheet_by_name(name) for name in _sheet_names(workbook)]
    filled = [sheet for sheet in sheets if sheet.height]
    left = [(sheet.start or (0, 0))[1] for sheet in filled]  # empty columns, which calamine leaves out
    if any(one.height > FORM_ROWS or one.width + n > FORM_COLUMNS for one, n in zip(filled, left, strict=True)):
        return []
    return [
        (one.name, [[""] * n + [as_text(cell) for cell in row] for row in one.iter_rows()])
        for one, n in zip(filled, left, strict=True)
    ]


@contextmanager
def _damage_refused() -> Iterator[None]:
    """Turns the failures of calamine into refusals: errors, and panics of its Rust code, which aren't Exceptions."""
    try:
        yield
    except (CalamineError, OSError, ValueError):
        raise FileRefused(CUT_OFF) from None
    except BaseException as failure:
        if type(failure).__name__ != "PanicException":
            raise
        raise FileRefused(CUT_OFF) from None


def _sheet_names(workbook: CalamineWorkbook) -> list[str]:
    """Visible sheets; all sheets where none is visible."""
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    return visible or [sheet.name for sheet in sheets]


LOCKED_OLE2: Final = ("EncryptedPackage", "EncryptionInfo")
OTHER_OLE2: Final = ("WordDocument", "PowerPoint Document", "__properties_version1.0")
BIFF_BEGINS: Final = (b"\x09\x08\x10\x00\x00\x06\x05\x00", b"\x09\x08\x08\x00\x00\x05\x05\x00")
"""How the stream of a workbook begins, in Excel 97 and in Excel 95."""
FILEPASS: Final = 0x2F
SECTOR: Final = 512


def check_ole2(source: Source) -> None:
    """Raises FileRefused unless an OLE2 file is a workbook without a password."""
    data = b"".join(source.blocks())
    if _has_part(data, LOCKED_OLE2) or _has_filepass(data):
        raise FileRefused(ENCRYPTED)
    if _has_part(data, OTHER_OLE2):
        raise FileRefused(DOCUMENT)
    if not _has_part(data, ("Workbook", "Book")):
        raise FileRefused(CUT_OFF)


def _has_part(data: bytes, names: Iterable[str]) -> bool:
    """Whether a part has one of these names: an OLE2 directory holds them in UTF-16."""
    return any(name.encode("utf-16-le") in data for name in names)


def _has_filepass(data: bytes) -> bool:
    """Whether one of the first records of the workbook says that what follows is encrypted ([MS-XLS] 2.4.117)."""
    at = max(data.find(mark) for mark in BIFF_BEGINS)
    end = at + SECTOR
    while 0 <= at < min(end, len(data) - 4):
        record, length = struct.unpack_from("<HH", data, at)
        if record == FILEPASS:
            return True
        at += 4 + length
    return False
