"""The button at the right of a screen's head that takes the tables of the screen along."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

import streamlit as st

from components import head, share_form
from components.texts import _
from db.session import write_session
from domain.access import Viewer
from domain.tables import Table
from services import exporting

OPENED: Final = "export.opened"
FORMATS: Final[tuple[tuple[str, str, Callable[[Sequence[Table]], bytes]], ...]] = (
    ("xlsx", exporting.XLSX_TYPE, exporting.xlsx_file),
    ("csv", exporting.CSV_TYPE, exporting.csv_file),
)
"""Ending, type and writer of each kind of file."""


def button(viewer: Viewer, screen: str, tables: Sequence[Table], *, wave_id: int | None, period: str) -> None:
    """Offers the tables of a screen as Excel and CSV files, which are made when one is asked for.

    Tables with personal data are left out for readers who may not see it, and noted in the audit trail for the others.
    A shared view is looked at and not taken along.
    """
    if viewer.guest:
        return
    allowed = [table for table in tables if table.rows and (not table.personal or viewer.may("view_personal"))]
    shares = share_form.may_share(viewer, screen)
    key = f"export.{screen}.{st.session_state.get(OPENED, 0)}"
    with head.actions(), st.popover(_("Export"), icon=":material/download:", disabled=not allowed, key=key):
        files(viewer, screen, allowed, wave_id=wave_id, period=period)
        st.caption(_("All tables of this page. Charts: point at one for its picture, data and full screen."))
        pressed = shares and st.button(
            _("Share this view"),
            icon=":material/share:",
            key="share.open",
            width="stretch",
            disabled=not allowed,
            on_click=_close,
        )
    if pressed:
        share_form.begin(viewer, screen, st.query_params.to_dict())


def _close() -> None:
    """Another key makes another popover, which is closed: otherwise it would lie over the form."""
    st.session_state[OPENED] = st.session_state.get(OPENED, 0) + 1


def files(viewer: Viewer, screen: str, tables: Sequence[Table], *, wave_id: int | None, period: str) -> None:
    """A button for each kind of file; for readers who may see what stands in the tables."""
    for ending, kind, write in FORMATS:
        st.download_button(
            _("Excel workbook") if ending == "xlsx" else _("CSV file"),
            partial(_file, write, tables, viewer, screen, wave_id, ending),
            f"{screen}-{period}.{ending}",
            kind,
            key=f"export.{screen}.{ending}",
            on_click="ignore",
            width="stretch",
        )


def _file(
    write: Callable[[Sequence[Table]], bytes],
    tables: Sequence[Table],
    viewer: Viewer,
    screen: str,
    wave_id: int | None,
    ending: str,
) -> bytes:
    if any(table.personal for table in tables):
        with write_session() as session:
            exporting.note_export(
                session, what=screen, wave_id=wave_id, tables=tables, file=ending, by=viewer, at=datetime.now(UTC)
            )
    return write(tables)
