"""API tokens: which programs may send responses or read figures, and until when?"""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from components import access, api_tokens, states
from components.texts import _
from db.queries.api_tokens import api_tokens as tokens
from db.queries.api_tokens import scheme_codes
from db.session import read_session, write_session
from domain.errors import Refusal
from services.api_tokens import make, revoke

viewer = access.require("manage_api")
now = datetime.now(UTC)
verbs: dict[str, Callable[..., object]] = {"make": make, "revoke": revoke}
with read_session() as session:
    listed, schemes = tokens(session, viewer, now=now), scheme_codes(session, viewer)

api_tokens.told()
left, right = st.columns([1.8, 1], gap="small")
with left:
    selected = api_tokens.table(listed)
    api_tokens.how_to()
with right:
    asked = api_tokens.card(selected, schemes)
    if asked is None:
        st.stop()
    try:
        with write_session() as session:
            made = verbs[asked.verb](session, **asked.values, by=viewer, at=now)
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        st.stop()
api_tokens.tell(asked, made)
st.rerun()
