"""Import: which answers does this file hold, and may they go in?"""

from datetime import UTC, datetime

import streamlit as st

from components import access, import_file, import_mapping, import_progress, import_target
from db.queries.imports import past_imports, stored_mapping, stored_schemes
from db.queries.users import department_code
from db.session import read_session, write_session
from domain.mapping import fingerprint_of
from services import files, jobs

viewer = access.require("import")
with read_session() as session:
    stored = stored_schemes(session, viewer)
    past = past_imports(session, viewer)
    running = jobs.own_jobs(session, viewer, "import", limit=1)
    organiser = department_code(session, viewer) or "quality"

if running and running[0].id == st.session_state.get("import.job"):
    import_progress.follow_or_tell(viewer, running[0])
table = import_file.chosen_table()
if table is None:
    import_file.history(past)
    st.stop()
target = import_target.chosen(table, stored, organiser=organiser)
if target is None:
    st.stop()
with read_session() as session:
    before = stored_mapping(session, viewer, target.scheme.code, fingerprint_of(table.headers))
verdict = st.container()
mapping = import_mapping.corrected(table, target, before)
with verdict:
    report = import_progress.check(table, target, mapping) if mapping else None
    if mapping is None or report is None:
        st.stop()
    is_wanted = import_progress.verdict(report, target, table.filename)
if is_wanted:
    now = datetime.now(UTC)
    with write_session() as session:
        file = files.store_file(
            session, name=table.filename, content=st.session_state["import.file"], by=viewer.user_id, at=now
        )
        payload = {
            "file_id": file.id,
            "filename": table.filename,
            "scheme": target.document,
            "wave": target.wave,
            "mapping": mapping.dump(),
        }
        job = jobs.enqueue(
            session, kind="import", form_key=import_progress.form_key(), payload=payload, by=viewer, at=now
        )
    st.session_state["import.job"] = job.id
    st.rerun()
