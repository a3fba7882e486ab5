"""Programs that use the JSON API: their tokens, and what they have sent under a key."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, count, key, link, maybe_link


class ApiToken(SQLModel, table=True):
    """A program's token, of which only the hash is kept; `used` counts its requests within `minute` (since 1970)."""

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("name <> ''", name="token_has_name"),
        CheckConstraint("per_minute > 0", name="token_may_be_used"),
        CheckConstraint("expires_at > created_at", name="token_ends_later"),
    )
    id: int | None = key()
    name: str
    hint: str
    token_hash: str = Field(unique=True)
    scopes: list[str] = Field(sa_type=Json)
    scheme_id: int | None = maybe_link("scheme.id")
    per_minute: int
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")
    expires_at: datetime = Field(sa_type=Moment)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)
    revoked_by_id: int | None = maybe_link("user_account.id")
    used_at: datetime | None = Field(default=None, sa_type=Moment)
    minute: int = count()
    used: int = count()


class ApiRequest(SQLModel, table=True):
    """A request that was sent under a key and has been done; the same key gives the same answer again."""

    __tablename__ = "api_request"
    __table_args__ = (UniqueConstraint("token_id", "key"),)
    id: int | None = key()
    token_id: int = link("api_token.id")
    key: str
    request_hash: str
    answer: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    at: datetime = Field(sa_type=Moment, index=True)
