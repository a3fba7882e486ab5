"""Single settings of a scheme as fields: each is a definition, drawn and read in one place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from components.scheme_editor.words import CHOICES, name_of
from components.texts import _, language
from domain.errors import N_
from domain.scheme_draft import Draft, codes_in, names_in, with_values

NONE: Final = ""


@dataclass(frozen=True)
class Field:
    """One entry, `section.key` or `key`; `kind` is a name in KINDS.

    `usual` stands where the document says nothing; `of` is the table whose codes are chosen from; `least` and `most`
    bound a number.
    """

    path: str
    kind: str
    usual: Any = None
    of: str = ""
    least: float | None = None
    most: float | None = None
    hint: str = ""

    @property
    def section(self) -> str:
        return self.path.rpartition(".")[0]

    @property
    def key(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def label(self) -> str:
        return name_of(*self.path.split("."))


def score(path: str, *, usual: Any = None, hint: str = "") -> Field:
    """Points 0–100 (schemes with negative points: from −100)."""
    return Field(path, "number", usual, least=-100, most=100, hint=hint)


BASICS: Final = (
    Field("name.zh", "text"),
    Field("name.en", "text"),
    Field("organiser", "code", of="departments"),
    Field("cadence", "choice"),
    Field("index_over", "choice", "responses"),
    Field("retention_years", "whole", 3, least=1, most=100),
    Field("most_questions", "whole", 30, least=1, most=500, hint=N_("Longer questionnaires are warned of.")),
    Field("most_minutes", "whole", 15, least=1, most=240),
    Field("customers_named", "flag", True, hint=N_("Off for surveys of passengers or residents without names.")),
    Field("late_answers_count", "flag", True, hint=N_("They are marked, and never count in the response rate.")),
    Field("ask_importance", "flag", False),
    Field("ask_earlier_problems", "flag", False),
)
THRESHOLDS: Final = (
    score("thresholds.amber_below"),
    score("satisfied_score", hint=N_("The satisfaction rate is the share at or above it.")),
    Field("thresholds.decline_step", "number", 2, least=0, most=100, hint=N_("In points; 0 means any fall.")),
    Field("thresholds.watch_level", "code", of="levels"),
)
TARGETS: Final = (
    score("targets.index"),
    score("targets.customer"),
    Field("targets.satisfaction_rate", "share"),
    Field("targets.response_rate", "share"),
    Field("targets.coverage", "share"),
)
REQUIRED: Final = (
    Field("required.valid", "whole", least=1, most=10**9),
    Field("required.share", "share"),
    Field("required.void_when_missed", "flag", False),
)
DEDUCTIONS: Final = (
    Field("deductions.each", "number", 5, least=0, most=100),
    Field("deductions.serious", "number", 10, least=0, most=100),
    Field("deductions.serious_categories", "choices"),
    score("deductions.floor", usual=0),
)
ACTIONS: Final = (
    Field("actions.due_working_days", "whole", 10, least=1, most=366),
    Field("actions.effectiveness", "choice", "next_wave"),
    Field("actions.approvers", "codes", of="departments"),
)
APPROVAL: Final = (
    Field("approval.countersigned_by", "codes", of="departments", hint=N_("In this order.")),
    Field("approval.approved_by", "code", of="departments"),
)
INTERVIEWERS: Final = (
    Field(
        "interviewers.training_hours", "number", least=0, most=10_000, hint=N_("Entries of the untrained are refused.")
    ),
    Field("interviewers.training_marks", "number", least=0, most=100),
)
CALENDAR: Final = (
    Field("calendar.country", "text", "CN", hint=N_("ISO code of the country, such as CN.")),
    Field("calendar.days_off", "days", hint=N_("Dates such as 2026-10-09, one a line; beside the public holidays.")),
    Field("calendar.days_on", "days", hint=N_("Dates such as 2026-10-10, one a line.")),
)


def draw(fields: Sequence[Field], entered: Draft, draft: Draft, key: str, *, columns: int = 2) -> Draft:
    """Draws fields side by side, beginning with what was `entered`; the draft with what they hold now."""
    places = st.columns(columns, gap="small")
    for at, field in enumerate(fields):
        before = _read(entered, field)
        with places[at % columns]:
            value = KINDS[field.kind](field, before, draft, f"{key}.{field.path}")
        if field.section == "name":
            names = {name: text for name, text in {**draft.get("name", {}), field.key: value}.items() if text}
            draft = {**draft, "name": names}
        elif field.section and value == field.usual and field.key not in draft.get(field.section, {}):
            draft = with_values(draft, {field.key: None}, field.section)
        else:
            draft = with_values(draft, {field.key: value}, field.section)
    return draft


def one_of(
    paths: Sequence[str], entered: Draft, draft: Draft, key: str, *, nothing: str, bounds: Mapping[str, Any]
) -> Draft:
    """Settings of which only one may be there: which one, and its number; `nothing` is said where none may be chosen."""
    section = paths[0].partition(".")[0]
    keys = [path.partition(".")[2] for path in paths]
    there = entered.get(section, {})
    chosen = next((name for name in keys if name in there), keys[0] if not nothing else NONE)
    left, right = st.columns(2, gap="small")
    kind = left.selectbox(
        name_of(section) if nothing else _("Red"),
        [*([NONE] if nothing else []), *keys],
        index=[*([NONE] if nothing else []), *keys].index(chosen),
        format_func=lambda name: name_of(section, name) if name else nothing,
        key=f"{key}.{section}.kind",
    )
    value = None
    if kind:
        before = there.get(kind, there.get(chosen))
        field = Field(f"{section}.{kind}", bounds["kind"], least=bounds["least"], most=bounds["most"])
        with right:
            value = KINDS[field.kind](field, before, draft, f"{key}.{section}.value")
    return with_values(draft, {name: value if name == kind else None for name in keys}, section)


def _read(draft: Draft, field: Field) -> Any:
    place = draft.get(field.section, {}) if field.section else draft
    return place.get(field.key, field.usual)


def _text(field: Field, before: Any, _draft: Draft, key: str) -> str | None:
    return st.text_input(field.label, str(before or ""), key=key, help=_(field.hint) or None).strip() or None


def _flag(field: Field, before: Any, _draft: Draft, key: str) -> bool:
    return st.toggle(field.label, bool(before), key=key, help=_(field.hint) or None)


def _whole(field: Field, before: Any, _draft: Draft, key: str) -> int | None:
    bounds: dict[str, Any] = {"min_value": int(field.least or 0), "max_value": int(field.most or 0)}
    shown = None if before is None else int(before)
    value = st.number_input(field.label, value=shown, step=1, key=key, placeholder="–", **bounds)
    return None if value is None else int(value)


def _number(field: Field, before: Any, _draft: Draft, key: str, factor: int = 1) -> Any:
    shown = None if before is None else float(before) * factor
    value = st.number_input(
        field.label,
        min_value=float(field.least or 0),
        max_value=float(field.most or 0),
        value=shown,
        step=1.0,
        format="%.6g",
        key=key,
        placeholder="–",
        help=_(field.hint) or None,
    )
    if value == shown:
        return before
    exact = None if value is None else Decimal(str(round(value, 6))) / factor
    return int(exact) if exact is not None and exact == exact.to_integral_value() else exact


def _share(field: Field, before: Any, draft: Draft, key: str) -> Any:
    percent = Field(field.path, "number", least=0, most=100)
    return _number(percent, before, draft, key, factor=100)


def _choice(field: Field, before: Any, _draft: Draft, key: str) -> str:
    words = CHOICES[field.path]
    options = list(dict.fromkeys([*words, *([before] if before else [])]))
    at = options.index(before) if before in options else 0
    return str(
        st.selectbox(field.label, options, at, format_func=lambda code: _(words.get(str(code), str(code))), key=key)
    )


def _choices(field: Field, before: Any, _draft: Draft, key: str) -> list[str]:
    words = CHOICES[field.path]
    return st.multiselect(
        field.label,
        list(words),
        list(before or []),
        format_func=lambda code: _(words[code]),
        key=key,
        placeholder=_("Choose"),
    )


def _code(field: Field, before: Any, draft: Draft, key: str) -> str | None:
    names = names_in(draft, field.of, language())
    options = list(dict.fromkeys([NONE, *codes_in(draft, field.of), *([before] if before else [])]))
    found = st.selectbox(
        field.label,
        options,
        options.index(before) if before in options else 0,
        format_func=lambda code: names.get(code, code) or "–",
        key=key,
        help=_(field.hint) or None,
    )
    return found or None


def _codes(field: Field, before: Any, draft: Draft, key: str) -> list[str]:
    names = names_in(draft, field.of, language())
    options = list(dict.fromkeys([*codes_in(draft, field.of), *(before or [])]))
    return st.multiselect(
        field.label,
        options,
        list(before or []),
        format_func=lambda code: names.get(code, code),
        key=key,
        placeholder=_("Choose"),
        help=_(field.hint) or None,
    )


def _days(field: Field, before: Any, _draft: Draft, key: str) -> list[str]:
    typed = st.text_area(
        field.label, "\n".join(map(str, before or [])), height=110, key=key, help=_(field.hint) or None
    )
    return typed.replace(",", " ").replace("，", " ").split()


KINDS: Final[dict[str, Callable[[Field, Any, Draft, str], Any]]] = {
    "text": _text,
    "flag": _flag,
    "whole": _whole,
    "number": _number,
    "share": _share,
    "choice": _choice,
    "choices": _choices,
    "code": _code,
    "codes": _codes,
    "days": _days,
}
"""How a field of each kind is drawn; gives what the document says of it."""
