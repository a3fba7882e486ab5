"""Meetings: called, their agenda and minutes edited, steered by the projector, signed and sent (product.md journey 5)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, func, select

from db.models import Action, FrozenResult, Meeting, MeetingMinute, MeetingPerson, MeetingTopic, User
from db.queries.meetings import latest_before, meeting_for
from db.queries.responses import wave_for
from db.queries.sight import actions_in_sight
from db.queries.slides import lowest_customers
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.meetings import LONGEST_LINE, LONGEST_TITLE, USUAL_AGENDA, Topic, checked_agenda
from services.audit import audit
from services.closing import freeze
from services.notifying import tell
from services.recording import lock_wave


class MeetingChangedMeanwhile(Refusal):
    """Somebody else has saved the meeting since it was read."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else has just changed this meeting. Look at it again, then save."))


class MinutesSigned(Refusal):
    """Signed minutes stay as they are."""

    def __init__(self) -> None:
        super().__init__(N_("These minutes are signed; they don't change any more."))


class MinutesNotSigned(Refusal):
    """Only signed minutes go out."""

    def __init__(self) -> None:
        super().__init__(N_("Sign the minutes first, then send them."))


class NobodyInvited(Refusal):
    """A meeting without participants."""

    def __init__(self) -> None:
        super().__init__(N_("Choose who takes part."))


class LineEmpty(Refusal):
    """A line of the minutes that says nothing, or too much."""

    def __init__(self) -> None:
        super().__init__(N_("Write a line of at most {most} characters."), most=LONGEST_LINE)


def call_meeting(
    session: Session,
    *,
    wave_id: int,
    held_on: date,
    title: str,
    people: Sequence[int],
    form_key: str,
    by: Viewer,
    at: datetime,
) -> Meeting:
    """A meeting about a wave with the usual agenda; it follows up the one before it. Participants are told.

    The same form key gives the meeting that is there already. Raises NobodyInvited, NotAllowed, NotThere.
    """
    by.check("hold_meetings")
    wave = wave_for(session, by, wave_id)
    if known := session.exec(select(Meeting).where(Meeting.form_key == form_key)).first():
        return meeting_for(session, by, known.id or 0)
    one = Meeting(
        form_key=form_key,
        wave_id=wave_id,
        previous_id=latest_before(session, wave, held_on),
        held_on=held_on,
        title=title.strip()[:LONGEST_TITLE],
        created_at=at,
        created_by_id=by.user_id,
    )
    session.add(one)
    session.flush()
    _set_people(session, one, people, by=by, at=at)
    _set_topics(session, one, [Topic(kind) for kind in USUAL_AGENDA])
    _audit(session, "call", one, by, at)
    return one


def edit_meeting(
    session: Session,
    *,
    meeting_id: int,
    version: int,
    held_on: date,
    title: str,
    people: Sequence[int],
    by: Viewer,
    at: datetime,
) -> Meeting:
    """Changes day, title and participants. Raises NobodyInvited, MeetingChangedMeanwhile, MinutesSigned, NotAllowed, NotThere."""
    one = _to_change(session, meeting_id, by, version)
    one.held_on, one.title = held_on, title.strip()[:LONGEST_TITLE]
    _set_people(session, one, people, by=by, at=at)
    return _saved(session, "edit", one, by, at)


def edit_agenda(
    session: Session, *, meeting_id: int, version: int, topics: Sequence[Topic], by: Viewer, at: datetime
) -> Meeting:
    """Another agenda, in this order. Raises TopicEmpty, AgendaTooLong, and as `edit_meeting`."""
    one = _to_change(session, meeting_id, by, version)
    _set_topics(session, one, checked_agenda(topics))
    one.position = 0
    return _saved(session, "edit_agenda", one, by, at)


def show(session: Session, *, meeting_id: int, position: int, key: str, text: str, by: Viewer, at: datetime) -> None:
    """Moves the projector to a slide and writes into the minutes what it shows, once a slide; signed minutes stay.

    `key` names the slide; what somebody has edited stays as it was written. Raises NotAllowed, NotThere.
    """
    by.check("hold_meetings")
    one = meeting_for(session, by, meeting_id, locked=True)
    session.connection().execute(update(Meeting).where(col(Meeting.id) == one.id).values(position=max(0, position)))
    one.position = max(0, position)
    if one.signed_at is not None or not text.strip():
        return
    form_key = f"{one.id}:{key}"
    line = session.exec(select(MeetingMinute).where(MeetingMinute.form_key == form_key)).first()
    if line is None:
        _add(session, one, "shown", text, form_key, by, at)
        _audit(session, "show", one, by, at, slide=key)
    elif not line.is_edited and line.text != text:
        line.text, line.at = text[:LONGEST_LINE], at
        session.add(line)
        _audit(session, "show", one, by, at, slide=key)
    session.flush()


def decide(
    session: Session,
    *,
    meeting_id: int,
    text: str,
    form_key: str,
    by: Viewer,
    at: datetime,
    owner_id: int | None = None,
    due_on: date | None = None,
) -> MeetingMinute:
    """Writes a decision, with who sees to it and until when; the same form key once.

    Raises LineEmpty, MinutesSigned, NotAllowed, NotThere.
    """
    one = _to_change(session, meeting_id, by)
    if known := session.exec(select(MeetingMinute).where(MeetingMinute.form_key == form_key)).first():
        if known.meeting_id != one.id:
            raise NotThere
        return known
    if owner_id is not None and session.get(User, owner_id) is None:
        raise NotThere
    line = _add(session, one, "decided", text, form_key, by, at, owner_id=owner_id, due_on=due_on)
    _saved(session, "decide", one, by, at)
    return line


def note_assigned(session: Session, *, meeting_id: int, action_id: int, by: Viewer, at: datetime) -> None:
    """Writes that an action was assigned at the meeting, once. Raises MinutesSigned, NotAllowed, NotThere."""
    one = _to_change(session, meeting_id, by)
    action = session.exec(select(Action).where(Action.id == action_id, *actions_in_sight(by))).first()
    if action is None:
        raise NotThere
    form_key = f"{one.id}:action:{action_id}"
    if session.exec(select(MeetingMinute).where(MeetingMinute.form_key == form_key)).first() is None:
        _add(session, one, "assigned", action.title, form_key, by, at, action_id=action_id)
        _saved(session, "note_assigned", one, by, at)


def edit_minute(session: Session, *, minute_id: int, text: str, by: Viewer, at: datetime) -> None:
    """Another wording of a line. Raises LineEmpty, MinutesSigned, NotAllowed, NotThere."""
    line, one = _minute(session, minute_id, by)
    line.text, line.is_edited = _checked(text), True
    session.add(line)
    _saved(session, "edit_minute", one, by, at)


def strike_minute(session: Session, *, minute_id: int, by: Viewer, at: datetime) -> None:
    """Takes a line out of minutes that aren't signed; an action stays assigned. Raises MinutesSigned, NotAllowed, NotThere."""
    line, one = _minute(session, minute_id, by)
    session.delete(line)
    _saved(session, "strike_minute", one, by, at)


def settle_decision(session: Session, *, minute_id: int, by: Viewer, at: datetime) -> None:
    """Says that a decision is carried out, also of signed minutes: it is followed up. Raises NotAllowed, NotThere."""
    by.check("hold_meetings")
    line = session.get(MeetingMinute, minute_id)
    if line is None or line.kind != "decided":
        raise NotThere
    one = meeting_for(session, by, line.meeting_id, locked=True)
    if line.done_at is None:
        line.done_at = at
        session.add(line)
        _saved(session, "settle_decision", one, by, at)


def sign_off(session: Session, *, meeting_id: int, version: int, by: Viewer, at: datetime) -> Meeting:
    """Signs the minutes: from now on they stay. Raises MeetingChangedMeanwhile, MinutesSigned, NotAllowed, NotThere."""
    one = _to_change(session, meeting_id, by, version)
    one.signed_at, one.signed_by_id = at, by.user_id
    return _saved(session, "sign", one, by, at)


def send_minutes(session: Session, *, meeting_id: int, by: Viewer, at: datetime) -> Meeting:
    """Tells the participants that the minutes are there, each once. Raises MinutesNotSigned, NotAllowed, NotThere."""
    by.check("hold_meetings")
    one = meeting_for(session, by, meeting_id, locked=True)
    if one.signed_at is None:
        raise MinutesNotSigned
    _tell(session, one, "minutes_sent", by, at)
    one.sent_at = one.sent_at or at
    return _saved(session, "send", one, by, at)


def pin_figures(session: Session, *, meeting_id: int, by: Viewer, at: datetime) -> FrozenResult:
    """Freezes the figures of the meeting's wave as they are now: its slides show these from here on.

    Raises MinutesSigned, NotAllowed, NotThere.
    """
    one = _to_change(session, meeting_id, by)
    wave = wave_for(session, by, one.wave_id)
    lock_wave(session, wave)
    more = {"at_customers": lowest_customers(session, wave)}
    kept = freeze(session, wave, "meeting", by=by, at=at, more=more)
    one.frozen_id = kept.id
    _saved(session, "pin", one, by, at)
    return kept


def unpin_figures(session: Session, *, meeting_id: int, by: Viewer, at: datetime) -> None:
    """Lets the slides follow the live figures again; what was frozen is kept. Raises as `pin_figures`."""
    one = _to_change(session, meeting_id, by)
    one.frozen_id = None
    _saved(session, "unpin", one, by, at)


def _to_change(session: Session, meeting_id: int, by: Viewer, version: int | None = None) -> Meeting:
    by.check("hold_meetings")
    one = meeting_for(session, by, meeting_id, locked=True)
    if one.signed_at is not None:
        raise MinutesSigned
    if version is not None and version != one.version:
        raise MeetingChangedMeanwhile
    return one


def _minute(session: Session, minute_id: int, by: Viewer) -> tuple[MeetingMinute, Meeting]:
    by.check("hold_meetings")
    line = session.get(MeetingMinute, minute_id)
    if line is None:
        raise NotThere
    return line, _to_change(session, line.meeting_id, by)


def _checked(text: str) -> str:
    if not text.strip() or len(text.strip()) > LONGEST_LINE:
        raise LineEmpty
    return text.strip()


def _add(
    session: Session,
    one: Meeting,
    kind: str,
    text: str,
    form_key: str,
    by: Viewer,
    at: datetime,
    *,
    action_id: int | None = None,
    owner_id: int | None = None,
    due_on: date | None = None,
) -> MeetingMinute:
    line = MeetingMinute(
        form_key=form_key,
        meeting_id=one.id or 0,
        kind=kind,
        text=_checked(text),
        action_id=action_id,
        owner_id=owner_id,
        due_on=due_on,
        at=at,
        by_id=by.user_id,
    )
    session.add(line)
    session.flush()
    return line


def _set_people(session: Session, one: Meeting, people: Sequence[int], *, by: Viewer, at: datetime) -> None:
    """Who takes part; those who come anew are told."""
    wanted = set(people)
    active = session.exec(select(func.count(col(User.id))).where(col(User.id).in_(wanted))).one()
    if not wanted:
        raise NobodyInvited
    if active != len(wanted):
        raise NotThere
    session.connection().execute(delete(MeetingPerson).where(col(MeetingPerson.meeting_id) == one.id))
    session.add_all(MeetingPerson(meeting_id=one.id or 0, person_id=person) for person in sorted(wanted))
    session.flush()
    _tell(session, one, "meeting_called", by, at)


def _set_topics(session: Session, one: Meeting, topics: Sequence[Topic]) -> None:
    session.connection().execute(delete(MeetingTopic).where(col(MeetingTopic.meeting_id) == one.id))
    session.add_all(
        MeetingTopic(meeting_id=one.id or 0, place=place, kind=topic.kind, title=topic.title)
        for place, topic in enumerate(topics)
    )
    session.flush()


def _tell(session: Session, one: Meeting, kind: str, by: Viewer, at: datetime) -> None:
    people = session.exec(select(MeetingPerson.person_id).where(MeetingPerson.meeting_id == one.id)).all()
    others = [person for person in people if person != by.user_id]
    facts = {"title": one.title, "due": one.held_on.isoformat()}
    tell(session, kind=kind, to=others, link=f"/meeting?meeting={one.id}", facts=facts, once=f"{kind}:{one.id}", at=at)


def _saved(session: Session, verb: str, one: Meeting, by: Viewer, at: datetime) -> Meeting:
    one.version += 1
    session.add(one)
    session.flush()
    _audit(session, verb, one, by, at)
    return one


def _audit(session: Session, verb: str, one: Meeting, by: Viewer, at: datetime, **details: str) -> None:
    audit(session, by=by.user_id, at=at, verb=verb, about="meeting", about_id=one.id, **details)
