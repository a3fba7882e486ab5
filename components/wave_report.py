"""The report of a wave to take along: slides, Word, PDF or Excel, in either language, made in the background by one press."""

from typing import Final

import streamlit as st

from components import report_form
from components.texts import _
from db.queries.narrowing import WaveInfo
from domain.access import Viewer
from domain.errors import N_

FORMS: Final = {"pptx": "analysis", "docx": "analysis", "pdf": "analysis", "xlsx": "results"}
"""Form of the file → kind of report."""
FIGURES: Final = {False: N_("Those presented"), True: N_("Live")}


def buttons(viewer: Viewer, wave: WaveInfo) -> None:
    """One control that makes the report, and what has become of it; the file holds what its reader may see."""
    if viewer.guest:
        return
    with st.popover(_("Report"), icon=":material/description:"):
        form = report_form.form_of(list(FORMS), key="report.form")
        spoken = report_form.language_of(key="report.language")
        is_live = wave.state == "closed" and st.segmented_control(
            _("Figures"),
            list(FIGURES),
            default=False,
            format_func=lambda live: _(FIGURES[live]),
            required=True,
            key="report.figures",
        )
        if st.button(_("Make the report"), type="primary", icon=":material/note_add:", key="report.make"):
            wanted = {"kind": FORMS[form], "form": form, "language": spoken, "is_live": is_live, "wave_id": wave.id}
            report_form.ask(viewer, wanted)
        report_form.outcome(viewer, wave_id=wave.id)
