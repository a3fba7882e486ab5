"""One press makes a report: what, about what, in which form and language; then its progress, and the file."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import clock, report_template, report_texts_form, report_words, states
from components.formats import customer_name, moment, period, plain
from components.plain_text import shortened
from components.texts import _, language
from components.wave_mails import Tried
from db.models import Job
from db.queries.actions import actions
from db.queries.complaints import complaints
from db.queries.customers import customer_names
from db.queries.made_reports import MadeLine, made_report
from db.queries.opinions import opinions
from db.queries.waves import survey_waves
from db.session import read_session, write_session
from domain.access import Viewer
from domain.action_states import State
from domain.errors import Refusal
from domain.reports import ABOUT, REPORTS, Report, month_before
from locales import LANGUAGES
from services import jobs, reports

FORM: Final = "reports.form"
STARTED: Final = "reports.job"
OF_FIGURES: Final = ("analysis", "results")
"""Kinds that can be made of frozen or of live figures."""
RUNNING: Final = ("queued", "running")
TYPES: Final = {"zip": "application/zip", "pdf": "application/pdf"}
MOST: Final = 500
"""Actions and opinions that can be chosen from."""
LONGEST: Final = 60
"""Signs of what stands beside a number."""
COMPLAINTS: Final = ("verified", "closed")
"""States of complaints that have an 8D."""


def allowed(viewer: Viewer) -> dict[str, Report]:
    """The kinds that the viewer may make."""
    return {kind: one for kind, one in REPORTS.items() if viewer.may(one.permission)}


def kind_of(viewer: Viewer) -> str:
    """Draws the kinds below each other, each with what it is; the chosen one."""
    kinds = allowed(viewer)
    wanted = st.query_params.get("kind", "")
    return str(
        st.radio(
            _("Report"),
            list(kinds),
            list(kinds).index(wanted) if wanted in kinds else 0,
            format_func=lambda kind: f"**{_(kinds[kind].title)}**",
            captions=[_(one.what) for one in kinds.values()],
            key="reports.kind",
            label_visibility="collapsed",
        )
    )


def draw(viewer: Viewer, kind: str) -> None:
    """What it is to be about, form and language, and the one button."""
    report = REPORTS[kind]
    with states.plain_card(_(report.title)):
        about = _about(viewer, report)
        if about is None:
            st.caption(_("There is nothing yet that this report could be about."))
            return
        is_off = kind == "public_summary" and not report_texts_form.is_approved(viewer, int(about["wave_id"]))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            form = form_of(report.forms, key=f"reports.form.{kind}")
            spoken = language_of(key="reports.language")
        anonymised = kind == "evidence" and st.checkbox(
            _("Without names"),
            key="reports.anonymised",
            help=_("Customers get numbers; names and words of people are left out."),
        )
        is_live = kind in OF_FIGURES and st.checkbox(_("Live figures instead of those presented"), key="reports.live")
        if st.button(
            _("Make the report"), type="primary", icon=":material/note_add:", key="reports.make", disabled=is_off
        ):
            wanted = {"kind": kind, "form": form, "language": spoken, "is_anonymised": anonymised, "is_live": is_live}
            ask(viewer, wanted | about)
    outcome(viewer)
    if kind == "public_summary":
        report_texts_form.summary(viewer, int(about["wave_id"]))
    elif kind == "analysis":
        report_texts_form.review(viewer, int(about["wave_id"]))
        report_template.draw(viewer)
    elif kind == "monthly":
        report_texts_form.analysis(viewer, str(about["about"]))


def form_of(forms: Sequence[str], *, key: str) -> str:
    """In which form the file is wanted, the first one unless another is chosen."""
    shown = {name: _(report_words.FORMS[name]) for name in forms}
    return _one_of(_("File"), shown, forms[0], key)


def language_of(*, key: str) -> str:
    """In which language the report is wanted, that of the screen unless the other one is chosen."""
    return _one_of(_("Language"), LANGUAGES, language(), key)


def _one_of(label: str, shown: Mapping[str, str], default: str, key: str) -> str:
    return st.segmented_control(
        label, list(shown), default=default, format_func=shown.__getitem__, required=True, key=key
    )


def ask(viewer: Viewer, wanted: dict[str, Any]) -> None:
    """Queues a report, and shows its outcome from now on."""
    key = st.session_state.setdefault(FORM, uuid4().hex)
    made = Tried(lambda s: reports.ask_for(s, form_key=key, by=viewer, at=clock.now(), **wanted).id)
    if made.worked:
        st.session_state.pop(FORM)
        st.session_state[STARTED] = made.result
        st.rerun()


def _about(viewer: Viewer, report: Report) -> dict[str, Any] | None:
    """What the report is to be about; None where there is nothing."""
    choices = _CHOICES[report.about](viewer)
    if not choices:
        return None
    wanted = st.query_params.get(report.about, "")
    first = next((place for place, key in enumerate(choices) if str(key) == wanted), 0)
    chosen = st.selectbox(
        _(ABOUT[report.about]),
        list(choices),
        first,
        format_func=choices.__getitem__,
        key=f"reports.{report.about}",
        filter_mode="contains",
    )
    return {"wave_id": chosen} if report.about == "wave" else {"about": str(chosen)}


def _waves(viewer: Viewer) -> dict[Any, str]:
    if not viewer.may("view_waves"):
        return {}
    with read_session() as session:
        found = [one.wave for one in survey_waves(session, viewer)]
    shown = sorted(found, key=lambda one: one.state != "closed")
    return {
        one.id: f"{period(one.code)} · {one.layout.scheme.name.in_(language())}"
        for one in shown
        if one.state != "planned"
    }


def _actions(viewer: Viewer) -> dict[Any, str]:
    with read_session() as session:
        found = actions(session, viewer, states=tuple(state.value for state in State), limit=MOST).rows
    return {f"A-{one.number}": f"A-{one.number} · {one.title}" for one in sorted(found, key=lambda one: -one.number)}


def _complaints(viewer: Viewer) -> dict[Any, str]:
    with read_session() as session:
        found = complaints(session, viewer, states=COMPLAINTS)
    shown = sorted(found, key=lambda one: -one.complaint.number)
    return {
        one.complaint.number: f"{one.complaint.number} · {one.customer.in_(language())} · {shortened(one.complaint.description, LONGEST)}"
        for one in shown
    }


def _opinions(viewer: Viewer) -> dict[Any, str]:
    with read_session() as session:
        found = opinions(session, viewer, limit=MOST)
    return {one.opinion.id: f"{one.opinion.id} · {shortened(one.opinion.text, LONGEST)}" for one in found}


def _customers(viewer: Viewer) -> dict[Any, str]:
    with read_session() as session:
        found = customer_names(session, viewer)
    return {one.code: f"{one.code} · {customer_name(one)}" for one in found}


def _months(_viewer: Viewer) -> dict[Any, str]:
    day, found = clock.today(), [f"{clock.today():%Y-%m}"]
    for _n in range(24):
        found.append(month_before(day))
        day = day.replace(year=int(found[-1][:4]), month=int(found[-1][5:]), day=1)
    return {one: period(one) for one in [*found[1:2], found[0], *found[2:]]}


def _years(_viewer: Viewer) -> dict[Any, str]:
    year = clock.today().year
    return {str(one): str(one) for one in range(year, year - 5, -1)}


_CHOICES: Final = {
    "wave": _waves,
    "action": _actions,
    "complaint": _complaints,
    "opinion": _opinions,
    "customer": _customers,
    "month": _months,
    "year": _years,
}


def outcome(viewer: Viewer, *, wave_id: int | None = None) -> None:
    """The report that was asked for in this session: its progress, why it failed, or the file; with `wave_id`, only its own."""
    job_id = st.session_state.get(STARTED)
    if job_id is None:
        return
    with read_session() as session:
        job = jobs.job(session, viewer, job_id)
    if wave_id is not None and job.payload.get("wave_id") != wave_id:
        return
    if job.state in RUNNING:
        _follow(viewer, job_id)
    elif job.state == "failed":
        refusal = Refusal(job.result.get("template", ""), **job.result.get("values", {}))
        states.refused(refusal.explain(_))
    elif job.state == "done":
        _ready(viewer, job)


@st.fragment(run_every=1)
def _follow(viewer: Viewer, job_id: int) -> None:
    with read_session() as session:
        job = jobs.job(session, viewer, job_id)
        missing = jobs.waits_for(session, job, clock.now())
    if job.state not in RUNNING:
        st.rerun()
    with st.container(border=True):
        st.progress(min(1.0, job.done / job.total) if job.total else 0.0, text=_("The report is being made"))
        if st.button(_("Stop"), key="reports.stop"):
            with write_session() as session:
                jobs.cancel(session, job_id=job_id, by=viewer, at=clock.now())
    if missing == "worker":
        st.warning(
            _("Whoever runs the server starts it with: python cli.py worker. The report is then made by itself."),
            title=_("No worker is running"),
            icon=":material/engineering:",
        )


def _ready(viewer: Viewer, job: Job) -> None:
    with read_session() as session:
        made = made_report(session, viewer, int(job.result["made_id"]))
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":green-badge[:material/check: {_('Ready')}] **{report_words.name(made)}**")
        facts = [plain(made.name), report_words.size(made.size), moment(made.made_at, clock.zone())]
        st.caption(" · ".join(facts))
        download(viewer, made, primary=True)


def download(viewer: Viewer, made: MadeLine, *, primary: bool = False) -> None:
    """The button that takes a file along."""
    st.download_button(
        _("Download"),
        partial(_content, viewer, made.id),
        made.name,
        TYPES.get(made.form),
        icon=":material/download:",
        type="primary" if primary else "secondary",
        key=f"reports.take.{made.id}",
        on_click="ignore",
    )


def _content(viewer: Viewer, made_id: int) -> bytes:
    with write_session() as session:
        return reports.download(session, made_id=made_id, by=viewer, at=clock.now()).content
