"""Choosing a file to import: what it is is recognised, what can't be read is refused with what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components import drawn, states
from components.formats import count, day, moment, period
from components.plain_text import plain
from components.texts import _
from db.queries.imports import PastImport
from domain.errors import N_, Refusal
from services.reading import Table, open_table
from settings import settings

UPLOAD, ROUND = "import.file", "import.round"
KEPT: Final = "import.kept."
"""What is remembered while a file is chosen begins with this."""
READ: Final = f"{KEPT}read"
DELIMITERS: Final = {",": N_("comma"), ";": N_("semicolon"), "\t": N_("tab"), "|": N_("vertical bar")}


@dataclass(frozen=True)
class Upload:
    """A chosen file that can be read: its table, the first rows of it, and its bytes."""

    table: Table
    sample: list[list[str]]
    content: BinaryIO
    key: str
    """Stands in the keys of widgets: another one for each choosing, also of the same file."""


def chosen() -> Upload | None:
    """The uploader, and beside it what the file turned out to be; None while there is none that can be read."""
    left, right = st.columns([1, 1.75], gap="small", vertical_alignment="center")
    with left:
        file = st.file_uploader(
            _("Survey file (CSV or Excel)"),
            key=_key(),
            label_visibility="collapsed",
            max_upload_size=settings().upload_limit_mb,
        )
    with right:
        if file is None:
            st.session_state.pop(READ, None)
            st.markdown(f"**{_('Survey file (CSV or Excel)')}** :gray[{_('one line for each questionnaire')}]")
            st.caption(_("Columns, scale and period are recognised. Nothing is written before you have seen it."))
            return None
        found = _read(file)
        if isinstance(found, Refusal):
            states.refused(found.explain(_))
            return None
        st.markdown(f":green-badge[:material/check: {_('Recognised')}] {recognised(found.table)}")
        return found


def forget() -> None:
    """Empties the uploader for the next file, and frees the memory of this one."""
    held, context = st.session_state.get(_key()), get_script_run_ctx()
    if isinstance(held, UploadedFile) and context is not None and hasattr(context.uploaded_file_mgr, "remove_file"):
        context.uploaded_file_mgr.remove_file(context.session_id, held.file_id)
    number = st.session_state.get(ROUND, 0) + 1
    for key in [key for key in st.session_state if str(key).startswith(KEPT)]:
        del st.session_state[key]
    st.session_state[ROUND] = number


def _key() -> str:
    return f"{UPLOAD}.{st.session_state.get(ROUND, 0)}"


def _read(file: UploadedFile) -> Upload | Refusal:
    """What the file is; worked out once, for it takes a while with a large one."""
    known = st.session_state.get(READ)
    if known and known[0] == file.file_id:
        found: Upload | Refusal = known[1]
        return found
    try:
        table = open_table(file, file.name)
        result: Upload | Refusal = Upload(table, table.sample(), file, file.file_id)
    except Refusal as refusal:
        result = refusal
    st.session_state[READ] = (file.file_id, result)
    return result


def recognised(table: Table) -> str:
    """What a file turned out to be, in one line."""
    delimiter = DELIMITERS.get(table.delimiter or "")
    kind = [table.format.upper(), (table.encoding or "").upper().replace("-SIG", ""), _(delimiter) if delimiter else ""]
    parts = [
        " ".join(part for part in kind if part),
        _("{n} rows", n=count(table.row_count)),
        _("{n} columns", n=count(len(table.headers))),
    ]
    if table.sheet:
        parts.append(_("sheet {name}", name=plain(table.sheet)))
    return " · ".join(parts)


def history(imports: Sequence[PastImport]) -> None:
    """The last imports, so that nobody imports twice in doubt; before the first one, what an import takes."""
    if not imports:
        _three_steps()
        return
    zone = settings().zone
    rows = [
        {
            "when": moment(past.run.started_at, zone),
            "file": past.run.file_name,
            "scheme": past.scheme,
            "wave": period(past.wave),
            "written": past.run.written,
            "already": past.run.already_in,
            "refused": past.run.refused,
            "state": _("Done") if past.run.finished_at else _("Not finished: import the file again"),
        }
        for past in imports
    ]
    with states.card(_("Last imports"), _("importing a file again changes nothing")):
        drawn.table(rows, hide_index=True, row_height=30, column_config=_columns(), alt=_("Last imports"))


def _columns() -> dict[str, Any]:
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "when": text(_("When"), width=120),
        "file": text(_("File"), width=220),
        "scheme": text(_("Scheme"), width=150),
        "wave": text(_("Wave"), width=90),
        "written": number(_("Written"), width=70),
        "already": number(_("Already in"), width=80),
        "refused": number(_("Refused"), width=70),
        "state": text(_("Status")),
    }


def _three_steps() -> None:
    steps = (
        ("upload_file", _("Choose a file"), _("As your survey tool exports it: CSV, xlsx or xls.")),
        ("rule", _("Check what was recognised"), _("Which column is which item, and what its answers mean.")),
        ("team_dashboard", _("Import"), _("Scores, red and amber items and findings are there at once.")),
    )
    for column, (icon, title, what) in zip(st.columns(3, gap="small"), steps, strict=True):
        with column, st.container(border=True, height="stretch", gap="xxsmall"):
            st.markdown(f":gray[:material/{icon}:] **{title}**")
            st.caption(what)


def known_before(past: Sequence[PastImport]) -> str:
    """That this very file is in already, "" where it isn't."""
    if not past:
        return ""
    first = past[0]
    when = day(first.run.started_at.astimezone(settings().zone).date())
    if first.run.finished_at is None:
        return _("Began on {day} for {wave}: importing it again goes on there.", day=when, wave=period(first.wave))
    return _("Imported into {wave} on {day}: rows that are in stay as they are.", day=when, wave=period(first.wave))
