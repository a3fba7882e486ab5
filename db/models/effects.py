"""What came of an action: what a later wave says of it, and what the customer was told."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, one_of, text

EFFECT_VERDICTS = ("effective", "not_effective", "cannot_tell")
TELLING_OUTCOMES = ("told", "confirmed", "not_reached")


class ActionEffect(SQLModel, table=True):
    """An action's subjects before and after, as a wave showed them when it closed, and the verdict that they suggest."""

    __tablename__ = "action_effect"
    __table_args__ = (
        UniqueConstraint("action_id", "round", "wave_id"),
        one_of("verdict", EFFECT_VERDICTS),
        CheckConstraint("round >= 1", name="effect_of_a_round"),
    )
    id: int | None = key()
    action_id: int = link("action.id")
    round: int
    wave_id: int = link("wave.id", index=True)
    verdict: str
    reason: str
    subjects: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    measured_at: datetime = Field(sa_type=Moment)


class ActionTelling(SQLModel, table=True):
    """One attempt to tell the customer what was done: told, confirmed by the customer, or not reached. Never changed."""

    __tablename__ = "action_telling"
    __table_args__ = (
        one_of("outcome", TELLING_OUTCOMES),
        CheckConstraint("outcome <> 'told' OR said <> ''", name="told_has_text"),
        Index("action_telling_in_order", "action_id", "id"),
    )
    id: int | None = key()
    action_id: int = link("action.id")
    round: int
    outcome: str
    said: str = text()
    happened_at: datetime = Field(sa_type=Moment)
    by_id: int = link("user_account.id")
    recorded_at: datetime = Field(sa_type=Moment)
