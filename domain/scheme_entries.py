"""Entries of a TOML document, read strictly: what is missing, unknown or of a wrong kind is refused with its place."""

import json
import re
import tomllib
from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final, TypeVar

from domain.errors import N_, Refusal
from domain.scheme import Name

Value = TypeVar("Value")

LONGEST_DOCUMENT: Final = 500_000
MOST_ROWS: Final = 500
LARGEST_NUMBER: Final = 10**6
CODE: Final = re.compile(r"[^\W_][\w.\-]{0,63}")
FRACTION: Final = re.compile(r"(-?\d{1,7})/([1-9]\d{0,6})")


class SchemeInvalid(Refusal):
    """A scheme document says something that can't be meant; `where` names the place as `items[0].weight`."""


class Entries:
    """One table of a document, at `where`; every entry is asked for once, then `finish` refuses what is left over."""

    def __init__(self, entries: dict[str, Any], where: str = "") -> None:
        self._left = dict(entries)
        self._known: list[str] = []
        self._inner: list[Entries] = []
        self.where = where

    def place(self, key: str) -> str:
        """Where an entry stands, as messages say it."""
        return f"{self.where}.{key}" if self.where else key

    def has(self, key: str) -> bool:
        """Whether the entry is there and not yet taken."""
        return key in self._left

    def finish(self) -> None:
        """Refuse entries that nobody asked for, here and in inner tables: a misspelt rule must not pass silently."""
        for key in self._left:
            raise SchemeInvalid(
                N_("{where} is not known here. Known are: {known}. Correct its name or take it out."),
                where=self.place(key),
                known=", ".join(self._known),
            )
        for table in self._inner:
            table.finish()

    def text(self, key: str, default: str | None = None) -> str:
        """A text of one line or more, 2000 characters at most."""
        value = self._take(key, default)
        if not isinstance(value, str) or len(value) > 2000 or any(ord(c) < 32 and c not in "\n\t" for c in value):
            raise self._wrong(key, value, N_("{where} must be a text in quotes; it is {value}."))
        return value

    def code(self, key: str, default: str | None = None) -> str:
        """A code: letters, figures, "_", "-" and ".", beginning with a letter or figure."""
        return self._checked_code(key, self._take(key, default))

    def codes(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of codes, none of them twice."""
        found = tuple(self._checked_code(f"{key}[{at}]", value) for at, value in enumerate(self._list(key, default)))
        refuse_twice(found, self.place(key))
        return found

    def name(self, key: str) -> Name:
        """A table with zh and en."""
        return self.table(key).inline_name()

    def inline_name(self) -> Name:
        """zh and en beside the other entries; one of them may be missing."""
        found = Name(zh=self.text("zh", "").strip(), en=self.text("en", "").strip())
        if not (found.zh or found.en):
            raise SchemeInvalid(N_("{where} has no name: give zh, en or both."), where=self.where or "name")
        return found

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, value, N_("{where} must be true or false; it is {value}."))
        return value

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number within bounds, both included."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            template = N_("{where} must be a whole number from {least} to {most}; it is {value}.")
            raise self._wrong(key, value, template, least=least, most=most)
        return value

    def number(
        self, key: str, least: int = -LARGEST_NUMBER, most: int = LARGEST_NUMBER, default: int | None = None
    ) -> Fraction:
        """A number within bounds, exactly: 87.5 as well as "5/6"."""
        value = self._take(key, default)
        number = _fraction(value)
        if number is None or not least <= number <= most:
            template = N_('{where} must be a number from {least} to {most}, such as 20, 87.5 or "5/6"; it is {value}.')
            raise self._wrong(key, value, template, least=least, most=most)
        return number

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of the words allowed."""
        value = self._take(key, default)
        if not isinstance(value, str) or value not in allowed:
            template = N_("{where} must be one of {allowed}; it is {value}.")
            raise self._wrong(key, value, template, allowed=", ".join(sorted(allowed)))
        return value

    def days(self, key: str) -> tuple[str, ...]:
        """A list of dates, as ISO texts."""
        return tuple(self._iso_day(f"{key}[{at}]", value) for at, value in enumerate(self._list(key, ())))

    def table(self, key: str) -> "Entries":
        """The entries of a table; an empty one where it is missing, so that its own entries say what is needed."""
        return self._table(key, self._take(key, {}))

    def tables(self, key: str) -> list["Entries"]:
        """The rows of a list of tables, at most MOST_ROWS; none where it is missing."""
        rows = self._list(key, ())
        if len(rows) > MOST_ROWS:
            template = N_("{where} has {n} entries; at most {most} are possible.")
            raise SchemeInvalid(template, where=self.place(key), n=len(rows), most=MOST_ROWS)
        return [self._table(f"{key}[{at}]", value) for at, value in enumerate(rows)]

    def rest(self) -> dict[str, "Entries"]:
        """All entries left, as tables by their code."""
        return {self._checked_code(key, key): self.table(key) for key in list(self._left)}

    def if_there(self, key: str, read: Callable[[str], Value]) -> Value | None:
        """What `read` makes of the entry, None where it is missing."""
        if self.has(key):
            return read(key)
        self._known.append(key)
        return None

    def _table(self, key: str, value: Any) -> "Entries":
        if not isinstance(value, dict):
            raise self._wrong(key, value, N_("{where} must be a table; it is {value}."))
        self._inner.append(Entries(value, self.place(key)))
        return self._inner[-1]

    def _take(self, key: str, default: Any) -> Any:
        self._known.append(key)
        if key not in self._left and default is None:
            raise SchemeInvalid(N_("{where} is missing. Add it."), where=self.place(key))
        return self._left.pop(key, default)

    def _list(self, key: str, default: tuple[Any, ...] | None) -> list[Any]:
        value = self._take(key, default)
        if not isinstance(value, (list, tuple)):
            raise self._wrong(key, value, N_("{where} must be a list in square brackets; it is {value}."))
        return list(value)

    def _checked_code(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not CODE.fullmatch(value):
            template = N_('{where} must be a code of letters, figures, "_", "-" and "."; it is {value}.')
            raise self._wrong(key, value, template)
        return value

    def _iso_day(self, key: str, value: Any) -> str:
        try:
            return (value if type(value) is date else date.fromisoformat(value)).isoformat()
        except (TypeError, ValueError):
            raise self._wrong(key, value, N_("{where} must be a date such as 2026-10-01; it is {value}.")) from None

    def _wrong(self, key: str, value: Any, template: str, **values: object) -> SchemeInvalid:
        return SchemeInvalid(template, where=self.place(key), value=_shown(value), **values)


def parse(text: str) -> Entries:
    """The entries of a TOML document; decimals stay exact. Refuses what is no TOML, or is absurdly long."""
    if len(text) > LONGEST_DOCUMENT:
        raise SchemeInvalid(
            N_("A scheme file has at most {most} characters; this one has {n}."), most=LONGEST_DOCUMENT, n=len(text)
        )
    try:
        return Entries(tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal))
    except (ValueError, RecursionError, InvalidOperation) as error:
        template = N_("This is not a TOML document: {reason}. Correct the place that it names.")
        raise SchemeInvalid(template, reason=str(error)[:200]) from error


def refuse_twice(codes: Collection[str], where: str) -> None:
    """Refuse a code that comes twice."""
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise SchemeInvalid(N_("{where}: {code} comes twice. Each may come once."), where=where, code=code)
        seen.add(code)


def _fraction(value: Any) -> Fraction | None:
    if isinstance(value, str) and (parts := FRACTION.fullmatch(value)):
        return Fraction(int(parts[1]), int(parts[2]))
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    if isinstance(value, Decimal) and not (
        value.is_finite() and len(str(value)) <= 30 and -400 < value.adjusted() < 30
    ):
        return None
    return Fraction(value)


def _as_text(value: Any) -> str:
    return f"a {type(value).__name__}" if isinstance(value, (list, dict)) else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > 128:
        return "…"
    shown = json.dumps(value, ensure_ascii=False) if isinstance(value, (str, int)) else _as_text(value)
    return shown if len(shown) <= 60 else shown[:59] + "…"
