"""Files of evidence on an action's screen: what is there, to download; adding and taking away while the work is going on."""

from functools import partial
from uuid import uuid4

import streamlit as st

from components import clock, notices, states
from components.formats import day_in_form, plain
from components.texts import _
from db.queries.evidence import EvidenceFile, evidence_files
from db.session import read_session, write_session
from domain.access import Viewer
from domain.action_rows import ActionDetail
from domain.action_states import EDITABLE, State
from domain.errors import Refusal
from domain.evidence import ENDINGS, MOST_BYTES, OFFICE
from services import evidence

KINDS = [ending.removeprefix(".") for ending in (*ENDINGS.values(), *OFFICE.values(), ".jpeg")]
ADDING = "action.evidence.key"


def files(viewer: Viewer, detail: ActionDetail) -> None:
    """The files, each with its button; below it the field for more, where this reader may add some now."""
    with read_session() as session:
        found = evidence_files(session, viewer, detail.row.id)
    for one in found:
        _file(viewer, detail, one)
    if detail.may_edit and "evidence_files" in EDITABLE[State(detail.row.state)]:
        _add(viewer, detail)


def _file(viewer: Viewer, detail: ActionDetail, one: EvidenceFile) -> None:
    day = day_in_form(one.added_at.astimezone(clock.zone()).date())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            plain(one.name, at_most=60),
            partial(_content, viewer, one.entry_id),
            one.name,
            "application/octet-stream",
            icon=":material/attach_file:",
            type="tertiary",
            key=f"action.file.{one.entry_id}",
            on_click="ignore",
        )
        st.caption(f"{_size(one.size)} · {plain(one.who)} · {day}", width="stretch")
        if detail.may_edit and detail.row.state == State.IN_PROGRESS:
            take_away = st.button(
                _("Take away"), icon=":material/close:", type="tertiary", key=f"action.file.{one.entry_id}.remove"
            )
            if take_away:
                _write(partial(evidence.remove_file, entry_id=one.entry_id), viewer, detail, _("File taken away"))


def _add(viewer: Viewer, detail: ActionDetail) -> None:
    key = st.session_state.setdefault(ADDING, uuid4().hex)
    file = st.file_uploader(
        _("Add a file: report, change note, picture"),
        KINDS,
        key=f"action.evidence.{detail.row.id}.{key}",
        max_upload_size=MOST_BYTES // 2**20,
        help=_("PDF, Word, Excel, PowerPoint or picture, up to {n} MB.", n=MOST_BYTES // 2**20),
    )
    if file is not None and st.button(_("Add file"), icon=":material/upload_file:", key=f"action.evidence.add.{key}"):
        add = partial(evidence.add_file, name=file.name, content=file.getvalue())
        _write(add, viewer, detail, _("File added"))


def _write(verb: partial, viewer: Viewer, detail: ActionDetail, done: str) -> None:
    try:
        with write_session() as session:
            verb(session, action_id=detail.row.id, version=detail.version, by=viewer, at=clock.now())
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    st.session_state.pop(ADDING, None)
    notices.say(done)
    st.rerun()


def _content(viewer: Viewer, entry_id: int) -> bytes:
    with write_session() as session:
        return evidence.taken_file(session, entry_id=entry_id, by=viewer, at=clock.now())


def _size(size: int) -> str:
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, size // 1024)} KB"
