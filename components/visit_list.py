"""The list of visits, symposia and inspections, and the short form that plans one."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import address, chooser, clock, notices, states
from components.call_words import VISIT_KINDS, VISIT_STATES
from components.formats import day_in_form, period_short
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.visits import VisitLine, customers_to_visit, open_waves
from db.session import read_session
from domain.access import Viewer
from domain.errors import N_
from services import visits

VIEWS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "all": (N_("All"), ()),
    "visits": (N_("Visits"), ("visit",)),
    "symposia": (N_("Symposia"), ("symposium",)),
    "inspections": (N_("Inspections"), ("mystery", "inspection")),
}
MOST_ROWS: Final = 17
FORM: Final = "visits.form"


def kinds() -> tuple[str, ...]:
    """Which kinds are looked at; it stands in the address."""
    names = {code: name for code, (name, _which) in VIEWS.items()}
    return VIEWS[address.view(names, "all")][1]


def table(lines: Sequence[VisitLine]) -> int | None:
    """The visits; the key of the one that was chosen."""
    picked = chooser.chosen(
        lines,
        [_row(one) for one in lines],
        columns=_columns(),
        most_rows=MOST_ROWS,
        alt=_("Visits, those still planned first"),
        key="visits.table",
        personal=True,
    )
    return picked[0].id if picked else None


def _row(one: VisitLine) -> dict[str, Any]:
    return {
        "day": day_in_form(one.held_on or one.planned_on),
        "kind": _(VISIT_KINDS[one.kind]),
        "state": _(VISIT_STATES[one.state][0]),
        "customer": one.customer.in_(language()) or None,
        "purpose": one.purpose,
        "visitor": one.visitor,
        "follow_up": day_in_form(one.follow_up_on) if one.follow_up_on else None,
        "defects": one.open_defects or None,
    }


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "day": text(_("Day"), width=90),
        "kind": text(_("Kind"), width=150),
        "state": text(_("State"), width=80),
        "customer": text(_("Customer"), width=170),
        "purpose": text(_("Purpose"), width=230),
        "visitor": text(_("Visitor"), width=90),
        "follow_up": text(_("Follow-up"), width=90),
        "defects": st.column_config.NumberColumn(_("Open defects"), width=95),
    }


def plan_button() -> bool:
    """The one primary button."""
    return st.button(_("Plan a visit"), type="primary", icon=":material/event:", key="visits.plan_button")


def plan(viewer: Viewer) -> None:
    """The form before, in a dialog: who, what for, in which steps."""
    st.dialog(_("Plan a visit"), width="medium")(_plan)(viewer)


def _plan(viewer: Viewer) -> None:
    with read_session() as session:
        customers = {key: (code, name) for key, code, name in customers_to_visit(session, viewer)}
        waves = {
            one.id: f"{one.scheme.in_(language())} · {period_short(one.code)}" for one in open_waves(session, viewer)
        }
    key = st.session_state.setdefault(FORM, uuid4().hex)
    offered = list(VISIT_KINDS) if customers else [kind for kind in VISIT_KINDS if kind != "visit"]
    with st.container(horizontal=True):
        kind = st.selectbox(_("Kind"), offered, format_func=lambda one: _(VISIT_KINDS[one]), key="visits.kind")
        day = st.date_input(_("Day"), clock.today(), format="YYYY-MM-DD", key="visits.day")
    customer = wave = None
    if customers:
        customer = st.selectbox(
            _("Customer"),
            list(customers),
            index=None,
            format_func=lambda one: f"{customers[one][0]} · {customers[one][1].in_(language())}",
            placeholder=_("Choose"),
            key="visits.customer",
        )
    if kind in visits.INSPECTING:
        wave = st.selectbox(
            _("Wave whose findings hold the defects"),
            list(waves),
            format_func=waves.__getitem__,
            placeholder=_("Choose"),
            key="visits.wave",
        )
    with st.form("visits.plan", border=False):
        purpose = st.text_input(_("Purpose"), max_chars=300)
        people = st.text_input(_("Who takes part"), max_chars=300)
        steps = st.text_area(_("Steps"), max_chars=1000, height=68)
        pressed = st.form_submit_button(_("Plan"), type="primary", icon=":material/check:")
    if not pressed:
        return
    if kind in visits.INSPECTING and wave is None:
        states.refused(_("Choose a running wave first: its findings will hold the defects."))
        return
    values: dict[str, Any] = {"kind": kind, "customer_id": customer, "wave_id": wave, "planned_on": day}
    texts: dict[str, Any] = {"purpose": purpose, "people": people, "steps": steps}
    made = Tried(lambda s: visits.plan_visit(s, **values, **texts, form_key=key, by=viewer, at=clock.now()).id)
    if made.worked:
        st.session_state.pop(FORM)
        notices.say(_("Planned"))
        st.switch_page("visit.py", query_params={"id": str(made.result)})
