"""Reports in words: what each is about, and what its file is called."""

from typing import Final

from components.formats import period, plain
from components.texts import _, language
from db.queries.made_reports import MadeLine
from domain.errors import N_
from domain.reports import REPORTS

FORMS: Final = {
    "zip": N_("Zip file"),
    "xlsx": N_("Excel"),
    "docx": N_("Word"),
    "pdf": N_("PDF"),
    "pptx": N_("PowerPoint"),
}
"""Form of a file → its name."""
FIGURES: Final = {"": "", "frozen": N_("Those presented"), "live": N_("Live")}


def title(kind: str) -> str:
    """What a kind of report is called."""
    return _(REPORTS[kind].title)


def about(one: MadeLine) -> str:
    """What a report is about; not harmless in Markdown."""
    if one.wave:
        return f"{period(one.wave)} · {one.scheme.in_(language())}"
    return one.about


def name(one: MadeLine) -> str:
    """Both, harmless in Markdown."""
    return f"{title(one.kind)} · {plain(about(one))}"


def size(n: int) -> str:
    """A file's size: 324 kB, 1.2 MB."""
    return f"{n / 1e6:.1f} MB" if n >= 1e6 else f"{max(1, round(n / 1e3))} kB"
