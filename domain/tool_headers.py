"""From the header rows of a survey tool to one name for each column: a matrix question's stem, and its row."""

import re
from collections.abc import Sequence
from typing import Final

NUMBERED: Final = re.compile(r"(\d+)\s*[、:：]\s*(.*)", re.DOTALL)
STEM_AND_ROW: Final = re.compile(r"(.*?)[—–](.+)", re.DOTALL)
RECALLED: Final = re.compile(r"\{\{[^{}]*\}\}")
"""What Typeform puts where an earlier answer is quoted."""
PLAIN_ANSWERS: Final = frozenset({"response", "open-ended response", "回复", "开放式回复", "开放式答复", "答复"})
"""What SurveyMonkey writes under a question that has one column."""


def tidy(header: str) -> str:
    """A header on one line, without byte order mark.

    >>> tidy("How was it?\\n(one answer) ")
    'How was it? (one answer)'
    """
    return " ".join(RECALLED.sub("…", header.strip("\ufeff")).split())


def as_they_are(rows: Sequence[Sequence[str]]) -> list[str]:
    """One row of headers."""
    return [tidy(cell) for cell in rows[0]]


def stem_carried(rows: Sequence[Sequence[str]]) -> list[str]:
    """问卷星 names the stem of a matrix only in its first column; the others get it too.

    >>> stem_carried([["7、对下列各项—质量", "7、交期", "8、建议"]])
    ['7、对下列各项—质量', '7、对下列各项—交期', '8、建议']
    """
    named, number, stem = [], "", ""
    for header in as_they_are(rows):
        found = NUMBERED.fullmatch(header)
        inner = STEM_AND_ROW.fullmatch(found[2]) if found else None
        if found and inner:
            number, stem = found[1], inner[1]
        elif found and found[1] == number:
            header = f"{number}、{stem}—{found[2]}"
        else:
            number = ""
        named.append(header)
    return named


def stem_over_labels(rows: Sequence[Sequence[str]]) -> list[str]:
    """SurveyMonkey: the question above its first column, options and matrix rows below.

    >>> stem_over_labels([["Respondent ID", "How are we?", "", "Why?"], ["", "Quality", "Delivery", "Response"]])
    ['Respondent ID', 'How are we? - Quality', 'How are we? - Delivery', 'Why?']
    """
    named, question = [], ""
    for above, below in _pairs(rows[0], rows[1]):
        question = above or question
        named.append(question if not below or below.casefold() in PLAIN_ANSWERS else f"{question} - {below}")
    return named


def coded_and_worded(rows: Sequence[Sequence[str]]) -> list[str]:
    """Qualtrics: short names, and the wording below; columns of the export itself keep their own names.

    >>> coded_and_worded([["StartDate", "Q3_1"], ["Anfangsdatum", "How are we? - Quality"]])
    ['StartDate', 'Q3_1. How are we? - Quality']
    >>> coded_and_worded([["V1", "Q1"], ["ResponseID", "How are we?"]])
    ['ResponseID', 'Q1. How are we?']
    """
    return [_coded(code, wording) for code, wording in _pairs(rows[0], rows[1])]


OF_QUALTRICS: Final = re.compile(
    r"(?:Start|End|Recorded)Date|Status|IPAddress|Progress|Duration \(in seconds\)|Finished|ResponseId|Recipient\w+|"
    r"ExternalReference|Location\w+|DistributionChannel|UserLanguage"
)


def _coded(code: str, wording: str) -> str:
    if re.fullmatch(r"V\d+", code) and wording:
        return wording
    if OF_QUALTRICS.fullmatch(code) or not wording or wording == code:
        return code
    return f"{code}. {wording}"


def _pairs(above: Sequence[str], below: Sequence[str]) -> list[tuple[str, str]]:
    width = max(len(above), len(below))
    padded = [[tidy(cell) for cell in row] + [""] * (width - len(row)) for row in (above, below)]
    return list(zip(*padded, strict=True))
