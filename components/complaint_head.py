"""The head of a complaint: what it is, what was said, its clocks, and whether it is confirmed."""

from datetime import datetime, time
from functools import partial
from typing import Any, Final

import streamlit as st

from components import assign_form, clock, notices, states
from components.call_words import badge
from components.complaint_words import clock_badge, due_text
from components.formats import NOTHING, moment, percent, period_short, plain
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.complaints import ComplaintDetail, complaint_picture, waves_of_complaints
from db.queries.people import DepartmentInfo
from db.session import read_session, write_session
from domain.access import Viewer
from domain.clocks import CLOCKS, REPORTS_A_COUNT
from domain.complaints import CATEGORIES, CHANNELS, COMPLAINT_STATES, RESPONSIBILITIES
from services import complaint_reports, complaints

NOT_PRESSED: Final = ("slip",)
"""Clocks that are stopped by what they wait for: slips are sent in their own card."""


def way_back() -> None:
    st.page_link("complaints.py", label=_("Complaints"), icon=":material/arrow_back:")


def title(viewer: Viewer, detail: ComplaintDetail) -> None:
    """Which complaint, in which state; at the right the report and its action."""
    one = detail.complaint
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            name = f"{_('Complaint {n}', n=one.number)} · {plain(detail.customer.in_(language()))}"
            st.title(name, anchor=False, width="content")
            st.markdown(badge(COMPLAINT_STATES, one.state), width="content")
            if one.round > 1:
                st.markdown(f":red-badge[{_('Round {n}', n=one.round)}]", width="content")
        with st.container(horizontal=True, width="content"):
            if one.state in ("verified", "closed"):
                _report(viewer, detail)
            if (
                detail.finding
                and viewer.may("assign")
                and st.button(_("Assign action"), icon=":material/assignment_add:")
            ):
                assign_form.assign(viewer, finding_ids=[detail.finding.id or 0])


def _report(viewer: Viewer, detail: ComplaintDetail) -> None:
    with st.popover(_("8D report"), icon=":material/description:"):
        tongue = st.segmented_control(
            _("Language"),
            ["zh_CN", "en"],
            format_func={"zh_CN": "中文", "en": "English"}.__getitem__,
            default=language(),
            required=True,
            key="complaint.report.language",
        )
        for form in complaint_reports.FORMS:
            st.download_button(
                form.upper(),
                _made(viewer, detail.complaint.number, form, tongue or "en"),
                f"8D-{detail.complaint.number}.{form}",
                on_click="ignore",
                key=f"complaint.report.{form}",
            )


def _made(viewer: Viewer, number: int, form: str, tongue: str) -> Any:
    """The report is made when it is asked for, and its download recorded."""

    def make() -> bytes:
        with write_session() as session:
            return complaint_reports.download(
                session, number=number, form=form, language=tongue, zone=clock.zone(), by=viewer, at=clock.now()
            )

    return make


def clocks(viewer: Viewer, detail: ComplaintDetail) -> None:
    """Each clock with what it says; those that wait for somebody have their button."""
    if not detail.clocks:
        if detail.complaint.state == "recorded":
            st.caption(_("The clocks begin when the defect is confirmed."))
        return
    with states.card(_("Clocks"), _("each with its own start")):
        for one in detail.clocks:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                due = f"{_('due')} {due_text(one.due_at)}"
                done = f" · {_('done')} {due_text(one.done_at)}" if one.done_at else ""
                said = f" · {plain(one.note)}" if one.note else ""
                words = f"{clock_badge(one.due_at, one.done_at)} {_(CLOCKS[one.code].what)} :gray[{due}{done}{said}]"
                st.markdown(words, width="stretch")
                if one.done_at is None and one.code not in NOT_PRESSED and viewer.may("edit_complaints"):
                    _stop(viewer, detail, one.code)
        _more_time(viewer, detail)


def _stop(viewer: Viewer, detail: ComplaintDetail, code: str) -> None:
    number = detail.complaint.number
    if code not in REPORTS_A_COUNT:
        if st.button(_("Done"), icon=":material/check:", key=f"clock.{code}"):
            _done(Tried(lambda s: complaints.stop_clock(s, number=number, code=code, by=viewer, at=clock.now())))
        return
    with st.popover(_("Report"), icon=":material/check:"), st.form(f"clock.{code}", border=False):
        report = st.text_input(_("Count and state"), max_chars=300)
        if st.form_submit_button(_("Report"), type="primary"):
            values: dict[str, Any] = {"number": number, "code": code, "report": report or ""}
            _done(Tried(lambda s: complaints.stop_clock(s, **values, by=viewer, at=clock.now())))


def _more_time(viewer: Viewer, detail: ComplaintDetail) -> None:
    """The customer's own time for the report; and somebody goes there where the phone doesn't solve it."""
    one = detail.complaint
    if not viewer.may("edit_complaints") or (one.state != "verified" and one.category != "service"):
        return
    with st.container(horizontal=True):
        if one.state == "verified" and not detail_done(detail, "report"):
            with st.popover(_("The customer sets another time"), icon=":material/event:"), st.form("due", border=False):
                day = st.date_input(_("8D report due on"), clock.today(), format="YYYY-MM-DD")
                hour = st.time_input(_("At"), time(17, 0), step=900)
                if st.form_submit_button(_("Save"), type="primary"):
                    due = datetime.combine(day, hour, tzinfo=clock.zone())
                    keys: dict[str, Any] = {"number": one.number, "version": one.version, "due": due}
                    _done(Tried(lambda s: complaints.set_report_due(s, **keys, by=viewer, at=clock.now())))
        if one.category == "service" and "on_site" not in {clock.code for clock in detail.clocks}:
            for is_near, label in ((True, _("On site, home province")), (False, _("On site, elsewhere"))):
                if st.button(label, icon=":material/directions_car:", key=f"site.{is_near}"):
                    keys = {"number": one.number, "is_near": is_near}
                    _done(Tried(partial(complaints.send_somebody, **keys, by=viewer, at=clock.now())))


def detail_done(detail: ComplaintDetail, code: str) -> bool:
    """Whether a clock of this round was stopped."""
    return any(one.code == code and one.done_at for one in detail.clocks)


def intake(viewer: Viewer, detail: ComplaintDetail) -> None:
    """What was recorded, with pictures."""
    one = detail.complaint
    with states.card(_("What the customer complains about")):
        st.markdown(f"“{plain(one.description)}”")
        facts = {
            _("Effect at the customer"): one.effect,
            _("Product"): " · ".join(part for part in (one.product, one.part_number, one.lot) if part),
            _("Quantity"): f"{one.quantity:g}" if one.quantity is not None else "",
            _("Defective"): percent(one.defect_share) if one.defect_share is not None else "",
            _("Category"): _(CATEGORIES[one.category]),
            _("Received"): f"{moment(one.received_at, clock.zone())} · {_(CHANNELS[one.channel])}",
            _("Responsibility"): _(RESPONSIBILITIES[one.responsibility]),
            _("Department"): detail.department.in_(language()),
            _("Wave"): period_short(detail.wave) if detail.wave else "",
            _("Reason"): one.reason,
        }
        left, right = st.columns(2, gap="small")
        for place, (name, value) in enumerate(facts.items()):
            (left, right)[place % 2].markdown(f":gray[{name}] {plain(value) or NOTHING}")
        if detail.pictures:
            with st.container(horizontal=True), read_session() as session:
                for file in detail.pictures:
                    content = complaint_picture(session, viewer, one.number, file.file_id)
                    st.image(content, width=180, alt=plain(file.name))


def decide(viewer: Viewer, detail: ComplaintDetail, departments: list[DepartmentInfo]) -> None:
    """Confirmed or not, by quality; and whose responsibility it is, as long as the complaint is open."""
    one = detail.complaint
    if not viewer.may("verify_complaints"):
        if one.state == "recorded":
            st.info(_("Quality verifies it; the clocks begin then."), icon=":material/hourglass_empty:")
        return
    if one.state == "recorded":
        _verify(viewer, detail, departments)
    elif one.state == "verified":
        _responsibility(viewer, detail)
        if detail.finding is None:
            st.caption(_("No wave was running: this complaint is no finding yet."))


def _verify(viewer: Viewer, detail: ComplaintDetail, departments: list[DepartmentInfo]) -> None:
    one = detail.complaint
    with read_session() as session:
        waves = {wave.id: wave for wave in waves_of_complaints(session, viewer)}
    names = {department.id: department.name for department in departments}
    with states.card(_("Verification")), st.form(f"verify.{one.version}", border=False):
        keys = list(names)
        values: dict[str, Any] = {}
        values["department_id"] = st.selectbox(
            _("Department"),
            keys,
            index=keys.index(one.department_id) if one.department_id in keys else None,
            format_func=lambda key: names[key].in_(language()),
            placeholder=_("Choose"),
        )
        values["responsibility"] = st.segmented_control(
            _("Responsibility"),
            list(RESPONSIBILITIES),
            format_func=lambda key: _(RESPONSIBILITIES[key]),
            default="open",
            required=True,
        )
        if len(waves) > 1:
            values["wave_id"] = st.selectbox(
                _("Wave"),
                list(waves),
                format_func=lambda key: f"{waves[key].scheme.in_(language())} · {period_short(waves[key].code)}",
            )
        values["reason"] = st.text_input(_("Reason (needed where it is not confirmed)"), max_chars=500)
        with st.container(horizontal=True):
            confirmed = st.form_submit_button(_("Confirm the defect"), type="primary", icon=":material/check:")
            rejected = st.form_submit_button(_("Not confirmed"), icon=":material/close:")
    if confirmed or rejected:
        keys_of: dict[str, Any] = {"number": one.number, "version": one.version, "is_confirmed": confirmed}
        _done(Tried(lambda s: complaints.verify(s, **keys_of, **values, by=viewer, at=clock.now())))


def _responsibility(viewer: Viewer, detail: ComplaintDetail) -> None:
    one = detail.complaint
    with (
        st.popover(_("Decide responsibility"), icon=":material/balance:"),
        st.form(f"decide.{one.version}", border=False),
    ):
        chosen = st.segmented_control(
            _("Responsibility"),
            list(RESPONSIBILITIES),
            format_func=lambda key: _(RESPONSIBILITIES[key]),
            default=one.responsibility,
            required=True,
        )
        reason = st.text_input(_("Reason"), max_chars=500)
        if st.form_submit_button(_("Save"), type="primary"):
            keys: dict[str, Any] = {"number": one.number, "version": one.version, "reason": reason or ""}
            keys["responsibility"] = chosen
            _done(Tried(lambda s: complaints.decide_responsibility(s, **keys, by=viewer, at=clock.now())))


def _done(made: Tried) -> None:
    if made.worked:
        notices.say(_("Saved"))
        st.rerun()
