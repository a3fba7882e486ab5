"""Names of periods in running text, in Chinese and English."""

import re
from typing import Final

_PERIOD: Final = re.compile(
    r"(?P<year>\d{4})(?:-Q(?P<quarter>[1-4])|-H(?P<half>[12])|-(?P<month>0[1-9]|1[0-2]))?", re.ASCII
)
_HALF: Final = {"1": "上半年", "2": "下半年"}
_QUARTER: Final = {"1": "一", "2": "二", "3": "三", "4": "四"}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def period_name(code: str, language: str) -> str:
    """The name of a period code for a reader of "zh_CN" or "en"; a code of another kind stays as it is.

    >>> [period_name(code, "en") for code in ("2026-Q3", "2026-H1", "2026-11", "2026", "pilot")]
    ['Q3 2026', 'H1 2026', 'Nov 2026', '2026', 'pilot']
    >>> [period_name(code, "zh_CN") for code in ("2026-Q3", "2026-H1", "2026-11")]
    ['2026年三季度', '2026年上半年', '2026年11月']
    """
    found = _PERIOD.fullmatch(code)
    if not found:
        return code
    return _in_chinese(found) if language == "zh_CN" else _in_english(found)


def _in_chinese(found: re.Match[str]) -> str:
    year = f"{found['year']}年"
    if found["quarter"]:
        return f"{year}{_QUARTER[found['quarter']]}季度"
    if found["half"]:
        return year + _HALF[found["half"]]
    return f"{year}{int(found['month'])}月" if found["month"] else year


def _in_english(found: re.Match[str]) -> str:
    if found["month"]:
        return f"{_MONTHS[int(found['month']) - 1]} {found['year']}"
    part = f"Q{found['quarter']} " if found["quarter"] else f"H{found['half']} " if found["half"] else ""
    return part + found["year"]


def period_short(code: str) -> str:
    """A period code for axes and narrow columns, the same in both languages.

    >>> [period_short(code) for code in ("2026-Q3", "2026-H1", "2026-11", "2026", "pilot")]
    ['26Q3', '26H1', '26-11', '2026', 'pilot']
    """
    found = _PERIOD.fullmatch(code)
    if not found or code == found["year"]:
        return code
    rest = code[len(found["year"]) :]
    return found["year"][2:] + (rest if found["month"] else rest[1:])
