"""What stands beside the 8D of a complaint: slips, rework, audits, minutes, cases like it, history."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import clock, notices, states
from components.complaint_words import history as history_lines
from components.formats import count, day_in_form, moment, plain
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.complaints import ComplaintDetail, MinutesLine, PastCase
from db.session import write_session
from domain.access import Viewer
from domain.action_people import Person, must_be_told
from domain.audits import AuditDays
from services import complaint_minutes, complaint_records, complaints, eight_d
from services.documents import DOCX_TYPE

FORMS: Final = "complaint.forms"
WORDS: Final = "complaint.past"


def slips(viewer: Viewer, detail: ComplaintDetail, people: Sequence[Person]) -> None:
    """Who was told, when, and who has read it."""
    one = detail.complaint
    with states.card(_("Slips"), _("who was told, and when it was read")):
        for line in detail.slips:
            told = _("told {time}", time=moment(line.slip.told_at, clock.zone()))
            read_at = line.slip.read_at
            read = _("read {time}", time=moment(read_at, clock.zone())) if read_at else _("not read yet")
            st.markdown(f"{plain(line.name)} :gray[{told} · {read}]")
            mine = line.person_id == viewer.user_id and line.slip.round == one.round and line.slip.read_at is None
            if mine and st.button(_("I have read it"), icon=":material/done_all:"):
                _done(Tried(lambda s: complaints.read_slip(s, number=one.number, by=viewer, at=clock.now())), "")
        if one.state != "verified" or not viewer.may("edit_complaints"):
            return
        names = {person.id: person.name for person in people if person.may("view_complaints")}
        told_now = {line.person_id for line in detail.slips if line.slip.round == one.round}
        proposed = [key for key in must_be_told(people, one.department_id) if key not in told_now]
        with st.form(f"slips.{one.round}.{len(detail.slips)}", border=False):
            chosen = st.multiselect(
                _("Tell"), list(names), proposed, format_func=names.__getitem__, placeholder=_("Choose")
            )
            if st.form_submit_button(_("Send slips"), icon=":material/send:"):
                values: dict[str, Any] = {"number": one.number, "person_ids": tuple(chosen)}
                _done(Tried(lambda s: complaints.send_slips(s, **values, by=viewer, at=clock.now())), "")


def rework(viewer: Viewer, detail: ComplaintDetail) -> None:
    """So many pieces looked at, so many bad: each entry, and the sum."""
    one = detail.complaint
    if one.category == "service" or one.state in ("recorded", "rejected"):
        return
    total, bad = sum(x.quantity for x in detail.reworks), sum(x.bad for x in detail.reworks)
    summed = _("{n} pieces, {bad} bad", n=count(total), bad=count(bad)) if total else ""
    with states.card(_("Rework"), summed):
        for line in detail.reworks:
            pieces = _("{n} pieces, {bad} bad", n=count(line.quantity), bad=count(line.bad))
            st.markdown(f"{plain(line.place)} {pieces} :gray[{moment(line.at, clock.zone())}]")
        if one.state == "verified" and viewer.may("edit_complaints"):
            with (
                st.form(f"rework.{_key('rework')}", border=False),
                st.container(horizontal=True, vertical_alignment="bottom"),
            ):
                place = st.text_input(_("Where"), max_chars=100, width=130)
                quantity = st.number_input(_("Pieces"), 0, step=1, width=90)
                wrong = st.number_input(_("Bad"), 0, step=1, width=90)
                if st.form_submit_button(_("Add"), icon=":material/add:"):
                    values: dict[str, Any] = {"number": one.number, "place": place or "", "quantity": quantity}
                    values |= {"bad": wrong, "form_key": _key("rework")}
                    made = Tried(lambda s: complaint_records.add_rework(s, **values, by=viewer, at=clock.now()))
                    _done(made, "rework")


def audits(viewer: Viewer, detail: ComplaintDetail, days: Sequence[AuditDays]) -> None:
    """The daily look at each countermeasure until closing, and how many days passed without one."""
    one = detail.complaint
    if one.state in ("recorded", "rejected"):
        return
    with states.card(_("Daily audits"), _("of each countermeasure, until closing")):
        for of_one in days:
            _days(of_one)
        for line in detail.audits:
            kept, broken = f":green-badge[{_('Kept')}]", f":red-badge[{_('Not kept')}]"
            sign = kept if line.is_kept else broken
            st.markdown(f"{sign} {plain(line.countermeasure)} :gray[{day_in_form(line.audited_on)} {plain(line.note)}]")
        if one.state == "verified" and viewer.may("verify_complaints"):
            with st.form(f"audit.{len(detail.audits)}", border=False):
                name = st.text_input(_("Countermeasure"), max_chars=200)
                with st.container(horizontal=True, vertical_alignment="bottom"):
                    on = st.date_input(_("Day"), clock.today(), format="YYYY-MM-DD", width=130)
                    remark = st.text_input(_("Remark"), max_chars=300, width=170)
                with st.container(horizontal=True):
                    kept_pressed = st.form_submit_button(_("Kept"), icon=":material/check:")
                    broken_pressed = st.form_submit_button(_("Not kept"), icon=":material/close:")
            if kept_pressed or broken_pressed:
                values: dict[str, Any] = {"number": one.number, "countermeasure": name or "", "on": on}
                values |= {"is_kept": kept_pressed, "remark": remark or ""}
                _done(Tried(lambda s: eight_d.audit_countermeasure(s, **values, by=viewer, at=clock.now())), "")


def _days(days: AuditDays) -> None:
    if not days.due:
        return
    name = plain(days.countermeasure) or _("no countermeasure audited yet")
    if days.missed:
        said = _("missed {n} of {all} days", n=count(len(days.missed)), all=count(days.due))
        last = f" :gray[{_('last {day}', day=day_in_form(days.missed[-1]))}]"
        st.markdown(f":red-badge[:material/event_busy: {said}] {name}{last}")
    else:
        said = _("audited on all {n} days", n=count(days.due))
        st.markdown(f":green-badge[:material/event_available: {said}] {name}")


def minutes(viewer: Viewer, detail: ComplaintDetail, people: Sequence[Person]) -> None:
    """Minutes with their signatures in order; a new round begins with a meeting."""
    one = detail.complaint
    if one.state in ("recorded", "rejected"):
        return
    with states.card(_("Minutes"), _("signed in order, then approved by quality")):
        if one.round > 1 and not any(line.minutes.round == one.round for line in detail.minutes):
            st.warning(_("It recurred: hold a new meeting."), icon=":material/groups:")
        for line in detail.minutes:
            _one_of_minutes(viewer, one.number, line)
        if one.state != "verified" or not viewer.may("edit_complaints"):
            return
        names = {person.id: person.name for person in people if person.may("view_complaints")}
        with st.expander(_("Write minutes")), st.form(f"minutes.{_key('minutes')}", border=False):
            on = st.date_input(_("Held on"), clock.today(), format="YYYY-MM-DD")
            text = st.text_area(_("Minutes"), max_chars=8000, height=100)
            chosen = st.multiselect(
                _("Attended, in the order of signing"),
                list(names),
                format_func=names.__getitem__,
                placeholder=_("Choose"),
            )
            if st.form_submit_button(_("Save minutes"), type="primary"):
                values: dict[str, Any] = {"number": one.number, "held_on": on, "text": text or ""}
                values |= {"attended": tuple(chosen), "form_key": _key("minutes")}
                made = Tried(lambda s: complaint_records.hold_meeting(s, **values, by=viewer, at=clock.now()))
                _done(made, "minutes")


def _one_of_minutes(viewer: Viewer, number: int, line: MinutesLine) -> None:
    one = line.minutes
    st.markdown(f"**{day_in_form(one.held_on)}** {plain(one.said)}")
    signs = []
    for _person, name, at in line.signatures:
        signs.append(f":material/{'check' if at else 'hourglass_empty'}: {plain(name)}")
    approved = f" · :green-badge[{_('Approved')}]" if one.approved_at else ""
    st.markdown(f":gray[{' → '.join(signs)}]{approved}")
    st.download_button(
        _("Minutes (Word)"),
        partial(_minutes_file, viewer, number, one.id or 0),
        f"minutes-{number}-{one.id}.docx",
        DOCX_TYPE,
        key=f"minutes.{one.id}",
        icon=":material/print:",
        type="tertiary",
        on_click="ignore",
    )
    waits = next((person for person, _name, at in line.signatures if at is None), None)
    keys: dict[str, Any] = {"number": number, "minutes_id": one.id or 0}
    if waits == viewer.user_id and st.button(_("Sign"), key=f"sign.{one.id}", icon=":material/draw:"):
        _done(Tried(lambda s: complaint_records.sign_minutes(s, **keys, by=viewer, at=clock.now())), "")
    may_approve = waits is None and not one.approved_at and viewer.may("verify_complaints")
    if may_approve and st.button(_("Approve"), key=f"approve.{one.id}", icon=":material/verified:"):
        _done(Tried(lambda s: complaint_records.approve_minutes(s, **keys, by=viewer, at=clock.now())), "")


def _minutes_file(viewer: Viewer, number: int, minutes_id: int) -> bytes:
    with write_session() as session:
        given: dict[str, Any] = {"by": viewer, "at": clock.now(), "zone": clock.zone(), "language": language()}
        return complaint_minutes.download(session, number=number, minutes_id=minutes_id, **given)


def past_words(product: str) -> str:
    """The words that are looked for among past cases: those typed, else the product."""
    return str(st.session_state.get(WORDS, "")).strip() or product


def past(cases: Sequence[PastCase]) -> None:
    """Complaints like this one, with what was to keep them from coming back; other words can be looked for."""
    with states.card(_("Has it happened before?"), _("same part number, or the same words")):
        st.text_input(
            _("Search past complaints and the abnormality history"),
            key=WORDS,
            placeholder=_("Search past complaints and the abnormality history"),
            icon=":material/search:",
            label_visibility="collapsed",
            max_chars=100,
        )
        if not cases:
            st.caption(_("Nothing like it among past complaints and in the abnormality history."))
        for case in cases:
            one = case.complaint
            link = f"[{_('Complaint {n}', n=one.number)}](/complaint?number={one.number})"
            prevented = f"  \n:gray[{_('Prevention')}: {plain(case.prevention)}]" if case.prevention else ""
            st.markdown(f"{link} {plain(case.customer.in_(language()))}: {plain(one.description)}{prevented}")


def history(detail: ComplaintDetail) -> None:
    """Everything that happened, the newest first."""
    with states.card(_("History")):
        st.markdown(history_lines(detail.events))


def _key(which: str) -> str:
    """The key of a form as long as it isn't saved."""
    keys = st.session_state.setdefault(FORMS, {})
    return str(keys.setdefault(which, uuid4().hex))


def _done(made: Tried, which: str) -> None:
    if made.worked:
        st.session_state.get(FORMS, {}).pop(which, None)
        notices.say(_("Saved"))
        st.rerun()
