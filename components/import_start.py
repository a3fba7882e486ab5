"""Starting an import: the file goes into the database, and a job takes it from there."""

import secrets
from datetime import UTC, datetime

import streamlit as st

from components import import_file, import_progress
from components.import_file import Upload
from components.import_mapping import Reading
from db.session import write_session
from domain.access import Viewer
from services import files, jobs
from settings import settings


def start(upload: Upload, reading: Reading, viewer: Viewer) -> None:
    """Queues the import and shows its progress; the file leaves the memory of this process."""
    now, table = datetime.now(UTC), upload.table
    upload.content.seek(0)
    with write_session() as session:
        file = files.store_file(session, name=table.filename, content=upload.content, by=viewer.user_id, at=now)
        payload = {
            "file_id": file.id,
            "filename": table.filename,
            "rows": table.row_count,
            "scheme": reading.target.document,
            "wave": reading.target.wave,
            "mapping": reading.mapping.dump(),
            "time_zone": settings().time_zone,
        }
        key = secrets.token_urlsafe(16)
        job = jobs.enqueue(session, kind="import", form_key=key, payload=payload, by=viewer, at=now)
    st.session_state[import_progress.STARTED] = job.id
    import_file.forget()
    st.rerun()
