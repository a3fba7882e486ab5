"""The list of calls: what is due today and overdue, first; and how calls come into it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import address, chooser, clock, notices, states
from components.call_words import CALL_KINDS, CALL_STATES
from components.formats import day_in_form, moment, plain, time_left
from components.texts import _, language, ngettext
from components.wave_mails import Tried
from db.queries.calls import CallLine, call_schemes, callers
from db.queries.visits import customers_to_visit
from db.session import read_session
from domain.access import Viewer
from domain.errors import N_
from services import calls

VIEWS: Final = {"today": N_("Due today"), "soon": N_("Next 4 weeks"), "ended": N_("Finished")}
SOON: Final = timedelta(days=28)
MOST_ROWS: Final = 17
TABLE, TURN, FORM = "calls.table", "calls.turn", "calls.form"


def view() -> str:
    """Which calls are looked at; it stands in the address."""
    return address.view(VIEWS, "today")


def until(chosen: str) -> date:
    """The day up to which calls are shown."""
    return clock.today() + (SOON if chosen == "soon" else timedelta(0))


def table(viewer: Viewer, lines: Sequence[CallLine]) -> int | None:
    """The calls; a chosen one is to be opened: its key. Whoever runs waves can give several to somebody."""
    hands_out = viewer.may("run_waves")
    bar = st.container(horizontal=True, vertical_alignment="center")
    picked = chooser.chosen(
        lines,
        [_row(one) for one in lines],
        columns=_columns(),
        most_rows=MOST_ROWS,
        alt=_("Calls, the longest due first"),
        key=f"{TABLE}.{st.session_state.setdefault(TURN, 0)}",
        several=hands_out,
        personal=True,
    )
    with bar:
        return _bar(viewer, picked, hands_out)


def _bar(viewer: Viewer, picked: Sequence[CallLine], hands_out: bool) -> int | None:
    if not picked:
        st.markdown(f":gray[{_('Choose a line to open the call card.')}]", width="content")
        return None
    opening = st.button(_("Open call card"), type="primary", icon=":material/call:", disabled=len(picked) > 1)
    if hands_out:
        with read_session() as session:
            people = callers(session, viewer)
        caller = st.selectbox(
            _("Caller"),
            list(people),
            format_func=people.__getitem__,
            index=None,
            placeholder=_("Give to"),
            key="calls.caller",
            label_visibility="collapsed",
            width=180,
        )
        if st.button(_("Give to"), icon=":material/person_add:", disabled=caller is None) and caller:
            keys = [one.id for one in picked]
            made = Tried(lambda s: calls.hand_to(s, call_ids=keys, caller_id=caller, by=viewer, at=clock.now()))
            if made.worked:
                st.session_state[TURN] += 1
                notices.say(_("Given to {who}", who=plain(people[caller])))
                st.rerun()
    return picked[0].id if opening else None


def _row(one: CallLine) -> dict[str, Any]:
    late = (clock.today() - one.due_on).days
    when = time_left(-late) if late > 0 else day_in_form(one.due_on)
    waits = one.waits_for.in_(language()) if one.waits_for else ""
    return {
        "due": when if one.state in ("due", "again") else day_in_form(one.due_on),
        "customer": one.customer.in_(language()) or one.code,
        "contact": one.contact or None,
        "phone": one.phone or None,
        "kind": _(CALL_KINDS[one.kind]),
        "product": one.product or None,
        "state": _(CALL_STATES[one.state][0]) + (f": {waits}" if waits else ""),
        "appointment": moment(one.appointment_at, clock.zone()) if one.appointment_at else None,
        "attempts": one.attempts or None,
        "caller": one.caller or None,
    }


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "due": text(_("Due"), width=95),
        "customer": text(_("Customer"), width=150),
        "contact": text(_("Contact"), width=70),
        "phone": text(_("Phone"), width=100),
        "kind": text(_("Kind"), width=152),
        "product": text(_("Product"), width=110),
        "state": text(_("State"), width=120),
        "appointment": text(_("Appointment"), width=92),
        "attempts": st.column_config.NumberColumn(_("Tries"), width=50),
        "caller": text(_("Caller"), width=75),
    }


def add(viewer: Viewer) -> None:
    """New calls: those that deliveries ask for, or one to a customer at any time."""
    with read_session() as session:
        schemes = dict(call_schemes(session, viewer))
        customers = {key: (code, name) for key, code, name in customers_to_visit(session, viewer)}
    if not schemes:
        st.caption(_("There is no scheme yet that calls could belong to."))
        return
    scheme = st.selectbox(_("Scheme"), list(schemes), format_func=lambda key: schemes[key].in_(language()))
    if viewer.may("run_waves") and scheme:
        st.caption(
            _("Calls 1 and 3 months after each delivery and at the end of its warranty, those of the next 3 months.")
        )
        if st.button(_("List calls from deliveries"), icon=":material/local_shipping:"):
            today = clock.today()
            made = Tried(lambda s: calls.list_calls(s, scheme_id=scheme, today=today, by=viewer, at=clock.now()))
            if made.worked:
                notices.say(ngettext("{n} new call", "{n} new calls", made.result))
                st.rerun()
    key = st.session_state.setdefault(FORM, uuid4().hex)
    with st.form("calls.add", border=False):
        customer = st.selectbox(
            _("Customer"),
            list(customers),
            index=None,
            format_func=lambda one: f"{customers[one][0]} · {customers[one][1].in_(language())}",
            placeholder=_("Choose"),
        )
        due = st.date_input(_("Call on"), clock.today(), format="YYYY-MM-DD")
        pressed = st.form_submit_button(_("Add call"), icon=":material/add_call:")
    if not pressed:
        return
    if customer is None or scheme is None:
        states.refused(_("Choose the customer first."))
        return
    values = {"scheme_id": scheme, "customer_id": customer, "due_on": due, "form_key": key}
    made = Tried(lambda s: calls.add_call(s, **values, by=viewer, at=clock.now()))
    if made.worked:
        st.session_state.pop(FORM)
        notices.say(_("Call added"))
        st.rerun()
