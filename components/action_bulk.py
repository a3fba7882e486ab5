"""The bar under the list of actions: what is to change of all that were chosen."""

from collections.abc import Mapping, Sequence

import streamlit as st

from components import clock, live, notices, states
from components.finding_words import action_name
from components.formats import count, plain
from components.texts import _, language, ngettext
from db.queries.people import DepartmentInfo, active_people
from db.session import read_session, write_session
from domain.access import Viewer
from domain.action_people import owners
from domain.action_rows import ActionRow
from domain.errors import Refusal
from services.action_bulk import Refused, change_many

REFUSED = "actions.bulk.refused"


def bar(viewer: Viewer, chosen: Sequence[ActionRow], departments: Mapping[int, DepartmentInfo]) -> None:
    """How many are chosen, and the button to change them; what was refused last time, by action."""
    for number, reason in st.session_state.pop(REFUSED, {}).items():
        states.refused(f"{action_name(number)}{_(': ')}{reason.explain(_)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(ngettext("{n} action chosen", "{n} actions chosen", len(chosen)), width="content")
        if st.button(
            _("Change them"), type="primary", icon=":material/edit_note:", disabled=not chosen, key="actions.bulk"
        ):
            live.hold()
            dialog = st.dialog(_("Change {n} actions", n=count(len(chosen))), on_dismiss=lambda: live.hold(False))
            dialog(_form)(viewer, list(chosen), departments)


def _form(viewer: Viewer, chosen: list[ActionRow], departments: Mapping[int, DepartmentInfo]) -> None:
    names = {key: one.name.in_(language()) for key, one in departments.items()}
    as_it_is = _("As it is")
    department = None
    if viewer.only_department is None:
        department = st.selectbox(
            _("Hand over to department"),
            [None, *names],
            format_func=lambda one: names[one] if one else as_it_is,
            key="actions.bulk.department",
        )
    with read_session() as session:
        people = active_people(session)
    able = {
        one.id: one.name for one in (owners(people, department) if department else people) if one.may("edit_actions")
    }
    owner = st.selectbox(
        _("Owner"),
        [None, *able],
        format_func=lambda one: able[one] if one else as_it_is,
        key=f"actions.bulk.owner.{department}",
    )
    due_on = st.date_input(_("Due date"), None, format="YYYY-MM-DD", key="actions.bulk.due_on")
    st.caption(_("Each change stands in the action's history. What can't be changed is told for each action."))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(_("Save"), type="primary", icon=":material/check:", key="actions.bulk.save"):
            try:
                with write_session() as session:
                    refused: Refused = change_many(
                        session,
                        versions={row.id: row.version for row in chosen},
                        owner_id=owner,
                        department_id=department,
                        due_on=due_on,
                        by=viewer,
                        at=clock.now(),
                    )
            except Refusal as refusal:
                states.refused(plain(refusal.explain(_)))
                return
            st.session_state[REFUSED] = refused
            saved = len(chosen) - len(refused)
            notices.say(ngettext("{n} action changed", "{n} actions changed", saved))
            live.hold(False)
            st.rerun()
