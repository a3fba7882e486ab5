"""Workbooks with a form in each sheet: a grid of items and levels with ticks, one customer per sheet."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isclose
from typing import Final

from domain.column_profiles import label_in
from domain.errors import N_
from domain.mapping import comparable
from domain.survey_words import plain
from services.reading.refusals import FileRefused
from services.reading.table import Chunk, Row, unique_headers

TICKS: Final = frozenset({"√", "✓", "✔", "☑", "v", "V", "●", "■", "1"})
TOTALS: Final = frozenset({"合计", "总计", "小计", "总分", "总得分", "total", "sum"})
POINTS: Final = frozenset({"得分", "分数", "评分", "points", "score", "marks"})
"""Headers of a column with the points of each item, as `plain`."""
WORTH: Final = re.compile(r"\(\s*(\d+(?:\.\d+)?)\s*分?\s*\)$")
"""What a level says that it is worth: 满意(5分)."""
FIELDS: Final = {
    "客户名称": ("客户名称", "客户", "公司名称", "单位名称", "顾客名称", "customer", "customername", "company"),
    "调查日期": ("调查日期", "填写日期", "日期", "date"),
    "意见": ("意见", "建议", "意见建议", "意见和建议", "其他意见", "备注", "comments", "remarks"),
}
"""Header of the table → what stands before it on a form, as `plain`."""
CUSTOMER: Final = "客户名称"
LEVELS_AT_LEAST: Final = 3

TWO_TICKS: Final = N_("Sheet “{sheet}”, {cell}: “{item}” has {n} ticks. Leave one, and choose the file again.")
TOTAL_DIFFERS: Final = N_(
    "Sheet “{sheet}”, {cell}: the total says {written} × “{level}”, but {counted} are ticked. Correct it, and choose the file again."
)
POINTS_DIFFER: Final = N_(
    "Sheet “{sheet}”, {cell}: “{item}” says {written} points, but its tick is worth {counted}. Correct it, and choose the file again."
)
SUM_DIFFERS: Final = N_(
    "Sheet “{sheet}”, {cell}: the total says {written} points, but the items add up to {counted}. Correct it, and choose the file again."
)


@dataclass(frozen=True)
class Form:
    """One filled form: what stands in its fields, and item → level as written, "" where nothing is ticked."""

    sheet: str
    fields: dict[str, str]
    answers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Line:
    """A line of a sheet: where it stands, counted from 1, and its cells."""

    sheet: str
    number: int
    cells: Row

    def cell(self, *places: int) -> str:
        """Cells as a workbook names them: "E9", "D7, F7"."""
        return ", ".join(f"{_letters(place)}{self.number}" for place in places)


@dataclass(frozen=True)
class FormRecords:
    """Forms as the records of a table: a header, then a row for each; lines are the places of their sheets."""

    records: list[Row]

    def chunks(self, size: int) -> Iterator[Chunk]:
        """As `table.Records`."""
        for start in range(0, len(self.records), size):
            rows = self.records[start : start + size]
            yield Chunk(range(start, start + len(rows)), rows)


def form_records(sheets: Sequence[tuple[str, list[Row]]]) -> FormRecords | None:
    """The forms of a workbook (name and rows of each sheet) as one table; None unless every sheet is a form.

    Raises FileRefused where an item has two ticks, or where a total differs from what is ticked.
    """
    forms = [form for name, rows in sheets if (form := form_in(name, rows)) is not None]
    if not forms or len(forms) < len(sheets):
        return None
    items = list(dict.fromkeys(item for form in forms for item in form.answers))
    fields = [header for header in FIELDS if any(header in form.fields for form in forms)]
    rows = [
        [*(form.fields.get(header, "") for header in fields), *(form.answers.get(item, "") for item in items)]
        for form in forms
    ]
    return FormRecords([unique_headers([*fields, *items]), *rows])


def form_in(name: str, rows: Sequence[Row]) -> Form | None:
    """The form on one sheet, None where there is no row of levels with ticks below. Raises FileRefused."""
    place = next((i for i, row in enumerate(rows) if len(_levels(row)) >= LEVELS_AT_LEAST), None)
    if place is None:
        return None
    levels = _levels(rows[place])
    first, points_at = min(levels), next((p for p, cell in enumerate(rows[place]) if plain(cell) in POINTS), None)
    answers: dict[str, str] = {}
    points: dict[str, float] = {}
    for number, row in enumerate(rows[place + 1 :], place + 2):
        line = _Line(name, number, row)
        item = next((cell.strip() for cell in reversed(row[:first]) if cell.strip() and not _is_number(cell)), "")
        if plain(item) in TOTALS:
            if not _check_sum(line, points_at, levels, points):
                _check_total(line, levels, answers)
        elif item and not any(map(_field_named, row)):
            if not _is_ticked_only(row, levels):
                return None
            answers[item] = _ticked(line, item, levels)
            points[item] = _points(line, item, points_at, answers[item])
    if not any(answers.values()):
        return None
    fields = {header: text for row in [*rows[:place], *rows[place + 1 :]] for header, text in _field_in(row).items()}
    return Form(name, {CUSTOMER: name, **fields}, answers)


def _levels(row: Row) -> dict[int, str]:
    found = {place: cell.strip() for place, cell in enumerate(row) if label_in(comparable(cell)) is not None}
    return found if len(set(found.values())) == len(found) else {}


def _is_ticked_only(row: Row, levels: dict[int, str]) -> bool:
    return all(row[place].strip() in TICKS | {""} for place in levels if place < len(row))


def _ticked(line: _Line, item: str, levels: dict[int, str]) -> str:
    row = line.cells
    ticked = [place for place in levels if place < len(row) and row[place].strip() in TICKS]
    if len(ticked) > 1:
        raise FileRefused(TWO_TICKS, sheet=line.sheet, cell=line.cell(*ticked), item=item, n=len(ticked))
    return levels[ticked[0]] if ticked else ""


def _points(line: _Line, item: str, points_at: int | None, level: str) -> float:
    """What an item adds to the sum: the points written beside it, else what its level says that it is worth."""
    row, worth = line.cells, _worth(level)
    text = row[points_at].strip() if points_at is not None and points_at < len(row) else ""
    written = _number(text) if text else None
    if written is not None and worth is not None and not isclose(written, worth):
        at = {"sheet": line.sheet, "cell": line.cell(points_at or 0)}
        raise FileRefused(POINTS_DIFFER, **at, item=item, written=f"{written:g}", counted=f"{worth:g}")
    return written if written is not None else worth or 0.0


def _worth(level: str) -> float | None:
    found = WORTH.search(comparable(level))
    return float(found[1]) if found else None


def _check_sum(line: _Line, points_at: int | None, levels: dict[int, str], points: dict[str, float]) -> bool:
    """Compares a sum of points with the items; whether the row holds nothing else that could be checked.

    It stands in the column of points; without one, where levels say what they are worth, it is the only number of the row.
    """
    row = line.cells
    filled = [place for place, cell in enumerate(row) if _is_number(cell)]
    if points_at is None and any(map(_worth, levels.values())) and len(filled) == 1:
        points_at = filled[0]
    if points_at is None or points_at not in filled:
        return False
    written, counted = _number(row[points_at].strip()) or 0.0, sum(points.values())
    if not isclose(written, counted, abs_tol=1e-6):
        at = {"sheet": line.sheet, "cell": line.cell(points_at)}
        raise FileRefused(SUM_DIFFERS, **at, written=f"{written:g}", counted=f"{counted:g}")
    return not any(place in levels for place in filled if place != points_at)


def _check_total(line: _Line, levels: dict[int, str], answers: dict[str, str]) -> None:
    """A total counts the ticks of each level; an empty cell is 0 where another one is filled."""
    counted = Counter(answers.values())
    written = {place: line.cells[place].strip() for place in levels if place < len(line.cells)}
    if not any(written.values()):
        return
    for place, total in written.items():
        n = counted[levels[place]]
        if _number(total) != n:
            at = {"sheet": line.sheet, "cell": line.cell(place)}
            raise FileRefused(TOTAL_DIFFERS, **at, level=levels[place], written=total or "0", counted=n)


def _letters(place: int) -> str:
    """A column as a workbook names it.

    >>> _letters(0), _letters(25), _letters(26)
    ('A', 'Z', 'AA')
    """
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _field_in(row: Row) -> dict[str, str]:
    """Header → text of the fields in a row: "客户名称：甲公司" in one cell, or in two."""
    filled = [cell.strip() for cell in row if cell.strip()]
    found: dict[str, str] = {}
    for cell, following in zip(filled, [*filled[1:], ""], strict=True):
        _, colon, text = comparable(cell).partition(":")
        header = _field_named(cell)
        if header and header not in found and (text.strip() or following):
            found[header] = text.strip() if colon and text.strip() else following
    return found


def _field_named(cell: str) -> str | None:
    name = plain(comparable(cell).partition(":")[0])
    return next((header for header, names in FIELDS.items() if name in names), None)


def _number(text: str) -> float | None:
    try:
        return float(text or 0)
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    return bool(text.strip()) and _number(text.strip()) is not None
