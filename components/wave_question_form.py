"""The dialog of a question that is asked beside the scheme's items, and saving a questionnaire."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import streamlit as st

from components import live, notices
from components.texts import _
from db.queries.waves import SurveyWave
from db.session import write_session
from domain.access import Viewer
from domain.errors import N_, Refusal
from domain.questionnaire import CHOICES, LONGEST_QUESTION, Extra, Questionnaire, checked_extras, next_code
from domain.scheme import Name
from services import questionnaires

KINDS: Final = {
    "single": (N_("One of several"), "radio_button_checked"),
    "multiple": (N_("Several of several"), "check_box"),
    "recommend": (N_("Recommendation 0–10"), "thumb_up"),
    "scenario": (N_("Scenario"), "theater_comedy"),
    "number": (N_("Number"), "pin"),
    "text": (N_("Free text"), "notes"),
}
"""Kind of question → its name and icon."""


def ask(viewer: Viewer, wave: SurveyWave, asked: Questionnaire, extra: Extra | None) -> None:
    """Opens the dialog for a new question, or for one that there is."""
    live.hold()
    dialog = st.dialog(
        _("Change a question") if extra else _("Add a question"), width="medium", on_dismiss=lambda: live.hold(False)
    )
    dialog(_form)(viewer, wave, asked, extra, f"question.{uuid4().hex}")


def _form(viewer: Viewer, wave: SurveyWave, asked: Questionnaire, extra: Extra | None, key: str) -> None:
    kinds = list(KINDS)
    now = extra or Extra(next_code(asked.extras), "single", Name())
    kind = st.selectbox(
        _("Kind of question"),
        kinds,
        kinds.index(now.kind),
        format_func=lambda one: _(KINDS[one][0]),
        key=f"{key}.kind",
    )
    situation = _pair(_("Situation"), now.situation, f"{key}.situation") if kind == "scenario" else Name()
    name = _pair(_("Question"), now.name, f"{key}.name")
    options = _options(now, key) if kind in CHOICES else ()
    least, most = _bounds(now, key) if kind == "number" else (None, None)
    required = st.checkbox(_("Has to be answered"), now.required, key=f"{key}.required")
    if st.button(_("Save question"), type="primary", icon=":material/check:", key=f"{key}.save"):
        made = Extra(now.code, kind, name, options, situation, required, least, most)
        others = [made if one.code == now.code else one for one in asked.extras]
        if store(viewer, wave, asked, extras=others if extra else [*others, made]):
            live.hold(False)
            st.rerun()


def _pair(label: str, now: Name, key: str) -> Name:
    """A text in both languages; one of them may stay empty."""
    columns = st.columns(2)
    values = [
        column.text_area(f"{label} · {own}", value, height=70, max_chars=LONGEST_QUESTION, key=f"{key}.{own}") or ""
        for column, own, value in zip(columns, ("中文", "English"), (now.zh, now.en), strict=True)
    ]
    return Name(values[0].strip(), values[1].strip())


def _options(now: Extra, key: str) -> tuple[Name, ...]:
    """One option a line in each language; where one has fewer lines, the other stands in."""
    columns = st.columns(2)
    lines = [
        [
            line.strip()
            for line in (
                column.text_area(
                    f"{_('Options, one a line')} · {own}",
                    "\n".join(getattr(option, field) for option in now.options),
                    height=120,
                    key=f"{key}.options.{own}",
                )
                or ""
            ).splitlines()
        ]
        for column, own, field in zip(columns, ("中文", "English"), ("zh", "en"), strict=True)
    ]
    length = max(map(len, lines))
    zh, en = ([*some, *[""] * (length - len(some))] for some in lines)
    return tuple(Name(a, b) for a, b in zip(zh, en, strict=True) if a or b)


def _bounds(now: Extra, key: str) -> tuple[float | None, float | None]:
    columns = st.columns(2)
    return (
        columns[0].number_input(_("Least"), value=now.least, key=f"{key}.least"),
        columns[1].number_input(_("Most"), value=now.most, key=f"{key}.most"),
    )


def store(
    viewer: Viewer,
    wave: SurveyWave,
    asked: Questionnaire,
    *,
    extras: Sequence[Extra] | None = None,
    texts: Mapping[str, Name] | None = None,
    importance: bool | None = None,
) -> bool:
    """Saves the next version; where it can't be, says why. The caller then runs the page anew."""
    try:
        chosen = checked_extras(tuple(asked.extras if extras is None else extras))
        with write_session() as session:
            questionnaires.save(
                session,
                wave_id=wave.id,
                texts=asked.texts if texts is None else texts,
                extras=chosen,
                ask_importance=asked.ask_importance if importance is None else importance,
                base=asked.number,
                by=viewer,
                at=datetime.now(UTC),
            )
    except Refusal as refusal:
        st.error(refusal.explain(_))
        return False
    notices.say(_("The questionnaire is saved."))
    return True
