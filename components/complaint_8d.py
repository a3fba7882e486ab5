"""The guided 8D form: one discipline after the other, the current one open; at its end the confirmations and closing."""

from functools import partial
from typing import Any

import streamlit as st

from components import clock, notices, states
from components.formats import moment, plain
from components.texts import _
from components.wave_mails import Tried
from db.queries.complaints import ComplaintDetail
from domain.access import Viewer
from domain.complaints import CONFIRMATIONS, LAST, STEPS
from services import eight_d


def form(viewer: Viewer, detail: ComplaintDetail) -> None:
    """D0–D8; what is done is read, what comes is greyed until its turn."""
    if detail.complaint.state in ("recorded", "rejected"):
        return
    done = {step for step, row in detail.steps.items() if row.done_at}
    turn = min(set(range(LAST + 1)) - done, default=None)
    with states.card(_("8D"), _("{done} of {all} disciplines done", done=len(done), all=LAST + 1)):
        for step in STEPS:
            _step(viewer, detail, step, is_turn=step == turn)


def _step(viewer: Viewer, detail: ComplaintDetail, step: int, *, is_turn: bool) -> None:
    name, fields = STEPS[step]
    row = detail.steps.get(step)
    is_done = bool(row and row.done_at)
    sign = ":material/check_circle:" if is_done else ":material/edit:" if is_turn else ":material/circle:"
    may_write = detail.complaint.state == "verified" and viewer.may("edit_complaints")
    with st.expander(f"**D{step}** {_(name)}", expanded=is_turn, icon=sign):
        if row and row.done_at:
            st.caption(moment(row.done_at, clock.zone()))
        said = dict(row.content) if row else {}
        if step == LAST:
            _closing(viewer, detail, said)
        elif may_write:
            _fields(viewer, detail, step, fields, said)
        else:
            _read(fields, said)


def _read(fields: dict[str, str], said: dict[str, str]) -> None:
    for name, label in fields.items():
        st.markdown(f":gray[{_(label)}]  \n{plain(said.get(name, '')) or '–'}")


def _fields(viewer: Viewer, detail: ComplaintDetail, step: int, fields: dict[str, str], said: dict[str, str]) -> None:
    one = detail.complaint
    with st.form(f"8d.{one.round}.{step}.{one.version}", border=False):
        content = {
            name: st.text_area(_(label), said.get(name, ""), max_chars=4000, height=76) or ""
            for name, label in fields.items()
        }
        with st.container(horizontal=True, horizontal_alignment="right"):
            saved = st.form_submit_button(_("Save draft"))
            done = st.form_submit_button(_("Complete D{step}", step=step), type="primary", icon=":material/check:")
    if saved or done:
        values: dict[str, Any] = {"number": one.number, "version": one.version, "step": step, "content": content}
        _done(Tried(lambda s: eight_d.save_step(s, **values, is_done=done, by=viewer, at=clock.now())))


def _closing(viewer: Viewer, detail: ComplaintDetail, said: dict[str, str]) -> None:
    """Who confirms that it works, then D8 closes; a closed complaint that comes back begins a new round."""
    one = detail.complaint
    who = {"auditor": detail.auditor, "project": detail.project}
    for whose, label in CONFIRMATIONS.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            sign = f":green-badge[:material/check: {_('Confirmed')}]" if who[whose] else f":gray-badge[{_('Awaited')}]"
            st.markdown(f"{sign} {_('Effect confirmed')} · {_(label)} :gray[{plain(who[whose])}]", width="content")
            may = viewer.may("verify_complaints" if whose == "auditor" else "edit_complaints")
            asked = one.state == "verified" and may and not who[whose]
            if asked and st.button(_("Confirm"), key=f"confirm.{whose}", icon=":material/check:"):
                keys: dict[str, Any] = {"number": one.number, "version": one.version, "whose": whose}
                _done(Tried(partial(eight_d.confirm_effect, **keys, by=viewer, at=clock.now())))
    if one.state == "closed":
        _read(STEPS[LAST][1], said)
    elif viewer.may("verify_complaints"):
        (label,) = STEPS[LAST][1].values()
        with st.form(f"8d.close.{one.version}", border=False):
            learned = st.text_area(_(label), next(iter(said.values()), ""), max_chars=4000, height=76)
            if st.form_submit_button(_("Close the complaint"), type="primary", icon=":material/check:"):
                values: dict[str, Any] = {"number": one.number, "version": one.version, "learned": learned or ""}
                _done(Tried(lambda s: eight_d.close(s, **values, by=viewer, at=clock.now())))
    if viewer.may("verify_complaints"):
        with st.popover(_("It happened again"), icon=":material/replay:"), st.form("8d.recur", border=False):
            what = st.text_input(_("What happened again, where, when"), max_chars=500)
            if st.form_submit_button(_("Begin round {n}", n=one.round + 1), type="primary"):
                values = {"number": one.number, "version": one.version, "what": what or ""}
                _done(Tried(lambda s: eight_d.recur(s, **values, by=viewer, at=clock.now())))


def _done(made: Tried) -> None:
    if made.worked:
        notices.say(_("Saved"))
        st.rerun()
