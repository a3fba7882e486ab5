"""The list of complaints with the clock that runs out next, and the form that records one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import address, chooser, clock, notices, states
from components.complaint_words import clock_text
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.complaints import ComplaintLine, complaining_customers
from db.queries.people import departments
from db.session import read_session
from domain.access import Viewer
from domain.clocks import CLOCKS
from domain.complaints import CATEGORIES, CHANNELS, COMPLAINT_STATES, RESPONSIBILITIES
from domain.customer_entries import LONGEST
from domain.errors import N_
from services import complaints, customer_register

VIEWS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "open": (N_("Not closed"), ("recorded", "verified")),
    "closed": (N_("Closed"), ("closed", "rejected")),
    "all": (N_("All"), ()),
}
MOST_ROWS: Final = 17
FORM: Final = "complaints.form"


def view() -> tuple[str, ...]:
    """Which states are looked at; it stands in the address."""
    names = {code: name for code, (name, _which) in VIEWS.items()}
    return VIEWS[address.view(names, "open")][1]


def missed(lines: Sequence[ComplaintLine]) -> None:
    """Says how many clocks run, and how many have run out."""
    running = [one for one in lines if one.due_at]
    late = [one for one in running if one.due_at and one.due_at < clock.now()]
    if running:
        st.caption(
            _(
                "{running} with a running clock, {late} of them run out · the most urgent first",
                running=len(running),
                late=len(late),
            )
        )


def table(lines: Sequence[ComplaintLine]) -> int | None:
    """The complaints; the number of the one that was chosen."""
    picked = chooser.chosen(
        lines,
        [_row(one) for one in lines],
        columns=_columns(),
        most_rows=MOST_ROWS,
        alt=_("Complaints, those whose clock runs out next first"),
        key="complaints.table",
    )
    return picked[0].complaint.number if picked else None


def _row(line: ComplaintLine) -> dict[str, Any]:
    one = line.complaint
    return {
        "number": one.number,
        "state": _(COMPLAINT_STATES[one.state][0]) + (f" · {_('Round {n}', n=one.round)}" if one.round > 1 else ""),
        "customer": line.customer.in_(language()),
        "what": one.description,
        "part": one.part_number or one.product or None,
        "category": _(CATEGORIES[one.category]),
        "responsibility": _(RESPONSIBILITIES[one.responsibility]) if one.state != "recorded" else None,
        "department": line.department.in_(language()) or None,
        "clock": _(CLOCKS[line.clock].what) if line.clock else None,
        "left": clock_text(line.due_at) if line.due_at else None,
    }


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "number": st.column_config.NumberColumn(_("No."), width=45),
        "state": text(_("State"), width=95),
        "customer": text(_("Customer"), width=125),
        "what": text(_("Complaint"), width=190),
        "part": text(_("Part number"), width=80),
        "category": text(_("Category"), width=70),
        "responsibility": text(_("Responsibility"), width=95),
        "department": text(_("Department"), width=85),
        "clock": text(_("Next clock"), width=120),
        "left": text(_("Time left"), width=90),
    }


def record_button() -> bool:
    """The one primary button."""
    return st.button(_("Record a complaint"), type="primary", icon=":material/add:", key="complaints.record")


def record(viewer: Viewer, **known: Any) -> None:
    """The form in a dialog; `known` is what a request or an opinion says already."""
    st.dialog(_("Record a complaint"), width="large")(_record)(viewer, known)


def _record(viewer: Viewer, known: dict[str, Any]) -> None:
    with read_session() as session:
        listed = complaining_customers(session, viewer)
        customers = {key: f"{code} · {name.in_(language())}" for key, code, name in listed}
        everywhere = {one.id: one.name for one in departments(session)}
    key = st.session_state.setdefault(FORM, uuid4().hex)
    choices, whose = _choices(customers, known)
    with st.form(f"complaints.{key}", border=False):
        values: dict[str, Any] = {}
        with st.container(horizontal=True):
            values["customer_id"] = st.selectbox(
                _("Customer"),
                choices,
                index=whose,
                format_func=lambda one: customers.get(one, one),
                placeholder=_("Choose"),
            )
            new = st.text_input(_("or a new customer's name"), max_chars=LONGEST)
            values["category"] = st.selectbox(
                _("Category"), list(CATEGORIES), format_func=lambda one: _(CATEGORIES[one])
            )
            values["channel"] = st.selectbox(
                _("Channel"),
                list(CHANNELS),
                index=list(CHANNELS).index(known.get("channel", "phone")),
                format_func=lambda one: _(CHANNELS[one]),
            )
        with st.container(horizontal=True):
            now = clock.now().astimezone(clock.zone())
            day = st.date_input(_("Received on"), now.date(), format="YYYY-MM-DD")
            hour = st.time_input(_("At"), now.time(), step=300)
            values["department_id"] = st.selectbox(
                _("Department (can follow)"),
                list(everywhere),
                index=None,
                format_func=lambda one: everywhere[one].in_(language()),
                placeholder=_("Choose"),
            )
        values["description"] = st.text_area(
            _("What the customer complains about"), known.get("said", ""), max_chars=4000, height=80
        )
        values["effect"] = st.text_input(_("Effect at the customer"), max_chars=500)
        with st.container(horizontal=True):
            values["product"] = st.text_input(_("Product"), max_chars=100)
            values["part_number"] = st.text_input(_("Part number"), max_chars=60)
            values["lot"] = st.text_input(_("Lot"), max_chars=60)
            values["quantity"] = st.number_input(_("Quantity"), 0.0, value=None, step=1.0)
            share = st.number_input(_("Defective, %"), 0.0, 100.0, value=None)
        pictures = st.file_uploader(
            _("Pictures"), ["png", "jpg", "jpeg"], accept_multiple_files=True, max_upload_size=10
        )
        pressed = st.form_submit_button(_("Record"), type="primary", icon=":material/check:")
    if not pressed:
        return
    values["customer_id"] = (new or "").strip() or values["customer_id"]
    if values["customer_id"] is None:
        states.refused(_("Choose the customer first."))
        return
    values["defect_share"] = None if share is None else share / 100
    values["received_at"] = datetime.combine(day, hour, tzinfo=clock.zone())
    values["pictures"] = tuple((one.name, one.getvalue()) for one in pictures)
    linked: dict[str, Any] = {name: known[name] for name in ("opinion_id", "request_number") if name in known}
    made = Tried(lambda s: _made(s, viewer, {**values, **linked, "form_key": key}))
    if made.worked:
        st.session_state.pop(FORM)
        notices.say(_("Recorded"))
        st.switch_page("complaint.py", query_params={"number": str(made.result)})


def _choices(customers: Mapping[int, str], known: Mapping[str, Any]) -> tuple[list[int | str], int | None]:
    """Whom it can be from, and the place of the one that is known: also somebody of whom only the name was written down."""
    said_by, choices = str(known.get("said_by", "")), list[int | str](customers)
    if known.get("customer_id") in customers:
        return choices, choices.index(known["customer_id"])
    return ([said_by, *choices], 0) if said_by else (choices, None)


def _made(session: Any, viewer: Viewer, values: dict[str, Any]) -> int:
    """Records it; a customer that was typed is put into the register in the same transaction."""
    if isinstance(values["customer_id"], str):
        named = customer_register.named(session, name=values["customer_id"], by=viewer, at=clock.now())
        values = {**values, "customer_id": named.id}
    return complaints.record(session, **values, by=viewer, at=clock.now()).number
