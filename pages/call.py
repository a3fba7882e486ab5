"""Call: what must be known before the customer is called, and what comes of it?"""

import streamlit as st

from components import access, address, call_card, states
from components.texts import _
from db.queries.calls import call_card as card_of
from db.queries.people import departments
from db.session import read_session
from domain.access import NotThere

viewer = access.require("enter_responses")
try:
    with read_session() as session:
        card = card_of(session, viewer, address.key("id"))
        everywhere = departments(session)
except NotThere as refusal:
    states.refused(refusal.explain(_))
    st.stop()
access.note_view(viewer, "call", card.call.id or 0)
call_card.title(card)
left, right = st.columns([1, 1.3], gap="small")
with left:
    call_card.known(card)
with right:
    call_card.steps(viewer, card, everywhere)
    call_card.history(card)
