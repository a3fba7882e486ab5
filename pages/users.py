"""Users: who may sign in, and who may do what?"""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from components import access, head, states, user_forms
from components.texts import _
from db.queries.users import accounts, departments
from db.session import read_session, write_session
from domain.errors import Refusal
from services import sign_in, users

viewer = access.require("manage_users")
now = datetime.now(UTC)
verbs: dict[str, Callable[..., object]] = {
    "add": users.add,
    "change": users.change,
    "set_password": users.set_password,
    "end_everywhere": sign_in.end_everywhere,
}
with read_session() as session:
    listed = accounts(session, viewer, now=now)
    choices = user_forms.Choices(users.ROLE_NAMES, departments(session))

with head.beside():
    st.page_link("audit.py", label=_("Audit log"), icon=":material/policy:")
user_forms.told()
left, right = st.columns([2.2, 1], gap="small")
with left:
    selected = user_forms.table(listed, choices)
    st.caption(_("Rights follow the role at once: whoever loses one is signed out."))
with right:
    asked = user_forms.card(selected, choices)
    if asked is None:
        st.stop()
    try:
        with write_session() as session:
            verbs[asked.verb](session, **asked.values, by=viewer.user_id, at=now)
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        st.stop()
user_forms.tell(asked)
st.rerun()
