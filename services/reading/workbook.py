"""Workbooks (xlsx, xls): refused where they are damaged, locked or out of proportion, then read by calamine."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from services.reading.refusals import CUT_OFF, ENCRYPTED, HEADER_ONLY, NO_SHEET, TOO_MANY_CELLS, FileRefused
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
    try:
        with source.open() as reader:
            workbook = CalamineWorkbook.from_filelike(reader)
            names = _sheet_names(workbook)
            if wanted is not None and wanted not in names:
                raise FileRefused(NO_SHEET, sheet=wanted, sheets=", ".join(names))
            sheets = [workbook.get_sheet_by_name(name) for name in ([wanted] if wanted else names)]
    except PasswordError:
        raise FileRefused(ENCRYPTED) from None
    except (CalamineError, OSError, ValueError):
        raise FileRefused(CUT_OFF) from None
    if not sheets:
        raise FileRefused(HEADER_ONLY)
    largest = max(sheets, key=lambda sheet: sheet.height * sheet.width)
    if largest.height * largest.width > max_cells:
        raise FileRefused(TOO_MANY_CELLS, limit=f"{max_cells:,}")
    return largest, tuple(name for name in names if name != largest.name)


def _sheet_names(workbook: CalamineWorkbook) -> list[str]:
    """Visible sheets; all sheets where none is visible."""
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    return visible or [sheet.name for sheet in sheets]


LOCKED_OLE2: Final = ("EncryptedPackage", "EncryptionInfo")
OTHER_OLE2: Final = ("WordDocument", "PowerPoint Document", "__properties_version1.0")


def in_ole2(source: Source, names: tuple[str, ...]) -> bool:
    """Whether a part of an OLE2 file has one of these names (its directory holds them in UTF-16)."""
    marks = [name.encode("utf-16-le") for name in names]
    before = b""
    for block in chain(source.blocks()):
        joined = before + block
        if any(mark in joined for mark in marks):
            return True
        before = block[-100:]
    return False
