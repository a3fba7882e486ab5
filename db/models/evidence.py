"""What belongs to an action beside its texts: who approved its plan in turn, and the files that show it is in place."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Moment, key, link, maybe_link


class ActionSignature(SQLModel, table=True):
    """One approval of a plan as it was submitted; a plan that is sent back and submitted again is approved anew."""

    __tablename__ = "action_signature"
    __table_args__ = (
        UniqueConstraint("submitted_id", "place"),
        UniqueConstraint("submitted_id", "user_id"),
        CheckConstraint("place >= 0", name="place_in_chain"),
    )
    id: int | None = key()
    action_id: int = link("action.id", index=True)
    submitted_id: int = link("action_event.id")
    place: int
    user_id: int = link("user_account.id")
    signed_at: datetime = Field(sa_type=Moment)


class ActionFile(SQLModel, table=True):
    """A file of evidence of one round; taken away before the action is implemented, it stays as a line of the history."""

    __tablename__ = "action_file"
    __table_args__ = (
        CheckConstraint("round >= 1", name="file_of_a_round"),
        CheckConstraint("(removed_at IS NULL) = (removed_by_id IS NULL)", name="removed_by_somebody"),
        Index("action_file_in_order", "action_id", "id"),
    )
    id: int | None = key()
    action_id: int = link("action.id")
    file_id: int = link("stored_file.id", unique=True)
    round: int
    added_at: datetime = Field(sa_type=Moment)
    added_by_id: int = link("user_account.id")
    removed_at: datetime | None = Field(default=None, sa_type=Moment)
    removed_by_id: int | None = maybe_link("user_account.id")
