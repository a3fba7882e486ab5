"""What differs between two versions of a scheme: entry by entry, rows matched by their codes. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from domain.scheme_draft import Draft


class Entry(NamedTuple):
    """A difference: `path` such as ("items", "on_time", "weight") or ("thresholds", "amber_below"); "" says nothing.

    A row that came or went has the path (table, code); rows in another order have (table, "", "order").
    """

    path: tuple[str, ...]
    before: str
    after: str


def changes(before: Draft, after: Draft) -> list[Entry]:
    """What differs, in the order of the document; nothing where both say the same, however it is written.

    >>> changes({"weight": Decimal("0.50"), "grades": []}, {"weight": Fraction(1, 2)})
    []
    >>> changes({"levels": [{"code": "a", "points": 5}]}, {"levels": [{"code": "a", "points": 4}]})
    [Entry(path=('levels', 'a', 'points'), before='5', after='4')]
    """
    found: list[Entry] = []
    for key in dict.fromkeys([*before, *after]):
        found += _between((key,), before.get(key), after.get(key))
    return found


def merged(began: Any, mine: Any, theirs: Any) -> Any:
    """What two people made of the same draft, taken together; where both changed an entry, mine counts.

    Rows are matched by their codes: `merged` keeps the order of mine, with rows that only they added at the end.

    >>> merged({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 3, "b": 3, "c": 1})
    {'a': 2, 'b': 3, 'c': 1}
    """
    if not changes({"": mine}, {"": began}):
        return theirs
    if _is_rows(mine) and _is_rows(theirs):
        parts = [{str(row.get("code")): row for row in rows or []} for rows in (began, mine, theirs)]
        return list(_merged_entries(*parts).values())
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        return _merged_entries(began or {}, mine, theirs)
    return mine


def _merged_entries(began: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in dict.fromkeys([*mine, *theirs]):
        if key in mine and key in theirs:
            found[key] = merged(began.get(key), mine[key], theirs[key])
        elif key in mine and (key not in began or changes({"": mine[key]}, {"": began[key]})):
            found[key] = mine[key]
        elif key in theirs and (key not in began or changes({"": theirs[key]}, {"": began[key]})):
            found[key] = theirs[key]
    return found


def _between(path: tuple[str, ...], before: Any, after: Any) -> list[Entry]:
    if _is_rows(before) or _is_rows(after):
        return _rows(path, before or [], after or [])
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        was, is_ = before or {}, after or {}
        if path[0] == "departments" and len(path) == 2 and not (was and is_):
            return [Entry(path, _name(was), _name(is_))]
        return [
            one for key in dict.fromkeys([*was, *is_]) for one in _between((*path, key), was.get(key), is_.get(key))
        ]
    return [] if _same(before, after) else [Entry(path, _text(before), _text(after))]


def _rows(path: tuple[str, ...], before: list[Any], after: list[Any]) -> list[Entry]:
    was, is_ = ({str(row.get("code", at)): row for at, row in enumerate(rows)} for rows in (before, after))
    found: list[Entry] = []
    for code in dict.fromkeys([*was, *is_]):
        if code in was and code in is_:
            found += _between((*path, code), was[code], is_[code])
        else:
            found.append(Entry((*path, code), _name(was.get(code, {})), _name(is_.get(code, {}))))
    kept = [code for code in was if code in is_]
    if kept != [code for code in is_ if code in was]:
        found.append(Entry((*path, "", "order"), ", ".join(was), ", ".join(is_)))
    return found


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _same(before: Any, after: Any) -> bool:
    was, is_ = _value(before), _value(after)
    return (type(was) is type(is_) and bool(was == is_)) or (_says_nothing(was) and _says_nothing(is_))


def _says_nothing(value: Any) -> bool:
    return value is None or value is False or value in ("", ())


def _value(value: Any) -> Any:
    """Numbers as exact ones, however they are written; lists as tuples."""
    if isinstance(value, list):
        return tuple(map(_value, value))
    if isinstance(value, (int, Decimal, Fraction, float)) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, str) and value.count("/") == 1 and all(part.isdecimal() for part in value.split("/")):
        top, bottom = map(int, value.split("/"))
        return Fraction(top, bottom) if bottom else value
    return value


def _name(row: Mapping[str, Any]) -> str:
    return " / ".join(str(row[key]) for key in ("zh", "en") if row.get(key)) or str(row.get("code", ""))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value)
