"""Share links: who made which view readable for whom has the link, until when, and when it was opened."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, maybe_link, one_of, text
from domain.shares import LONGEST_TURN, SHORTEST_TURN, VIEWS


class Share(SQLModel, table=True):
    """A view with its filters (`params`), readable without an account until `ends_at` or until it is revoked.

    Of its token only the hash is stored; `link_seed` makes it again with the installation's secret. `customer_id` and
    `item_id` are all that it shows of customers and items; `seconds` is how long each of its `slides` stands on a wall
    screen, 0 where they don't turn by themselves.
    """

    __tablename__ = "share"
    __table_args__ = (
        one_of("view", tuple(VIEWS)),
        CheckConstraint("ends_at > made_at", name="ends_later"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_has_name"),
        CheckConstraint(f"seconds = 0 OR seconds BETWEEN {SHORTEST_TURN} AND {LONGEST_TURN}", name="turn_in_reason"),
        CheckConstraint("seconds = 0 OR view IN ('meeting', 'wall')", name="only_slides_turn"),
        CheckConstraint("(view = 'meeting') = (meeting_id IS NOT NULL)", name="meeting_is_named"),
        CheckConstraint("view <> 'customer' OR customer_id IS NOT NULL", name="customer_is_named"),
        CheckConstraint("(view = 'item') = (item_id IS NOT NULL)", name="item_is_named"),
    )
    id: int | None = key()
    form_key: str = Field(unique=True)
    token_hash: str = Field(unique=True)
    link_seed: str
    view: str
    title: str = text()
    params: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    slides: list[str] = Field(default_factory=list, sa_type=Json)
    seconds: int = 0
    customer_id: int | None = maybe_link("customer.id", index=True)
    item_id: int | None = maybe_link("item.id")
    meeting_id: int | None = maybe_link("meeting.id")
    with_people: bool = False
    password_hash: str = ""
    made_at: datetime = Field(sa_type=Moment)
    made_by_id: int = link("user_account.id", index=True)
    ends_at: datetime = Field(sa_type=Moment)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)
    revoked_by_id: int | None = maybe_link("user_account.id")


class ShareOpening(SQLModel, table=True):
    """A browser was let in."""

    __tablename__ = "share_opening"
    __table_args__ = (Index("opening_of_share", "share_id", "at"),)
    id: int | None = key()
    share_id: int = link("share.id")
    at: datetime = Field(sa_type=Moment)
