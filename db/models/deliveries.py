"""What leaves the house because somebody was told something: by mail, or into a chat. And who sends it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, true
from sqlmodel import Field, SQLModel

from db.columns import Moment, count, key, link, maybe_link, one_of, text

DELIVERY_STATES = ("queued", "sending", "sent", "failed", "unclear", "dropped")
CHAT_KINDS = ("wecom", "dingtalk", "feishu", "slack", "teams")
RHYTHMS = ("at_once", "digest")


class Leader(SQLModel, table=True):
    """Who does what only one process may do at a time; `claim` tells one leader from the next."""

    __tablename__ = "leader"
    name: str = Field(primary_key=True)
    claim: int = count()
    until: datetime = Field(sa_type=Moment)


class ChatTarget(SQLModel, table=True):
    """A chat that notifications may go to: an administrator's entry. `address` is as secret as a password.

    Without `department_id` everybody may choose it. `next_at`: the chat's service takes nothing before then.
    """

    __tablename__ = "chat_target"
    __table_args__ = (one_of("kind", CHAT_KINDS), CheckConstraint("name <> ''", name="target_has_name"))
    id: int | None = key()
    name: str = Field(unique=True)
    kind: str
    address: str
    secret: str = ""
    department_id: int | None = maybe_link("department.id", index=True)
    with_titles: bool = False
    active: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    next_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")


class TellingChoice(SQLModel, table=True):
    """How one person wants to be told; who has no row gets the defaults. Times are minutes since midnight in `zone`."""

    __tablename__ = "telling_choice"
    __table_args__ = (
        one_of("rhythm", RHYTHMS),
        CheckConstraint("digest_at BETWEEN 0 AND 1439", name="digest_in_day"),
        CheckConstraint("quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439", name="quiet_in_day"),
    )
    person_id: int = link("user_account.id", primary_key=True)
    by_mail: bool = True
    rhythm: str = "at_once"
    digest_at: int
    quiet_from: int
    quiet_until: int
    zone: str = ""


class ChosenChat(SQLModel, table=True):
    """A person wants to be told in this chat."""

    __tablename__ = "chosen_chat"
    person_id: int = link("user_account.id", primary_key=True)
    target_id: int = link("chat_target.id", primary_key=True)


class Delivery(SQLModel, table=True):
    """One message of the outbox: queued → sending → sent. `sending` is committed before its first byte leaves.

    `channel` is mail:person or chat:target, `thing` what it tells of: nothing goes through a channel twice, whoever of
    those who share it is told. `claim` is that of the leader who sends it; what is found `sending` later is unclear.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("channel", "thing"),
        one_of("state", DELIVERY_STATES),
        CheckConstraint("(state = 'sending') = (claim IS NOT NULL)", name="sending_has_claim"),
        Index("delivery_by_turn", "state", "not_before", "id"),
    )
    id: int | None = key()
    person_id: int = link("user_account.id", index=True)
    target_id: int | None = maybe_link("chat_target.id", index=True)
    channel: str
    thing: str
    state: str = "queued"
    attempts: int = count()
    claim: int | None = Field(default=None, sa_type=BigInteger)
    not_before: datetime = Field(sa_type=Moment)
    reason: str = text()
    queued_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class Delivered(SQLModel, table=True):
    """What a message tells of: one notification, or those of a digest."""

    __tablename__ = "delivered"
    delivery_id: int = link("delivery.id", primary_key=True)
    notification_id: int = link("notification.id", primary_key=True, index=True)
