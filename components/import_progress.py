"""Before an import: what would become of the rows. During it: progress and a stop. After it: what became of them."""

import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import states
from components.formats import count
from components.import_target import Target
from components.plain_text import plain
from components.texts import _
from db.models import Job
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import Refusal
from domain.mapped_rows import BadCell
from domain.mapping import Mapping
from services import jobs
from services.importing import ImportReport, checked, open_source
from services.reading import Table
from settings import settings

CHECKED = "import.checked"
SHOWN_PROBLEMS = 200
ENDED = ("done", "failed", "cancelled")


def check(table: Table, target: Target, mapping: Mapping) -> ImportReport | None:
    """Reads the whole file without writing anything, once for each mapping; None where the mapping can't be used."""
    key = (table.sha256, target.document, mapping.dump())
    known = st.session_state.get(CHECKED)
    if known and known[0] == key:
        report: ImportReport = known[1]
        return report
    place, started = st.empty(), time.monotonic()
    try:
        file = st.session_state["import.file"]
        source = open_source(file, table.filename, mapping, target.scheme, zone=settings().zone)
        report = checked(source, on_progress=lambda done, total: _show(place, done, total, started))
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return None
    place.empty()
    st.session_state[CHECKED] = (key, report)
    return report


def _show(place: DeltaGenerator, done: int, total: int, started: float) -> bool:
    if time.monotonic() - started > 1:
        share = min(1.0, done / max(total, 1))
        place.progress(share, text=_("Checking: {done} of {total} rows", done=count(done), total=count(total)))
    return True


def verdict(report: ImportReport, target: Target, filename: str) -> bool:
    """How many rows can be written and why others can't, beside the one button; returns whether they shall be."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(_figures(report), width="content")
        pressed = _button(report, target)
    _problems(report.problems, filename)
    return pressed


def _figures(report: ImportReport) -> str:
    """One line: rows in all, valid, and what happens to the others."""
    valid = _("{n} of {all} rows are valid", n=count(report.written - report.invalid), all=count(report.rows))
    others = [
        (report.invalid, _("{n} without a rating: kept, not counted", n=count(report.invalid))),
        (report.already_in, _("{n} twice in the file: written once", n=count(report.already_in))),
        (report.refused, _("{n} refused", n=count(report.refused))),
    ]
    rest = " · ".join(words for n, words in others if n)
    badge = f":red-badge[:material/block: {_('Refused')}] " if report.refused else ":green-badge[:material/check:] "
    return f"{badge}**{valid}** :gray[{rest}]"


def _problems(found: Sequence[BadCell], filename: str) -> None:
    """Line, column, value and reason of each cell that keeps its row out; all of them to download."""
    if not found:
        return
    frame = pd.DataFrame(
        {
            _("Line"): [cell.line for cell in found],
            _("Column"): [cell.column for cell in found],
            _("Value"): [cell.value[:200] for cell in found],
            _("Reason"): [_(cell.reason.value) for cell in found],
        }
    )
    with st.container(border=True, gap="xsmall"):
        states.card_title(_("Rows that are refused"), _("map their values, or leave them out"))
        st.dataframe(frame.head(SHOWN_PROBLEMS), hide_index=True, height=180, row_height=30)
        st.download_button(
            _("Download all {n} problems", n=count(len(found))),
            lambda: _as_csv(frame),
            file_name=f"{filename}.problems.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _as_csv(frame: pd.DataFrame) -> bytes:
    from services.exporting import csv_of

    return csv_of(list(frame.columns), frame.to_numpy().tolist())


def follow_or_tell(viewer: Viewer, job: Job) -> None:
    """Progress and a stop button while the job runs; what became of it afterwards."""
    if job.state in ENDED:
        outcome(job)
    else:
        _follow(viewer, job.id or 0)


@st.fragment(run_every=1)
def _follow(viewer: Viewer, job_id: int) -> None:
    with read_session() as session:
        job = jobs.job(session, viewer, job_id)
    if job.state in ENDED:
        st.rerun()
    if job.state == "queued":
        st.progress(0.0, text=_("Waiting for the worker…"))
    elif states.progress(_("Importing"), job.done, job.total, _seconds_left(job), stop=_("Stop import")):
        with write_session() as session:
            jobs.cancel(session, job_id=job_id, by=viewer)


def _seconds_left(job: Job) -> float | None:
    if not job.done or job.total <= job.done:
        return None
    spent = (datetime.now(UTC) - job.created_at).total_seconds()
    return spent / job.done * (job.total - job.done)


def _button(report: ImportReport, target: Target) -> bool:
    label = _("Import {n} rows into {wave}", n=count(report.written), wave=target.wave or "…")
    ready = bool(target.wave) and report.written > 0
    if not target.wave:
        st.caption(_("Choose or type a wave to go on."))
    return st.button(label, type="primary", icon=":material/upload:", disabled=not ready, key="import.go")


def form_key() -> str:
    """A key of this import that is unique in the database, so that a rerun can't start it twice."""
    return secrets.token_urlsafe(16)


def outcome(job: Job) -> None:
    """What became of an import, and the way to its figures."""
    result = job.result
    if job.state == "failed":
        refusal = Refusal(result.get("template", ""), **result.get("values", {}))
        states.refused(refusal.explain(_))
        return
    written, invalid = result.get("written", 0), result.get("invalid", 0)
    line = _(
        "{written} rows written, {invalid} of them without a rating, {already} in already, {refused} refused.",
        written=count(written),
        invalid=count(invalid),
        already=count(result.get("already_in", 0)),
        refused=count(result.get("refused", 0)),
    )
    title = _("Imported into {wave}", wave=plain(result.get("wave", "")))
    if job.state == "cancelled":
        title = _("Stopped. Import the file again to go on where it stopped.")
    st.success(line, title=title, icon=":material/check_circle:")
    st.page_link(
        "overview.py",
        label=_("Open the overview"),
        icon=":material/team_dashboard:",
        query_params={"scheme": result.get("scheme", ""), "period": result.get("wave", "")},
    )
