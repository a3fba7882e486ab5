"""During an import: progress and a stop. After it: what became of the rows, and the way to the figures."""

from collections.abc import Mapping as Dictionary
from datetime import UTC, datetime
from typing import Any, Final

import streamlit as st

from components import import_check, states
from components.formats import count, period
from components.plain_text import plain
from components.texts import _
from db.models import Job
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import Refusal
from services import jobs

STARTED: Final = "import.job"
"""The job that was started in this session; its outcome is shown until the next file is chosen."""
PACE: Final = "import.pace"
ENDED: Final = ("done", "failed", "cancelled")


def current(own: list[Job]) -> Job | None:
    """The job to show: one that runs or may go on, started here or elsewhere, or the one that was started here."""
    newest = own[0] if own else None
    if newest is None or newest.state not in ENDED or jobs.may_go_on(newest):
        return newest
    return newest if newest.id == st.session_state.get(STARTED) else None


def follow(viewer: Viewer, job: Job) -> None:
    """Progress and a stop button; runs the page anew when the job has ended."""
    st.session_state[STARTED] = job.id
    _follow(viewer, job.id or 0)


def outcome(viewer: Viewer, job: Job | None) -> None:
    """What became of an import that has ended; nothing without one."""
    if job is None:
        return
    if job.state == "failed":
        refusal = Refusal(job.result.get("template", ""), **job.result.get("values", {}))
        states.refused(refusal.explain(_))
    elif job.state == "cancelled":
        if jobs.may_go_on(job):
            _stopped(viewer, job)
    else:
        _done(job)


def dismiss() -> None:
    """The outcome of the last import is known: a new file is on the screen."""
    st.session_state.pop(STARTED, None)


@st.fragment(run_every=1)
def _follow(viewer: Viewer, job_id: int) -> None:
    now = datetime.now(UTC)
    with read_session() as session:
        job = jobs.job(session, viewer, job_id)
        missing = jobs.waits_for(session, job, now)
    if job.state in ENDED:
        st.rerun()
    label = _("Importing {file}", file=plain(_filename(job)))
    total = max(job.total, int(job.payload.get("rows", 0)))
    if states.progress(label, job.done, total, _seconds_left(job, now), stop=_("Stop import"), key="import.stop"):
        with write_session() as session:
            jobs.cancel(session, job_id=job_id, by=viewer, at=now)
    if job.cancel_wanted:
        st.caption(_("Stops after the rows that are being written."))
    elif missing == "others":
        st.caption(_("Waits until another import is done."))
    elif missing == "worker":
        st.warning(
            _("Whoever runs the server starts it with: python cli.py worker. The import then goes on by itself."),
            title=_("No worker is running"),
            icon=":material/engineering:",
        )


def _filename(job: Job) -> str:
    return str(job.payload.get("filename", ""))


def _seconds_left(job: Job, now: datetime) -> float | None:
    """By the pace since this screen first saw the job move."""
    if not job.done or job.total <= job.done:
        return None
    key, since, begun = st.session_state.setdefault(PACE, (job.id, now, job.done))
    if key != job.id:
        st.session_state[PACE] = (job.id, now, job.done)
    done, spent = job.done - begun, (now - since).total_seconds()
    return spent / done * (job.total - job.done) if key == job.id and done > 0 else None


def _done(job: Job) -> None:
    """What was written, and the two ways on."""
    result = job.result
    st.success(
        _written(result),
        title=_("Imported into {wave}", wave=plain(period(result.get("wave", "")))),
        icon=":material/check_circle:",
    )
    query = {"scheme": result.get("scheme", ""), "period": result.get("wave", "")}
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Open the overview"), type="primary", icon=":material/team_dashboard:", key="import.overview"):
            st.switch_page("overview.py", query_params=query)
        if st.button(_("See the findings"), icon=":material/flag:", key="import.findings"):
            st.switch_page("findings.py", query_params=query)
    flagged = import_check.flagged_of(result.get("flags", []))
    import_check.flags(flagged, result.get("flagged", {}), _filename(job))
    refused = import_check.refused_of(result.get("problems", []))
    import_check.problems(refused, _filename(job), _("corrected in the file, they go in when it is imported again"))


def _stopped(viewer: Viewer, job: Job) -> None:
    st.info(
        _("{n} rows are written and stay. It goes on where it stopped, now or within a day.", n=count(job.done)),
        title=_("Import stopped"),
        icon=":material/pause_circle:",
    )
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Go on"), type="primary", icon=":material/play_arrow:", key="import.go_on"):
            with write_session() as session:
                jobs.go_on(session, job_id=job.id or 0, by=viewer, at=datetime.now(UTC))
            st.rerun()
        if st.button(_("Leave it at that"), key="import.discard"):
            with write_session() as session:
                jobs.discard(session, job_id=job.id or 0, by=viewer)
            dismiss()
            st.rerun()


def _written(result: Dictionary[str, Any]) -> str:
    parts = [_("{n} rows written", n=count(result.get("written", 0)))]
    others = (
        ("invalid", _("{n} of them without a rating", n=count(result.get("invalid", 0)))),
        ("already_in", _("{n} were in already", n=count(result.get("already_in", 0)))),
        ("refused", _("{n} refused", n=count(result.get("refused", 0)))),
    )
    return " · ".join([*parts, *(words for name, words in others if result.get(name))])
