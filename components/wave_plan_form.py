"""The form of a plan; what is typed stays while others write, and the sample size is told while it is chosen."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import clock, notices, states
from components.formats import count, percent
from components.texts import _, language
from db.queries.customer_list import customers_matching, groups
from db.queries.people import active_people, departments
from db.queries.plans import PlanDetail
from db.queries.waves import SurveyWave
from db.session import read_session, write_session
from domain.access import Viewer
from domain.customer_filters import CustomerFilter
from domain.errors import N_, Refusal
from domain.plans import INCENTIVES, METHODS, PlanFields, both_changed, merged
from domain.sampling import SAMPLINGS, STRATA, margin, size_for, to_be_sent
from services import plans

EDITED: Final = "plan.edited"
USUAL_ERROR: Final = 0.05
LABELS: Final = {
    "objective": N_("Objective"),
    "scope": N_("Scope"),
    "methods": N_("How people are asked"),
    "channels": N_("Channels"),
    "agency": N_("Agency"),
    "leader_id": N_("Leader"),
    "budget": N_("Budget"),
    "milestones": N_("Milestones"),
    "starts_on": N_("Begins"),
    "ends_on": N_("Ends"),
    "expected_end_on": N_("Expected end"),
    "analysis_on": N_("Analysis"),
    "report_on": N_("Report"),
    "members": N_("Who works on it"),
    "departments": N_("Who works on it"),
    "incentive": N_("Incentive"),
    "incentive_how": N_("Incentive"),
    "incentive_budget": N_("Incentive"),
}
"""Field of a plan → how it is called where two people have changed it; everything else is the sample."""


def is_editing(found: PlanDetail) -> bool:
    """Whether the reader is editing this plan; a plan without an objective opens as a form."""
    edited = st.session_state.get(EDITED)
    if edited is None and not found.fields.objective:
        begin(found)
        return True
    return bool(edited and edited["id"] == found.wave_id)


def edit_button(found: PlanDetail) -> None:
    """Begins editing from what is on the screen."""
    st.button(_("Edit"), icon=":material/edit:", key="plan.edit", on_click=begin, args=(found,))


def begin(found: PlanDetail) -> None:
    """The form opens with the plan as it is now."""
    st.session_state[EDITED] = {"id": found.wave_id, "base": found.fields, "key": uuid4().hex}


def edit(viewer: Viewer, wave: SurveyWave, found: PlanDetail) -> None:
    """Draws the form and saves it."""
    edited = st.session_state[EDITED]
    base, key = edited["base"], f"plan.form.{edited['key']}"
    with read_session() as session:
        people = {one.id: one.name for one in active_people(session)}
        offices = {one.id: one.name.in_(language()) or one.code for one in departments(session)}
        offered = groups(session, viewer)
    with _card(_("Edit the plan")):
        values = {**_what(base, key), **_who(base, people, key), **_when(base, key)}
    with _card(_("Sample")):
        values |= _sample(viewer, wave, base, offered, key)
    with _card(_("Who works on it")):
        values["members"] = _table(_("Member"), _("Task"), people, base.members, f"{key}.members")
        values["departments"] = _table(
            _("Department"), _("How it helps"), offices, base.departments, f"{key}.departments"
        )
    with _card(_("Incentive"), _("kept apart from the answers")):
        values |= _incentive(base, key)
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button(_("Cancel"), key=f"{key}.cancel", on_click=_end)
        if st.button(_("Save"), type="primary", icon=":material/check:", key=f"{key}.save"):
            _save(viewer, found, PlanFields(**values), edited)


def _card(title: str, what: str = "") -> DeltaGenerator:
    """As high as what is in it."""
    box = st.container(border=True, gap="xsmall")
    with box:
        states.card_title(title, what)
    return box


def _what(base: PlanFields, key: str) -> dict[str, Any]:
    objective = st.text_area(_("Objective"), base.objective, height=68, max_chars=2000, key=f"{key}.objective")
    scope = st.text_area(_("Scope"), base.scope, height=68, max_chars=2000, key=f"{key}.scope")
    left, right = st.columns([1.5, 1], gap="small")
    methods = left.multiselect(
        _("How people are asked"),
        list(METHODS),
        list(base.methods),
        format_func=lambda one: _(METHODS[one]),
        key=f"{key}.methods",
        placeholder=_("Choose"),
    )
    channels = right.text_input(_("Channels"), base.channels, max_chars=200, key=f"{key}.channels")
    return {"objective": objective or "", "scope": scope or "", "methods": tuple(methods), "channels": channels or ""}


def _who(base: PlanFields, people: Mapping[int, str], key: str) -> dict[str, Any]:
    left, middle, right = st.columns(3, gap="small")
    options = list(people)
    index = options.index(base.leader_id) if base.leader_id in options else None
    leader = left.selectbox(
        _("Leader"),
        options,
        index,
        format_func=people.__getitem__,
        key=f"{key}.leader",
        placeholder=_("Choose"),
    )
    agency = middle.text_input(
        _("Agency"), base.agency, placeholder=_("empty: own people"), max_chars=200, key=f"{key}.agency"
    )
    budget = right.number_input(_("Budget"), 0.0, None, base.budget, 100.0, format="%.0f", key=f"{key}.budget")
    return {"leader_id": leader, "agency": agency or "", "budget": budget}


def _when(base: PlanFields, key: str) -> dict[str, Any]:
    names = {
        "starts_on": _("Begins"),
        "ends_on": _("Ends"),
        "expected_end_on": _("Expected end"),
        "analysis_on": _("Analysis"),
        "report_on": _("Report"),
    }
    values: dict[str, Any] = {}
    for place, (name, label) in zip(st.columns(len(names), gap="xsmall"), names.items(), strict=True):
        values[name] = place.date_input(label, getattr(base, name), format="YYYY-MM-DD", key=f"{key}.{name}")
    values["milestones"] = (
        st.text_area(_("Milestones"), base.milestones, height=68, max_chars=2000, key=f"{key}.milestones") or ""
    )
    return values


def _sample(
    viewer: Viewer, wave: SurveyWave, base: PlanFields, offered: Mapping[str, list[str]], key: str
) -> dict[str, Any]:
    wanted = _filter(base.filter, offered, key)
    with read_session() as session:
        population = len(customers_matching(session, viewer, wanted))
    left, middle, right, last = st.columns(4, gap="small")
    how = left.selectbox(
        _("Sampling"),
        list(SAMPLINGS),
        list(SAMPLINGS).index(base.sampling),
        format_func=lambda one: _(SAMPLINGS[one]),
        key=f"{key}.sampling",
    )
    stratum = ""
    if how == "stratified":
        names = list(STRATA)
        stratum = middle.selectbox(
            _("Stratified by"),
            names,
            names.index(base.stratum) if base.stratum in names else 0,
            format_func=lambda one: _(STRATA[one]),
            key=f"{key}.stratum",
        )
    size = None
    if how != "all":
        size = right.number_input(_("Customers to draw"), 1, None, base.size, key=f"{key}.size")
    planned = last.number_input(_("Valid responses wanted"), 1, None, base.planned_n, key=f"{key}.planned")
    _told(wave, population, size or population, planned)
    return {"filter": wanted, "sampling": how, "stratum": stratum, "size": size, "planned_n": planned}


def _told(wave: SurveyWave, population: int, drawn: int, planned: int | None) -> None:
    """How many customers match, how many answers a margin needs, and what margin the wanted number gives."""
    needed = size_for(USUAL_ERROR, population)
    parts = [_("**{n}** customers match.", n=count(population))]
    if population:
        target = wave.layout.scheme.targets.response_rate
        asked = to_be_sent(needed, target, population)
        parts.append(_("For ± 5 % at 95 % confidence: {n} answers.", n=count(needed)))
        if target and asked != needed:
            parts.append(_("At the target rate of {rate} ask {n}.", rate=percent(target), n=count(asked)))
        answers = min(planned or drawn, population)
        parts.append(_("{n} answers give ± {half}.", n=count(answers), half=percent(margin(answers, population))))
    st.markdown(" ".join(parts))


def _filter(base: CustomerFilter, offered: Mapping[str, list[str]], key: str) -> CustomerFilter:
    first, second, third, fourth, fifth = st.columns([2, 2, 1.4, 1, 1.2], gap="small")
    segments = first.multiselect(
        _("Segment"),
        _with(offered["segment"], base.segments),
        list(base.segments),
        key=f"{key}.segments",
        placeholder=_("All"),
    )
    regions = second.multiselect(
        _("Region"),
        _with(offered["region"], base.regions),
        list(base.regions),
        key=f"{key}.regions",
        placeholder=_("All"),
    )
    at_least = third.number_input(
        _("Bought at least"), 0.0, None, base.at_least, key=f"{key}.at_least", help=_("in one purchase")
    )
    units = ["", *_with(offered["unit"], [base.unit] if base.unit else [])]
    index = units.index(base.unit)
    unit = fourth.selectbox(_("Unit"), units, index, format_func=lambda one: one or _("any"), key=f"{key}.unit")
    which = {None: _("All"), True: _("VIP only"), False: _("Without VIP")}
    vip = fifth.selectbox(
        _("VIP"), list(which), list(which).index(base.vip), format_func=which.__getitem__, key=f"{key}.vip"
    )
    return CustomerFilter(
        segments=tuple(segments), regions=tuple(regions), at_least=at_least or None, unit=unit or "", vip=vip
    )


def _with(offered: list[str], chosen: Any) -> list[str]:
    return sorted({*offered, *chosen})


def _incentive(base: PlanFields, key: str) -> dict[str, Any]:
    left, middle, right = st.columns([2, 2, 1], gap="small")
    what = left.text_input(_("What"), base.incentive, max_chars=200, key=f"{key}.incentive")
    how = middle.selectbox(
        _("How it is given"),
        list(INCENTIVES),
        list(INCENTIVES).index(base.incentive_how),
        format_func=lambda one: _(INCENTIVES[one]),
        key=f"{key}.incentive_how",
    )
    budget = right.number_input(
        _("Budget"), 0.0, None, base.incentive_budget, 100.0, format="%.0f", key=f"{key}.incentive_budget"
    )
    return {"incentive": what or "", "incentive_how": how, "incentive_budget": budget}


def _table(who: str, what: str, names: Mapping[int, str], given: Mapping[int, str], key: str) -> dict[int, str]:
    """People or departments with a text each, in lines that can be added and taken away."""
    frame = pd.DataFrame({"who": [names.get(one, "") for one in given], "what": list(given.values())}, dtype="object")
    edited = st.data_editor(
        frame,
        num_rows="dynamic",
        hide_index=True,
        key=key,
        column_config={
            "who": st.column_config.SelectboxColumn(who, options=list(names.values()), width=180),
            "what": st.column_config.TextColumn(what, max_chars=500),
        },
        alt=who,
    )
    keys = {name: one for one, name in names.items()}
    return {
        keys[row["who"]]: row["what"] if isinstance(row["what"], str) else ""
        for row in edited.to_dict("records")
        if row["who"] in keys
    }


def _save(viewer: Viewer, found: PlanDetail, wanted: PlanFields, edited: dict[str, Any]) -> None:
    """Saves what was changed here onto the plan as it is now; what somebody else changed too is told first."""
    clash = both_changed(edited["base"], wanted, found.fields)
    if clash and edited.get("told") != found.version:
        edited["told"] = found.version
        names = dict.fromkeys(_(LABELS.get(name, N_("Sample"))) for name in clash)
        line = _("Somebody else has meanwhile changed: {fields}. Save again to keep what you wrote.")
        states.refused(line.format(fields=_(", ").join(names)))
        return
    wanted = merged(edited["base"], wanted, found.fields)
    try:
        with write_session() as session:
            plans.edit_plan(
                session, wave_id=found.wave_id, version=found.version, wanted=wanted, by=viewer, at=clock.now()
            )
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    notices.say(_("Saved"))
    _end()
    st.rerun()


def _end() -> None:
    st.session_state[EDITED] = {"id": 0}
