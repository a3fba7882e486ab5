"""A customer in the register: is what we know of it right, and whom there can we ask?"""

import streamlit as st

from components import access, clock, notices, states
from components import customer_entry as entry
from components.texts import _
from db.queries.customer_list import customer_card, groups, sellers
from db.session import read_session, write_session
from domain.access import NotThere
from domain.customer_entries import Entered
from domain.errors import Refusal
from services import customer_merging, customer_register
from services.customer_register import CustomerChangedMeanwhile

viewer = access.require("edit_customers")
code = st.query_params.get("code", "")
try:
    with read_session() as session:
        card = customer_card(session, viewer, code) if code else None
        people, offered = sellers(session, viewer), groups(session, viewer)
        now = customer_register.as_entered(session, card.customer) if card else Entered()
except NotThere:
    entry.not_there()
    st.stop()

customer, key = (card.customer, card.customer.id or 0) if card else (None, 0)
entry.title(customer)
if card:
    access.note_view(viewer, "customer", key)
editing = entry.editing(code, customer.version if customer else 0, now)
entry.told(editing, people)
refused = st.container()
entered = entry.form(editing, people, offered)
wish = entry.merges(card) if card else None
if entered is None and wish is None:
    st.stop()
try:
    with write_session() as session:
        if entered is not None and customer is None:
            customer = customer_register.add(session, entered=entered, by=viewer, at=clock.now())
        elif entered is not None:
            over = {"customer_id": key, **editing.over}
            customer = customer_register.change(session, **over, entered=entered, by=viewer, at=clock.now())
        elif wish and wish[0] == "undo":
            customer_merging.undo(session, merge_id=int(wish[1]), by=viewer, at=clock.now())
        elif wish:
            other = customer_card(session, viewer, str(wish[1])).customer.id or 0
            customer_merging.merge(session, kept_id=key, merged_id=other, by=viewer, at=clock.now())
except CustomerChangedMeanwhile as meanwhile:
    entry.adopt(editing, entered or now, **meanwhile.what)
    st.rerun()
except Refusal as refusal:
    with refused:
        states.refused(refusal.explain(_))
    st.stop()
entry.done()
notices.say(_(entry.DONE[wish[0]]) if wish else _("Saved"))
st.query_params["code"] = customer.code if customer else code
st.rerun()
