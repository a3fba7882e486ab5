"""Complaints (rules.md 7): recorded, verified, their responsibility decided; their clocks begin and are stopped."""

from datetime import datetime
from io import BytesIO
from typing import Any, Final

from sqlmodel import Session, col, select

from db.models import (
    Complaint,
    ComplaintClock,
    ComplaintPicture,
    ComplaintSlip,
    Department,
    Discipline,
    Wave,
)
from db.queries.calendars import calendar_of
from db.queries.complaints import complaining_customers, complaint_for, request_for, waves_of_complaints
from db.queries.deductions import COUNTING
from db.queries.layouts import layout_of_wave
from domain import clocks
from domain.access import NotThere, Viewer
from domain.clocks import CLOCKS, REPORTS_A_COUNT, begun_by, due_at
from domain.complaints import CATEGORIES, CHANNELS, REPORTABLE, RESPONSIBILITIES, StepTooEarly
from domain.errors import N_, Refusal
from domain.pictures import picture_kind
from domain.scheme import Calendar
from services.complaint_changes import check_readers, complaint_to_change, note, numbered, put
from services.deductions import count_complaint, finding_of
from services.files import store_file
from services.notifying import tell
from services.opinions import name_customer
from services.recording import lock_wave
from settings import settings

GOODS: Final = ("product", "part_number", "lot", "quantity", "defect_share", "effect")
"""What may be said of the goods beside the description."""


class DescriptionMissing(Refusal):
    """A complaint that says nothing."""

    def __init__(self) -> None:
        super().__init__(N_("Write down what the customer complains about."))


class ReasonMissing(Refusal):
    """A complaint isn't put aside without a reason."""

    def __init__(self) -> None:
        super().__init__(N_("Say why the complaint is not confirmed."))


class DepartmentMissing(Refusal):
    """A verified complaint is some department's."""

    def __init__(self) -> None:
        super().__init__(N_("Choose the department that acts on it."))


class AlreadyJudged(Refusal):
    """Verified or put aside before."""

    def __init__(self) -> None:
        super().__init__(N_("This complaint has been decided already."))


class ClockNotRunning(Refusal):
    """The clock was stopped before, or hasn't begun."""

    def __init__(self) -> None:
        super().__init__(N_("This clock is not running."))


class ReportMissing(Refusal):
    """Who quarantines says how many and in which state."""

    def __init__(self) -> None:
        super().__init__(N_("Report the count and the state."))


class NobodyTold(Refusal):
    """A slip to nobody."""

    def __init__(self) -> None:
        super().__init__(N_("Choose who is told."))


class DueBeforeNow(Refusal):
    """A time for the report that has passed."""

    def __init__(self) -> None:
        super().__init__(N_("Choose a day from today on."))


def record(
    session: Session,
    *,
    customer_id: int,
    received_at: datetime,
    channel: str,
    category: str,
    description: str,
    form_key: str,
    by: Viewer,
    at: datetime,
    department_id: int | None = None,
    opinion_id: int | None = None,
    request_number: int | None = None,
    pictures: tuple[tuple[str, bytes], ...] = (),
    **goods: Any,
) -> Complaint:
    """Records a complaint with what is said of the goods (`GOODS`) and pictures; the same form key gives the same one.

    One about service has 24 hours for its solution plan from here. Raises DescriptionMissing, NotAPicture, NotAllowed, NotThere.
    """
    by.check("edit_complaints")
    known = session.exec(select(Complaint).where(Complaint.form_key == form_key)).first()
    if known is not None:
        return complaint_for(session, by, known.number)
    if not description.strip():
        raise DescriptionMissing
    if channel not in CHANNELS or category not in CATEGORIES or set(goods) - set(GOODS):
        raise NotThere
    if customer_id not in {key for key, _code, _name in complaining_customers(session, by)}:
        raise NotThere
    if department_id is not None and session.get(Department, department_id) is None:
        raise NotThere
    if by.only_department is not None and department_id is None:
        department_id = by.department_id
    if opinion_id is not None:
        name_customer(session, opinion_id, customer_id=customer_id, by=by, at=at)
    request = request_for(session, by, request_number) if request_number is not None else None
    values: dict[str, Any] = {name: value.strip() if isinstance(value, str) else value for name, value in goods.items()}
    keys: dict[str, Any] = {"customer_id": customer_id, "department_id": department_id, "opinion_id": opinion_id}
    made = numbered(
        session,
        lambda number: Complaint(
            number=number,
            form_key=form_key,
            received_at=received_at,
            channel=channel,
            category=category,
            description=description.strip(),
            request_id=request.id if request else None,
            recorded_at=at,
            recorded_by_id=by.user_id or None,
            **keys,
            **values,
        ),
        Complaint,
    )
    for name, content in pictures:
        _add_picture(session, made, name, content, by, at)
    _begin(session, made, "recorded", at)
    note(session, made, "record", by=by, at=at)
    return made


def add_picture(
    session: Session, *, number: int, name: str, content: bytes, by: Viewer, at: datetime
) -> ComplaintPicture:
    """Adds a picture; its kind is told by its content. Raises NotAPicture, NotAllowed, NotThere."""
    one = complaint_to_change(session, number, by)
    made = _add_picture(session, one, name, content, by, at)
    note(session, one, "add_picture", by=by, at=at)
    return made


def verify(
    session: Session,
    *,
    number: int,
    version: int,
    is_confirmed: bool,
    by: Viewer,
    at: datetime,
    department_id: int | None = None,
    responsibility: str = "open",
    wave_id: int | None = None,
    reason: str = "",
) -> Complaint:
    """Confirms the defect, so that its clocks begin and it is a finding of the wave; or puts the complaint aside.

    Without `wave_id` it is the newest running wave; where none runs there is no finding until `add_finding`.
    Raises AlreadyJudged, DepartmentMissing, ReasonMissing, ComplaintChangedMeanwhile, NotAllowed, NotThere.
    """
    one = complaint_to_change(session, number, by, permission="verify_complaints", version=version)
    if one.state != "recorded":
        raise AlreadyJudged
    judged: dict[str, Any] = {"verified_at": at, "verified_by_id": by.user_id or None, "reason": reason.strip()}
    if not is_confirmed:
        if not reason.strip():
            raise ReasonMissing
        _stop_all(session, one, at, by)
        put(session, one, "reject", by=by, at=at, comment=reason, state="rejected", **judged)
        return one
    department_id = department_id or one.department_id
    if department_id is None or session.get(Department, department_id) is None:
        raise DepartmentMissing
    if responsibility not in RESPONSIBILITIES:
        raise NotThere
    judged |= {"department_id": department_id, "responsibility": responsibility, "state": "verified"}
    one.department_id = department_id
    judged |= _finding(session, one, wave_id, by, at)
    put(session, one, "verify", by=by, at=at, comment=reason, **judged)
    count_complaint(session, one, at=at)
    _begin(session, one, "confirmed", at)
    return one


def add_finding(session: Session, *, number: int, version: int, wave_id: int, by: Viewer, at: datetime) -> Complaint:
    """Makes a verified complaint that came between two waves a finding of a running one.

    Raises AlreadyJudged, ComplaintChangedMeanwhile, NotAllowed, NotThere.
    """
    one = complaint_to_change(session, number, by, permission="verify_complaints", version=version)
    if one.state != "verified" or one.finding_id is not None:
        raise AlreadyJudged
    put(session, one, "add_finding", by=by, at=at, **_finding(session, one, wave_id, by, at))
    count_complaint(session, one, at=at)
    return one


def decide_responsibility(
    session: Session, *, number: int, version: int, responsibility: str, reason: str, by: Viewer, at: datetime
) -> Complaint:
    """Ours, not ours or open; raises ReasonMissing where it isn't ours, ComplaintChangedMeanwhile, NotAllowed, NotThere."""
    one = complaint_to_change(session, number, by, permission="verify_complaints", version=version)
    if responsibility not in RESPONSIBILITIES:
        raise NotThere
    if responsibility == "not_ours" and not reason.strip():
        raise ReasonMissing
    put(session, one, "decide", by=by, at=at, comment=reason, responsibility=responsibility)
    if one.state in COUNTING:
        count_complaint(session, one, at=at)
    return one


def set_report_due(
    session: Session, *, number: int, version: int, due: datetime, by: Viewer, at: datetime
) -> Complaint:
    """The customer's own time for the 8D report: it counts instead of the three working days.

    Raises DueBeforeNow, ComplaintChangedMeanwhile, NotAllowed, NotThere.
    """
    one = complaint_to_change(session, number, by, version=version)
    if due < at:
        raise DueBeforeNow
    put(session, one, "set_report_due", by=by, at=at, report_due_at=due)
    running = _clock(session, one, "report")
    if running is not None and running.done_at is None:
        running.due_at = due
        session.add(running)
        session.flush()
    return one


def send_slips(session: Session, *, number: int, person_ids: tuple[int, ...], by: Viewer, at: datetime) -> list[int]:
    """Tells people by slip, who then see the complaint; those told before in this round aren't told again. Stops its clock.

    Returns who was told now. Raises NobodyTold, SeesNoComplaints, NotAllowed, NotThere.
    """
    one = complaint_to_change(session, number, by)
    if not person_ids:
        raise NobodyTold
    check_readers(session, person_ids)
    mine = select(ComplaintSlip.person_id).where(ComplaintSlip.complaint_id == one.id, ComplaintSlip.round == one.round)
    told = set(session.exec(mine).all())
    new = [person for person in dict.fromkeys(person_ids) if person not in told]
    session.add_all(
        [ComplaintSlip(complaint_id=one.id or 0, round=one.round, person_id=person, told_at=at) for person in new]
    )
    session.flush()
    link, once = f"/complaint?number={one.number}", f"complaint:{one.number}/{one.round}"
    tell(session, kind="told_slip", to=new, link=link, facts={"number": str(one.number)}, once=once, at=at)
    running = _clock(session, one, "slip")
    if running is not None and running.done_at is None:
        _stop(session, running, at, by)
    note(session, one, "send_slips", by=by, at=at, changes={"people": [None, new]})
    return new


def read_slip(session: Session, *, number: int, by: Viewer, at: datetime) -> None:
    """The one who was told says that the slip was read; nothing the second time. Raises NotAllowed, NotThere."""
    one = complaint_for(session, by, number)
    slip = session.get(ComplaintSlip, (one.id, one.round, by.user_id))
    if slip is None:
        raise NotThere
    if slip.read_at is None:
        slip.read_at = at
        session.add(slip)
        session.flush()
        note(session, one, "read_slip", by=by, at=at)


def stop_clock(
    session: Session, *, number: int, code: str, by: Viewer, at: datetime, report: str = ""
) -> ComplaintClock:
    """Says that what the clock waits for is done; what follows it begins. The report needs D0–D5.

    Raises ClockNotRunning, ReportMissing (count and state of what is quarantined), StepTooEarly, NotAllowed, NotThere.
    """
    one = complaint_to_change(session, number, by)
    clock = _clock(session, one, code)
    if clock is None or clock.done_at is not None or code == "slip":
        raise ClockNotRunning
    if code in REPORTS_A_COUNT and not report.strip():
        raise ReportMissing
    if code == "report":
        _check_reportable(session, one)
    clock.note = report.strip()
    _stop(session, clock, at, by)
    _begin(session, one, code, at)
    note(session, one, "stop_clock", by=by, at=at, comment=report, changes={"clock": [None, code]})
    return clock


def send_somebody(session: Session, *, number: int, is_near: bool, by: Viewer, at: datetime) -> ComplaintClock:
    """The phone didn't solve it: somebody is on site within 1 working day in the home province, 3 elsewhere.

    Raises ClockNotRunning where that clock runs already or the complaint is about goods, NotAllowed, NotThere.
    """
    one = complaint_to_change(session, number, by)
    if "on_site" not in begun_by("phone_failed", one.category) or _clock(session, one, "on_site") is not None:
        raise ClockNotRunning
    working_days = clocks.NEAR if is_near else clocks.FAR
    made = _begin(session, one, "phone_failed", at, working_days=working_days)
    note(session, one, "send_somebody", by=by, at=at)
    return made[0]


def begin_round(session: Session, one: Complaint, at: datetime) -> None:
    """The clocks of a new round; part of `eight_d.recur`."""
    _begin(session, one, "confirmed", at)


def _finding(session: Session, one: Complaint, wave_id: int | None, by: Viewer, at: datetime) -> dict[str, Any]:
    """Wave and finding of a complaint, nothing where no wave runs."""
    offered = [wave.id for wave in waves_of_complaints(session, by)]
    if wave_id is None and not offered:
        return {}
    if wave_id is not None and wave_id not in offered:
        raise NotThere
    wave = session.get_one(Wave, wave_id or offered[0])
    lock_wave(session, wave)
    if wave.state != "open":
        raise NotThere
    made = finding_of(session, one, wave, at=at)
    return {"wave_id": wave.id, "finding_id": made.id}


def _begin(
    session: Session, one: Complaint, event: str, at: datetime, *, working_days: int = 0
) -> list[ComplaintClock]:
    wave = session.get(Wave, one.wave_id) if one.wave_id else None
    calendar = calendar_of(session, layout_of_wave(session, wave).scheme.calendar if wave else Calendar())
    made = []
    for code in begun_by(event, one.category):
        due = due_at(code, at, calendar=calendar, zone=settings().zone, working_days=working_days)
        if code == "report" and one.report_due_at is not None and one.report_due_at > at:
            due = one.report_due_at
        made.append(ComplaintClock(complaint_id=one.id or 0, round=one.round, code=code, started_at=at, due_at=due))
    session.add_all(made)
    session.flush()
    return made


def _clock(session: Session, one: Complaint, code: str) -> ComplaintClock | None:
    if code not in CLOCKS:
        raise NotThere
    mine = (ComplaintClock.complaint_id == one.id, ComplaintClock.round == one.round, ComplaintClock.code == code)
    return session.exec(select(ComplaintClock).where(*mine)).first()


def _stop(session: Session, clock: ComplaintClock, at: datetime, by: Viewer) -> None:
    clock.done_at, clock.done_by_id = at, by.user_id or None
    session.add(clock)
    session.flush()


def _stop_all(session: Session, one: Complaint, at: datetime, by: Viewer) -> None:
    mine = select(ComplaintClock).where(ComplaintClock.complaint_id == one.id, col(ComplaintClock.done_at).is_(None))
    for clock in session.exec(mine).all():
        _stop(session, clock, at, by)


def _check_reportable(session: Session, one: Complaint) -> None:
    done = select(Discipline.step).where(
        Discipline.complaint_id == one.id, Discipline.round == one.round, col(Discipline.done_at).is_not(None)
    )
    missing = set(range(REPORTABLE + 1)) - set(session.exec(done).all())
    if missing:
        raise StepTooEarly(REPORTABLE + 1, min(missing))


def _add_picture(
    session: Session, one: Complaint, name: str, content: bytes, by: Viewer, at: datetime
) -> ComplaintPicture:
    picture_kind(content)
    file = store_file(session, name=name or "picture", content=BytesIO(content), by=by.user_id or None, at=at)
    made = ComplaintPicture(complaint_id=one.id or 0, file_id=file.id or 0, name=file.name)
    session.add(made)
    session.flush()
    return made
