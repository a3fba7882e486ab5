"""Reports that go out by themselves: which, to whom, when, and the short form that adds one."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import chooser, clock, notices, report_words, states
from components.formats import moment, plain
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.made_reports import ScheduleLine, report_schedules, schemes_to_schedule
from db.queries.people import active_people
from db.session import read_session
from domain.access import Viewer
from domain.reports import OCCASIONS, REPORTS, SCHEDULED
from locales import LANGUAGES
from services import report_schedules as schedules

FORM: Final = "reports.schedule"
MOST_ROWS: Final = 12


def draw(viewer: Viewer) -> None:
    """The list at the left, the form at the right."""
    with read_session() as session:
        lines = report_schedules(session, viewer)
        schemes = {key: name.in_(language()) for key, name in schemes_to_schedule(session, viewer)}
        people = {one.id: one.name for one in active_people(session)}
    left, right = st.columns([1.9, 1], gap="medium")
    with left:
        _listed(viewer, lines)
    with right, states.plain_card(_("Send a report by itself")):
        if schemes:
            _add(viewer, schemes, people)
        else:
            st.caption(_("There is no scheme yet."))


def _listed(viewer: Viewer, lines: Sequence[ScheduleLine]) -> None:
    if not lines:
        line = _("No report goes out by itself yet.")
        states.empty(
            ":material/schedule_send:", line, _("Say at the right which one, to whom and when."), key="no_schedules"
        )
        return
    text = st.column_config.TextColumn
    picked = chooser.chosen(
        lines,
        [_row(one) for one in lines],
        columns={
            "report": text(_("Report"), width=180),
            "scheme": text(_("Scheme"), width=170),
            "when": text(_("When"), width=190),
            "to": text(_("To"), width=140),
            "last": text(_("Last sent"), width=115),
            "state": text(_("State"), width=70),
        },
        most_rows=MOST_ROWS,
        alt=_("Reports that go out by themselves"),
        key="reports.schedules",
    )
    if not picked:
        st.caption(_("Choose a line to stop it or let it go on."))
        return
    one = picked[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        label = _("Stop sending") if one.active else _("Go on sending")
        if st.button(label, key="reports.schedule.set"):
            asked: dict[str, Any] = {"schedule_id": one.id, "active": not one.active, "by": viewer, "at": clock.now()}
            if Tried(lambda s: schedules.set_active(s, **asked)).worked:
                notices.say(_("Saved"))
                st.rerun()
        if one.troubles:
            st.caption(_("{n} times a reader's role did not include the report.", n=one.troubles))


def _row(one: ScheduleLine) -> dict[str, Any]:
    return {
        "report": f"{report_words.title(one.kind)} · {_(report_words.FORMS[one.form])} · {LANGUAGES[one.language]}",
        "scheme": one.scheme.in_(language()),
        "when": _(OCCASIONS[one.occasion]),
        "to": ", ".join(one.readers),
        "last": moment(one.last_at, clock.zone()) if one.last_at else "",
        "state": _("Active") if one.active else _("Stopped"),
    }


def _add(viewer: Viewer, schemes: dict[int, str], people: dict[int, str]) -> None:
    key = st.session_state.setdefault(FORM, uuid4().hex)
    choices = {
        f"{kind}.{form}": (kind, form)
        for kind in SCHEDULED
        if viewer.may(REPORTS[kind].permission)
        for form in REPORTS[kind].forms
    }
    with st.form("reports.schedule_form", border=False):
        chosen = st.selectbox(_("Report"), list(choices), format_func=lambda code: _named(*choices[code]))
        scheme = st.selectbox(_("Scheme"), list(schemes), format_func=schemes.__getitem__)
        occasion = st.radio(_("When"), list(OCCASIONS), format_func=lambda code: _(OCCASIONS[code]))
        own = list(LANGUAGES).index(language())
        spoken = st.selectbox(_("Language"), list(LANGUAGES), own, format_func=LANGUAGES.__getitem__)
        to = st.multiselect(_("To"), list(people), format_func=lambda one: plain(people[one]), placeholder=_("Choose"))
        st.caption(_("Each reader gets what the own role may see, by mail and here."))
        pressed = st.form_submit_button(_("Send by itself"), type="primary", icon=":material/schedule_send:")
    if not pressed:
        return
    kind, form = choices[chosen]
    about: dict[str, Any] = {"kind": kind, "form": form, "language": spoken, "scheme_id": scheme, "occasion": occasion}
    if Tried(
        lambda s: schedules.add_schedule(s, **about, people=to, form_key=key, by=viewer, at=clock.now()).id
    ).worked:
        st.session_state.pop(FORM)
        notices.say(_("The report goes out by itself from now on"))
        st.rerun()


def _named(kind: str, form: str) -> str:
    return f"{report_words.title(kind)} · {_(report_words.FORMS[form])}"
