"""Placeholder."""

import streamlit as st

from components import access
from components.texts import _

viewer = access.require("manage_users")
st.caption(_("Nothing here yet."))
