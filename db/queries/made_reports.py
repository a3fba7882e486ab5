"""Reports that were made, as far as the reader may see them, and what goes out by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from db.models import (
    FilePart,
    MadeReport,
    MonthAnalysis,
    PublicSummary,
    ReportReader,
    ReportReview,
    ReportSchedule,
    ReportSending,
    SchemeRow,
    StoredFile,
    User,
    Wave,
)
from db.queries.layouts import layout_of_version, newest_version
from db.queries.responses import wave_for
from domain.access import NotThere, Viewer
from domain.scheme import Name

MOST = 200
PERMISSION = "take_reports"
"""Of everybody who sees scores; a share leaves it to nobody."""


@dataclass(frozen=True)
class MadeLine:
    """A report with its file: `size` in bytes, `wave` a period's code; `made_by` is "" where a schedule made it."""

    id: int
    kind: str
    form: str
    language: str
    scheme: Name
    wave: str
    about: str
    figures: str
    is_anonymised: bool
    name: str
    size: int
    sha256: str
    made_for: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class ScheduleLine:
    """What goes out by itself: to whom by name, and when it last did; `troubles` counts where it couldn't."""

    id: int
    kind: str
    form: str
    language: str
    scheme: Name
    occasion: str
    active: bool
    readers: Sequence[str]
    last_at: datetime | None
    sent: int
    troubles: int


@dataclass(frozen=True)
class WrittenAnalysis:
    """The analysis of a month, or the review of a wave's report, with names; version 0 where nobody has written one."""

    about: str
    said: str = ""
    version: int = 0
    written_by: str = ""
    signed_by: str = ""
    signed_at: datetime | None = None


@dataclass(frozen=True)
class SummaryState:
    """Whether a wave's summary may be made for the public: asked, approved, withdrawn, or "" where nobody asked."""

    state: str = ""
    changed: Name = Name()  # noqa: RUF009 - a frozen value
    asked_by_id: int | None = None
    asked_by: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None


def made_reports(session: Session, viewer: Viewer, *, limit: int = MOST) -> list[MadeLine]:
    """Reports in sight, the newest first; raises NotAllowed."""
    viewer.check(PERMISSION)
    statement = _lines().where(*_in_sight(viewer)).order_by(col(MadeReport.id).desc()).limit(limit)
    return [_line(session, *row) for row in session.execute(statement)]


def made_report(session: Session, viewer: Viewer, made_id: int) -> MadeLine:
    """One of them; raises NotAllowed, NotThere."""
    viewer.check(PERMISSION)
    row = session.execute(_lines().where(col(MadeReport.id) == made_id, *_in_sight(viewer))).first()
    if row is None:
        raise NotThere
    if row[0].wave_id is not None:
        wave_for(session, viewer, row[0].wave_id)
    return _line(session, *row)


def content_of(session: Session, viewer: Viewer, made_id: int) -> bytes:
    """The file itself; raises NotAllowed, NotThere."""
    made_report(session, viewer, made_id)
    file = select(MadeReport.file_id).where(MadeReport.id == made_id).scalar_subquery()
    parts = select(FilePart.content).where(FilePart.file_id == file).order_by(col(FilePart.number))
    return b"".join(bytes(part) for part in session.exec(parts))


def report_schedules(session: Session, viewer: Viewer) -> list[ScheduleLine]:
    """What goes out by itself, of the schemes in sight; raises NotAllowed."""
    viewer.check("make_reports")
    statement = select(ReportSchedule, SchemeRow.code).join(SchemeRow, col(SchemeRow.id) == ReportSchedule.scheme_id)
    if viewer.only_schemes_of is not None:
        statement = statement.where(SchemeRow.organiser_id == viewer.only_schemes_of)
    return [_schedule(session, one, code) for one, code in session.exec(statement.order_by(col(ReportSchedule.id)))]


def schemes_to_schedule(session: Session, viewer: Viewer) -> list[tuple[int, Name]]:
    """Key and name of the schemes in sight; raises NotAllowed."""
    viewer.check("make_reports")
    statement = select(SchemeRow.id, SchemeRow.code)
    if viewer.only_schemes_of is not None:
        statement = statement.where(SchemeRow.organiser_id == viewer.only_schemes_of)
    return [(key or 0, _scheme_name(session, code)) for key, code in session.exec(statement.order_by(SchemeRow.code))]


def month_analysis(session: Session, viewer: Viewer, month: str) -> WrittenAnalysis:
    """What the general manager wrote of a month; raises NotAllowed."""
    viewer.check(PERMISSION)
    found = session.get(MonthAnalysis, month, populate_existing=True)
    if found is None:
        return WrittenAnalysis(month)
    return _written(session, month, found)


def wave_review(session: Session, viewer: Viewer, wave_id: int) -> WrittenAnalysis:
    """What the reviewer of a wave's analysis report wrote; raises NotAllowed, NotThere."""
    viewer.check("view_scores")
    wave = wave_for(session, viewer, wave_id)
    found = session.get(ReportReview, wave_id, populate_existing=True)
    if found is None:
        return WrittenAnalysis(wave.code)
    return _written(session, wave.code, found)


def _written(session: Session, about: str, found: MonthAnalysis | ReportReview) -> WrittenAnalysis:
    names = _names(session, [found.written_by_id, found.signed_by_id])
    signer = names.get(found.signed_by_id or 0, "")
    return WrittenAnalysis(
        about, found.said, found.version, names.get(found.written_by_id, ""), signer, found.signed_at
    )


def public_summary(session: Session, viewer: Viewer, wave_id: int) -> SummaryState:
    """Whether a wave's summary may leave the company; raises NotAllowed, NotThere."""
    viewer.check(PERMISSION)
    wave_for(session, viewer, wave_id)
    found = session.get(PublicSummary, wave_id, populate_existing=True)
    if found is None:
        return SummaryState()
    names = _names(session, [found.asked_by_id, found.approved_by_id])
    return SummaryState(
        found.state,
        Name(found.changed_zh, found.changed_en),
        found.asked_by_id,
        names.get(found.asked_by_id, ""),
        names.get(found.approved_by_id or 0, ""),
        found.approved_at,
    )


def _in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """One's own; quality and administrators see all, others no personal data that their role doesn't include any more."""
    conditions: list[ColumnElement[bool]] = []
    if viewer.role not in ("quality", "administrator"):
        conditions.append(col(MadeReport.for_id) == viewer.user_id)
    if not viewer.may("view_personal"):
        conditions.append(col(MadeReport.is_personal).is_(False))
    return conditions


def _lines() -> Select[Any]:
    reader, maker = aliased(User), aliased(User)
    everything: tuple[Any, ...] = (MadeReport, StoredFile, Wave, reader.name, maker.name)
    statement: Select[Any] = (
        select(*everything)
        .join(StoredFile, col(StoredFile.id) == MadeReport.file_id)
        .join(reader, reader.id == MadeReport.for_id)
        .join(maker, maker.id == MadeReport.made_by_id, isouter=True)
        .join(Wave, col(Wave.id) == MadeReport.wave_id, isouter=True)
    )
    return statement


def _line(session: Session, one: MadeReport, file: StoredFile, wave: Wave | None, reader: str, maker: str) -> MadeLine:
    scheme = layout_of_version(session, wave.scheme_version_id).scheme.name if wave else Name()
    return MadeLine(
        *(one.id or 0, one.kind, one.form, one.language, scheme, wave.code if wave else "", one.about, one.figures),
        *(one.is_anonymised, file.name, file.size, file.sha256, reader, maker or "", one.made_at),
    )


def _schedule(session: Session, one: ReportSchedule, scheme: str) -> ScheduleLine:
    readers = select(User.name).join(ReportReader, col(ReportReader.person_id) == User.id)
    sent = select(func.max(ReportSending.at), func.count(), func.count(col(ReportSending.made_id)))
    last, n, made = session.exec(sent.where(ReportSending.schedule_id == one.id)).one()
    return ScheduleLine(
        *(one.id or 0, one.kind, one.form, one.language, _scheme_name(session, scheme), one.occasion, one.active),
        list(session.exec(readers.where(ReportReader.schedule_id == one.id).order_by(User.name))),
        *(last, made, n - made),
    )


def _scheme_name(session: Session, code: str) -> Name:
    version = newest_version(session, code)
    return layout_of_version(session, version.id or 0).scheme.name if version else Name(en=code)


def _names(session: Session, keys: Sequence[int | None]) -> dict[int, str]:
    found = session.exec(select(User.id, User.name).where(col(User.id).in_([key for key in keys if key])))
    return {key or 0: name for key, name in found}
