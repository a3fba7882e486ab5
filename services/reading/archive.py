"""Is a zip file a workbook that is safe to unpack? Its claims about sizes are checked first, and then not believed."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from services.reading import refusals
from services.reading.refusals import FileRefused
from services.reading.source import Source

MAX_UNPACKED: Final = 400_000_000
"""Bytes of all parts together; 3 million cells need about a third of it."""
MAX_PARTS: Final = 5_000
SUSPECT_SIZE: Final = 20_000_000
MAX_RATIO: Final = 100
"""Real tables of repeating answers reach about 20; deflate ends at 1032."""
PIECE: Final = 1 << 20

COLUMNS: Final = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{1,3})\d")
ROWS: Final = re.compile(rb"\sr\s*=\s*[\"'][A-Za-z]{0,3}(\d{1,7})")
EMPTY_CELLS: Final = re.compile(rb"<(?:\w+:)?c(?:\s+\w+\s*=\s*\"[^\"<>]*\")*\s*/>")


def check_workbook(source: Source, max_cells: int) -> None:
    """Raises FileRefused unless the zip is an xlsx that unpacks to a reasonable size and number of cells."""
    try:
        with source.open() as reader, zipfile.ZipFile(reader) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileRefused(refusals.CUT_OFF) from None
    _check_names(source, parts)
    _check_claims(parts)
    _check_parts(source, parts, max_cells)


def _check_names(source: Source, parts: list[zipfile.ZipInfo]) -> None:
    names = {part.filename for part in parts}
    locked = any(part.flag_bits & 1 for part in parts)
    if "xl/workbook.xml" in names:
        if locked:
            raise FileRefused(refusals.ENCRYPTED)
        return
    if "xl/workbook.bin" in names or b"opendocument.spreadsheet" in source.head[:200]:
        raise FileRefused(refusals.OTHER_SHEET)
    if any(name.startswith(("word/", "ppt/")) for name in names) or b"opendocument" in source.head[:200]:
        raise FileRefused(refusals.DOCUMENT)
    raise FileRefused(refusals.ENCRYPTED_ARCHIVE if locked else refusals.ARCHIVE)


def _check_claims(parts: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    out_of_proportion = unpacked > SUSPECT_SIZE and unpacked > MAX_RATIO * packed
    if unpacked > MAX_UNPACKED or out_of_proportion or len(parts) > MAX_PARTS:
        raise FileRefused(refusals.BOMB, size=f"{unpacked / 1e6:,.0f}")


def _check_parts(source: Source, parts: list[zipfile.ZipInfo], max_cells: int) -> None:
    """Unpacks every part once, piece by piece, and stops at the first that goes beyond what it may."""
    for part in parts:
        extent = Extent(max_cells)
        for piece in unpacked_pieces(source, part):
            if b"<!ENTITY" in piece:
                raise FileRefused(refusals.ENTITIES)
            extent.add(piece)
        extent.check()


class Extent:
    """The rectangle that a sheet's cells span: calamine reserves memory for all of it, however few cells are filled."""

    def __init__(self, max_cells: int) -> None:
        self._max_cells = max_cells
        self._cells = self._width = self._height = 0
        self._rest = b""
        self._is_too_large = False

    def check(self) -> None:
        """Raises FileRefused where the rectangle is too large; asked at the end, when the part is known to be whole."""
        if self._is_too_large:
            self._refuse()

    def add(self, piece: bytes) -> None:
        """Takes the next piece of the sheet's XML; raises FileRefused once the cells are too many."""
        text = self._rest + piece
        cut = text.rfind(b"<")
        text, self._rest = text[:cut], text[cut:]
        self._cells += text.count(b"<c ") + text.count(b":c ") + text.count(b"<c>") + text.count(b":c>")
        if self._cells > self._max_cells:
            self._refuse()
        if self._grown(text) and self._grown(EMPTY_CELLS.sub(b"", text), keep=True):
            self._is_too_large = True

    def _grown(self, text: bytes, *, keep: bool = False) -> bool:
        """Whether the rectangle with these cells is too large; remembered where it isn't, or to `keep`."""
        width = max(map(_column, set(COLUMNS.findall(text))), default=0)
        height = max(map(int, set(ROWS.findall(text))), default=0)
        width, height = max(width, self._width), max(height, self._height)
        too_large = width * height > self._max_cells
        if keep or not too_large:
            self._width, self._height = width, height
        return too_large

    def _refuse(self) -> None:
        raise FileRefused(refusals.TOO_MANY_CELLS, limit=f"{self._max_cells:,}")


def _column(letters: bytes) -> int:
    """Number of a column from its letters.

    >>> _column(b"A"), _column(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def unpacked_pieces(source: Source, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part really unpacks to, at most 1 MB at a time.

    Raises FileRefused where it is damaged, and as soon as it is more than the zip's directory says.
    """
    with source.open() as reader:
        reader.seek(part.header_offset)
        header = reader.read(30)
        if len(header) < 30 or header[:4] != b"PK\x03\x04" or part.compress_type not in (0, 8):
            raise FileRefused(refusals.CUT_OFF)
        reader.seek(part.header_offset + 30 + sum(struct.unpack("<HH", header[26:30])))
        packed = reader.read(part.compress_size)
    if len(packed) < part.compress_size:
        raise FileRefused(refusals.CUT_OFF)
    checksum, left = 0, part.file_size
    for piece in _inflated(packed) if part.compress_type else _cut(packed):
        left -= len(piece)
        if left < 0:
            raise FileRefused(refusals.CUT_OFF)
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if checksum != part.CRC:
        raise FileRefused(refusals.CUT_OFF)


def _cut(stored: bytes) -> Iterator[bytes]:
    return (stored[at : at + PIECE] for at in range(0, len(stored), PIECE))


def _inflated(packed: bytes) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while piece := inflater.decompress(packed, PIECE):
            yield piece
            packed = inflater.unconsumed_tail
    except zlib.error:
        raise FileRefused(refusals.CUT_OFF) from None
    if not inflater.eof:
        raise FileRefused(refusals.CUT_OFF)
