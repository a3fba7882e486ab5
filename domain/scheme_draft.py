"""A scheme while it is being edited: the entries of its document, as tables and fields of a screen show them.

A draft may say what can't be meant; `checked` refuses that as `domain.scheme_file.load` does, `place_of` names the field.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from domain.errors import Refusal
from domain.scheme import Scheme
from domain.scheme_file import load
from domain.scheme_text import dump, write

Draft = dict[str, Any]
"""The entries as TOML has them; decimals are exact, fractions are texts such as "5/6"."""
Row = dict[str, Any]
"""A row of a table on screen: every column is there, as text ("" where the document says nothing) or a list of codes."""

TABLES: Final[dict[str, tuple[str, ...]]] = {
    "levels": ("code", "zh", "en", "points", "value", "text.zh", "text.en"),
    "dimensions": ("code", "zh", "en", "weight"),
    "items": ("code", "zh", "en", "dimension", "weight", "department"),
    "named_indexes": ("code", "zh", "en", "items"),
    "grades": ("code", "zh", "en", "at_least"),
    "departments": ("code", "zh", "en"),
}
"""The columns of each table; "text.zh" is the entry zh of the inner table text."""
NUMBERS: Final = frozenset({"points", "value", "weight", "at_least"})
LISTS: Final = frozenset({"items"})
MOST_COLUMN_CODES: Final = 200
PLACE: Final = re.compile(r"(?P<section>[a-z_]+)(?:\[(?P<row>\d+)\])?(?:\.(?P<field>\w+))?(?:\[\d+\])?(?=[ :]|$)")


class Place(NamedTuple):
    """Where in a draft something can't be meant: a section or table, a row of it (from 0), an entry; None: as a whole."""

    section: str
    row: int | None = None
    field: str | None = None


def draft_of(document: str) -> Draft:
    """The entries of a document, all of them written in the same way; raises SchemeInvalid."""
    return entries_of(load(document))


def entries_of(scheme: Scheme) -> Draft:
    """The entries that a scheme is written with."""
    return tomllib.loads(dump(scheme), parse_float=Decimal)


def document_of(draft: Draft) -> str:
    """The draft as TOML, whatever it says."""
    return write(draft)


def checked(draft: Draft) -> Scheme:
    """The scheme that a draft describes; raises SchemeInvalid."""
    return load(document_of(draft))


def place_of(refusal: Refusal) -> Place:
    """Where the mistake is that a refusal of a document speaks of; every such sentence begins with the place.

    >>> from domain.scheme_entries import SchemeInvalid
    >>> place_of(SchemeInvalid("{where} is missing. Add it.", where="items[2].weight"))
    Place(section='items', row=2, field='weight')
    >>> place_of(SchemeInvalid("deductions change customer scores: write …"))
    Place(section='deductions', row=None, field=None)
    """
    found = PLACE.match(str(refusal))
    if not found:
        return Place("")
    return Place(found["section"], int(found["row"]) if found["row"] else None, found["field"])


def rows_of(draft: Draft, table: str) -> list[Row]:
    """The rows of a table as the screen edits them."""
    if table == "departments":
        return [{"code": code, **_named(entry)} for code, entry in draft.get(table, {}).items()]
    return [{column: _shown(entry, column) for column in TABLES[table]} for entry in draft.get(table, [])]


def with_rows(draft: Draft, table: str, rows: Sequence[Mapping[str, Any]]) -> Draft:
    """The draft with what the screen says of a table; empty rows are dropped, entries that the screen lacks are kept."""
    filled = [row for row in rows if any(row.get(column) for column in TABLES[table])]
    if table == "departments":
        named: dict[str, dict[str, Any]] = {}
        for at, row in enumerate(filled, 1):
            # a code twice, or none, can't stand in a table of TOML: the row then gets one that the check refuses
            code = str(row.get("code") or "").strip()
            named[f"{code} ({at})" if code in named or not code else code] = _without(_entry(row, table), "code")
        return _with(draft, table, named)
    before = {entry.get("code"): entry for entry in draft.get(table, [])}
    columns = {column.split(".")[0] for column in TABLES[table]}
    entries = [
        {**_entry(row, table), **_beside(before.get(str(row.get("code") or "").strip(), {}), columns)} for row in filled
    ]
    return _with(draft, table, entries)


def with_values(draft: Draft, values: Mapping[str, Any], section: str = "") -> Draft:
    """The draft with single settings, or with those of a section; None and "" take an entry out.

    So do False and an empty list in a section that says nothing of it: they are the usual there.
    """
    if not section:
        return {key: value for key, value in {**draft, **values}.items() if value is not None}
    before = draft.get(section, {})
    entries = {key: value for key, value in {**before, **values}.items() if value is not None and value != ""}
    return _with(
        draft, section, {key: value for key, value in entries.items() if key in before or value not in (False, [])}
    )


def number(text: str) -> int | Decimal | str:
    """What was typed as a number: exactly, or as a text where it is none (fractions are texts).

    >>> number("20"), number(" 0.15 "), number("5/6"), number("viel")
    (20, Decimal('0.15'), '5/6', 'viel')
    """
    typed = text.strip().replace("−", "-")
    if re.fullmatch(r"-?\d{1,15}", typed):
        return int(typed)
    try:
        return Decimal(typed) if re.fullmatch(r"-?\d{0,12}\.\d{1,12}", typed) else typed
    except InvalidOperation:
        return typed


def codes_in(draft: Draft, table: str) -> list[str]:
    """The codes that a table has so far, in its order, without those that are missing."""
    return [row["code"] for row in rows_of(draft, table) if row["code"]][:MOST_COLUMN_CODES]


def names_in(draft: Draft, table: str, language: str) -> dict[str, str]:
    """Code → name for a reader of `language`, the code where there is no name."""
    first, second = ("zh", "en") if language.startswith("zh") else ("en", "zh")
    return {row["code"]: row[first] or row[second] or row["code"] for row in rows_of(draft, table) if row["code"]}


def _shown(entry: Mapping[str, Any], column: str) -> str | list[str]:
    outer, _, inner = column.partition(".")
    value = entry.get(outer, {}).get(inner) if inner else entry.get(outer)
    if column in LISTS:
        return [str(code) for code in value or []]
    return "" if value is None else str(value)


def _entry(row: Mapping[str, Any], table: str) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for column in TABLES[table]:
        value = row.get(column)
        if value is None or value in ("", []):
            continue
        outer, _, inner = column.partition(".")
        typed = list(value) if column in LISTS else number(str(value)) if column in NUMBERS else str(value).strip()
        if inner:
            entry.setdefault(outer, {})[inner] = typed
        elif typed != "":
            entry[outer] = typed
    return entry


def _named(entry: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(entry.get(key, "")) for key in ("zh", "en")}


def _beside(entry: Mapping[str, Any], columns: set[str]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in columns}


def _without(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != key}


def _with(draft: Draft, key: str, value: Any) -> Draft:
    return {**draft, key: value} if value else {name: entry for name, entry in draft.items() if name != key}
