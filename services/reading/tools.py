"""What a survey tool's export needs before it is a table: its header rows, its cells cleaned, previews left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from domain.errors import N_
from domain.proposing import Remark
from domain.survey_tools import Tool, tool_of
from domain.tool_cells import matrix_in, matrix_rows, option_and_text
from services.reading.table import LOOKED_AT, Records, Row, unique_headers

SAMPLE = 2_000
"""Rows in which the rows of matrices, and texts beside options, are looked for."""


@dataclass(frozen=True)
class Arranged:
    """A tool's export as a table: `line` is that of its last header row, `columns` how each column is made."""

    tool: Tool
    line: int
    headers: list[str]
    width: int
    columns: tuple["Column", ...]
    left_out: dict[int, frozenset[str]] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    def row(self, cells: Row) -> Row | None:
        """A row of the file as a row of the table; None for a preview or a test."""
        if _is_preview(cells, self.left_out):
            return None
        return [column.cell(cells[column.place]) for column in self.columns] + cells[self.width :]


@dataclass(frozen=True)
class Column:
    """One column of the table: from which of the file, and how its cell is made."""

    header: str
    place: int
    cell: Callable[[str], str]


def arranged(records: Records) -> Arranged | None:
    """How a recognised tool's export is read; None for files of no tool that is known."""
    first = next(records.chunks(LOOKED_AT), None)
    if first is None:
        return None
    filled = [place for place, row in enumerate(first.rows) if any(cell.strip() for cell in row)]
    tool = tool_of([first.rows[place] for place in filled])
    if tool is None or len(filled) <= tool.header_rows:
        return None
    above = filled[: tool.header_rows]
    headers = unique_headers(tool.headers([first.rows[place] for place in above]))
    sample = _sample(records, first.lines[above[-1]], len(headers))
    columns = [column for place, header in enumerate(headers) for column in _columns(tool, header, place, sample)]
    names = unique_headers([column.header for column in columns])
    left_out = {headers.index(header): cells for header, cells in tool.left_out.items() if header in headers}
    remarks = _remarks(sum(_is_preview(row, left_out) for row in sample))
    return Arranged(tool, first.lines[above[-1]], names, len(headers), tuple(columns), left_out, remarks)


def _is_preview(cells: Row, left_out: dict[int, frozenset[str]]) -> bool:
    return any(cells[place].strip() in values for place, values in left_out.items())


def _remarks(previews: int) -> tuple[Remark, ...]:
    said = N_("Previews and tests are left out: {n} in the first {rows} rows.")
    return (Remark(said, {"n": previews, "rows": SAMPLE}),) if previews else ()


def _sample(records: Records, line: int, width: int) -> list[Row]:
    chunk = next(records.chunks(SAMPLE))
    rows = [row for at, row in zip(chunk.lines, chunk.rows, strict=True) if at > line and any(row)]
    return [row + [""] * (width - len(row)) for row in rows]


def _columns(tool: Tool, header: str, place: int, sample: Sequence[Row]) -> list[Column]:
    if tool.role_of(header) is not None:
        return [Column(header, place, _in_utc if header in tool.utc else _as_it_is)]
    cells = [row[place] for row in sample]
    if tool.matrix_in_cell and (rows := matrix_rows(cells)):
        return [Column(f"{header}—{row}", place, _matrix_cell(row)) for row in rows]
    if tool.fills_in and any(option_and_text(cell)[1] for cell in cells):
        option = Column(header, place, lambda cell: option_and_text(cell)[0])
        return [option, Column(f"{header}（请注明）", place, lambda cell: option_and_text(cell)[1])]
    return [Column(header, place, tool.clean)]


def _as_it_is(cell: str) -> str:
    return cell


def _in_utc(cell: str) -> str:
    return f"{cell.strip()} UTC" if cell.strip()[-1:].isdigit() else cell


def _matrix_cell(row: str) -> Callable[[str], str]:
    return lambda cell: matrix_in(cell).get(row, "")
