"""Which columns of a file say who answered, when, where, and in their own words."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC
from typing import Final

from domain.column_profiles import ENOUGH, Column, number_in
from domain.mapping import DATE_ORDERS, comparable
from domain.moments import moment_of
from domain.survey_tools import Tool
from domain.survey_words import OPINION_WORDS, ROLE_WORDS, plain
from domain.tool_cells import seconds_of

CODE: Final = re.compile(r"[A-Za-z]{0,6}[-_]?\d+")
"""What customers' codes look like, where the header doesn't tell codes from names."""
QUESTION_NUMBER: Final = re.compile(r"\s*(?:Q\s*)?\d{1,3}(?:_\d+)?\s*[、.:：)]\s*", re.IGNORECASE)
QUESTION_CODE: Final = re.compile(r"[A-Za-z]\w*\. ")
FEW: Final = 60
"""Different values that a segment, region or channel may have."""


def proposed_roles(columns: Sequence[Column], rows: int, *, taken: Collection[str] = ()) -> dict[str, Column]:
    """Role → column, by header where the cells fit; each column in one role, without the roles that are `taken`.

    `rows` is the size of the sample.
    """
    free = {column.place: column for column in columns}
    roles: dict[str, Column] = {}
    wanted = {role: words for role, words in ROLE_WORDS.items() if role not in taken}
    for role, words in wanted.items():
        named = {plain(asked(column.header)): column for column in reversed(free.values())}
        fitting = (named[word] for word in words if word in named and FITS[role](named[word], rows))
        found = next(fitting, None)
        if found is not None:
            roles[role] = free.pop(found.place)
    if "customer" not in roles and "customer_name" in roles and all(map(CODE.fullmatch, roles["customer_name"].filled)):
        roles["customer"] = roles.pop("customer_name")
    return roles


def asked(header: str) -> str:
    """A header without the number of its question.

    >>> asked("3、客户名称"), asked("2. Company"), asked("Q4. Region"), asked("cust. Customer code"), asked("日期")
    ('客户名称', 'Company', 'Region', 'Customer code', '日期')
    """
    found = QUESTION_NUMBER.match(header) or QUESTION_CODE.match(header)
    return header[found.end() :] if found else header


def roles_by_tool(columns: Sequence[Column], rows: int, tool: Tool) -> tuple[dict[str, Column], list[Column]]:
    """Role → column of what the tool adds to the answers, where the cells fit; and the columns of the questions."""
    roles: dict[str, Column] = {}
    questions = []
    for column in columns:
        role = tool.role_of(column.header)
        if role is None:
            questions.append(column)
        elif role not in ("", *roles) and column.filled and FITS[role](column, rows):
            roles[role] = column
    return roles, questions


def proposed_opinions(columns: Sequence[Column]) -> list[Column]:
    """Columns of free text, by header or because they are long and hardly repeat."""
    return [column for column in columns if _is_worded(column) and (_is_called_opinion(column) or _is_long(column))]


def order_of_dates(column: Column) -> tuple[str, bool]:
    """ "mdy" or "dmy", and whether the cells leave it open."""
    as_month, as_day = (
        sum(1 for cell in column.filled if moment_of(cell, UTC, order) is None) for order in ("mdy", "dmy")
    )
    year_first = sum(1 for cell in column.filled if cell[:4].isdigit())
    return ("dmy" if as_day < as_month else "mdy"), as_day == as_month and 2 * year_first < len(column.filled)


def _is_distinct(column: Column, rows: int) -> bool:
    return len(column.filled) == column.filled.total() == rows


def _is_grouping(column: Column, rows: int) -> bool:
    return 1 <= len(column.filled) <= FEW and len(column.filled) <= max(rows // 3, 3)


def _is_filled(column: Column, rows: int) -> bool:
    return 2 * column.filled.total() >= rows


def _is_date(column: Column, rows: int) -> bool:
    total = column.filled.total()
    dates = sum(n for cell, n in column.filled.items() if _reads_as_date(cell))
    return _is_filled(column, rows) and dates >= ENOUGH * total


def _reads_as_date(cell: str) -> bool:
    return any(moment_of(cell, UTC, order) is not None for order in DATE_ORDERS)


def _is_duration(column: Column, rows: int) -> bool:
    understood = sum(n for cell, n in column.filled.items() if seconds_of(cell) is not None)
    return 2 * understood >= rows and understood >= ENOUGH * column.filled.total()


def _is_weight(column: Column, rows: int) -> bool:
    total = column.filled.total()
    return _is_filled(column, rows) and sum(n for w, n in column.numbers.items() if w > 0) >= ENOUGH * total


FITS: Final[dict[str, Callable[[Column, int], bool]]] = {
    "external_id": _is_distinct,
    "customer": _is_filled,
    "customer_name": _is_filled,
    "submitted_at": _is_date,
    "duration": _is_duration,
    "weight": _is_weight,
    "channel": _is_grouping,
    "segment": _is_grouping,
    "region": _is_grouping,
    "subject": _is_filled,
    "respondent": _is_filled,
}
"""What the cells of a role must be like."""


def _is_worded(column: Column) -> bool:
    numbers = sum(n for cell, n in column.filled.items() if number_in(cell) is not None)
    return bool(column.filled) and 2 * numbers < column.filled.total()


def _is_called_opinion(column: Column) -> bool:
    return (
        OPINION_WORDS.search(comparable(column.header)) is not None and 10 * len(column.filled) > column.filled.total()
    )


def _is_long(column: Column) -> bool:
    total = column.filled.total()
    length = sum(len(cell) * (2 if cell > "\u2e80" else 1) * n for cell, n in column.filled.items())
    return total > 3 and length >= 24 * total and 2 * len(column.filled) > total
