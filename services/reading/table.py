"""A table of answers, read in chunks; the same for text files and workbooks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple, Protocol

from domain.proposing import Remark
from domain.survey_tools import Tool
from services.reading.refusals import HEADER_ONLY, NO_HEADER, NO_TABLE, FileRefused

CHUNK: Final = 4_000
LOOKED_AT: Final = 20
"""Rows among which the row of column names is looked for; notes and titles may stand above it."""

Row = list[str]


class Chunk(NamedTuple):
    """Some rows in the order of the file; `lines[i]` is where a person finds `rows[i]`."""

    lines: Sequence[int]
    rows: list[Row]

    @property
    def first_line(self) -> int:
        return self.lines[0]


class Arrangement(Protocol):
    """How the rows of a survey tool's export become rows of the table."""

    @property
    def width(self) -> int:
        """Cells that a row of the file has."""

    def row(self, cells: Row) -> Row | None:
        """The row as the table has it; None where it is no answer."""


class Records(Protocol):
    """All records of a file from its first line, blank ones and the column names included."""

    def chunks(self, size: int) -> Iterator[Chunk]:
        """At most `size` records at a time, never an empty chunk."""


@dataclass(frozen=True)
class Table:
    """A table of answers.

    `headers` are exactly as in the file, but for a byte order mark; an empty one is called "(column 7)", and a
    repeated one gets " (2)" behind it. Cells are text as in the file, outer blanks included: they are compared without
    them (domain.mapping). The export of a survey `tool` is
    arranged: one header for each question, with the stem of its matrix, cells without the tool's marks, previews left
    out; `remarks` say so. Of workbooks, whole numbers come without ".0", dates as ISO, truth values as TRUE and FALSE.
    """

    filename: str
    format: str
    headers: list[str]
    sha256: str
    size: int
    header_line: int
    row_count: int
    row_count_is_exact: bool
    """Text files are counted by their line ends: cells with line breaks and blank lines are counted too."""
    records: Records
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()
    tool: Tool | None = None
    arrangement: Arrangement | None = None
    remarks: tuple[Remark, ...] = ()

    def rows(self, start: int = 0) -> Iterator[tuple[int, Row]]:
        """Line and cells of each row that isn't blank, after leaving out the first `start` of them.

        The line is where the row begins: as an editor numbers the lines of a text, as Excel the rows of a sheet.
        Rows have a cell for each header; one with more cells than headers keeps them.
        """
        for chunk in self.rows_in_chunks(CHUNK, start):
            yield from zip(chunk.lines, chunk.rows, strict=True)

    def rows_in_chunks(self, size: int = CHUNK, start: int = 0) -> Iterator[Chunk]:
        """The same rows, 1 to `size` at a time."""
        left_out = 0
        for records in self.records.chunks(size):
            chunk = self._arranged(_below(records, self.header_line))
            skipped = min(start - left_out, len(chunk.rows))
            left_out += skipped
            if skipped < len(chunk.rows):
                yield Chunk(chunk.lines[skipped:], chunk.rows[skipped:]) if skipped else chunk

    def _arranged(self, below: Chunk) -> Chunk:
        if self.arrangement is None:
            return _padded(below, len(self.headers))
        lines, rows = _padded(below, self.arrangement.width)
        made = [(line, row) for line, cells in zip(lines, rows, strict=True) if (row := self.arrangement.row(cells))]
        return Chunk([line for line, _ in made], [row for _, row in made])

    def sample(self, n: int = 2_000) -> list[Row]:
        """The first `n` rows."""
        return [row for _, row in islice(self.rows(), n)]


def header_of(records: Records) -> tuple[int, list[str]]:
    """Line and names of the columns.

    Raises FileRefused where there is nothing below the names, or nothing that could be names.
    """
    chunk = next(records.chunks(LOOKED_AT), None)
    if chunk is None:
        raise FileRefused(NO_TABLE)
    filled = [sum(1 for cell in row if cell.strip()) for row in chunk.rows]
    if not any(filled):
        raise FileRefused(NO_TABLE)
    enough = min(max(filled), max(2, max(filled) / 4))
    place = next(i for i, n in enumerate(filled) if n >= enough)
    if not any(filled[place + 1 :]):
        raise FileRefused(HEADER_ONLY)
    names = chunk.rows[place]
    if all(_is_number(name) for name in names if name.strip()):
        raise FileRefused(NO_HEADER)
    return chunk.lines[place], unique_headers(names)


def unique_headers(names: Sequence[str]) -> list[str]:
    """Names that tell the columns apart; empty ones at the end are left out.

    >>> unique_headers(["用户id", "其他", "", "其他", ""])
    ['用户id', '其他', '(column 3)', '其他 (2)']
    """
    used: list[str] = []
    kept = max((place for place, name in enumerate(names, 1) if name.strip()), default=0)
    for place, name in enumerate(names[:kept], 1):
        wanted = name.lstrip("\ufeff") if name.strip() else f"(column {place})"
        candidate, count = wanted, 1
        while candidate in used:
            count += 1
            candidate = f"{wanted} ({count})"
        used.append(candidate)
    return used


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _below(chunk: Chunk, line: int) -> Chunk:
    if chunk.first_line > line:
        return chunk
    kept = sum(1 for other in chunk.lines if other > line)
    return Chunk(chunk.lines[len(chunk.rows) - kept :], chunk.rows[len(chunk.rows) - kept :])


def _padded(chunk: Chunk, width: int) -> Chunk:
    """Without blank rows, and with a cell for each header."""
    lines, rows = chunk
    if not all(map(any, rows)):
        filled = [place for place, row in enumerate(rows) if any(cell.strip() for cell in row)]
        lines, rows = [lines[place] for place in filled], [rows[place] for place in filled]
    if any(len(row) < width for row in rows):
        rows = [row + [""] * (width - len(row)) for row in rows]
    return Chunk(lines, rows)
