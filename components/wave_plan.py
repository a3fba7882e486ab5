"""Plan and approval of a wave: what is planned, who agreed, whom it asks, and the next step."""

import pandas as pd
import streamlit as st

from components import drawn, states, wave_plan_form, wave_plan_steps, wave_words
from components.formats import NOTHING, count, day_in_form, percent, plain
from components.matrix import ROW_HEIGHT, height_of
from components.texts import _, language
from db.queries.plans import PlanDetail, drawn_customers, plan
from db.queries.waves import SurveyWave
from db.session import read_session
from domain.access import Viewer
from domain.plans import EDITABLE, INCENTIVES, METHODS
from domain.sampling import SAMPLINGS, STRATA, margin

MOST_ROWS = 12


def draw(viewer: Viewer, wave: SurveyWave) -> None:
    """The section."""
    with read_session() as session:
        found = plan(session, viewer, wave.id)
    if found is None and wave.is_imported:
        wave_words.imported(
            _("Answers collected elsewhere need no plan. To ask customers here, plan a wave with another code.")
        )
        return
    if found is None:
        line = _("This wave was opened without a plan.")
        states.empty(":material/event_note:", line, _("Plans are made before a wave opens, on the list of waves."))
        return
    may_edit = viewer.may("run_waves") and wave.state == "planned" and found.state in EDITABLE
    left, right = st.columns([1.75, 1], gap="small")
    with right:
        wave_plan_steps.draw(viewer, wave, found)
        _sample(viewer, found)
    with left:
        if may_edit and wave_plan_form.is_editing(found):
            wave_plan_form.edit(viewer, wave, found)
        else:
            _read(wave, found, may_edit)


def _read(wave: SurveyWave, found: PlanDetail, may_edit: bool) -> None:
    fields = found.fields
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            number = f":gray[{_('Plan {n}', n=found.number)} · {plain(found.author)}]"
            st.markdown(f"**{_('Survey plan')}** {number}", width="content")
            if may_edit:
                wave_plan_form.edit_button(found)
        st.markdown(f"**{_('Objective')}**  \n{_text(fields.objective)}")
        st.markdown(f"**{_('Scope')}**  \n{_text(fields.scope)}")
        one, two = st.columns(2, gap="small")
        how = _(", ").join(_(METHODS[name]) for name in fields.methods)
        with one:
            _facts(
                {
                    _("How people are asked"): how,
                    _("Channels"): fields.channels,
                    _("Done by"): fields.agency or _("own people"),
                    _("Leader"): found.leader,
                    _("Budget"): _money(fields.budget),
                }
            )
        with two:
            period = f"{day_in_form(fields.starts_on)} – {day_in_form(fields.ends_on)}"
            _facts(
                {
                    _("Survey days"): period,
                    _("Expected end"): day_in_form(fields.expected_end_on) if fields.expected_end_on else "",
                    _("Analysis"): day_in_form(fields.analysis_on) if fields.analysis_on else "",
                    _("Report"): day_in_form(fields.report_on) if fields.report_on else "",
                    _("Valid responses wanted"): count(wave.planned_n) if wave.planned_n else "",
                }
            )
        if fields.milestones:
            st.markdown(f"**{_('Milestones')}**  \n{_text(fields.milestones)}")
        if fields.incentive:
            how = (
                f"{plain(fields.incentive)} · {_(INCENTIVES[fields.incentive_how])} · {_money(fields.incentive_budget)}"
            )
            st.markdown(f"**{_('Incentive')}**  \n{how}")
    with st.container(border=True, gap="xsmall"):
        states.card_title(_("Who works on it"))
        people = [{"who": name, "what": task or NOTHING} for name, task in found.members.items()]
        people += [{"who": one.name.in_(language()), "what": one.help} for one in found.signatures if one.help]
        if people:
            columns = {"who": _("Who"), "what": _("Task, or how they help")}
            drawn.keep(people, alt=_("Who works on it"), personal=True, columns=columns)
            st.table(pd.DataFrame(people).rename(columns=columns), hide_index=True)
        else:
            st.caption(_("Nobody is named yet."))


def _sample(viewer: Viewer, found: PlanDetail) -> None:
    fields = found.fields
    with st.container(border=True, gap="xsmall"):
        states.card_title(_("Customers drawn"))
        how = _(SAMPLINGS[fields.sampling])
        if fields.sampling == "stratified":
            how += f" · {_(STRATA[fields.stratum])}"
        if not found.drawn_at:
            st.markdown(how)
            st.caption(_("Nobody has been drawn yet."))
            return
        _facts(
            {
                _("How"): how,
                _("Drawn"): _("{n} of {total}", n=count(found.drawn), total=count(found.population)),
                _("Seed"): str(found.seed),
                _("Margin"): margin_words(min(fields.planned_n or found.drawn, found.drawn), found.population),
            }
        )
        if viewer.may("view_customers"):
            with read_session() as session:
                listed = drawn_customers(session, viewer, found.wave_id)
            with st.expander(_("Names")):
                rows = [(code, name.in_(language()), segment, region) for code, name, segment, region in listed]
                frame = pd.DataFrame(rows, columns=[_("Code"), _("Customer"), _("Segment"), _("Region")])
                height = height_of(len(rows), MOST_ROWS)
                drawn.table(frame, hide_index=True, row_height=ROW_HEIGHT, height=height, alt=_("Customers drawn"))


def margin_words(n: int, population: int) -> str:
    """How sure so many answers make a share: "± 5.0 % with 278 answers"; a dash where there is nobody."""
    half = margin(n, population)
    if half is None:
        return NOTHING
    if n >= population:
        return _("none: everybody is asked")
    return _("± {half} with {n} answers", half=percent(half), n=count(min(n, population)))


def _facts(facts: dict[str, str]) -> None:
    lines = [f":gray[{name}]　{plain(value) if value else NOTHING}" for name, value in facts.items()]
    st.markdown("  \n".join(lines))


def _text(text: str) -> str:
    return plain(text) if text.strip() else NOTHING


def _money(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.0f}"
