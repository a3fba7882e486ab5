"""Closing a wave: what is done, what is missing, the result that is frozen, and answers that came too late."""

import streamlit as st

from components import clock, notices, presented_lines, states, wave_report, wave_rewards
from components.formats import NOTHING, count, moment, percent, plain, shown
from components.texts import _, language
from db.queries.closing import closing_facts, late_answers
from db.queries.presented import presented
from db.queries.responses import wave_for
from db.queries.waves import SurveyWave
from db.session import read_session, write_session
from domain.access import Viewer
from domain.closing import Check, ClosingFacts, checklist
from domain.errors import Refusal
from domain.scheme import POINT
from services import closing, responses

DONE, MISSING = ":green[:material/check_circle:]", ":orange[:material/radio_button_unchecked:]"


def draw(viewer: Viewer, wave: SurveyWave) -> None:
    """The section."""
    with read_session() as session:
        facts = closing_facts(session, viewer, wave.id, today=clock.today())
    left, right = st.columns([1.2, 1], gap="small")
    with left:
        if wave.state == "void":
            st.warning(plain(wave.void_reason), title=_("This wave is void"), icon=":material/block:")
        elif wave.state == "closed":
            _frozen(viewer, wave)
        else:
            _open(viewer, wave, facts)
    with right:
        wave_rewards.draw(viewer, wave)
        if wave.state == "closed" and viewer.may("view_personal"):
            _late(viewer, wave)
        if wave.state in ("open", "closed"):
            _void(viewer, wave, facts)


def _open(viewer: Viewer, wave: SurveyWave, facts: ClosingFacts) -> None:
    checks = checklist(facts)
    with st.container(border=True, gap="small"):
        states.card_title(_("Before closing"))
        for one in checks:
            st.markdown(_line(one))
        if wave.state == "planned":
            st.caption(_("This wave has not been opened yet."))
            return
        wave_report.buttons(viewer, wave)
        missing = [one.name for one in checks if not one.is_done]
        if facts.must_be_void:
            line = _("{valid} valid responses of {needed}: complete them, or declare the wave void.")
            st.warning(line.format(valid=facts.valid, needed=facts.needed), icon=":material/warning:")
        elif viewer.may("run_waves"):
            st.caption(_("Closing freezes the figures and findings as they are; later answers wait to be admitted."))
            sure = not missing or st.checkbox(_("Close although not everything is done"), key="closing.despite")
            if st.button(
                _("Close the wave"), type="primary", icon=":material/lock:", disabled=not sure, key="closing.close"
            ):
                _close(viewer, wave, missing)


def _line(check: Check) -> str:
    numbers = _(check.text).format(**{key: str(value) for key, value in check.values.items()})
    return f"{DONE if check.is_done else MISSING} **{_(check.name)}** :gray[{numbers}]"


def _frozen(viewer: Viewer, wave: SurveyWave) -> None:
    with read_session() as session:
        found = presented(session, viewer, wave.id)
    with st.container(border=True, gap="small"):
        when = moment(wave.closed_at, clock.zone()) if wave.closed_at else ""
        states.card_title(_("Result as it was closed"), when)
        if found is None:
            st.caption(_("It is the result of all customers; the overview shows that of yours."))
            wave_report.buttons(viewer, wave)
            return
        kept = {line.kind: line for line in found.lines if not line.code}
        facts = {
            _("Satisfaction index"): shown(kept["index"].then),
            _("Valid responses"): count(found.valid),
            _("Response rate"): percent(kept["response_rate"].then),
            _("Open findings"): count(found.findings),
        }
        for place, (name, value) in zip(st.columns(len(facts)), facts.items(), strict=True):
            place.metric(name, value)
        presented_lines.seal(found)
        presented_lines.link(wave, found)
        wave_report.buttons(viewer, wave)


def _late(viewer: Viewer, wave: SurveyWave) -> None:
    with read_session() as session:
        found = late_answers(session, viewer, wave.id)
    with st.container(border=True, gap="small"):
        states.card_title(_("Answers after closing"), count(len(found)))
        if not found:
            st.caption(_("None has come in since."))
            return
        for one in found:
            who = plain(one.customer.in_(language())) if one.customer else _("without a name")
            score = shown(one.score / POINT) if one.score is not None else NOTHING
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                st.markdown(f"{who} **{score}** :gray[{moment(one.received_at, clock.zone())}]", width="content")
                if viewer.may("change_closed") and st.button(_("Admit"), key=f"closing.admit.{one.response_id}"):
                    st.session_state["closing.admitting"] = one.response_id
        if st.session_state.get("closing.admitting") in {one.response_id for one in found}:
            _admit(viewer, st.session_state["closing.admitting"])


def _admit(viewer: Viewer, response_id: int) -> None:
    with st.form("closing.admit", border=False):
        reason = st.text_input(_("Why it is admitted"), max_chars=500)
        st.caption(_("Live figures move; the frozen result and its findings stay."))
        pressed = st.form_submit_button(_("Admit"), type="primary")
    if not pressed:
        return
    try:
        with write_session() as session:
            responses.admit(session, response_id=response_id, by=viewer, at=clock.now(), reason=reason or "")
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    notices.say(_("Admitted"))
    st.rerun()


def _void(viewer: Viewer, wave: SurveyWave, facts: ClosingFacts) -> None:
    """Declaring void: at hand where the scheme asks for it, folded away otherwise."""
    if not viewer.may("run_waves" if wave.state == "open" else "change_closed"):
        return
    with st.expander(_("Declare the wave void"), icon=":material/block:", expanded=facts.must_be_void):
        st.caption(_("It takes nothing more, and nothing is compared with it. Its answers stay."))
        with st.form("closing.void", border=False):
            reason = st.text_area(_("Reason"), height=68, max_chars=1000)
            pressed = st.form_submit_button(_("Declare void"))
    if not pressed:
        return
    try:
        with write_session() as session:
            row = wave_for(session, viewer, wave.id)
            closing.void_wave(session, wave=row, reason=reason or "", by=viewer, at=clock.now())
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    notices.say(_("Declared void"))
    st.rerun()


def _close(viewer: Viewer, wave: SurveyWave, missing: list[str]) -> None:
    try:
        with write_session() as session:
            row = wave_for(session, viewer, wave.id)
            closing.close_wave(session, wave=row, by=viewer, at=clock.now(), despite=missing)
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    notices.say(_("Closed"))
    st.rerun()
