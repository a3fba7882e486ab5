"""The general manager's analysis of a month, and whether a wave's summary may leave the company: written, signed, approved."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import streamlit as st

from components import clock, notices, states
from components.formats import moment, period, plain
from components.texts import _
from components.wave_mails import Tried
from db.queries.made_reports import SummaryState, WrittenAnalysis, month_analysis, public_summary, wave_review
from db.session import read_session
from domain.access import Viewer
from domain.scheme import Name
from services import report_texts

HEIGHT: Final = 170


class Verbs(NamedTuple):
    """What saves and what signs a text, and what both are told of what it is about."""

    write: Callable[..., Any]
    sign: Callable[..., Any]
    about: Mapping[str, Any]


def analysis(viewer: Viewer, month: str) -> None:
    """What stands in the month's report under the general manager's name; those who sign write it here."""
    with read_session() as session:
        found = month_analysis(session, viewer, month)
    verbs = Verbs(report_texts.write_analysis, report_texts.sign_analysis, {"month": month})
    _text(viewer, found, _("The general manager's analysis of causes"), _("Why it was so, and what follows"), verbs)


def review(viewer: Viewer, wave_id: int) -> None:
    """What stands at the end of a wave's analysis report as its reviewer's opinion; those who sign write it here."""
    with read_session() as session:
        found = wave_review(session, viewer, wave_id)
    verbs = Verbs(report_texts.write_review, report_texts.sign_review, {"wave_id": wave_id})
    _text(viewer, found, _("The reviewer's opinion"), _("What the reviewer finds, and asks for"), verbs)


def _text(viewer: Viewer, found: WrittenAnalysis, title: str, label: str, verbs: Verbs) -> None:
    with states.plain_card(title, period(found.about)):
        if found.signed_at:
            st.markdown(plain(found.said))
            line = _(
                "Signed by {name} on {time}", name=plain(found.signed_by), time=moment(found.signed_at, clock.zone())
            )
            st.markdown(f":green-badge[:material/check: {line}]")
        elif viewer.may("sign_reports"):
            _write(viewer, found, label, verbs)
        else:
            st.markdown(plain(found.said) or _("Not written yet."))
            st.caption(_("An approver writes and signs it here."))


def _write(viewer: Viewer, found: WrittenAnalysis, label: str, verbs: Verbs) -> None:
    with st.form(f"reports.analysis.{found.about}.{found.version}", border=False):
        said = st.text_area(label, found.said, height=HEIGHT, max_chars=report_texts.LONGEST)
        with st.container(horizontal=True):
            saved = st.form_submit_button(_("Save"))
            signed = st.form_submit_button(_("Save and sign"), icon=":material/draw:")
    if not (saved or signed):
        return
    asked: dict[str, Any] = {**verbs.about, "by": viewer, "at": clock.now()}

    def write(session: Any) -> None:
        one = verbs.write(session, said=said or "", version=found.version, **asked)
        if signed:
            verbs.sign(session, version=one.version, **asked)

    if Tried(write).worked:
        notices.say(_("Signed") if signed else _("Saved"))
        st.rerun()


def is_approved(viewer: Viewer, wave_id: int) -> bool:
    """Whether a wave's summary may be made."""
    with read_session() as session:
        return public_summary(session, viewer, wave_id).state == "approved"


def summary(viewer: Viewer, wave_id: int) -> None:
    """Where the approval stands; it is asked for, given and taken back here."""
    with read_session() as session:
        found = public_summary(session, viewer, wave_id)
    with states.plain_card(_("Approval"), _("nothing is published without it")):
        _said(found)
        if found.state == "asked" and viewer.may("sign_reports"):
            own = found.asked_by_id == viewer.user_id
            if st.button(_("Approve"), icon=":material/check:", disabled=own, key="reports.approve"):
                _done(lambda s: report_texts.approve_summary(s, wave_id=wave_id, by=viewer, at=clock.now()))
            if own:
                st.caption(_("You asked for it: somebody else has to approve."))
        if (
            found.state == "approved"
            and viewer.may("sign_reports")
            and st.button(_("Withdraw"), key="reports.withdraw")
        ):
            _done(lambda s: report_texts.withdraw_summary(s, wave_id=wave_id, by=viewer, at=clock.now()))
        if found.state != "approved" and viewer.may("make_reports"):
            _ask(viewer, wave_id, found)


def _said(found: SummaryState) -> None:
    if found.state == "approved":
        when = moment(found.approved_at, clock.zone()) if found.approved_at else ""
        line = _("Approved by {name} on {time}", name=plain(found.approved_by), time=when)
        st.markdown(f":green-badge[:material/check: {line}]")
    elif found.state == "asked":
        st.markdown(f":blue-badge[{_('Waits for approval')}] {_('asked by {name}', name=plain(found.asked_by))}")
    else:
        st.markdown(f":gray-badge[{_('Off')}] {_('Say what you changed, then ask an approver.')}")
    for text in (found.changed.zh, found.changed.en):
        if text and found.state in ("asked", "approved"):
            st.caption(plain(text))


def _ask(viewer: Viewer, wave_id: int, found: SummaryState) -> None:
    with st.form(f"reports.summary.{wave_id}", border=False):
        zh = st.text_area(_("What we changed, in Chinese"), found.changed.zh, height=80, max_chars=report_texts.LONGEST)
        en = st.text_area(_("What we changed, in English"), found.changed.en, height=80, max_chars=report_texts.LONGEST)
        pressed = st.form_submit_button(_("Ask for approval"))
    if pressed:
        asked: dict[str, Any] = {
            "wave_id": wave_id,
            "changed": Name(zh or "", en or ""),
            "by": viewer,
            "at": clock.now(),
        }
        _done(lambda s: report_texts.ask_to_publish(s, **asked))


def _done(does: Any) -> None:
    if Tried(does).worked:
        notices.say(_("Saved"))
        st.rerun()
