"""What customers say in their own words, and what became of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from db.columns import Moment, key, maybe_link, one_of
from domain.opinions import ANSWERED, KINDS, SOURCES

OPINION_KINDS = ("", *KINDS)


def _empty() -> Any:
    """Text that the bulk writers of responses leave out."""
    return Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})


class Opinion(SQLModel, table=True):
    """Free text from a customer, from a survey or at any other time, and what became of it (rules.md 5, OPINION).

    `said_by` names who isn't in the register; `finding_wave_id` is the running wave of whose findings it is one where
    its own wave is over or it belongs to none; `not_adopted` is the reason; `answered_how` the way of the answer.
    """

    __tablename__ = "opinion"
    __table_args__ = (
        one_of("kind", OPINION_KINDS),
        one_of("source", tuple(SOURCES)),
        one_of("answered_how", ("", *ANSWERED)),
        CheckConstraint("(answered_on IS NOT NULL) = (answer <> '')", name="answered_has_text"),
        CheckConstraint("(rewarded_on IS NOT NULL) = (reward <> '')", name="rewarded_has_what"),
        Index("opinion_of_wave", "wave_id", "id"),
        Index("opinion_by_kind", "kind", "answered_on", "received_at"),
        Index("opinion_by_time", "received_at", "id"),
    )
    id: int | None = key()
    wave_id: int | None = maybe_link("wave.id")
    response_id: int | None = maybe_link("response.id", index=True)
    customer_id: int | None = maybe_link("customer.id", index=True)
    item_id: int | None = maybe_link("item.id")
    kind: str = ""
    text: str = Field(sa_type=Text)
    received_at: datetime = Field(sa_type=Moment)
    source: str = Field(default="survey", sa_column_kwargs={"server_default": "survey"})
    said_by: str = _empty()
    dimension_id: int | None = maybe_link("dimension.id")
    department_id: int | None = maybe_link("department.id", index=True)
    request_id: int | None = maybe_link("request.id", index=True)
    slip_id: int | None = maybe_link("feedback_slip.id", index=True)
    finding_wave_id: int | None = maybe_link("wave.id", index=True)
    not_adopted: str = _empty()
    answer: str = _empty()
    answered_how: str = Field(default="", sa_column_kwargs={"server_default": ""})
    answered_on: date | None = None
    answered_by_id: int | None = maybe_link("user_account.id")
    reward: str = _empty()
    rewarded_on: date | None = None
    recorded_by_id: int | None = maybe_link("user_account.id")
    form_key: str | None = Field(default=None, unique=True, index=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
