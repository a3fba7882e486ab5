"""Meetings as far as the reader may see them: the list, one with agenda and minutes, and what its slides show."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from db.models import Action, Meeting, MeetingMinute, MeetingPerson, MeetingTopic, SchemeRow, User, Wave
from db.queries.layouts import layout_of_version
from domain.access import NotThere, Viewer
from domain.meetings import Topic
from domain.scheme import Name

MOST = 200


@dataclass(frozen=True)
class MeetingLine:
    """A meeting in the list; `decisions` and `actions` count what it brought, `open` how many of both aren't done."""

    id: int
    held_on: date
    title: str
    scheme: Name
    wave: str
    people: int
    decisions: int
    actions: int
    signed_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True)
class MinuteLine:
    """A line of the minutes; of an assigned action its number, state and owner are as they are now."""

    id: int
    kind: str
    text: str
    at: datetime
    owner: str = ""
    owner_id: int | None = None
    due_on: date | None = None
    done_at: datetime | None = None
    action: int | None = None
    state: str = ""
    form_key: str = ""


@dataclass(frozen=True)
class MeetingDetail:
    """A meeting with everything but its slides; `people` are names by key, `last` the minutes that it follows up."""

    id: int
    title: str
    held_on: date
    wave_id: int
    wave: str
    scheme_id: int
    scheme: Name
    position: int
    version: int
    frozen_id: int | None
    previous_id: int | None
    signed_at: datetime | None
    signed_by: str
    sent_at: datetime | None
    topics: list[Topic]
    people: dict[int, str] = field(hash=False)
    minutes: list[MinuteLine] = field(hash=False)
    last: list[MinuteLine] = field(hash=False)

    @property
    def is_signed(self) -> bool:
        """Whether the minutes don't change any more."""
        return self.signed_at is not None


def meetings_in_sight(viewer: Viewer) -> ColumnElement[bool]:
    """Condition on `meeting`: where one takes part, and for those who hold meetings all about waves that they see."""
    if not viewer.may("attend_meetings"):
        return false()
    if viewer.guest is not None:
        return col(Meeting.id) == viewer.guest.meeting_id
    mine = select(MeetingPerson.meeting_id).where(MeetingPerson.person_id == viewer.user_id)
    conditions = [col(Meeting.id).in_(mine)]
    if viewer.may("hold_meetings"):
        organised = select(Wave.id).join(SchemeRow)
        if viewer.only_schemes_of is not None:
            organised = organised.where(SchemeRow.organiser_id == viewer.only_schemes_of)
        conditions.append(col(Meeting.wave_id).in_(organised))
    return or_(*conditions)


def meetings(session: Session, viewer: Viewer) -> list[MeetingLine]:
    """Meetings in sight, the newest first; raises NotAllowed."""
    viewer.check("attend_meetings")
    people = _counted(MeetingPerson.meeting_id, MeetingPerson.meeting_id == Meeting.id)
    decided, assigned = (
        _counted(MeetingMinute.id, MeetingMinute.meeting_id == Meeting.id, MeetingMinute.kind == kind)
        for kind in ("decided", "assigned")
    )
    everything: tuple[Any, ...] = (Meeting, Wave, people, decided, assigned)
    statement: Select[Any] = select(*everything).join(Wave, col(Wave.id) == Meeting.wave_id)
    newest = statement.where(meetings_in_sight(viewer)).order_by(col(Meeting.held_on).desc(), col(Meeting.id).desc())
    return [
        MeetingLine(
            *(one.id or 0, one.held_on, one.title, _scheme(session, wave), wave.code),
            *(n_people, n_decided, n_assigned, one.signed_at, one.sent_at),
        )
        for one, wave, n_people, n_decided, n_assigned in session.execute(newest.limit(MOST))
    ]


def meeting_for(session: Session, viewer: Viewer, meeting_id: int, *, locked: bool = False) -> Meeting:
    """A meeting that the viewer may see; raises NotThere, NotAllowed."""
    viewer.check("attend_meetings")
    statement = select(Meeting).where(Meeting.id == meeting_id, meetings_in_sight(viewer))
    statement = statement.execution_options(populate_existing=True)
    found = session.exec(statement.with_for_update() if locked else statement).first()
    if found is None:
        raise NotThere
    return found


def meeting_detail(session: Session, viewer: Viewer, meeting_id: int) -> MeetingDetail:
    """A meeting with agenda, participants and minutes; raises NotThere, NotAllowed."""
    one = meeting_for(session, viewer, meeting_id)
    wave = session.get_one(Wave, one.wave_id)
    topics = select(MeetingTopic).where(MeetingTopic.meeting_id == one.id)
    people = select(User.id, User.name).join(MeetingPerson, col(MeetingPerson.person_id) == User.id)
    signer = session.get(User, one.signed_by_id) if one.signed_by_id and viewer.sees_names else None
    return MeetingDetail(
        *(one.id or 0, one.title, one.held_on, one.wave_id, wave.code, wave.scheme_id, _scheme(session, wave)),
        *(one.position, one.version, one.frozen_id, one.previous_id),
        *(one.signed_at, signer.name if signer else "", one.sent_at),
        [Topic(row.kind, row.title) for row in session.exec(topics.order_by(col(MeetingTopic.place)))],
        {
            key or 0: name
            for key, name in session.exec(people.where(MeetingPerson.meeting_id == one.id).order_by(col(User.name)))
            if viewer.sees_names
        },
        _minutes(session, viewer, one.id),
        _minutes(session, viewer, one.previous_id, kinds=("decided", "assigned")) if one.previous_id else [],
    )


def position(session: Session, viewer: Viewer, meeting_id: int) -> tuple[int, int]:
    """The slide that the projector shows, and the meeting's version: what two windows look at every second."""
    one = meeting_for(session, viewer, meeting_id)
    return one.position, one.version


def waves_to_discuss(session: Session, viewer: Viewer) -> list[tuple[int, Name, str]]:
    """Key, scheme and code of waves that a meeting can be about, the newest first; raises NotAllowed."""
    viewer.check("hold_meetings")
    statement = select(Wave).join(SchemeRow).where(col(Wave.state).in_(("open", "closed")))
    if viewer.only_schemes_of is not None:
        statement = statement.where(SchemeRow.organiser_id == viewer.only_schemes_of)
    newest = statement.where(col(Wave.is_pilot).is_(False)).order_by(col(Wave.position).desc()).limit(MOST)
    return [(one.id or 0, _scheme(session, one), one.code) for one in session.exec(newest)]


def latest_before(session: Session, wave: Wave, held_on: date) -> int | None:
    """The meeting that one about this wave on this day follows: the latest of the same scheme before it."""
    earlier = select(Meeting.id).join(Wave, col(Wave.id) == Meeting.wave_id)
    earlier = earlier.where(Wave.scheme_id == wave.scheme_id, col(Meeting.held_on) <= held_on)
    return session.exec(earlier.order_by(col(Meeting.held_on).desc(), col(Meeting.id).desc())).first()


def _counted(what: Any, *conditions: Any) -> Any:
    return select(func.count(what)).where(*conditions).correlate(Meeting).scalar_subquery()


def _scheme(session: Session, wave: Wave) -> Name:
    return layout_of_version(session, wave.scheme_version_id).scheme.name


def _minutes(session: Session, viewer: Viewer, meeting_id: int | None, kinds: Sequence[str] = ()) -> list[MinuteLine]:
    """Lines of minutes in the order in which they were written; an action's owner and day are its own."""
    own, theirs = aliased(User), aliased(User)
    everything: tuple[Any, ...] = (MeetingMinute, Action, own.name, theirs.name)
    statement: Select[Any] = (
        select(*everything)
        .join(Action, col(Action.id) == MeetingMinute.action_id, isouter=True)
        .join(own, own.id == MeetingMinute.owner_id, isouter=True)
        .join(theirs, theirs.id == Action.owner_id, isouter=True)
        .where(MeetingMinute.meeting_id == meeting_id)
        .order_by(col(MeetingMinute.id))
    )
    if kinds:
        statement = statement.where(col(MeetingMinute.kind).in_(kinds))
    return [
        MinuteLine(
            *(line.id, line.kind, line.text, line.at),
            owner=((actor if action else owner) or "") if viewer.sees_names else "",
            owner_id=action.owner_id if action else line.owner_id,
            due_on=action.due_on if action else line.due_on,
            done_at=action.closed_at if action else line.done_at,
            action=action.number if action else None,
            state=action.state if action else "",
            form_key=line.form_key,
        )
        for line, action, owner, actor in session.execute(statement)
    ]
