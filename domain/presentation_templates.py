"""Which PowerPoint files may be the template of our slides: by their content, never by their name. Pure."""

import re
import zipfile
from io import BytesIO
from typing import Final

from domain.errors import N_, Refusal

MOST_BYTES: Final = 20 * 2**20
MOST_UNPACKED: Final = 100 * 2**20
MOST_PARTS: Final = 2_000
MAIN: Final = "ppt/presentation.xml"
RUNS: Final = re.compile(
    r"vbaproject|activex|oleobject|/embeddings/|/ctrlprops/|\.(bin|exe|dll|js|vbs|ps1|html?)$", re.IGNORECASE
)
"""Names of parts that could run, or hold another program's document."""
WORKBOOK: Final = re.compile(r"ppt/embeddings/(?!.*oleobject)[^/]+\.xlsx", re.IGNORECASE)
"""The figures of a native chart: a workbook that is looked into."""
CHARTS: Final = "ppt/charts/_rels/"
PRINTER: Final = re.compile(r"ppt/printerSettings/printerSettings\d*\.bin")
"""What PowerPoint leaves of a printer: read by nobody here."""
RUNS_BY_TYPE: Final = re.compile(rb"macroEnabled|vbaProject|activeX|oleObject|controlproperties", re.IGNORECASE)
REACHES: Final = re.compile(rb"TargetMode\s*=\s*[\"']\s*External", re.IGNORECASE)
DECLARES: Final = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
BOOK: Final = "xl/workbook.xml"
KINDS: Final = {
    MAIN: b"application/vnd.openxmlformats-officedocument.presentationml.",
    BOOK: b"application/vnd.openxmlformats-officedocument.spreadsheetml.",
}
"""Main part → how its content types begin."""
TEXTS: Final = (".xml", ".rels", ".vml")


class NotATemplate(Refusal):
    """A file that isn't a presentation, could run something, or reaches outside."""


def check_template(content: bytes) -> None:
    """Raises NotATemplate for what isn't a plain presentation: macros, controls, embedded documents, links to elsewhere,
    entities, or more than MOST_UNPACKED bytes unpacked. The workbooks of its native charts may be in it."""
    if len(content) > MOST_BYTES:
        raise NotATemplate(N_("The file is larger than {n} MB."), n=MOST_BYTES // 2**20)
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts:
            _check_parts(parts, MOST_UNPACKED)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
        raise NotATemplate(N_("This is not a PowerPoint file.")) from None


def _check_parts(parts: zipfile.ZipFile, left: int, main: str = MAIN) -> int:
    """Looks at every part of a presentation, or of a chart's workbook; how many bytes may still be unpacked."""
    listed = parts.infolist()
    if len(listed) > MOST_PARTS or sum(one.file_size for one in listed) > left:
        raise NotATemplate(N_("The file is far larger unpacked than a template is."))
    names = [one.filename for one in listed]
    if main not in names or len(set(names)) < len(names):
        raise NotATemplate(N_("This is not a PowerPoint file."))
    for one in listed:
        if main == MAIN and WORKBOOK.fullmatch(one.filename):
            left = _check_workbook(parts.read(one), left - one.file_size)
            continue
        if RUNS.search(f"/{one.filename}") and not PRINTER.fullmatch(one.filename):
            raise _runs()
        if not one.filename.lower().endswith(TEXTS):
            continue
        with parts.open(one) as opened:
            text = opened.read(left + 1)
        left -= len(text)
        if left < 0:
            raise NotATemplate(N_("The file is far larger unpacked than a template is."))
        _check_text(one.filename, text, main)
    return left


def _check_workbook(content: bytes, left: int) -> int:
    with zipfile.ZipFile(BytesIO(content)) as parts:
        return _check_parts(parts, left, BOOK)


def _check_text(name: str, text: bytes, main: str) -> None:
    # what isn't UTF-8 could hide from the searches below
    if text.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in text or DECLARES.search(text):
        raise NotATemplate(N_("This is not a PowerPoint file."))
    if name.lower().endswith(".rels") and (REACHES.search(text) or b"&#" in text):
        raise NotATemplate(N_("The file has links to other files or pages. Take them out, then bring it again."))
    if name.lower().endswith(".rels") and not name.startswith(CHARTS) and b"embeddings/" in text:
        raise _runs()
    if name == "[Content_Types].xml" and (RUNS_BY_TYPE.search(text) or KINDS[main] not in text):
        raise _runs()


def _runs() -> NotATemplate:
    return NotATemplate(
        N_("The file holds macros, controls or embedded documents. Take them out, then bring it again.")
    )
