"""Reports made in the background and kept as files: what each kind is made by (rules.md 10)."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, BinaryIO, Final

from sqlmodel import Session, select

from db.models import MadeReport, Wave
from db.queries.actions import action
from db.queries.complaints import complaint_for
from db.queries.customers import customer_by_code
from db.queries.opinions import opinion_for
from db.queries.presented import frozen_at_closing
from db.queries.report_templates import template_content
from db.queries.responses import wave_for
from db.session import read_session, write_session
from domain.access import NotThere, Viewer
from domain.documents import Document
from domain.papers import Paper
from domain.reports import checked
from services.action_papers import action_paper
from services.analysis_deck import slides
from services.analysis_report import analysis
from services.audit import audit
from services.complaint_reports import FORMS as FORM_WRITERS
from services.complaint_reports import eight_d_report
from services.customer_papers import customer_paper
from services.documents import docx_file, pdf_file, pptx_file
from services.evidence_pack import Ask, PackStopped, write_pack
from services.evidence_zip import safe
from services.files import store_file
from services.leases import Lease
from services.opinion_slips import slip
from services.papers import paper_file
from services.period_papers import appraisal_paper, month_paper, year_paper
from services.result_papers import public_paper, summary_table_paper
from services.speech import Speech
from services.wave_reports import sheets_for, workbook
from settings import settings

REPORTED_EVERY: Final = 1.0
"""Seconds between two signs of progress."""


@dataclass(frozen=True)
class Order:
    """Which report, for whose eyes, when.

    `about` is the number of an action, a complaint or an opinion, a customer's code, a month or a year.
    """

    kind: str
    form: str
    language: str
    by: Viewer
    at: datetime
    zone: tzinfo
    wave_id: int | None = None
    about: str = ""
    is_anonymised: bool = False
    is_live: bool = False
    """Figures as they are now, though the wave was presented."""

    @property
    def speech(self) -> Speech:
        """How its papers speak."""
        return Speech(self.language, self.zone)

    @property
    def wave(self) -> int:
        """The wave that it is about; raises NotThere."""
        if self.wave_id is None:
            raise NotThere
        return self.wave_id

    @property
    def number(self) -> int:
        """The number of the action, complaint or opinion that it is about; raises NotThere."""
        digits = self.about.upper().removeprefix("A-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
            raise NotThere
        return int(digits)


Progress = Callable[[int, int], bool]
Maker = Callable[[Session, Order, BinaryIO, Progress], bool]
"""Writes a report into a file; returns whether personal data stand in it."""


def write_report(session: Session, order: Order, to: BinaryIO, progress: Progress = lambda _done, _total: True) -> bool:
    """Writes a report as its reader may see it; whether personal data stand in it.

    Raises ReportNotPossible, NotAllowed, NotThere, PackStopped.
    """
    order.by.check(checked(order.kind, order.form, order.about).permission)
    return MAKERS[order.kind](session, order, to, progress)


def keep(
    session: Session, order: Order, content: BinaryIO, *, form_key: str, is_personal: bool, made_by: int | None
) -> MadeReport:
    """Keeps a written report, and who took what along, in the caller's transaction."""
    wave = session.get(Wave, order.wave_id) if order.wave_id is not None else None
    figures = ""
    if wave is not None:
        may_be = order.by.only_customers_of is None and not order.is_live
        figures = "frozen" if may_be and frozen_at_closing(session, wave.id or 0) else "live"
    about = wave.code if wave else order.about
    name = f"{safe(f'{order.kind}-{about}-{order.language}')}.{order.form}"
    file = store_file(session, name=name, content=content, by=order.by.user_id or None, at=order.at)
    made = MadeReport(
        form_key=form_key,
        kind=order.kind,
        form=order.form,
        language=order.language,
        wave_id=order.wave_id,
        about=order.about,
        figures=figures,
        is_anonymised=order.is_anonymised,
        is_personal=is_personal,
        file_id=file.id or 0,
        for_id=order.by.user_id,
        made_by_id=made_by,
        made_at=order.at,
    )
    session.add(made)
    session.flush()
    note(session, order, made_by=made_by, made_id=made.id)
    return made


def note(session: Session, order: Order, *, made_by: int | None = None, made_id: int | None = None) -> None:
    """Writes down that a report was made, in the caller's transaction; for `keep`, and for files that aren't kept here."""
    details = {"kind": order.kind, "form": order.form, "wave": order.wave_id, "anonymised": order.is_anonymised}
    audit(session, by=made_by, at=order.at, verb="export", about="report", about_id=made_id, **details)


def make_report(lease: Lease, payload: dict[str, Any], by: Viewer | None) -> tuple[str, dict[str, Any]]:
    """The worker's part: the job's report is written and kept once. Raises as `write_report`, LeaseLost."""
    if by is None:
        raise NotThere
    known = select(MadeReport.id).where(MadeReport.form_key == f"job:{lease.job_id}")
    with read_session(lease.engine) as session:
        if (made_id := session.exec(known).first()) is not None:
            return "done", {"made_id": made_id}
    order = Order(**payload, by=by, at=datetime.now(UTC), zone=settings().zone)
    with tempfile.TemporaryFile() as file:
        try:
            with read_session(lease.engine) as session:
                is_personal = write_report(session, order, file, _Throttled(lease))
        except PackStopped:
            return "cancelled", {}
        file.seek(0)
        with write_session(lease.engine) as session:
            lease.keep(session)
            key = f"job:{lease.job_id}"
            made = keep(session, order, file, form_key=key, is_personal=is_personal, made_by=by.user_id)
            return "done", {"made_id": made.id}


class _Throttled:
    """Tells of progress now and then, because each time is a transaction."""

    def __init__(self, lease: Lease) -> None:
        self._lease, self._next = lease, 0.0

    def __call__(self, done: int, total: int) -> bool:
        if time.monotonic() < self._next:
            return True
        self._next = time.monotonic() + REPORTED_EVERY
        return self._lease.progress(done, total)


def _evidence(session: Session, order: Order, to: BinaryIO, progress: Progress) -> bool:
    ask = Ask(order.wave, order.by, order.at, order.speech, order.is_anonymised, progress)
    write_pack(session, to, ask)
    return not order.is_anonymised


def _results(session: Session, order: Order, to: BinaryIO, _progress: Progress) -> bool:
    sheets = sheets_for(session, **_asked(order))
    to.write(workbook(sheets, order.language))
    return any(sheet.personal for sheet in sheets)


def _asked(order: Order) -> dict[str, Any]:
    """What a report of a wave is asked for with."""
    wanted = {"wave_id": order.wave, "language": order.language, "live": order.is_live}
    return {**wanted, "by": order.by, "at": order.at, "zone": order.zone}


def _analysis(session: Session, order: Order, to: BinaryIO, progress: Progress) -> bool:
    """The analysis report as Word or PDF, or the slides for the meeting."""
    ways = {"docx": docx_file, "pdf": pdf_file}
    if order.form == "pptx":
        deck = slides(session, **_asked(order))
        progress(1, 2)
        to.write(pptx_file(deck, template_content(session, order.by)))
        return True
    made = analysis(session, **_asked(order))
    progress(1, 2)
    to.write(ways[order.form](made))
    return made.personal


def _paper(make: Callable[[Session, Order], Paper], *, is_personal: bool = False) -> Maker:
    """A maker of papers."""

    def write(session: Session, order: Order, to: BinaryIO, _progress: Progress) -> bool:
        paper = make(session, order)
        to.write(paper_file(paper, order.form, order.language))
        return is_personal or paper.is_personal

    return write


def _form(make: Callable[[Session, Order], Document]) -> Maker:
    """A maker of forms that are filled in with what people wrote, and their names."""

    def write(session: Session, order: Order, to: BinaryIO, _progress: Progress) -> bool:
        to.write(FORM_WRITERS[order.form](make(session, order)))
        return True

    return write


MAKERS: Final[dict[str, Maker]] = {
    "analysis": _analysis,
    "evidence": _evidence,
    "results": _results,
    "summary_table": _paper(lambda s, order: summary_table_paper(s, order.by, order.wave, order.speech)),
    "public_summary": _paper(lambda s, order: public_paper(s, order.by, order.wave, order.speech)),
    "monthly": _paper(lambda s, order: month_paper(s, order.by, order.about, order.at, order.speech)),
    "yearly": _paper(lambda s, order: year_paper(s, order.by, order.about, order.at, order.speech)),
    "appraisal": _paper(lambda s, order: appraisal_paper(s, order.by, order.about, order.at, order.speech)),
    "action": _paper(lambda s, order: action_paper(s, order.by, order.number, order.speech)),
    "eight_d": _form(lambda s, order: eight_d_report(s, order.by, order.number, order.language, order.zone)),
    "slip": _form(lambda s, order: slip(s, order.by, order.number, order.language, order.zone)),
    "customer": _paper(lambda s, order: customer_paper(s, order.by, order.about, order.speech), is_personal=True),
}
"""Kind → what makes it."""


def check_there(session: Session, order: Order) -> None:
    """Whether what a report is about is there for its reader. Raises ReportNotPossible, NotAllowed, NotThere."""
    order.by.check_account()
    report = checked(order.kind, order.form, order.about)
    order.by.check(report.permission)
    if report.about == "wave":
        wave_for(session, order.by, order.wave)
    elif report.about == "customer":
        customer_by_code(session, order.by, order.about)
    elif report.about == "action":
        action(session, order.by, order.number)
    elif report.about == "complaint":
        complaint_for(session, order.by, order.number)
    elif report.about == "opinion":
        opinion_for(session, order.by, order.number)
