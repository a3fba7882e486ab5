"""Colours, fonts and texts that the writers share; those of the screens on light pages (design.md 3)."""

from typing import Final

from domain.documents import Document
from domain.errors import N_
from services.exporting import NOT_IN_XML

INK: Final = "101828"
MUTED: Final = "667085"
RULE: Final = "D0D5DD"
PAPER: Final = "F4F6F9"
SERIES: Final = "2B5BD7"
FILLS: Final = {"red": "B42318", "amber": "CC7F00", "ok": SERIES, "": SERIES}
"""Status → colour of a bar or a point."""
TINTS: Final = {"red": ("661009", "FFACA7"), "amber": ("664000", "FCF3DF")}
"""Status → colour of text and of the cell behind it."""
FIGURES: Final = {"red": "B42318", "amber": "8A5700", "ok": INK, "": INK}
"""Status → colour of a large figure."""
LATIN_FONT: Final = "Segoe UI"
CHINESE_FONT: Final = "Microsoft YaHei"
PERSONAL: Final = N_("Holds personal data: handle with care.")
CONTENTS: Final = N_("Contents")
SIGNATURE: Final = N_("Signature")
SIGNED_ON: Final = N_("Date")
EMPTY: Final = N_("None in this wave.")
LEVELS: Final = ("B9510A", "F2B879", "D9DEE6", "93B4F2", "2450B8")
"""Five levels from worst to best; other numbers lie between."""


def clean(text: str) -> str:
    """A text without the characters that no XML file can hold."""
    return NOT_IN_XML.sub("", text)


def level_fills(levels: int) -> list[str]:
    """Fills for a number of levels, worst to best.

    >>> level_fills(3)
    ['B9510A', 'D9DEE6', '2450B8']
    """
    places = [place * (len(LEVELS) - 1) / max(1, levels - 1) for place in range(levels)]
    return [_between(place) for place in places]


def _between(place: float) -> str:
    left = min(int(place), len(LEVELS) - 2)
    pairs = [(int(LEVELS[left][at : at + 2], 16), int(LEVELS[left + 1][at : at + 2], 16)) for at in (0, 2, 4)]
    return "".join(f"{round(a + (b - a) * (place - left)):02X}" for a, b in pairs)


def foot(document: Document, personal: str) -> str:
    """What stands at the foot of each page, beside its number."""
    return " · ".join(
        part for part in (document.footer or document.title, personal if document.personal else "") if part
    )
