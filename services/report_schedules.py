"""Reports that go to chosen people by themselves: on the working day before a meeting, or after a wave has closed.

Each reader gets what the own role may see, once for each occasion: what was sent is unique in the database.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from db.models import Meeting, ReportReader, ReportSchedule, ReportSending, SchemeRow, User, Wave
from db.queries.layouts import layout_of_wave
from db.queries.made_reports import content_of, made_report
from db.session import read_session, write_session
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.period_names import period_name
from domain.reports import OCCASIONS, REPORTS, SCHEDULED, ReportNotPossible, about_occasion, checked, is_due
from domain.workdays import working_calendar
from locales import LANGUAGES, translator
from services.audit import audit
from services.mail_texts import Attached
from services.notifying import tell
from services.report_making import Order, keep, write_report
from services.sign_in import viewer_of

AFTER_CLOSING: Final = timedelta(days=7)
"""So long after a wave has closed its report still goes out, if nothing ran before."""


AT_ONCE: Final = 5
LARGEST: Final = 8 * 2**20
"""Bytes that go out by mail; many servers refuse more than ten megabytes, which a mail of eight nearly is."""
SUBTYPES: Final = {
    "xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "pdf",
    "zip": "zip",
}
"""Form of a report → what a mail calls it."""


class NobodyToSend(Refusal):
    """A schedule without readers."""

    def __init__(self) -> None:
        super().__init__(N_("Choose who gets the report."))


@dataclass(frozen=True)
class Due:
    """A report that somebody is to get now: on which occasion, about which wave, and the day of the meeting or of closing."""

    schedule_id: int
    person_id: int
    thing: str
    wave_id: int
    day: date


def add_schedule(
    session: Session,
    *,
    kind: str,
    form: str,
    language: str,
    scheme_id: int,
    occasion: str,
    people: Sequence[int],
    form_key: str,
    by: Viewer,
    at: datetime,
) -> ReportSchedule:
    """From now on the report goes out by itself; the same form key gives the schedule that is there.

    Raises ReportNotPossible, NobodyToSend, NotAllowed, NotThere.
    """
    by.check("make_reports")
    if kind not in SCHEDULED or occasion not in OCCASIONS or language not in LANGUAGES:
        raise ReportNotPossible
    checked(kind, form, about_occasion(REPORTS[kind].about, occasion, at.date()))
    by.check(REPORTS[kind].permission)
    _check_scheme(session, scheme_id, by)
    if known := session.exec(select(ReportSchedule).where(ReportSchedule.form_key == form_key)).first():
        return known
    able = select(User.id).where(col(User.id).in_(people), col(User.active)).order_by(col(User.id))
    readers = [key for key in session.exec(able) if key is not None]
    if not readers:
        raise NobodyToSend
    one = ReportSchedule(
        form_key=form_key,
        kind=kind,
        form=form,
        language=language,
        scheme_id=scheme_id,
        occasion=occasion,
        created_at=at,
        created_by_id=by.user_id,
    )
    session.add(one)
    session.flush()
    session.add_all([ReportReader(schedule_id=one.id or 0, person_id=key) for key in readers])
    audit(session, by=by.user_id, at=at, verb="add", about="report_schedule", about_id=one.id, readers=len(readers))
    return one


def set_active(session: Session, *, schedule_id: int, active: bool, by: Viewer, at: datetime) -> ReportSchedule:
    """Stops a schedule, or lets it go on. Raises NotAllowed, NotThere."""
    by.check("make_reports")
    one = session.get(ReportSchedule, schedule_id, populate_existing=True)
    if one is None:
        raise NotThere
    _check_scheme(session, one.scheme_id, by)
    one.active = active
    session.add(one)
    audit(session, by=by.user_id, at=at, verb="change", about="report_schedule", about_id=one.id, active=active)
    return one


def send_due(engine: Engine, *, at: datetime, zone: ZoneInfo) -> int:
    """Makes what is due for each reader, and tells them; how many reports that were. For the scheduler.

    At most AT_ONCE at a time: whoever leads must not be away for longer than the lead lasts.
    """
    with read_session(engine) as session:
        due = [one for one in due_now(session, at=at, zone=zone) if not _was_sent(session, one)]
    return sum(_sent(engine, one, at, zone) for one in due[:AT_ONCE])


def due_now(session: Session, *, at: datetime, zone: ZoneInfo) -> list[Due]:
    """What the schedules ask for at this moment, whether it was sent or not."""
    found: list[Due] = []
    for one in session.exec(select(ReportSchedule).where(col(ReportSchedule.active)).order_by(col(ReportSchedule.id))):
        occasions = (
            _meetings(session, one, at, zone) if one.occasion == "before_meeting" else _closed(session, one, at, zone)
        )
        readers = select(ReportReader.person_id).where(ReportReader.schedule_id == one.id)
        people = list(session.exec(readers.order_by(col(ReportReader.person_id))))
        found += [Due(one.id or 0, person, *occasion) for occasion in occasions for person in people]
    return found


def reports_told(
    session: Session, viewer: Viewer, facts: Iterable[Mapping[str, Any]], *, at: datetime
) -> list[Attached]:
    """The files of scheduled reports that somebody is told of, to go with the mail: as far as the reader may see them now.

    What is too large stays in the application, where the mail's address leads. That it left is written down.
    """
    found: list[Attached] = []
    for one in facts:
        made = str(one.get("made", ""))
        if one.get("of") != "report" or not made.isdecimal():
            continue
        try:
            line = made_report(session, viewer, int(made))
            content = content_of(session, viewer, int(made)) if line.size <= LARGEST else b""
        except Refusal:
            continue
        if content:
            audit(session, by=None, at=at, verb="send", about="report", about_id=line.id)
            found.append(Attached(line.name, SUBTYPES[line.form], content))
    return found


def _meetings(session: Session, one: ReportSchedule, at: datetime, zone: ZoneInfo) -> list[tuple[str, int, date]]:
    today = at.astimezone(zone).date()
    soon = (Wave.scheme_id == one.scheme_id, col(Meeting.held_on) >= today, col(Meeting.signed_at).is_(None))
    found = session.exec(select(Meeting, Wave).join(Wave, col(Wave.id) == Meeting.wave_id).where(*soon)).all()
    return [
        (f"meeting:{meeting.id}:{meeting.held_on}", wave.id or 0, meeting.held_on)
        for meeting, wave in found
        if is_due(meeting.held_on, today, working_calendar(layout_of_wave(session, wave).scheme.calendar))
    ]


def _closed(session: Session, one: ReportSchedule, at: datetime, zone: ZoneInfo) -> list[tuple[str, int, date]]:
    since = max(one.created_at, at - AFTER_CLOSING)
    closed = (Wave.scheme_id == one.scheme_id, Wave.state == "closed", col(Wave.closed_at) >= since)
    found = session.exec(select(Wave.id, Wave.closed_at).where(*closed).order_by(col(Wave.id)))
    return [(f"wave:{key}", key or 0, (day or at).astimezone(zone).date()) for key, day in found]


def _was_sent(session: Session, due: Due) -> bool:
    return session.get(ReportSending, (due.schedule_id, due.person_id, due.thing)) is not None


def _sent(engine: Engine, due: Due, at: datetime, zone: ZoneInfo) -> int:
    """One report for one reader; 0 where the reader may not see it, which is written down, or another process was first."""
    try:
        with tempfile.TemporaryFile() as file:
            with read_session(engine) as session:
                order = _order(session, due, at, zone)
                try:
                    is_personal = write_report(session, order, file)
                except Refusal as refusal:
                    is_personal, trouble = False, refusal.template
                else:
                    trouble = ""
            file.seek(0)
            with write_session(engine) as session:
                sending = ReportSending(schedule_id=due.schedule_id, person_id=due.person_id, thing=due.thing, at=at)
                sending.trouble = trouble
                if not trouble:
                    sending.made_id = _kept(session, due, order, file, is_personal)
                session.add(sending)
                return int(not trouble)
    except IntegrityError:
        return 0


def _order(session: Session, due: Due, at: datetime, zone: ZoneInfo) -> Order:
    schedule, person = session.get_one(ReportSchedule, due.schedule_id), session.get_one(User, due.person_id)
    wanted: dict[str, Any] = {"kind": schedule.kind, "form": schedule.form, "language": schedule.language}
    about = about_occasion(REPORTS[schedule.kind].about, schedule.occasion, due.day)
    return Order(**wanted, by=viewer_of(person), at=at, zone=zone, wave_id=None if about else due.wave_id, about=about)


def _kept(session: Session, due: Due, order: Order, file: Any, is_personal: bool) -> int:
    """Keeps the report and tells its reader, whose mail brings it along."""
    thing = f"report:{due.schedule_id}:{due.thing}"
    made = keep(session, order, file, form_key=f"{thing}:{due.person_id}", is_personal=is_personal, made_by=None)
    about = order.about or session.get_one(Wave, due.wave_id).code
    titles = {
        f"title_{language}": f"{translator(language).gettext(REPORTS[order.kind].title)} · {period_name(about, language)}"
        for language in LANGUAGES
    }
    facts = {"of": "report", "made": str(made.id), "title": titles["title_en"], **titles}
    link = f"/reports?view=made&made={made.id}"
    tell(session, kind="report_ready", to=[due.person_id], link=link, facts=facts, once=thing, at=order.at)
    return made.id or 0


def _check_scheme(session: Session, scheme_id: int, by: Viewer) -> None:
    scheme = session.get(SchemeRow, scheme_id)
    if scheme is None or (by.only_schemes_of is not None and scheme.organiser_id != by.only_schemes_of):
        raise NotThere
