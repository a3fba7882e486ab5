"""What a file is, by its first bytes, whatever its name says."""

import re
from enum import Enum
from typing import Final

from services.reading import refusals
from services.reading.refusals import FileRefused
from services.reading.source import Source


class Kind(Enum):
    """What can be read."""

    TEXT = "csv"
    ZIP = "xlsx"
    OLE2 = "xls"


READ: Final = {
    b"PK\x03\x04": Kind.ZIP,
    b"PK\x05\x06": Kind.ZIP,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": Kind.OLE2,
}
FOREIGN: Final = {
    b"%PDF-": refusals.PDF,
    b"\x89PNG": refusals.PICTURE,
    b"\xff\xd8\xff": refusals.PICTURE,
    b"GIF8": refusals.PICTURE,
    b"BM": refusals.PICTURE,
    b"II*\x00": refusals.PICTURE,
    b"MM\x00*": refusals.PICTURE,
    b"RIFF": refusals.PICTURE,
    b"{\\rtf": refusals.DOCUMENT,
    b"Rar!": refusals.ARCHIVE,
    b"7z\xbc\xaf": refusals.ARCHIVE,
    b"\x1f\x8b": refusals.ARCHIVE,
    b"BZh": refusals.ARCHIVE,
    b"\xfd7zXZ": refusals.ARCHIVE,
    b"$FL2": refusals.SPSS,
    b"$FL3": refusals.SPSS,
    b"<stata_dta>": refusals.STATISTICS,
    b"SQLite format 3": refusals.STATISTICS,
    b"PAR1": refusals.STATISTICS,
    b"RDX": refusals.STATISTICS,
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc2\xea\x81\x60": refusals.STATISTICS,
}
PRINTABLE: Final = {b"BM", b"RIFF", b"PAR1", b"RDX", b"BZh", b"GIF8", b"Rar!"}
"""Marks that a column name could begin with: they count only where bytes follow that text doesn't have."""
MARKUP: Final = (
    (
        re.compile(r"<(?:!doctype html|html|head|body|table|meta|div|script)|mime-version:", re.IGNORECASE),
        refusals.HTML,
    ),
    (re.compile(r"<\?xml|<!doctype|<[a-z]+:?[a-z]*[\s>]", re.IGNORECASE), refusals.XML_SHEET),
    (re.compile(r"\{\s*\"|\[\s*[\[{]"), refusals.JSON),
)


def kind_of(source: Source, limit: int) -> Kind:
    """Text, zip (perhaps a workbook) or OLE2 (perhaps an old workbook).

    Raises FileRefused for an empty file, one of more than `limit` bytes, and for what is recognised as something else.
    """
    if source.size > limit:
        raise FileRefused(refusals.TOO_LARGE, size=_megabytes(source.size), limit=_megabytes(limit))
    head = source.head
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise FileRefused(refusals.EMPTY)
    _refuse_foreign(head)
    return next((kind for mark, kind in READ.items() if head.startswith(mark)), Kind.TEXT)


def refuse_markup(head: str) -> None:
    """Raises FileRefused for a web page, XML or JSON, however its file is named."""
    start = head.lstrip("\ufeff \t\r\n")
    start = re.sub(r"^(?:<!--.*?-->\s*)+", "", start, flags=re.DOTALL)
    if start.lower().startswith("<?xml") and re.search(r"<html[\s>]", start[:4_000], re.IGNORECASE):
        raise FileRefused(refusals.HTML)
    for pattern, sentence in MARKUP:
        if pattern.match(start):
            raise FileRefused(sentence)


def _refuse_foreign(head: bytes) -> None:
    for mark, sentence in FOREIGN.items():
        if head.startswith(mark) and (mark not in PRINTABLE or re.search(rb"[\x00-\x08]", head[:512])):
            raise FileRefused(sentence)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f}"
