"""Taking a questionnaire out of the figures: by those who may, with the reason; its row stays."""

from collections.abc import Sequence

import streamlit as st

from components import clock, formats, states
from components.customer_answers import heading, unique
from components.texts import _
from db.session import write_session
from domain.access import Viewer
from domain.customer_history import AnsweredQuestionnaire
from domain.errors import Refusal
from services.responses import withdraw


def draw(viewer: Viewer, questionnaires: Sequence[AnsweredQuestionnaire]) -> None:
    """A button with a small form; nothing for who may not, or where nothing counts. Flagged ones are offered first."""
    counted = sorted((one for one in questionnaires if one.state != "withdrawn"), key=lambda one: not one.flags)
    if not (counted and viewer.may("import")):
        return
    with st.popover(_("Take out of the figures"), icon=":material/block:"), st.form("customer.withdraw", border=False):
        names = unique([f"{formats.period(one.wave)} · {heading(one)}" for one in counted])
        name = st.selectbox(_("Questionnaire"), names)
        reason = st.text_input(_("Reason"), max_chars=500)
        st.caption(_("The answers stay in the file; scores and findings follow at once. The reason is kept."))
        if st.form_submit_button(_("Take out"), type="primary"):
            _withdraw(viewer, counted[names.index(name)].id, reason)


def _withdraw(viewer: Viewer, response_id: int, reason: str) -> None:
    try:
        with write_session() as session:
            withdraw(session, response_id=response_id, by=viewer, at=clock.now(), reason=reason)
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    st.rerun()
