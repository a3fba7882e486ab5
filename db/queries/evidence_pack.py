"""What an evidence pack reads beside the reports and pages: who was asked and reminded, who decided what, what belongs to a wave."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlmodel import Session, col, or_, select

from db.models import (
    Action,
    ActionFile,
    ActionFinding,
    AuditEvent,
    Cohort,
    Complaint,
    ComplaintPicture,
    ComplaintWave,
    Contact,
    Customer,
    ExtraAnswer,
    FilePart,
    Finding,
    Invitation,
    Mail,
    Meeting,
    QuestionnaireRow,
    Reminder,
    Response,
    StoredFile,
    User,
    Wave,
)
from db.queries.complaints import complaints_in_sight
from db.queries.meetings import meetings_in_sight
from db.queries.responses import wave_for
from db.queries.sight import actions_in_sight
from domain.access import Viewer
from domain.scheme import Name

PERMISSION = "make_reports"
AT_ONCE = 1_000


@dataclass(frozen=True)
class SentLine:
    """An invitation; in anonymous waves without what became of it. `contact` and `address` are personal."""

    invitation_id: int
    customer_id: int | None
    customer_code: str
    customer: Name
    contact: str
    address: str
    channel: str
    sent_on: date
    due_on: date | None
    state: str
    returned_on: date | None
    in_time: bool | None


@dataclass(frozen=True)
class OutgoingLine:
    """A mail, or a reminder by another way: to which invitation, when, by whom, and what is noted of it."""

    invitation_id: int
    kind: str
    round: int
    state: str
    at: datetime
    ended_at: datetime | None
    who: str
    note: str


@dataclass(frozen=True)
class EventLine:
    """What somebody did to the wave, its plan, its questionnaire or a response, by words of the code."""

    at: datetime
    who: str
    verb: str
    about: str
    reason: str


@dataclass(frozen=True)
class PackFile:
    """An uploaded file: evidence of an action, or a picture of a complaint; `of` is the number of either."""

    of: int
    place: int
    file_id: int
    name: str
    size: int
    sha256: str
    added_at: datetime


def sent_lines(session: Session, viewer: Viewer, wave_id: int) -> Iterator[SentLine]:
    """The invitations of a wave by customer. Raises NotAllowed, NotThere."""
    wave = _wave(session, viewer, wave_id)
    everything: tuple[Any, ...] = (Invitation, Cohort.channel, Customer, Contact)
    statement: Select[Any] = (
        select(*everything)
        .join(Cohort, col(Cohort.id) == Invitation.cohort_id)
        .join(Customer, col(Customer.id) == Invitation.customer_id, isouter=True)
        .join(Contact, col(Contact.id) == Invitation.contact_id, isouter=True)
        .where(Invitation.wave_id == wave.id)
        .order_by(col(Customer.code), col(Invitation.id))
        .execution_options(yield_per=AT_ONCE)
    )
    return (_sent(wave, *row) for row in session.execute(statement))


def _sent(wave: Wave, one: Invitation, channel: str, customer: Customer | None, contact: Contact | None) -> SentLine:
    hidden = wave.is_anonymous
    return SentLine(
        one.id or 0,
        one.customer_id,
        customer.code if customer else "",
        Name(customer.name_zh, customer.name_en) if customer else Name(),
        contact.name if contact else "",
        contact.mail if contact else "",
        channel,
        one.sent_on,
        one.due_on,
        "" if hidden else one.state,
        None if hidden else one.returned_on,
        None if hidden else one.in_time,
    )


def outgoing_lines(session: Session, viewer: Viewer, wave_id: int) -> list[OutgoingLine]:
    """Mails and reminders of a wave in the order of time. Raises NotAllowed, NotThere.

    None of an anonymous wave: who was not reminded would have answered.
    """
    wave = _wave(session, viewer, wave_id)
    if wave.is_anonymous:
        return []
    people = dict(session.exec(select(User.id, User.name)).all())
    mails = [
        OutgoingLine(m.invitation_id, m.kind, m.round, m.state, m.queued_at, m.ended_at, people.get(m.queued_by_id, ""), m.reason)
        for m in session.exec(select(Mail).where(Mail.wave_id == wave_id))
    ]  # fmt: skip
    reminders = [
        OutgoingLine(r.invitation_id, "reminder", r.round, r.how, r.at, None, people.get(r.by_id, ""), r.note)
        for r in session.exec(select(Reminder).where(Reminder.wave_id == wave_id, Reminder.how != "mail"))
    ]
    return sorted([*mails, *reminders], key=lambda one: (one.at, one.invitation_id, one.round))


def written_answers(session: Session, viewer: Viewer, wave_id: int) -> Iterator[tuple[int, str, str]]:
    """Response, question and value of the answers beside the items. Raises NotAllowed, NotThere."""
    viewer.check("view_personal")
    wave = _wave(session, viewer, wave_id)
    statement = (
        select(ExtraAnswer.response_id, ExtraAnswer.question, ExtraAnswer.value)
        .join(Response, col(Response.id) == ExtraAnswer.response_id)
        .where(Response.wave_id == wave.id)
        .order_by(col(ExtraAnswer.response_id), col(ExtraAnswer.question))
        .execution_options(yield_per=AT_ONCE)
    )
    return ((response, question, value) for response, question, value in session.exec(statement))


def wave_events(session: Session, viewer: Viewer, wave_id: int) -> list[EventLine]:
    """What was done to a wave, its plan, questionnaire and closed figures, oldest first. Raises NotAllowed, NotThere."""
    wave = _wave(session, viewer, wave_id)
    versions = select(QuestionnaireRow.id).where(QuestionnaireRow.wave_id == wave.id)
    responses = select(Response.id).where(Response.wave_id == wave.id)
    about, key = col(AuditEvent.about), col(AuditEvent.about_id)
    of_it: list[ColumnElement[bool]] = [
        about.in_(("wave", "plan")) & (key == wave.id) & col(AuditEvent.verb).not_in(("view", "export", "download")),
        (about == "questionnaire") & key.in_(versions),
        (about == "response") & col(AuditEvent.verb).in_(("correct", "withdraw", "admit")) & key.in_(responses),
    ]
    statement = select(AuditEvent, User.name).join(User, col(User.id) == AuditEvent.user_id, isouter=True)
    found = session.exec(statement.where(or_(*of_it)).order_by(col(AuditEvent.id)))
    return [EventLine(one.at, who or "", one.verb, one.about, str(one.details.get("reason", ""))) for one, who in found]


def actions_of_wave(session: Session, viewer: Viewer, wave_id: int) -> list[int]:
    """Numbers of the actions in sight on findings of a wave. Raises NotAllowed, NotThere."""
    _wave(session, viewer, wave_id)
    mine = select(ActionFinding.action_id).join(Finding).where(Finding.wave_id == wave_id)
    wanted = (or_(col(Action.id).in_(mine), col(Action.wave_id) == wave_id), *actions_in_sight(viewer))
    return list(session.exec(select(Action.number).where(*wanted).order_by(col(Action.number))))


def complaints_of_wave(session: Session, viewer: Viewer, wave_id: int) -> list[int]:
    """Numbers of the complaints in sight that belong to a wave or fall in its period. Raises NotAllowed, NotThere."""
    _wave(session, viewer, wave_id)
    fall = select(ComplaintWave.complaint_id).where(ComplaintWave.wave_id == wave_id)
    wanted = (or_(col(Complaint.id).in_(fall), col(Complaint.wave_id) == wave_id), *complaints_in_sight(viewer))
    return list(session.exec(select(Complaint.number).where(*wanted).order_by(col(Complaint.number))))


def meetings_of_wave(session: Session, viewer: Viewer, wave_id: int) -> list[int]:
    """Keys of the meetings in sight about a wave. Raises NotAllowed, NotThere."""
    _wave(session, viewer, wave_id)
    wanted = (Meeting.wave_id == wave_id, meetings_in_sight(viewer))
    found = session.exec(select(Meeting.id).where(*wanted).order_by(col(Meeting.held_on), col(Meeting.id)))
    return [key for key in found if key is not None]


def evidence_of_actions(session: Session, viewer: Viewer, numbers: Sequence[int]) -> list[PackFile]:
    """Files that show that actions in sight are in place, by action. Raises NotAllowed."""
    viewer.check(PERMISSION)
    everything: tuple[Any, ...] = (Action.number, ActionFile.added_at, StoredFile)
    statement: Select[Any] = (
        select(*everything)
        .join(Action, col(Action.id) == ActionFile.action_id)
        .join(StoredFile, col(StoredFile.id) == ActionFile.file_id)
        .where(col(Action.number).in_(numbers), col(ActionFile.removed_at).is_(None), *actions_in_sight(viewer))
        .order_by(col(Action.number), col(ActionFile.id))
    )
    return _numbered(session, statement)


def pictures_of_complaints(session: Session, viewer: Viewer, numbers: Sequence[int]) -> list[PackFile]:
    """Pictures of complaints in sight, by complaint. Raises NotAllowed."""
    viewer.check(PERMISSION)
    everything: tuple[Any, ...] = (Complaint.number, Complaint.received_at, StoredFile)
    statement: Select[Any] = (
        select(*everything)
        .join(ComplaintPicture, col(ComplaintPicture.complaint_id) == Complaint.id)
        .join(StoredFile, col(StoredFile.id) == ComplaintPicture.file_id)
        .where(col(Complaint.number).in_(numbers), *complaints_in_sight(viewer))
        .order_by(col(Complaint.number), col(StoredFile.id))
    )
    return _numbered(session, statement)


def _numbered(session: Session, statement: Select[Any]) -> list[PackFile]:
    """Files of a statement of (number, moment, file), counted anew for each number."""
    places = Counter[int]()
    found: list[PackFile] = []
    for number, at, file in session.execute(statement):
        places[number] += 1
        found.append(PackFile(number, places[number], file.id, file.name, file.size, file.sha256, at))
    return found


def file_parts(session: Session, of: PackFile) -> Iterator[bytes]:
    """The content of a file that was read under its check, a megabyte at a time."""
    numbers = select(FilePart.number).where(FilePart.file_id == of.file_id).order_by(col(FilePart.number))
    for number in session.exec(numbers).all():
        part = select(FilePart.content).where(FilePart.file_id == of.file_id, FilePart.number == number)
        yield bytes(session.exec(part).one())


def names_of_wave(
    session: Session, viewer: Viewer
) -> tuple[list[tuple[int, str, str, str]], list[tuple[str, str, str]]]:
    """Every customer (key, code, both names) and every contact (name, mail, phone), to be taken out. Raises NotAllowed."""
    viewer.check(PERMISSION)
    customers = session.exec(
        select(Customer.id, Customer.code, Customer.name_zh, Customer.name_en).order_by(col(Customer.id))
    )
    contacts = session.exec(select(Contact.name, Contact.mail, Contact.phone))
    return [(key or 0, *names) for key, *names in customers], [tuple(one) for one in contacts]  # type: ignore[misc]


def respondents(session: Session, viewer: Viewer, wave_id: int) -> list[str]:
    """Who answered, as typed. Raises NotAllowed, NotThere."""
    viewer.check("view_personal")
    _wave(session, viewer, wave_id)
    named = select(Response.respondent).where(Response.wave_id == wave_id, Response.respondent != "")
    return list(session.exec(named.distinct()))


def _wave(session: Session, viewer: Viewer, wave_id: int) -> Wave:
    viewer.check(PERMISSION)
    return wave_for(session, viewer, wave_id)
