"""Import: which answers does this file hold, and may they go in?"""

import streamlit as st

from components import access, import_check, import_file, import_mapping, import_progress, import_start, import_target
from components.texts import _
from db.queries.imports import known_mappings, past_imports, stored_schemes
from db.queries.users import department_code
from db.session import read_session
from domain.mapping import fingerprint_of
from services import jobs
from services.schemes import presets_for

viewer = access.require("import")
with read_session() as session:
    stored = stored_schemes(session, viewer)
    past = past_imports(session, viewer)
    own = jobs.own_jobs(session, viewer, "import", limit=1)
    organiser = department_code(session, viewer) or "quality"
    begin = presets_for(session, viewer)

job = import_progress.current(own)
outcome = st.container()
if job is not None and job.state not in import_progress.ENDED:
    import_progress.follow(viewer, job)
    st.stop()
upload = import_file.chosen()
if upload is None:
    with outcome:
        import_progress.outcome(viewer, job)
    import_file.history(past)
    st.stop()
import_progress.dismiss()
with read_session() as session:
    known = known_mappings(session, viewer, fingerprint_of(upload.table.headers))
    past = past_imports(session, viewer, sha256=upload.table.sha256)
target = import_target.chosen(upload, stored, known, begin=begin, organiser=organiser)
if target is None:
    st.stop()
verdict = st.container()
reading = import_mapping.chosen(upload, target, known.get(target.scheme.code))
if reading is None:
    st.stop()
with verdict:
    report = import_check.check(upload, reading)
    if report is None:
        st.stop()
    wanted = import_check.verdict(report, reading.target, past)
    advice = _("say below what their values mean, or leave them out")
    import_check.problems(report.problems, upload.table.filename, advice)
    import_check.flags(report.flags, report.flagged, upload.table.filename)
import_check.preview(upload, reading)
if wanted:
    import_start.start(upload, reading, viewer)
