"""What was presented: figures kept as they were when a wave closed or a meeting froze them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, maybe_link, one_of

OCCASIONS = ("closing", "meeting")


class FrozenResult(SQLModel, table=True):
    """A wave's figures as they were presented (`db.queries.presented.wave_figures`), and their hash; never changed.

    `number` counts those of a wave, 0 is its closing; `compared_with` is the code of the wave before, "" without one.
    `after_event` is the last audit event before: what came after it moved the live figures only.
    """

    __tablename__ = "frozen_result"
    __table_args__ = (
        one_of("occasion", OCCASIONS),
        UniqueConstraint("wave_id", "number"),
        CheckConstraint("(occasion = 'closing') = (number = 0) AND number >= 0", name="one_closing"),
    )
    id: int | None = key()
    wave_id: int = link("wave.id")
    scheme_version_id: int = link("scheme_version.id")
    occasion: str = "closing"
    number: int = 0
    compared_with: str = ""
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    sha256: str
    after_event: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=Moment)
    by_id: int | None = maybe_link("user_account.id")
