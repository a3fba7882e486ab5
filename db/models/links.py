"""Which question of a wave continues which one of the waves before."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Moment, key, link, maybe_link, one_of

LINK_KINDS = ("same", "renamed", "split", "merged", "rescaled", "new")


class ItemLink(SQLModel, table=True):
    """From a wave on, an item continues an earlier one: a merged item has several rows, a new question names itself."""

    __tablename__ = "item_link"
    __table_args__ = (
        UniqueConstraint("wave_id", "item_id", "earlier_id"),
        one_of("kind", LINK_KINDS),
        CheckConstraint(
            "kind IN ('split', 'merged') OR (kind = 'renamed') = (item_id <> earlier_id)", name="renamed_is_another"
        ),
    )
    id: int | None = key()
    wave_id: int = link("wave.id")
    item_id: int = link("item.id")
    earlier_id: int = link("item.id")
    kind: str
    confirmed_at: datetime = Field(sa_type=Moment)
    confirmed_by_id: int | None = maybe_link("user_account.id")
