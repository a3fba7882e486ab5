"""Meetings: who takes part, what is on the agenda, and the minutes."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from db.columns import Moment, key, link, maybe_link, one_of, text
from domain.meetings import MINUTE_KINDS, TOPIC_KINDS


class Meeting(SQLModel, table=True):
    """A meeting about a wave; `position` is the slide that the projector shows, `frozen_id` the figures that it pins.

    Signed minutes don't change any more. `version` stops two editors from losing each other's work.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("(signed_at IS NULL) = (signed_by_id IS NULL)", name="signed_has_name"),
        CheckConstraint("sent_at IS NULL OR signed_at IS NOT NULL", name="sent_after_signing"),
        CheckConstraint("position >= 0", name="position_counts"),
        CheckConstraint("previous_id <> id", name="not_after_itself"),
    )
    id: int | None = key()
    form_key: str = Field(unique=True)
    wave_id: int = link("wave.id", index=True)
    previous_id: int | None = maybe_link("meeting.id")
    frozen_id: int | None = maybe_link("frozen_result.id")
    held_on: date
    title: str = text()
    position: int = 0
    version: int = 1
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int = link("user_account.id")
    signed_at: datetime | None = Field(default=None, sa_type=Moment)
    signed_by_id: int | None = maybe_link("user_account.id")
    sent_at: datetime | None = Field(default=None, sa_type=Moment)


class MeetingPerson(SQLModel, table=True):
    """Somebody who takes part."""

    __tablename__ = "meeting_person"
    meeting_id: int = link("meeting.id", primary_key=True)
    person_id: int = link("user_account.id", primary_key=True, index=True)


class MeetingTopic(SQLModel, table=True):
    """A line of the agenda; `title` is the organiser's own, "" for the usual one of its kind."""

    __tablename__ = "meeting_topic"
    __table_args__ = (
        one_of("kind", TOPIC_KINDS),
        CheckConstraint("kind <> 'own' OR title <> ''", name="own_has_title"),
        Index("topic_of_meeting", "meeting_id", "place"),
    )
    id: int | None = key()
    meeting_id: int = link("meeting.id")
    place: int
    kind: str
    title: str = text()


class MeetingMinute(SQLModel, table=True):
    """A line of the minutes: what was shown (once a slide), decided (who, until when), or assigned (an action).

    `form_key` says which one it is; a line that nobody has edited follows what is shown again.
    """

    __tablename__ = "meeting_minute"
    __table_args__ = (
        one_of("kind", MINUTE_KINDS),
        CheckConstraint("text <> ''", name="minute_has_text"),
        CheckConstraint("(kind = 'assigned') = (action_id IS NOT NULL)", name="assigned_has_action"),
        CheckConstraint("kind = 'decided' OR (owner_id IS NULL AND due_on IS NULL)", name="decided_has_owner"),
        Index("minute_of_meeting", "meeting_id", "id"),
    )
    id: int | None = key()
    form_key: str = Field(unique=True)
    meeting_id: int = link("meeting.id")
    kind: str
    text: str
    action_id: int | None = maybe_link("action.id")
    owner_id: int | None = maybe_link("user_account.id")
    due_on: date | None = None
    is_edited: bool = False
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    at: datetime = Field(sa_type=Moment)
    by_id: int = link("user_account.id")
