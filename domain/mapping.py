"""A mapping says what the columns and cells of a survey file mean: one TOML document, made once and used again.

    [columns]            # role = header, exactly as in the file; opinion may list several
    external_id = "RESPNUM"
    opinion = ["Q8COM1"]
    [items]              # item code = header
    Q7ART = "Q7ART"
    [values]             # "*" = all items, or an item code; cell → the level's value
    "*" = { "5" = 5, "很满意" = 5 }
    [blank]              # cells that mean no answer; for a role, cells that mean nothing is known
    "*" = ["", "0"]
    [not_applicable]     # cells that mean the question doesn't concern the respondent
    "*" = ["6"]
    [fixed]              # role = what is true of all rows, where the file has no column for it
    channel = "web"
    [choices]            # questions that aren't rated: one column, or one for each option
    "6" = { text = "爱好", columns = ["6、您的爱好"], joined_by = "┋", labels = { "1" = "运动" } }
    [dates]              # how dates that don't begin with the year are written: "mdy" or "dmy"
    order = "mdy"

Cells are compared after `comparable`: outer blanks away, full-width forms as half-width ones, nothing else.
"""

import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.errors import N_, Refusal
from domain.mapped_choices import Choice

ROLES: Final = (
    "external_id",
    "customer",
    "customer_name",
    "segment",
    "region",
    "channel",
    "respondent",
    "subject",
    "submitted_at",
    "duration",
    "weight",
    "opinion",
)
TEXT_ROLES: Final = ("customer", "customer_name", "segment", "region", "channel", "respondent", "subject")
FIXED_ROLES: Final = ("customer", "customer_name", "segment", "region", "channel", "subject")
DATE_ORDERS: Final = ("mdy", "dmy")
SECTIONS: Final = ("columns", "items", "values", "blank", "not_applicable", "fixed", "choices", "dates")
ALL_ITEMS: Final = "*"
LONGEST_DOCUMENT: Final = 2_000_000
LARGEST: Final = 1_000_000
"""No scale goes so far; keeps infinities and endless digits out."""

Values = dict[str, dict[str, float]]
Cells = dict[str, tuple[str, ...]]


class MappingInvalid(Refusal):
    """The mapping can't be used; the text names the place."""


def comparable(cell: str) -> str:
    """A cell as it is compared: NFKC, outer blanks away.

    >>> comparable(" ５ "), comparable("Ｎ/Ａ")
    ('5', 'N/A')
    """
    return unicodedata.normalize("NFKC", cell).strip()


@dataclass(frozen=True)
class Mapping:
    """The document; `items` keeps the order of the file, `opinions` are the headers of the role `opinion`."""

    items: dict[str, str]
    columns: dict[str, str] = field(default_factory=dict)
    opinions: tuple[str, ...] = ()
    values: Values = field(default_factory=dict)
    blank: Cells = field(default_factory=dict)
    not_applicable: Cells = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)
    date_order: str = "mdy"

    def __post_init__(self) -> None:
        check(self)

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers that the mapping names, each once."""
        chosen = [header for choice in self.choices.values() for header in choice.columns]
        return tuple(dict.fromkeys([*self.columns.values(), *self.opinions, *self.items.values(), *chosen]))

    def missing_in(self, headers: Sequence[str]) -> tuple[str, ...]:
        """Headers that the mapping names and the file lacks; the mapping fits where there are none."""
        return tuple(header for header in self.headers if header not in headers)

    @staticmethod
    def load(text: str) -> "Mapping":
        """The mapping that a TOML document describes. Raises MappingInvalid."""
        if len(text) > LONGEST_DOCUMENT:
            template = N_("A mapping has at most {most} characters; this one has {n}.")
            raise MappingInvalid(template, most=LONGEST_DOCUMENT, n=len(text))
        try:
            document = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # endless numbers and nesting, too
            raise MappingInvalid(N_("The mapping is no valid TOML: {detail}."), detail=str(error)[:200]) from None
        return _from_document(document)

    def dump(self) -> str:
        """The TOML document; `load` makes an equal mapping of it."""
        columns: dict[str, object] = dict(self.columns)
        if self.opinions:
            columns["opinion"] = list(self.opinions)
        sections: dict[str, Dictionary[str, object]] = {
            "columns": columns,
            "items": self.items,
            "values": self.values,
            "blank": self.blank,
            "not_applicable": self.not_applicable,
            "fixed": self.fixed,
            "choices": {code: _choice_entry(choice) for code, choice in self.choices.items()},
            "dates": {} if self.date_order == "mdy" else {"order": self.date_order},
        }
        return "\n".join(_section(name, entries) for name, entries in sections.items() if entries)


def fingerprint_of(headers: Sequence[str]) -> str:
    """64 hexadecimal digits that two files share when they have the same columns in any order."""
    names = sorted(comparable(header) for header in headers)
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def check(mapping: Mapping) -> None:
    """Raises MappingInvalid where a mapping contradicts itself."""
    _check_roles(mapping)
    if not (mapping.items or mapping.choices):
        raise MappingInvalid(N_("The mapping names no item. Say which columns hold the ratings."))
    _check_once(mapping)
    known = {*mapping.items, ALL_ITEMS}
    for section, allowed in (("values", known), ("not_applicable", known), ("blank", known | set(ROLES))):
        for code in getattr(mapping, section):
            if code not in allowed:
                raise MappingInvalid(
                    N_("[{section}] speaks of “{code}”, which is no item."), section=section, code=code
                )
    for code in known:
        _check_meanings(mapping, code)


def _check_roles(mapping: Mapping) -> None:
    for role in mapping.columns:
        if role not in ROLES or role == "opinion":
            raise MappingInvalid(
                N_("“{role}” is no role of a column. Roles: {roles}."), role=role, roles=", ".join(ROLES)
            )
    for role in mapping.fixed:
        if role not in FIXED_ROLES:
            raise MappingInvalid(N_("“{role}” can't be the same for all rows."), role=role)
        if role in mapping.columns:
            raise MappingInvalid(N_("“{role}” has a column and a fixed value. Keep one of them."), role=role)
    if mapping.date_order not in DATE_ORDERS:
        raise MappingInvalid(N_("The order of dates is “mdy” or “dmy”, not “{order}”."), order=mapping.date_order)


def _check_once(mapping: Mapping) -> None:
    """A column is one item, or of one choice, or stands in roles: its cells can't be both a rating and something else."""
    taken = {*mapping.columns.values(), *mapping.opinions}
    chosen = [header for choice in mapping.choices.values() for header in choice.columns]
    for header in [*mapping.items.values(), *chosen]:
        if header in taken:
            raise MappingInvalid(N_("The column “{header}” is used twice."), header=header)
        taken.add(header)


def _check_meanings(mapping: Mapping, code: str) -> None:
    """Within one entry, a cell means one thing."""
    meanings: dict[str, object] = {}
    entries: list[tuple[str, object]] = [(cell, value) for cell, value in mapping.values.get(code, {}).items()]
    for section in ("blank", "not_applicable"):
        entries += [(cell, section) for cell in getattr(mapping, section).get(code, ())]
    for cell, meaning in entries:
        if meanings.setdefault(comparable(cell), meaning) != meaning:
            raise MappingInvalid(N_("“{cell}” has two meanings for {code}."), cell=cell, code=code)


def _from_document(document: dict[str, object]) -> Mapping:
    for name in document:
        if name not in SECTIONS:
            raise MappingInvalid(
                N_("The mapping has no section [{section}]. Sections: {sections}."),
                section=name,
                sections=", ".join(SECTIONS),
            )
    columns = _table(document, "columns")
    opinion = columns.pop("opinion", [])
    return Mapping(
        items=_texts("items", _table(document, "items")),
        columns=_texts("columns", columns),
        opinions=_cells("columns", opinion if isinstance(opinion, list) else [opinion]),
        values={code: _values(code, entry) for code, entry in _table(document, "values").items()},
        blank={code: _cells("blank", entry) for code, entry in _table(document, "blank").items()},
        not_applicable={code: _cells("not_applicable", e) for code, e in _table(document, "not_applicable").items()},
        fixed=_texts("fixed", _table(document, "fixed")),
        choices={code: _choice(code, entry) for code, entry in _table(document, "choices").items()},
        date_order=_date_order(_table(document, "dates")),
    )


def _table(document: dict[str, object], section: str) -> dict[str, object]:
    table = document.get(section, {})
    if not isinstance(table, dict):
        raise MappingInvalid(N_("[{section}] must be a table of names and what they stand for."), section=section)
    return dict(table)


def _texts(section: str, table: dict[str, object]) -> dict[str, str]:
    return {key: _text(section, value) for key, value in table.items()}


def _text(section: str, value: object) -> str:
    if not isinstance(value, str):
        raise MappingInvalid(
            N_("[{section}] has {value} where a text in quotation marks belongs."), section=section, value=value
        )
    return value


def _cells(section: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise MappingInvalid(N_("[{section}] has {value} where a list of cells belongs."), section=section, value=value)
    return tuple(_text(section, cell) for cell in value)


def _values(code: str, entry: object) -> dict[str, float]:
    if not isinstance(entry, dict):
        raise MappingInvalid(N_("[values] must say of “{code}” which cell means which value."), code=code)
    for cell, value in entry.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -LARGEST <= value <= LARGEST:
            raise MappingInvalid(N_("“{cell}” must stand for a number, not {value}."), cell=cell, value=value)
    return {cell: float(value) for cell, value in entry.items()}


def _choice(code: str, entry: object) -> Choice:
    if not isinstance(entry, dict) or not entry.keys() <= {"text", "columns", "joined_by", "labels"}:
        raise MappingInvalid(N_("[choices] must say of “{code}” its text and columns."), code=code)
    columns = _cells("choices", entry.get("columns", []))
    if not columns:
        raise MappingInvalid(N_("[choices] must say of “{code}” its text and columns."), code=code)
    text, joined_by = (_text("choices", entry.get(name, "")) for name in ("text", "joined_by"))
    return Choice(text or code, columns, joined_by, _texts("choices", _table(entry, "labels")))


def _choice_entry(choice: Choice) -> dict[str, object]:
    more = {"joined_by": choice.joined_by, "labels": choice.labels}
    return {"text": choice.text, "columns": choice.columns, **{name: value for name, value in more.items() if value}}


def _date_order(table: dict[str, object]) -> str:
    for key in table:
        if key != "order":
            raise MappingInvalid(N_("[dates] knows only “order”, not “{key}”."), key=key)
    return _text("dates", table.get("order", "mdy"))


def _section(name: str, entries: Dictionary[str, object]) -> str:
    return "".join([f"[{name}]\n", *(f"{_key(key)} = {_toml(value)}\n" for key, value in entries.items())])


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "a").isalnum() else _toml(key)


def _toml(value: object) -> str:
    """A value in TOML: texts and numbers, lists and inline tables of them."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
