"""The report of a wave to take along: an Excel workbook in either language, made when it is asked for."""

from functools import partial
from typing import Any

import streamlit as st

from components import clock
from components.texts import _
from db.queries.narrowing import WaveInfo
from db.session import read_session, write_session
from domain.access import Viewer
from locales import LANGUAGES
from services import wave_reports
from services.exporting import XLSX_TYPE


def buttons(viewer: Viewer, wave: WaveInfo) -> None:
    """One button for each language; the file holds what its reader may see."""
    if viewer.guest:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for language, name in LANGUAGES.items():
            st.download_button(
                _("Excel report · {language}", language=name),
                partial(_file, viewer, wave.id, language),
                f"report-{wave.layout.scheme.code}-{wave.code}-{language}.xlsx",
                XLSX_TYPE,
                icon=":material/table_view:",
                key=f"report.{language}",
                on_click="ignore",
            )


def _file(viewer: Viewer, wave_id: int, language: str) -> bytes:
    asked: dict[str, Any] = {"wave_id": wave_id, "by": viewer, "at": clock.now()}
    with read_session() as session:
        sheets = wave_reports.sheets_for(session, language=language, zone=clock.zone(), **asked)
    content = wave_reports.workbook(sheets, language)
    with write_session() as session:
        wave_reports.note_taken(session, sheets, **asked)
    return content
