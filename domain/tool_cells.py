"""Cells as survey tools write them, and as they are meant; what isn't recognised stays as it is."""

import re
from collections.abc import Iterable
from typing import Final

from domain.mapping import comparable
from domain.survey_words import STANDARD_SCALES, plain

LABELS: Final = frozenset(plain(label) for scale in STANDARD_SCALES for label in scale)
LETTERED: Final = re.compile(r"[A-Z]\.\s*(.+)", re.DOTALL)
FILLED_IN: Final = re.compile(r"(.*?)〖(.*)〗", re.DOTALL)
LIME_CODE: Final = re.compile(r"A0*([1-9]\d?)")
MATRIX_ROW: Final = re.compile(r"\s*([^:：,，()（）]+)\s*[:：]\s*[(（]([^()（）]*)[)）]\s*(?:[,，]|$)")
DURATION: Final = re.compile(
    r"(?:(?P<hours>\d+)\s*(?:小时|时|h)\s*)?(?:(?P<minutes>\d+)\s*(?:分钟|分|min|m)\s*)?(?:(?P<seconds>\d+)\s*(?:秒钟|秒|sec|s)?)?",
    re.IGNORECASE,
)
CLOCK: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")


def unchanged(cell: str) -> str:
    """The cell."""
    return cell


def without_apostrophe(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from taking a text for a formula.

    >>> without_apostrophe("'-1"), without_apostrophe("'t was good")
    ('-1', "'t was good")
    """
    return cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@" else cell


def without_letter(cell: str) -> str:
    """A usual label without its option's letter, as 腾讯问卷 writes it.

    >>> without_letter("A.非常满意"), without_letter("D.无所谓（请直接选择此项）")
    ('非常满意', 'D.无所谓（请直接选择此项）')
    """
    found = LETTERED.fullmatch(cell.strip())
    return found[1] if found and plain(found[1]) in LABELS else cell


def without_prefix(cell: str) -> str:
    """An answer's code of LimeSurvey as its number.

    >>> without_prefix("A3"), without_prefix("'=1"), without_prefix("A lot")
    ('3', '=1', 'A lot')
    """
    found = LIME_CODE.fullmatch(cell)
    return found[1] if found else without_apostrophe(cell)


def option_and_text(cell: str) -> tuple[str, str]:
    """A rated option of 问卷星 and what was filled in beside it; other cells as they are.

    >>> option_and_text("不满意〖太慢〗"), option_and_text("本科〖大一〗")
    (('不满意', '太慢'), ('本科〖大一〗', ''))
    """
    found = FILLED_IN.fullmatch(cell)
    is_rated = found is not None and (plain(found[1]) in LABELS or found[1].strip().lstrip("-").isdigit())
    return (found[1], found[2]) if found and is_rated else (cell, "")


def matrix_in(cell: str) -> dict[str, str]:
    """Row → answer of a matrix that stands in one cell; {} where the cell is something else.

    >>> matrix_in("质量:(满意),交期:(一般)"), matrix_in("还可以:)")
    ({'质量': '满意', '交期': '一般'}, {})
    """
    found = {match[1].strip(): match[2].strip() for match in MATRIX_ROW.finditer(cell)}
    rest = MATRIX_ROW.sub("", cell)
    return found if not rest.strip() else {}


def matrix_rows(cells: Iterable[str]) -> list[str]:
    """The rows of a matrix question, in the order of the questionnaire; [] where a filled cell is no matrix."""
    rows: dict[str, None] = {}
    for cell in cells:
        if cell.strip():
            found = matrix_in(cell)
            if not found:
                return []
            rows.update(dict.fromkeys(found))
    return list(rows)


def seconds_of(text: str) -> int | None:
    """Whole seconds of a duration as survey tools write it; None where it isn't understood.

    >>> [seconds_of(text) for text in ("2分3秒", "10秒", "1:23", "1:02:03", "95", "95.4", "1小时5分", "lang")]
    [123, 10, 83, 3723, 95, 95, 3900, None]
    """
    cell = comparable(text)
    clock = CLOCK.fullmatch(cell)
    if clock:
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])
    if re.fullmatch(r"\d{1,9}\.\d+", cell):
        return int(float(cell))
    parts = DURATION.fullmatch(cell)
    if not parts or not cell or len(cell) > 30:
        return None
    hours, minutes, seconds = (int(parts[name] or 0) for name in ("hours", "minutes", "seconds"))
    return hours * 3600 + minutes * 60 + seconds
