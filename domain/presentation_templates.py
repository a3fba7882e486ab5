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
PRINTER: Final = re.compile(r"ppt/printerSettings/printerSettings\d*\.bin")
"""What PowerPoint leaves of a printer: read by nobody here."""
RUNS_BY_TYPE: Final = re.compile(rb"macroEnabled|vbaProject|activeX|oleObject|controlproperties", re.IGNORECASE)
REACHES: Final = re.compile(rb"TargetMode\s*=\s*[\"']\s*External", re.IGNORECASE)
DECLARES: Final = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
PRESENTATION: Final = b"application/vnd.openxmlformats-officedocument.presentationml."
TEXTS: Final = (".xml", ".rels", ".vml")


class NotATemplate(Refusal):
    """A file that isn't a presentation, could run something, or reaches outside."""


def check_template(content: bytes) -> None:
    """Raises NotATemplate for what isn't a plain presentation: macros, controls, embedded documents, links to elsewhere,
    entities, or more than MOST_UNPACKED bytes unpacked."""
    if len(content) > MOST_BYTES:
        raise NotATemplate(N_("The file is larger than {n} MB."), n=MOST_BYTES // 2**20)
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts:
            _check_parts(parts)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
        raise NotATemplate(N_("This is not a PowerPoint file.")) from None


def _check_parts(parts: zipfile.ZipFile) -> None:
    listed = parts.infolist()
    if len(listed) > MOST_PARTS or sum(one.file_size for one in listed) > MOST_UNPACKED:
        raise NotATemplate(N_("The file is far larger unpacked than a template is."))
    names = [one.filename for one in listed]
    if MAIN not in names or len(set(names)) < len(names):
        raise NotATemplate(N_("This is not a PowerPoint file."))
    left = MOST_UNPACKED
    for one in listed:
        if RUNS.search(f"/{one.filename}") and not PRINTER.fullmatch(one.filename):
            raise _runs()
        if not one.filename.lower().endswith(TEXTS):
            continue
        with parts.open(one) as opened:
            text = opened.read(left + 1)
        left -= len(text)
        if left < 0:
            raise NotATemplate(N_("The file is far larger unpacked than a template is."))
        _check_text(one.filename, text)


def _check_text(name: str, text: bytes) -> None:
    # what isn't UTF-8 could hide from the searches below
    if text.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in text or DECLARES.search(text):
        raise NotATemplate(N_("This is not a PowerPoint file."))
    if name.lower().endswith(".rels") and (REACHES.search(text) or b"&#" in text):
        raise NotATemplate(N_("The file has links to other files or pages. Take them out, then bring it again."))
    if name == "[Content_Types].xml" and (RUNS_BY_TYPE.search(text) or PRESENTATION not in text):
        raise _runs()


def _runs() -> NotATemplate:
    return NotATemplate(
        N_("The file holds macros, controls or embedded documents. Take them out, then bring it again.")
    )
