"""Customers and contacts: whom can surveys ask, and is anybody in there twice?"""

import streamlit as st

from components import access, clock, exports, head, import_customers, notices, states
from components import customer_register as register
from components.texts import _
from db.queries.customer_list import contacts_of, groups, kept_apart, names_to_compare, register_page, sellers
from db.session import read_session, write_session
from domain.customer_names import Named, doubles
from domain.errors import Refusal

viewer = access.require("edit_customers")
if viewer.may("view_audit"):
    with head.beside():
        st.page_link("privacy.py", label=_("Personal data"), icon=":material/shield_person:")
with head.actions():
    adding = st.button(_("Add customer"), type="primary", icon=":material/person_add:")
if adding:
    st.switch_page("contact.py", query_params={"code": ""})
with read_session() as session:
    offered, people = groups(session, viewer), sellers(session, viewer)
with st.container(horizontal=True, vertical_alignment="center"):
    view = register.view()
    wanted = register.filters(offered, people) if view == "register" else None

if view == "import":
    import_customers.draw(viewer)
elif view == "doubles":
    with read_session() as session:
        pairs = doubles(Named(*row) for row in names_to_compare(session, viewer))
        apart = kept_apart(session, viewer)
    wish = register.doubles(pairs, apart)
    if wish:
        try:
            with write_session() as session:
                wish.verb(session, **wish.keys, by=viewer, at=clock.now())
        except Refusal as refusal:
            states.refused(refusal.explain(_))
            st.stop()
        notices.say(_(wish.told))
        st.rerun()
elif wanted is not None:
    with read_session() as session:
        page = register_page(session, viewer, wanted, offset=register.offset(wanted), limit=register.PAGE)
        contacts = contacts_of(session, viewer, [row.customer.id or 0 for row in page.rows])
    picked = register.table(page.rows, page.total, wanted) if page.rows else ""
    if page.rows:
        tables = [register.taken(page.rows), register.taken_contacts(page.rows, contacts)]
        exports.button(viewer, "contacts", tables, wave_id=None, period=f"{clock.today()}")
    elif register.nothing(wanted):
        st.switch_page("contact.py", query_params={"code": ""})
    if picked:
        st.switch_page("contact.py", query_params={"code": picked})
