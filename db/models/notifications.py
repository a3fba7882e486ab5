"""What people are told inside the app; mail and chats begin from here."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, UniqueConstraint, column, true
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, one_of

NOTIFICATION_KINDS = (
    *("assigned", "due_soon", "overdue", "approval_waiting", "clock_running_out", "red_finding"),
    *("not_effective", "told_slip", "meeting_called", "minutes_sent", "report_ready", "opinion_waiting"),
    *("wave_due", "calls_due"),
)
WAITS = column("waits", Boolean)


class Notification(SQLModel, table=True):
    """One thing that one person is told; `once` says which thing, so that nobody is told it twice.

    `waits` until it is decided by which ways it leaves the house.
    """

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("person_id", "once"),
        one_of("kind", NOTIFICATION_KINDS),
        Index("notification_of_person", "person_id", "read_at", "id"),
        Index("notification_waiting", "id", sqlite_where=WAITS, postgresql_where=WAITS),
    )
    id: int | None = key()
    person_id: int = link("user_account.id")
    kind: str
    link: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    once: str
    at: datetime = Field(sa_type=Moment)
    read_at: datetime | None = Field(default=None, sa_type=Moment)
    waits: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
