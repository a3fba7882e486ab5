"""Which files can be evidence: by their content, never by their name. Pure."""

import zipfile
from io import BytesIO
from typing import Final

from domain.errors import N_, Refusal
from domain.pictures import NotAPicture, picture_kind

MOST_BYTES: Final = 10 * 2**20
MOST_FILES: Final = 20
PDF: Final = "application/pdf"
OFFICE: Final = {
    "word/document.xml": ".docx",
    "xl/workbook.xml": ".xlsx",
    "ppt/presentation.xml": ".pptx",
}
"""What an office file holds → its ending."""
ENDINGS: Final = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", PDF: ".pdf"}


class NotEvidence(Refusal):
    """A file of a kind that isn't kept, an empty or a huge one, or one too many."""


def ending_of(content: bytes) -> str:
    """The ending that fits a file's content; raises NotEvidence.

    >>> ending_of(b"%PDF-1.7 and so on")
    '.pdf'
    """
    if len(content) > MOST_BYTES:
        raise NotEvidence(N_("The file is larger than {n} MB."), n=MOST_BYTES // 2**20)
    if content.startswith(b"%PDF-"):
        return ENDINGS[PDF]
    if content.startswith(b"PK"):
        return _office_ending(content)
    try:
        return ENDINGS[picture_kind(content)]
    except NotAPicture:
        raise _unknown() from None


def safe_name(name: str, ending: str) -> str:
    """The name to download a file under: as it came, without folders, and with the ending that fits its content.

    >>> safe_name("../report.exe", ".pdf")
    'report.exe.pdf'
    """
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    return name if name.lower().endswith(ending) else f"{name}{ending}"


def _office_ending(content: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts:
            names = set(parts.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _unknown() from None
    if any("vbaproject" in name.lower() for name in names):
        raise NotEvidence(N_("The file holds macros. Save it without them, or as PDF."))
    found = [ending for part, ending in OFFICE.items() if part in names]
    if not found:
        raise _unknown()
    return found[0]


def _unknown() -> NotEvidence:
    return NotEvidence(N_("Only PDF, Word, Excel, PowerPoint and pictures (JPEG, PNG, WebP) can be evidence."))
