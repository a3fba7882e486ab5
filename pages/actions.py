"""Actions: what is being done about findings, by whom, until when, and what is late?"""

import streamlit as st

from components import access, action_board, action_bulk, assign_form, clock, filters, live, states
from components.texts import _
from db.queries.actions import actions, board
from db.queries.people import departments
from db.session import read_session

viewer = access.require("view_actions")
today = clock.today()
live.watch(0)  # no wave: actions alone
with read_session() as session:
    known = {one.code: one for one in departments(session)}
    asked = action_board.asked(viewer, {code: one.name for code, one in known.items()})
    department = known[asked.department].id if asked.department else None
    overview = board(
        session,
        viewer,
        today=today,
        closed_since=clock.quarter_start(),
        department_id=department,
        only_mine=asked.only_mine,
        cards=action_board.CARDS if asked.view == "board" else 0,
    )
action_board.summary(overview)
if asked.new:
    assign_form.new_action(viewer)
if asked.view == "board":
    action_board.draw(overview, today=today)
    st.stop()

listed = action_board.listed(viewer, asked)
with read_session() as session:
    page = actions(
        session,
        viewer,
        states=listed.states,
        department_id=department,
        only_mine=asked.only_mine,
        overdue_on=today if listed.which == "overdue" else None,
        search=listed.search,
        offset=(listed.page - 1) * action_board.PAGE,
        limit=action_board.PAGE,
    )
if not page.rows:
    states.empty(":material/check_circle:", _("No actions match."), _("Assign one from a red cell, or here."))
    st.stop()
key = f"actions.table.{listed.key}.{listed.page}.{listed.several}"
chosen = action_board.table(page.rows, today=today, key=key, several=listed.several)
action_board.pages(page.total, listed)
if listed.several:
    action_bulk.bar(viewer, chosen, {one.id or 0: one for one in known.values()})
elif chosen:
    st.switch_page("action.py", query_params=filters.query(number=str(chosen[0].number)))
