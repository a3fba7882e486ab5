"""What the cells of a list of customers mean, and why a row of it can't be written."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, Final, NamedTuple

from domain.customer_entries import LONGEST, MAIL
from domain.customer_names import name_key
from domain.errors import N_
from domain.mapping import comparable
from domain.moments import moment_of

YES: Final = frozenset({"是", "有", "yes", "y", "true", "1", "√", "✓", "vip", "有效", "启用", "active", "在用"})
NO: Final = frozenset({"否", "无", "no", "n", "false", "0", "无效", "停用", "inactive", "×"})
LANGUAGES: Final = {
    "zh": "zh_CN",
    "zh_cn": "zh_CN",
    "中文": "zh_CN",
    "chinese": "zh_CN",
    "en": "en",
    "英文": "en",
    "english": "en",
}
DAYS: Final = ("since_on", "promised_on", "delivered_on", "warranty_ends_on")
NUMBERS: Final = ("value", "quantity")
FLAGS: Final = ("vip", "active")


class Wrong(Enum):
    """Why a row of a list isn't written, messages."""

    NO_CUSTOMER = N_("no code and no name")
    NOT_A_NUMBER = N_("no number, 0 or more")
    NOT_A_DAY = N_("no date")
    NOT_YES_OR_NO = N_("neither yes nor no")
    NOT_A_MAIL = N_("no mail address")
    NO_LANGUAGE = N_("no language that is known")
    NO_SELLER = N_("nobody of sales is called so")
    SAYS_OTHERWISE = N_("an earlier row of this customer says otherwise")
    LIKE_ANOTHER = N_("differs from a customer that is there in spelling only: write its code, or its name as it is")
    NOT_YOURS = N_("this code or name is another seller's customer")
    NO_PRODUCT = N_("a quantity or day without a product")
    NO_CONTACT = N_("a mail, phone or post without a contact's name")


class BadEntry(NamedTuple):
    """Why a row isn't written: the line in the file, the column's header, the cell as it is, the reason."""

    line: int
    column: str
    value: str
    reason: Wrong


def cleaned(cell: str) -> str:
    """A cell without what can't be kept: outer and double blanks, line breaks, and what is too long.

    >>> cleaned(" Ａcme\\n Drives ")
    'Acme Drives'
    """
    return " ".join(comparable(cell).replace("\0", "").split())[:LONGEST]


def read_cell(role: str, cell: str, sellers: Mapping[str, int | None]) -> tuple[Any, Wrong | None]:
    """What a filled cell means, or why it can't mean anything; `sellers` by `name_key` of what they are called.

    >>> read_cell("value", "1,250.5", {}), read_cell("vip", "maybe", {})
    ((1250.5, None), (None, <Wrong.NOT_YES_OR_NO: 'neither yes nor no'>))
    """
    value: Any
    if role in DAYS:
        value, reason = _day(cell), Wrong.NOT_A_DAY
    elif role in NUMBERS:
        value, reason = _number(cell), Wrong.NOT_A_NUMBER
    elif role in FLAGS:
        value, reason = _flag(cell), Wrong.NOT_YES_OR_NO
    elif role == "mail":
        value, reason = cell if MAIL.fullmatch(cell) else None, Wrong.NOT_A_MAIL
    elif role == "language":
        value, reason = LANGUAGES.get(cell.lower()), Wrong.NO_LANGUAGE
    elif role == "owner":
        value, reason = sellers.get(name_key(cell)), Wrong.NO_SELLER
    else:
        return cell, None
    return value, reason if value is None else None


def is_chinese(text: str) -> bool:
    """Whether a text holds a Chinese letter."""
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


def _day(text: str) -> date | None:
    found = moment_of(text, UTC)
    return None if found is None else (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found)).date()


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "").replace(" ", ""))
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _flag(text: str) -> bool | None:
    word = text.lower()
    return True if word in YES else False if word in NO else None
