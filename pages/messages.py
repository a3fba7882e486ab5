"""Messages: where may notifications go, and which ones may not have arrived?"""

from collections.abc import Callable

import streamlit as st

from components import access, chat_targets, clock, states
from components.texts import _
from db.queries.deliveries import chat_targets as targets
from db.queries.deliveries import deliveries_with_trouble, delivery_counts
from db.queries.people import departments
from db.session import read_session, write_session
from domain.errors import Refusal
from services.chat_targets import add_chat, end_chat, send_again, try_chat

viewer = access.require("manage_messages")
verbs: dict[str, Callable[..., object]] = {"add": add_chat, "end": end_chat, "try": try_chat, "again": send_again}
with read_session() as session:
    listed, troubled = targets(session, viewer), deliveries_with_trouble(session, viewer)
    counts, known = delivery_counts(session, viewer), departments(session)

left, right = st.columns([1.8, 1], gap="small")
with left:
    selected = chat_targets.table(listed)
    asked = chat_targets.trouble(troubled, counts)
with right:
    asked = chat_targets.card(selected, known) or asked
    if asked is None:
        st.stop()
    try:
        with write_session() as session:
            verbs[asked.verb](session, **asked.values, by=viewer, at=clock.now())
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        st.stop()
chat_targets.say(asked)
st.rerun()
