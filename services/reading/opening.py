"""From a file to a table of answers."""

from pathlib import Path
from typing import BinaryIO, Final

from services.reading.archive import check_workbook
from services.reading.forms import FormRecords, form_records
from services.reading.recognising import Kind, kind_of, refuse_markup
from services.reading.source import Source, shown_name
from services.reading.table import Records, Table, header_of
from services.reading.text import TextRecords, delimiter_of, encoding_of, line_ends
from services.reading.tools import Arranged, arranged
from services.reading.workbook import SheetRecords, check_ole2, open_sheet, small_sheets

MAX_BYTES: Final = 1_000_000_000
MAX_WORKBOOK_BYTES: Final = 100_000_000
MAX_CELLS: Final = 3_000_000


def open_table(
    source: Path | BinaryIO,
    filename: str,
    *,
    sheet: str | None = None,
    max_bytes: int = MAX_BYTES,
    max_cells: int = MAX_CELLS,
) -> Table:
    """The table in a CSV, xlsx or xls file, recognised by its content; `filename` is only carried along.

    A file object must stay open, and be left alone, as long as the table is read. Of a workbook, the visible sheet with
    the most cells is taken unless `sheet` names another. Raises FileRefused, which says why and what to do.
    """
    file, filename = Source(source), shown_name(filename)
    kind = kind_of(file, max_bytes)
    if kind is Kind.TEXT:
        return _text_table(file, filename)
    if file.size > MAX_WORKBOOK_BYTES:
        kind_of(file, MAX_WORKBOOK_BYTES)
    if kind is Kind.ZIP:
        check_workbook(file, max_cells)
    else:
        check_ole2(file)
    return _sheet_table(file, filename, kind, sheet, max_cells)


def _text_table(file: Source, filename: str) -> Table:
    encoding = encoding_of(file)
    refuse_markup(file.head.decode(encoding, errors="ignore"))
    delimiter, skipped = delimiter_of(file, encoding)
    records = TextRecords(file, encoding, delimiter, skipped)
    found, line, headers = _header(records)
    return Table(
        filename=filename,
        format="csv",
        headers=headers,
        sha256=file.sha256,
        size=file.size,
        header_line=line,
        row_count=max(line_ends(file) - line + _unended(file), 1),
        row_count_is_exact=False,
        records=records,
        encoding=encoding,
        delimiter=delimiter,
        tool=found.tool if found else None,
        arrangement=found,
        remarks=found.remarks if found else (),
    )


def _header(records: Records) -> tuple[Arranged | None, int, list[str]]:
    """The survey tool's arrangement where one is recognised, the line of the (last) header row, and the headers."""
    found = arranged(records)
    return (found, found.line, found.headers) if found else (None, *header_of(records))


def _unended(file: Source) -> int:
    """1 where the last line has no line end, else 0."""
    with file.open() as reader:
        reader.seek(max(file.size - 4, 0))
        return 0 if reader.read().rstrip(b"\0").endswith((b"\n", b"\r")) else 1


def _sheet_table(file: Source, filename: str, kind: Kind, wanted: str | None, max_cells: int) -> Table:
    if wanted is None and (forms := form_records(small_sheets(file))) is not None:
        return _form_table(file, filename, kind, forms)
    sheet, others = open_sheet(file, wanted, max_cells)
    records = SheetRecords(sheet)
    found, line, headers = _header(records)
    return Table(
        filename=filename,
        format=kind.value,
        headers=headers,
        sha256=file.sha256,
        size=file.size,
        header_line=line,
        row_count=sheet.total_height + 1 - line,
        row_count_is_exact=True,
        records=records,
        sheet=sheet.name,
        other_sheets=others,
        tool=found.tool if found else None,
        arrangement=found,
        remarks=found.remarks if found else (),
    )


def _form_table(file: Source, filename: str, kind: Kind, forms: FormRecords) -> Table:
    """A workbook with a form for each customer, as one table with a row for each form."""
    return Table(
        filename=filename,
        format=kind.value,
        headers=forms.records[0],
        sha256=file.sha256,
        size=file.size,
        header_line=0,
        row_count=len(forms.records) - 1,
        row_count_is_exact=True,
        records=forms,
    )
