"""Placeholder."""

import streamlit as st

from components import access
from components.texts import _

viewer = access.require("view_customers")
st.caption(_("Nothing here yet."))
