"""8D of a complaint (rules.md 7): D0–D8 in their order, audits, confirmations, closing, and what happens when it recurs."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from db.models import (
    Abnormality,
    Complaint,
    ComplaintClock,
    CountermeasureAudit,
    Discipline,
    Finding,
    Minutes,
    Wave,
)
from domain.access import NotThere, Viewer
from domain.clocks import CLOCKS
from domain.complaints import CONFIRMATIONS, LAST, STEPS, SamePerson, check_closing, check_step
from domain.errors import N_, Refusal
from services.complaint_changes import complaint_to_change, note, put
from services.complaints import begin_round
from services.recording import lock_wave

PREVENTION = 7


class NotIn8D(Refusal):
    """Only a verified complaint that isn't closed is worked on."""

    def __init__(self) -> None:
        super().__init__(N_("This complaint is not in 8D: it is not verified yet, or closed."))


class CountermeasureMissing(Refusal):
    """An audit of nothing."""

    def __init__(self) -> None:
        super().__init__(N_("Say which countermeasure was audited."))


class AuditedAlready(Refusal):
    """One audit of a countermeasure a day."""

    def __init__(self) -> None:
        super().__init__(N_("This countermeasure was audited on this day already."))


def save_step(
    session: Session,
    *,
    number: int,
    version: int,
    step: int,
    content: Mapping[str, str],
    is_done: bool,
    by: Viewer,
    at: datetime,
) -> Discipline:
    """Saves a discipline; where it is done, now or before, it must be complete, and those before it done.

    D7 enters the abnormality history, which follows what is written later.

    Raises NotIn8D, StepIncomplete, StepTooEarly, ComplaintChangedMeanwhile, NotAllowed, NotThere.
    """
    one = _in_8d(session, number, by, version=version)
    if step not in STEPS or set(content) - set(STEPS[step][1]):
        raise NotThere
    given = {name: text.strip() for name, text in content.items()}
    done = done_steps(session, one)
    if is_done or step in done:
        check_step(step, given, done)
    made = session.get(Discipline, (one.id, one.round, step))
    made = made or Discipline(complaint_id=one.id or 0, round=one.round, step=step)
    was = made.content or {}
    changes = {name: [was.get(name, ""), text] for name, text in given.items() if text != was.get(name, "")}
    made.content = given
    if is_done:
        made.done_at, made.done_by_id = at, by.user_id or None
    session.add(made)
    session.flush()
    if PREVENTION in done or (is_done and step == PREVENTION):
        _enter(session, one, at)
    what = {"step": [None, step], **changes}
    put(session, one, "complete_step" if is_done else "save_step", by=by, at=at, noted=what)
    return made


def audit_countermeasure(
    session: Session,
    *,
    number: int,
    countermeasure: str,
    on: date,
    is_kept: bool,
    by: Viewer,
    at: datetime,
    remark: str = "",
) -> CountermeasureAudit:
    """The process auditor's daily look; raises CountermeasureMissing, AuditedAlready, NotIn8D, NotAllowed, NotThere."""
    one = _in_8d(session, number, by, permission="verify_complaints")
    name = countermeasure.strip()
    if not name:
        raise CountermeasureMissing
    same = (CountermeasureAudit.complaint_id == one.id, CountermeasureAudit.countermeasure == name)
    if session.exec(select(CountermeasureAudit).where(*same, CountermeasureAudit.audited_on == on)).first():
        raise AuditedAlready
    values: dict[str, Any] = {"countermeasure": name, "audited_on": on, "is_kept": is_kept, "note": remark.strip()}
    made = CountermeasureAudit(complaint_id=one.id or 0, round=one.round, at=at, by_id=by.user_id or None, **values)
    session.add(made)
    session.flush()
    note(session, one, "audit", by=by, at=at, comment=remark, changes={"is_kept": [None, is_kept]})
    return made


def confirm_effect(session: Session, *, number: int, version: int, whose: str, by: Viewer, at: datetime) -> Complaint:
    """The process auditor ("auditor", of quality) or the project staff ("project") confirm that the countermeasures work.

    Raises SamePerson, NotIn8D, ComplaintChangedMeanwhile, NotAllowed, NotThere.
    """
    if whose not in CONFIRMATIONS:
        raise NotThere
    permission = "verify_complaints" if whose == "auditor" else "edit_complaints"
    one = _in_8d(session, number, by, permission=permission, version=version)
    other = one.project_id if whose == "auditor" else one.auditor_id
    if other is not None and other == by.user_id:
        raise SamePerson
    confirmed: dict[str, Any] = {"auditor_id": by.user_id} if whose == "auditor" else {"project_id": by.user_id}
    put(session, one, f"confirm_{whose}", by=by, at=at, **confirmed)
    return one


def close(session: Session, *, number: int, version: int, learned: str, by: Viewer, at: datetime) -> Complaint:
    """D8: closes the complaint; its finding is cleared while the wave runs.

    Raises StepIncomplete, NotIn8D, ComplaintChangedMeanwhile, what `domain.complaints.check_closing` raises,
    NotAllowed, NotThere.
    """
    one = _in_8d(session, number, by, permission="verify_complaints", version=version)
    done = done_steps(session, one)
    looks = select(CountermeasureAudit.countermeasure, CountermeasureAudit.is_kept).where(
        CountermeasureAudit.complaint_id == one.id, CountermeasureAudit.round == one.round
    )
    last_looks = dict(session.exec(looks.order_by(col(CountermeasureAudit.audited_on))).all())
    minutes = select(Minutes.approved_at).where(Minutes.complaint_id == one.id, Minutes.round == one.round)
    approved = [moment is not None for moment in session.exec(minutes)]
    confirmed = {"auditor": one.auditor_id, "project": one.project_id}
    clocks = select(ComplaintClock.code).where(
        ComplaintClock.complaint_id == one.id,
        ComplaintClock.round == one.round,
        col(ComplaintClock.done_at).is_(None),
    )
    running = [CLOCKS[code].what for code in session.exec(clocks.order_by(col(ComplaintClock.due_at)))]
    check_closing(done, confirmed, audits=last_looks, round_=one.round, minutes_approved=approved, running=running)
    content = {"closing": learned.strip()}
    check_step(LAST, content, done)
    last = session.get(Discipline, (one.id, one.round, LAST))
    last = last or Discipline(complaint_id=one.id or 0, round=one.round, step=LAST)
    noted = {"closing": [(last.content or {}).get("closing", ""), content["closing"]]}
    last.content, last.done_at, last.done_by_id = content, at, by.user_id or None
    session.add(last)
    put(session, one, "close", by=by, at=at, noted=noted, state="closed", closed_at=at)
    _set_finding(session, one, "cleared", at)
    return one


def recur(session: Session, *, number: int, version: int, what: str, by: Viewer, at: datetime) -> Complaint:
    """It happened again: a new round with its own clocks and 8D, which a new meeting begins; the earlier one stays.

    Raises NotIn8D, RecurrenceMissing, ComplaintChangedMeanwhile, NotAllowed, NotThere.
    """
    one = complaint_to_change(session, number, by, permission="verify_complaints", version=version)
    if one.state not in ("verified", "closed"):
        raise NotIn8D
    if not what.strip():
        raise RecurrenceMissing
    again: dict[str, Any] = dict.fromkeys(("closed_at", "auditor_id", "project_id", "report_due_at"))
    put(session, one, "recur", by=by, at=at, comment=what, state="verified", round=one.round + 1, **again)
    begin_round(session, one, at)
    _set_finding(session, one, "open", at)
    return one


class RecurrenceMissing(Refusal):
    """A recurrence that says nothing."""

    def __init__(self) -> None:
        super().__init__(N_("Say what happened again, where and when."))


def done_steps(session: Session, one: Complaint) -> set[int]:
    """The disciplines of the current round that are done."""
    mine = (Discipline.complaint_id == one.id, Discipline.round == one.round)
    return set(session.exec(select(Discipline.step).where(*mine, col(Discipline.done_at).is_not(None))).all())


def _in_8d(
    session: Session, number: int, by: Viewer, *, permission: str = "edit_complaints", version: int | None = None
) -> Complaint:
    one = complaint_to_change(session, number, by, permission=permission, version=version)
    if one.state != "verified":
        raise NotIn8D
    return one


def _enter(session: Session, one: Complaint, at: datetime) -> None:
    mine = (Discipline.complaint_id == one.id, Discipline.round == one.round)
    said = {step.step: step.content for step in session.exec(select(Discipline).where(*mine))}
    known = select(Abnormality).where(Abnormality.complaint_id == one.id, Abnormality.round == one.round)
    entry = session.exec(known).first() or Abnormality(
        complaint_id=one.id or 0,
        round=one.round,
        customer_id=one.customer_id,
        part_number=one.part_number,
        entered_at=at,
    )
    entry.problem, entry.cause = said[2]["problem"], said[4]["occurrence"]
    entry.prevention = said[PREVENTION]["prevention"]
    session.add(entry)
    session.flush()


def _set_finding(session: Session, one: Complaint, state: str, at: datetime) -> None:
    """A closed wave's findings are frozen."""
    if one.finding_id is None or one.wave_id is None:
        return
    wave = session.get_one(Wave, one.wave_id)
    lock_wave(session, wave)
    finding = session.get_one(Finding, one.finding_id)
    if wave.state != "open" or finding.state == state:
        return
    finding.state, finding.cleared_at = state, at if state == "cleared" else None
    finding.returned += state == "open"
    session.add(finding)
    session.flush()
