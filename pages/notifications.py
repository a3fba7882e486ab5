"""Notifications: what waits for me, and how do I want to be told?"""

import streamlit as st

from components import access, bell, head, telling_choices
from components.texts import _

viewer = access.require("be_told")
if viewer.may("manage_messages"):
    with head.actions():
        st.page_link("messages.py", label=_("Messages"), icon=":material/outgoing_mail:", width="content")
left, right = st.columns([1.9, 1], gap="small")
with left:
    bell.listed(viewer)
with right:
    telling_choices.draw(viewer)
