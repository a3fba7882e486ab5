"""The button that takes the tables and charts of a screen along: at the right of its head, or at its foot."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import streamlit as st

from components import clock, drawn, head, share_form
from components.plain_text import shortened
from components.texts import _
from db.session import write_session
from domain.access import Viewer
from domain.tables import Table
from services import exporting
from services.documents import pictures

OPENED: Final = "export.opened"
FORMATS: Final[tuple[tuple[str, str, Callable[[Sequence[Table]], bytes]], ...]] = (
    ("xlsx", exporting.XLSX_TYPE, exporting.xlsx_file),
    ("csv", exporting.CSV_TYPE, exporting.csv_file),
)
"""Ending, type and writer of each kind of file."""
PICTURES: Final = {"png": ("image/png", pictures.png_file), "svg": ("image/svg+xml", pictures.svg_file)}
"""Ending → type and writer of each kind of picture."""
LONGEST_NAME: Final = 60


def button(viewer: Viewer, screen: str, tables: Sequence[Table], *, wave_id: int | None, period: str) -> None:
    """Offers the tables of a screen as Excel and CSV files, which are made when one is asked for.

    Tables with personal data are left out for readers who may not see it, and noted in the audit trail for the others.
    A shared view is looked at and not taken along.
    """
    drawn.now().is_taken = True
    if viewer.guest:
        return
    allowed = [table for table in tables if table.rows and (not table.personal or viewer.may("view_personal"))]
    shares = share_form.may_share(viewer, screen)
    key = f"export.{screen}.{st.session_state.get(OPENED, 0)}"
    with head.actions(), st.popover(_("Export"), icon=":material/download:", disabled=not allowed, key=key):
        files(viewer, screen, lambda: allowed, wave_id=wave_id, period=period)
        charts(screen)
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


def rest(viewer: Viewer, screen: str) -> None:
    """At the foot of a page that has no button of its own: what was drawn on it, to be taken along."""
    if viewer.guest or drawn.now().is_taken:
        return
    shown, may_all = drawn.now().tables, viewer.may("view_personal")
    allowed = {name: one for name, one in shown.items() if len(one.frame) and (may_all or not one.personal)}
    if not allowed and not drawn.now().charts:
        return
    with (
        st.container(horizontal=True, horizontal_alignment="right"),
        st.popover(_("Export"), icon=":material/download:", key=f"export.{screen}"),
    ):
        if allowed:
            taken = partial(drawn.tables, allowed)
            files(viewer, screen, taken, wave_id=None, period=clock.today().isoformat())
        charts(screen)


def charts(screen: str) -> None:
    """One of the charts that were drawn on the page, as a picture."""
    found = drawn.now().charts
    if not found:
        return
    st.markdown(f"**{_('Charts')}**")
    chosen = st.selectbox(
        _("Chart"),
        list(found),
        format_func=lambda said: shortened(said, LONGEST_NAME),
        key=f"export.{screen}.chart",
        label_visibility="collapsed",
        disabled=len(found) == 1,
    )
    rows, spec = found[chosen]
    with st.container(horizontal=True, gap="small"):
        for ending, (kind, write) in PICTURES.items():
            st.download_button(
                ending.upper(),
                partial(write, spec, rows, chosen),
                f"{screen}-{list(found).index(chosen) + 1}.{ending}",
                kind,
                key=f"export.{screen}.{ending}",
                on_click="ignore",
                width="stretch",
            )


def files(
    viewer: Viewer, screen: str, tables: Callable[[], Sequence[Table]], *, wave_id: int | None, period: str
) -> None:
    """A button for each kind of file, made when it is pressed; for readers who may see what stands in the tables."""
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
    made: Callable[[], Sequence[Table]],
    viewer: Viewer,
    screen: str,
    wave_id: int | None,
    ending: str,
) -> bytes:
    tables = made()
    if any(table.personal for table in tables):
        with write_session() as session:
            exporting.note_export(
                session, what=screen, wave_id=wave_id, tables=tables, file=ending, by=viewer, at=clock.now()
            )
    return write(tables)
