"""The inbox of opinions: its views and filters, the list at the left, and the form that records what was heard elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import address, chooser, clock, notices, states
from components.formats import NOTHING, count, day_in_form
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.complaints import complaining_customers
from db.queries.opinions import LISTED, OpinionLine
from db.queries.people import DepartmentInfo, departments
from db.session import read_session
from domain.access import Viewer
from domain.errors import N_
from domain.opinions import KINDS
from services import opinions

MOST_ROWS: Final = 17
FORM: Final = "opinions.form"
TURN: Final = "opinions.turn"
VIEWS: Final = {"sort": N_("To sort"), "answer": N_("To answer"), "all": N_("All")}


def asked(viewer: Viewer, waiting: Mapping[str, int], everywhere: Sequence[DepartmentInfo]) -> dict[str, Any]:
    """View and filters, which stand in the address; what `db.queries.opinions.opinions` takes."""
    names = {
        code: f"{_(name)} · {count(waiting[code])}" if code in waiting else _(name) for code, name in VIEWS.items()
    }
    by_code = {one.code: one for one in everywhere}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        found: dict[str, Any] = {"view": address.view(names, "sort" if waiting["sort"] else "answer")}
        search = st.text_input(
            _("Search"),
            key=address.pull_text("search"),
            placeholder=_("Words, customer"),
            icon=":material/search:",
            label_visibility="collapsed",
            width=210,
        )
        found["search"] = address.push("search", search)
        kind = st.selectbox(
            _("Kind"),
            ["", *KINDS],
            format_func=lambda one: _(KINDS[one]) if one else _("All kinds"),
            key=address.pull("kind", ["", *KINDS]),
            label_visibility="collapsed",
            width=130,
        )
        found["kind"] = address.push("kind", kind)
        if viewer.only_department is None:
            code = st.selectbox(
                _("Department"),
                ["", *by_code],
                format_func=lambda one: by_code[one].name.in_(language()) if one else _("All departments"),
                key=address.pull("department", ["", *by_code]),
                label_visibility="collapsed",
                width=150,
            )
            chosen = by_code.get(address.push("department", code))
            found["department_id"] = chosen.id if chosen else None
    found["customer_code"] = st.query_params.get("customer", "")
    return found


def chosen(lines: Sequence[OpinionLine]) -> int | None:
    """The list; the key of the opinion that is open: the one chosen, else the one that the address names, else the first."""
    named = st.query_params.get("opinion", "")
    key = address.key("opinion") or None
    if not lines:
        return key
    text = st.column_config.TextColumn
    picked = chooser.chosen(
        lines,
        [_row(one) for one in lines],
        columns={
            "kind": text(_("Kind"), width=76),
            "text": text(_("Opinion"), width=180),
            "who": text(_("Customer"), width=98),
            "day": text(_("Received"), width=82),
        },
        most_rows=MOST_ROWS,
        alt=_("Opinions in this view"),
        key=f"opinions.table.{st.session_state.get(TURN, 0)}.{named}",
        first_is_chosen=key is None,
        personal=True,
    )
    if len(lines) == LISTED:
        st.caption(_("The first {n}: search or filter to see others.", n=count(LISTED)))
    return picked[0].opinion.id if picked else key or lines[0].opinion.id


def go_on() -> None:
    """After one is done the next one opens: nothing is chosen any more, and the address names none."""
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
    st.query_params.pop("opinion", None)


def empty(asked_for: Mapping[str, Any]) -> None:
    """Nothing in this view: done, or nothing fits."""
    if any(asked_for.get(name) for name in ("search", "kind", "department_id", "customer_code")):
        line, said = _("No opinion fits."), _("Change the search or the filters.")
    elif asked_for["view"] == "all":
        line, said = _("No opinions yet."), _("What customers write or say comes here, from surveys, calls and visits.")
    else:
        line, said = _("Nothing waits here."), _("Everything in this view is done.")
    states.empty(":material/forum:", line, said, key="no_opinions")


def _row(line: OpinionLine) -> dict[str, Any]:
    one = line.opinion
    return {
        "kind": _(KINDS[one.kind]) if one.kind else NOTHING,
        "text": one.text,
        "who": line.customer.in_(language()) or one.said_by or (_("Anonymous") if line.is_anonymous else None),
        "day": day_in_form(one.received_at.astimezone(clock.zone()).date()),
    }


def record_button() -> bool:
    """The one primary button of the page."""
    return st.button(_("Record an opinion"), type="primary", icon=":material/add:", key="opinions.record")


def record(viewer: Viewer) -> None:
    """The short form for what was said outside any survey."""
    st.dialog(_("Record an opinion"), width="medium")(_record)(viewer)


def _record(viewer: Viewer) -> None:
    with read_session() as session:
        customers = {
            key: f"{code} · {name.in_(language())}" for key, code, name in complaining_customers(session, viewer)
        }
        everywhere = {one.id: one.name for one in departments(session)}
    key = st.session_state.setdefault(FORM, uuid4().hex)
    with st.form(f"opinions.{key}", border=False):
        values: dict[str, Any] = {}
        values["kind"] = st.segmented_control(
            _("Kind"), list(KINDS), format_func=lambda one: _(KINDS[one]), default="problem", required=True
        )
        if customers:
            values["customer_id"] = st.selectbox(
                _("Customer"), list(customers), index=None, format_func=customers.__getitem__, placeholder=_("Choose")
            )
        values["said_by"] = st.text_input(_("From whom (company, name)"), max_chars=200)
        values["text"] = st.text_area(_("What was said"), max_chars=4000, height=100)
        with st.container(horizontal=True):
            if viewer.only_department is None:
                values["department_id"] = st.selectbox(
                    _("Department (can follow)"),
                    list(everywhere),
                    index=None,
                    format_func=lambda one: everywhere[one].in_(language()),
                    placeholder=_("Choose"),
                )
            day = st.date_input(_("Received on"), clock.today(), format="YYYY-MM-DD")
        pressed = st.form_submit_button(_("Record"), type="primary", icon=":material/check:")
    if not pressed:
        return
    now = clock.now().astimezone(clock.zone())
    values["received_at"] = now if day == now.date() else datetime.combine(day, now.time(), tzinfo=clock.zone())
    made = Tried(lambda s: opinions.record(s, **values, form_key=key, by=viewer, at=clock.now()).id)
    if made.worked:
        st.session_state.pop(FORM)
        notices.say(_("Recorded"))
        go_on()
        st.rerun()
