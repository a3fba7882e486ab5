"""Text files: encoding, delimiter, and records as a stream."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from services.reading.refusals import BINARY, ENDLESS_CELL, NO_TABLE, UNDECODABLE, FileRefused
from services.reading.source import Source
from services.reading.table import Chunk, Row

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS: Final = ",;\t|"
MAX_CELL: Final = 1_000_000
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks."""
UNMARKED_UTF16: Final = ("utf-16-be", "utf-16-le")
SENTENCE: Final = re.compile(r"[。！？，；]|[.!?,;](?:\s|$)")
NOT_IN_TEXT: Final = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1b"))

BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]+")
TYPOGRAPHIC: Final = bytes([0x85, *range(0x91, 0x98), 0xA0, 0xB0, *range(0xC0, 0xFF)])
"""Ellipsis, quotation marks, bullet, dashes, fixed blank, degree, letters with accents."""

csv.field_size_limit(MAX_CELL)


@dataclass(frozen=True)
class TextRecords:
    """The records of a delimited text, parsed while they are read."""

    source: Source
    encoding: str
    delimiter: str
    skipped_lines: int = 0

    def chunks(self, size: int) -> Iterator[Chunk]:
        """As `table.Records`. Raises FileRefused at a cell that doesn't end."""
        with io.TextIOWrapper(self.source.open(), encoding=self.encoding, newline="") as text:
            for _ in range(self.skipped_lines):
                next(text)
            reader = csv.reader(text, delimiter=self.delimiter)
            line = 0
            while rows := self._next_rows(reader, size):
                lines = _lines(rows, line, reader.line_num)
                line = reader.line_num
                yield Chunk(_shifted(lines, self.skipped_lines), rows)

    def _next_rows(self, reader: "Reader", size: int) -> list[Row]:
        before = reader.line_num
        try:
            return list(islice(reader, size))
        except csv.Error:
            line = self._line_of_endless_cell(before) + self.skipped_lines
            raise FileRefused(ENDLESS_CELL, line=line, limit=f"{MAX_CELL:,}") from None

    def _line_of_endless_cell(self, after: int) -> int:
        """Where the record begins that csv.reader can't finish, `after` lines into the text."""
        with io.TextIOWrapper(self.source.open(), encoding=self.encoding, newline="") as text:
            for _ in range(self.skipped_lines + after):
                next(text)
            reader = csv.reader(text, delimiter=self.delimiter)
            begins = 0
            try:
                for _ in reader:
                    begins = reader.line_num
            except csv.Error:
                pass
            return after + begins + 1


def _lines(rows: Sequence[Row], before: int, after: int) -> Sequence[int]:
    """The line on which each record begins, of records that span the lines `before` (excluded) to `after`."""
    if after - before == len(rows):
        return range(before + 1, after + 1)
    lines = []
    for row in rows:
        lines.append(before + 1)
        before += 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in row)
    return lines


def _shifted(lines: Sequence[int], by: int) -> Sequence[int]:
    return [line + by for line in lines] if by else lines


def encoding_of(source: Source) -> str:
    """UTF-8 (with or without mark), UTF-16 or GB18030, whichever all bytes of the file are.

    Raises FileRefused where the bytes are no text, or none of these.
    """
    marked = next((name for mark, name in MARKS if source.head.startswith(mark)), None)
    candidates = [marked] if marked else _unmarked(source.head)
    for encoding in candidates:
        if _is_all(source, encoding):
            return encoding
    if candidates[0] in UNMARKED_UTF16:
        raise FileRefused(BINARY)
    raise FileRefused(UNDECODABLE, line=max(_undecodable_line(source, encoding) for encoding in candidates))


def line_ends(source: Source) -> int:
    """Line feeds of the file, carriage returns where it has no line feeds."""
    feeds = returns = 0
    for block in source.blocks():
        feeds += block.count(b"\n")
        returns += block.count(b"\r") if not feeds else 0
    return feeds or returns


def _unmarked(head: bytes) -> list[str]:
    """What a text without byte order mark may be. Raises FileRefused where its bytes are no text."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > 5 * min(even, odd):
        return [UNMARKED_UTF16[odd > even]]
    if any(byte in head for byte in NOT_IN_TEXT):
        raise FileRefused(BINARY)
    return ["utf-8", "cp1252" if _stand_alone(head) else "gb18030"]


def _stand_alone(head: bytes) -> bool:
    """Whether the bytes beyond ASCII are single typographic marks or letters of Windows-1252.

    Microsoft Forms writes such files. In Chinese text they come in pairs.
    """
    found = list(BEYOND_ASCII.finditer(head))
    return bool(found) and all(len(run[0]) == 1 and run[0] in TYPOGRAPHIC for run in found)


def _is_all(source: Source, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in source.blocks():
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _undecodable_line(source: Source, encoding: str) -> int:
    """The first line with bytes that aren't `encoding`; in neither encoding a line feed is part of a character."""
    if encoding.startswith("utf-16"):
        return _undecodable_line_of_utf16(source, encoding)
    with source.open() as reader:
        for number, line in enumerate(reader, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return 1


def _undecodable_line_of_utf16(source: Source, encoding: str) -> int:
    everything = b"".join(source.blocks())
    try:
        return everything.decode(encoding).count("\n") + 1
    except UnicodeDecodeError as error:
        return everything[: error.start].decode(encoding, errors="ignore").count("\n") + 1


def delimiter_of(source: Source, encoding: str) -> tuple[str, int]:
    """The delimiter that cuts the beginning of the file into the most even rows, and how many lines to leave out.

    Excel writes a first line "sep=;" that names the delimiter and isn't part of the table.
    Raises FileRefused where no delimiter makes a table of it: prose, for example.
    """
    head = _decoded_head(source, encoding)
    if not head.strip():
        raise FileRefused(NO_TABLE)
    first = head.split("\n", 1)[0].rstrip("\r")
    if first.lower().startswith("sep=") and len(first) == len("sep=;"):
        return first[-1], 1
    evenness = {delimiter: _evenness(head, delimiter) for delimiter in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda each: evenness[each])
    if evenness[delimiter] >= (0.6, 2) or _is_one_column(head):
        return delimiter, 0
    raise FileRefused(NO_TABLE)


def _decoded_head(source: Source, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    text = decoder.decode(source.head)
    whole = len(source.head) == source.size
    return text if whole or "\n" not in text else text[: text.rindex("\n") + 1]


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    """Share of records that have the commonest number of cells, and that number; (0, 1) where it is one cell."""
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 200))
    except csv.Error:
        return 0.0, 1
    widths = Counter(len(row) for row in rows if any(row))
    if not widths:
        return 0.0, 1
    width, count = max(widths.items(), key=lambda pair: (pair[1] * (pair[0] > 1), pair[0]))
    return (round(count / widths.total(), 1), width) if width > 1 else (0.0, 1)


def _is_one_column(text: str) -> bool:
    """Whether the lines are short cells, as of a table with a single column, not sentences."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    short = [line for line in lines if len(line) <= 30 and line.count(" ") < 4 and not SENTENCE.search(line)]
    return len(lines) > 1 and len(short) >= 0.9 * len(lines)
