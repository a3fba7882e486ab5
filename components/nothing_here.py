"""What the screens of figures say when there is nothing to show: no wave yet, or nothing fits the filters."""

from typing import NoReturn

import streamlit as st

from components import filters, states
from components.texts import _
from domain.access import Viewer


def no_wave(viewer: Viewer) -> NoReturn:
    """No survey wave in sight: the way to the first results, for those who may import. Ends the page."""
    may_import = viewer.may("import")
    caption = (
        _("Import results that you have.") if may_import else _("Whoever runs the surveys imports the first results.")
    )
    button = _("Import results") if may_import else ""
    if states.empty(":material/upload_file:", _("No survey wave yet"), caption, button, key="nothing.import"):
        st.switch_page("import_responses.py")
    st.stop()


def nothing_fits() -> NoReturn:
    """No response fits the filters, or none has come in yet. Ends the page."""
    narrowed = filters.query().keys() - {"scheme", "period", "from"}
    line = _("No responses match these filters.") if narrowed else _("No responses in this period yet.")
    button = _("Clear filters") if narrowed else ""
    if states.empty(":material/filter_alt_off:", line, "", button, key="nothing.clear", primary=False):
        filters.clear()
        st.rerun()
    st.stop()
