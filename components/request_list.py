"""Requests and contact slips: the list, the short form for anybody, and the next step of the chosen one."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import address, chooser, clock, complaint_list, notices, states
from components.call_words import badge
from components.complaint_words import clock_badge, clock_text, history
from components.formats import moment, plain
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.complaints import RequestLine, complaining_customers, request_history
from db.queries.people import departments
from db.session import read_session
from domain.access import Viewer
from domain.complaints import CHANNELS, REQUEST_KINDS, REQUEST_STATES
from domain.errors import N_
from services import customer_requests

VIEWS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "open": (N_("Not settled"), ("recorded", "assigned", "closed")),
    "settled": (N_("Settled"), ("settled",)),
    "all": (N_("All"), ()),
}
MOST_ROWS: Final = 10
FORM: Final = "requests.form"


def view() -> tuple[str, ...]:
    """Which states are looked at; it stands in the address."""
    names = {code: name for code, (name, _which) in VIEWS.items()}
    return VIEWS[address.view(names, "open")][1]


def table(lines: Sequence[RequestLine]) -> RequestLine | None:
    """The requests; the one that was chosen."""
    text = st.column_config.TextColumn
    columns = {
        "number": st.column_config.NumberColumn(_("No."), width=45),
        "state": text(_("State"), width=110),
        "kind": text(_("Kind"), width=80),
        "customer": text(_("Customer"), width=140),
        "said": text(_("What was said"), width=215),
        "department": text(_("Department"), width=100),
        "due": text(_("Time left"), width=85),
        "channel": text(_("Channel"), width=65),
        "received": text(_("Received"), width=115),
    }
    picked = chooser.chosen(
        lines,
        [_row(one) for one in lines],
        columns=columns,
        most_rows=MOST_ROWS,
        alt=_("Requests, those not settled first"),
        key="requests.table",
        first_is_chosen=True,
        personal=True,
    )
    return picked[0] if picked else None


def _row(line: RequestLine) -> dict[str, Any]:
    one = line.request
    due = min(one.solution_due_at, one.on_site_due_at or one.solution_due_at)
    return {
        "number": one.number,
        "state": _(REQUEST_STATES[one.state][0]),
        "kind": _(REQUEST_KINDS[one.kind]),
        "customer": line.customer.in_(language()) or one.source or None,
        "said": one.said,
        "department": line.department.in_(language()) or None,
        "due": clock_text(due) if one.state in ("recorded", "assigned") and one.solved_at is None else None,
        "channel": _(CHANNELS[one.channel]),
        "received": moment(one.received_at, clock.zone()),
    }


def record_button() -> bool:
    """The one primary button."""
    return st.button(_("Record a request"), type="primary", icon=":material/add:", key="requests.record")


def record(viewer: Viewer) -> None:
    """The short form, for anybody who is signed in."""
    st.dialog(_("Record a request"), width="medium")(_record)(viewer)


def _record(viewer: Viewer) -> None:
    customers: dict[int, str] = {}
    everywhere = {}
    if viewer.may("view_complaints"):
        with read_session() as session:
            found = complaining_customers(session, viewer)
            customers = {key: f"{code} · {name.in_(language())}" for key, code, name in found}
            everywhere = {one.id: one.name for one in departments(session)}
    key = st.session_state.setdefault(FORM, uuid4().hex)
    with st.form(f"requests.{key}", border=False):
        values: dict[str, Any] = {}
        with st.container(horizontal=True):
            values["kind"] = st.selectbox(_("Kind"), list(REQUEST_KINDS), format_func=lambda one: _(REQUEST_KINDS[one]))
            values["channel"] = st.selectbox(_("Channel"), list(CHANNELS), format_func=lambda one: _(CHANNELS[one]))
        if customers:
            values["customer_id"] = st.selectbox(
                _("Customer"), list(customers), index=None, format_func=customers.__getitem__, placeholder=_("Choose")
            )
        values["source"] = st.text_input(_("From whom (company, name)"), max_chars=200)
        values["said"] = st.text_area(_("What was said"), max_chars=4000, height=100)
        if everywhere:
            values["department_id"] = st.selectbox(
                _("Department (can follow)"),
                list(everywhere),
                index=None,
                format_func=lambda one: everywhere[one].in_(language()),
                placeholder=_("Choose"),
            )
        with st.container(horizontal=True):
            now = clock.now().astimezone(clock.zone())
            day = st.date_input(_("Received on"), now.date(), format="YYYY-MM-DD")
            hour = st.time_input(_("At"), now.time(), step=300)
        pressed = st.form_submit_button(_("Record"), type="primary", icon=":material/check:")
    if not pressed:
        return
    values["received_at"] = datetime.combine(day, hour, tzinfo=clock.zone())
    _done(Tried(lambda s: customer_requests.record_request(s, **values, form_key=key, by=viewer, at=clock.now())), FORM)


def detail(viewer: Viewer, line: RequestLine) -> None:
    """What was said and done, and the one step that comes next."""
    one = line.request
    with states.card():
        with st.container(horizontal=True, vertical_alignment="center"):
            who = plain(line.customer.in_(language()) or one.source)
            st.markdown(f"**{_('Request {n}', n=one.number)}** {who}", width="content")
            st.markdown(badge(REQUEST_STATES, one.state), width="content")
            if one.reopened:
                st.markdown(f":red-badge[{_('Reopened {n} ×', n=one.reopened)}]", width="content")
        st.markdown(f"“{plain(one.said)}”")
        solution = f"{clock_badge(one.solution_due_at, one.solved_at)} {_('Solution plan, the customer told')}"
        st.markdown(solution)
        if one.on_site_due_at:
            st.markdown(f"{clock_badge(one.on_site_due_at, one.solved_at)} {_('Somebody on site')}")
        if one.solution:
            st.markdown(f":gray[{_('Done')}] {plain(one.solution)}")
        if viewer.may("edit_complaints"):
            _next(viewer, line)
        with read_session() as session:
            st.markdown(history(request_history(session, viewer, one.number)))


def _next(viewer: Viewer, line: RequestLine) -> None:
    one = line.request
    keys: dict[str, Any] = {"number": one.number, "version": one.version}
    if one.state in ("recorded", "assigned"):
        _assign(viewer, line, keys)
    if one.state == "assigned":
        with st.form(f"close.{one.number}.{one.version}", border=False):
            solution = st.text_area(_("What was done, and what the customer was told"), max_chars=4000, height=76)
            if st.form_submit_button(_("Close"), type="primary", icon=":material/check:"):
                given = {**keys, "solution": solution or ""}
                _done(Tried(lambda s: customer_requests.close_request(s, **given, by=viewer, at=clock.now())))
    if one.state == "closed":
        with st.form(f"back.{one.number}.{one.version}", border=False):
            remark = st.text_input(_("What the customer says on the call back"), max_chars=500)
            with st.container(horizontal=True):
                satisfied = st.form_submit_button(_("Satisfied"), type="primary", icon=":material/check:")
                again = st.form_submit_button(_("Not satisfied, open again"), icon=":material/replay:")
        if satisfied or again:
            given = {**keys, "is_satisfied": satisfied, "remark": remark or ""}
            _done(Tried(lambda s: customer_requests.call_back(s, **given, by=viewer, at=clock.now())))
    if line.complaint:
        st.markdown(f"[{_('Complaint {n}', n=line.complaint)}](/complaint?number={line.complaint})")
    elif (
        one.kind == "complaint"
        and viewer.may("edit_customers")
        and st.button(_("Record as a complaint"), icon=":material/report:")
    ):
        known = {"customer_id": one.customer_id, "channel": one.channel, "said": one.said, "request_number": one.number}
        complaint_list.record(viewer, **known)


def _assign(viewer: Viewer, line: RequestLine, keys: dict[str, Any]) -> None:
    one = line.request
    with read_session() as session:
        names = {department.id: department.name for department in departments(session)}
    with (
        st.form(f"assign.{one.number}.{one.version}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        chosen = st.selectbox(
            _("Department"),
            list(names),
            index=list(names).index(one.department_id) if one.department_id in names else None,
            format_func=lambda key: names[key].in_(language()),
            placeholder=_("Choose"),
            width=220,
        )
        pressed = st.form_submit_button(_("Assign"), type="primary" if one.state == "recorded" else "secondary")
    if pressed and chosen:
        given = {**keys, "department_id": chosen}
        _done(Tried(lambda s: customer_requests.assign_request(s, **given, by=viewer, at=clock.now())))
    if one.state == "assigned" and one.phone_failed_at is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("The phone did not solve it?"), width="content")
            for is_near, label in ((True, _("On site, home province")), (False, _("On site, elsewhere"))):
                if st.button(label, icon=":material/directions_car:", key=f"site.{is_near}"):
                    given = {**keys, "is_near": is_near}
                    failed = partial(customer_requests.note_phone_failed, **given, by=viewer, at=clock.now())
                    _done(Tried(failed))


def _done(made: Tried, form: str = "") -> None:
    if made.worked:
        st.session_state.pop(form, None)
        notices.say(_("Saved"))
        st.rerun()
