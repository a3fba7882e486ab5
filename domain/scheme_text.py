"""Writing a scheme as TOML: one line for each level, dimension and item, so that it reads like a table."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

from domain.scheme import Item, Level, Name, Scheme

Rows = Iterable[Mapping[str, Any]]
SECTIONS: Final = (
    "thresholds",
    "targets",
    "window",
    "required",
    "deductions",
    "actions",
    "approval",
    "interviewers",
    "calendar",
)


def document_hash(text: str) -> str:
    """SHA-256 (hex) of a document, the same whatever line ends an editor or a checkout gave it."""
    lines = text.removeprefix("\ufeff").splitlines()
    return sha256("\n".join(line.rstrip() for line in lines).strip().encode()).hexdigest()


def dump(scheme: Scheme) -> str:
    """The document that `domain.scheme_file.load` reads back as an equal scheme."""
    sections = {key: _told(getattr(scheme, key)) for key in SECTIONS}
    departments = {code: _named(name) for code, name in scheme.departments.items()}
    return write({**_settings(scheme), **_tables(scheme), **sections, "departments": departments})


def write(document: Mapping[str, Any]) -> str:
    """A document out of its entries, as TOML: single settings, lists of tables, then sections, each in the order given.

    Numbers may be int, float, Decimal or Fraction; None is left out. What it says isn't judged here.
    """
    rows = {key: value for key, value in document.items() if _is_rows(value)}
    sections = {key: value for key, value in document.items() if isinstance(value, Mapping) and key != "name"}
    settings = {key: value for key, value in document.items() if key not in rows and key not in sections}
    parts = ["\n".join(_pairs(settings))]
    parts += [_rows(key, value) for key, value in rows.items()]
    parts += [_section(key, value) for key, value in sections.items()]
    return "\n\n".join(part for part in parts if part) + "\n"


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, Mapping) for row in value)


def _settings(scheme: Scheme) -> dict[str, Any]:
    return {
        "code": scheme.code,
        "name": _named(scheme.name),
        "organiser": scheme.organiser,
        "cadence": scheme.cadence,
        "scale": "number" if scheme.number_scale else "levels",
        "points_are_scores": None if scheme.number_scale else scheme.points_are_scores,
        "satisfied_score": scheme.satisfied_score,
        "index_over": scheme.index_over,
        "late_answers_count": scheme.late_answers_count,
        "customers_named": scheme.customers_named,
        "ask_importance": scheme.ask_importance,
        "ask_earlier_problems": scheme.ask_earlier_problems or None,
        "retention_years": scheme.retention_years,
        "most_questions": scheme.most_questions,
        "most_minutes": scheme.most_minutes,
    }


def _tables(scheme: Scheme) -> dict[str, Rows]:
    return {
        "levels": [_level(level) for level in scheme.levels],
        "dimensions": [{"code": d.code, **_named(d.name), "weight": d.weight} for d in scheme.dimensions],
        "items": [_item(item) for item in scheme.items],
        "named_indexes": [{"code": i.code, **_named(i.name), "items": i.items} for i in scheme.named_indexes],
        "grades": [{"code": g.code, **_named(g.name), "at_least": g.at_least} for g in scheme.grades],
    }


def _told(part: Any) -> dict[str, Any]:
    """What a section has to say: absent, false and empty settings are the default."""
    values = {} if part is None else asdict(part)
    return {key: value for key, value in values.items() if value is not None and value is not False and value != ()}


def _level(level: Level) -> dict[str, Any]:
    text = _named(level.text) or None
    return {"code": level.code, **_named(level.name), "points": level.points, "value": level.value, "text": text}


def _item(item: Item) -> dict[str, Any]:
    rest = {"dimension": item.dimension, "weight": item.weight, "department": item.department}
    return {"code": item.code, **_named(item.name), **rest}


def _named(name: Name) -> dict[str, str]:
    return {key: text for key, text in (("zh", name.zh), ("en", name.en)) if text}


def _rows(key: str, rows: Rows) -> str:
    lines = [f"  {_value(row)}," for row in rows]
    return "\n".join([f"{key} = [", *lines, "]"]) if lines else ""


def _section(key: str, values: Mapping[str, Any]) -> str:
    lines = _pairs(values)
    return "\n".join([f"[{key}]", *lines]) if lines else ""


def _pairs(values: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in values.items() if value is not None]


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_pairs(value)) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(part) for part in value) + "]"
    return _number(value)


def _number(value: Fraction | Decimal | float) -> str:
    """Shortest form that reads back as the same value: 20, 87.5, "5/6"."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    short = f"{float(exact):.12g}"
    return short if "e" not in short and Fraction(short) == exact else f'"{exact.numerator}/{exact.denominator}"'
