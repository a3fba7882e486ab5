"""Findings: what do the rules say must be analysed, for whom, since when, and who acts on it?"""

import streamlit as st

from components import access, assign_form, filters, findings_table, nothing_here, states
from components.texts import _, ngettext
from db.queries.finding_lists import findings
from db.queries.findings import questions_tested
from db.queries.overview import actions_on_items
from db.session import read_session

viewer = access.require("view_findings")
chosen = filters.selection() or nothing_here.no_wave(viewer)
scope = chosen.scope
with st.container(horizontal=True, vertical_alignment="center"):
    bar = st.container(horizontal=True, width="content")  # at the left: the tools of the table cover the right
    asked = findings_table.asked(scope)
with read_session() as session:
    page = findings(
        session,
        scope,
        states=[asked.state],
        rules=asked.rules,
        level=asked.level if asked.level != "each" else "",
        folded=asked.is_folded,
        group=asked.group,
        only_unassigned=asked.only_unassigned,
        offset=(asked.page - 1) * findings_table.PAGE,
        limit=findings_table.PAGE,
    )
    running = actions_on_items(session, scope, chosen.wave)
    tested = questions_tested(session, scope)
if not page.rows:
    states.empty(":material/flag:", _("No findings match."), _("Nothing of this kind must be analysed in this period."))
    st.stop()

key = f"findings.{asked.key}.{asked.page}.{assign_form.saves()}"
picked = findings_table.draw(page.rows, page.at_customers, running, folded=asked.is_folded, key=key)
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    findings_table.why(page.rows, picked, tested)
    findings_table.unfold(page.rows, picked, page.at_customers, asked)
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    findings_table.caption(page.total, page.subjects, page.unassigned)
    findings_table.pages(page.subjects, asked)
with bar:
    label = ngettext("Assign action to {n}", "Assign action to {n}", len(picked)) if picked else _("Assign action")
    may_assign = viewer.may("assign")
    if may_assign and st.button(label, type="primary", shortcut="a", disabled=not picked, key="findings.assign"):
        assign_form.assign(viewer, finding_ids=picked)
