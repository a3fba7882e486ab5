"""The company's own PowerPoint file as the look of the slides: which holds, another one, none."""

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from components import clock, report_words
from components.formats import moment, plain
from components.texts import _
from components.wave_mails import Tried
from db.queries.report_templates import template_in_use
from db.session import read_session
from domain.access import Viewer
from domain.presentation_templates import MOST_BYTES
from services import report_templates

ROUND: Final = "reports.template.round"


def draw(viewer: Viewer) -> None:
    """The template of the slides; nothing for who doesn't make reports for others."""
    if not viewer.may("make_reports"):
        return
    with read_session() as session:
        found = template_in_use(session, viewer)
    with st.expander(_("Template of the slides"), icon=":material/palette:"):
        if found is None:
            st.caption(_("Slides have the look of this application."))
        else:
            facts = (plain(found.name), report_words.size(found.size), moment(found.added_at, clock.zone()))
            st.caption(" · ".join(facts))
        _bring(viewer)
        if found is not None and st.button(_("Take the template away"), key="reports.template.away"):
            _write(lambda s: report_templates.take_away(s, by=viewer, at=clock.now()))


def _bring(viewer: Viewer) -> None:
    again = st.session_state.get(ROUND, 0)
    file = st.file_uploader(
        _("The company's own PowerPoint file"),
        ["pptx"],
        key=f"reports.template.{again}",
        max_upload_size=MOST_BYTES // 2**20,
        help=_(
            "Its layouts and colours are used, its slides are not. Macros, links and embedded documents are refused."
        ),
    )
    if file is not None and st.button(_("Use as template"), icon=":material/upload_file:", key="reports.template.use"):
        name, content = file.name, file.getvalue()
        _write(lambda s: report_templates.bring(s, name=name, content=content, by=viewer, at=clock.now()))


def _write(write: Callable[[Any], Any]) -> None:
    if Tried(write).worked:
        st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
        st.rerun()
