"""Choosing a file to import: what it is is recognised, what can't be read is refused with what to do."""

from collections.abc import Sequence

import streamlit as st

from components import states
from components.formats import count, moment
from components.plain_text import plain
from components.texts import _
from db.queries.imports import PastImport
from domain.errors import Refusal
from services.reading import Table, open_table
from settings import settings

SAMPLE = 2_000


def chosen_table() -> Table | None:
    """The uploader, and what the file turned out to be; None while there is none that can be read."""
    file = st.file_uploader(
        _("Survey file (CSV or Excel)"), key="import.file", max_upload_size=settings().upload_limit_mb
    )
    if file is None:
        return None
    try:
        file.seek(0)
        table = open_table(file, file.name)
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return None
    st.markdown(f":green-badge[:material/check: {_('Recognised')}] {_recognised(table)}")
    return table


def _recognised(table: Table) -> str:
    kind = [
        table.format.upper(),
        table.encoding or "",
        {",": _("comma"), ";": _("semicolon"), "\t": _("tab")}.get(table.delimiter or "", ""),
    ]
    parts = [
        " ".join(part for part in kind if part),
        _("{n} rows", n=count(table.row_count)),
        _("{n} columns", n=len(table.headers)),
    ]
    if table.sheet:
        parts.append(_("sheet {name}", name=plain(table.sheet)))
    return " · ".join(parts)


def history(imports: Sequence[PastImport]) -> None:
    """The last imports, so that nobody imports twice in doubt."""
    if not imports:
        return
    states.card_title(_("Last imports"), _("importing a file again changes nothing"))
    zone = settings().zone
    rows = [
        {
            _("When"): moment(past.run.started_at, zone),
            _("File"): past.run.file_name,
            _("Scheme"): past.scheme,
            _("Wave"): past.wave,
            _("Written"): past.run.written,
            _("Already in"): past.run.already_in,
            _("Refused"): past.run.refused,
            _("State"): _("done") if past.run.finished_at else _("stopped: import the file again to go on"),
        }
        for past in imports
    ]
    st.dataframe(rows, hide_index=True, alt=_("Last imports"))
