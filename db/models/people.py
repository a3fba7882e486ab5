"""Who works with it: departments, accounts, sign-ins, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, maybe_link, one_of, text

ROLES = ("administrator", "quality", "organiser", "interviewer", "approver", "department", "sales", "viewer")


class Fact(SQLModel, table=True):
    """What the database says of itself: whether it is the demo, its organisation's name."""

    __tablename__ = "fact"
    name: str = Field(primary_key=True)
    value: str = text()


class Department(SQLModel, table=True):
    """A department that answers for items and acts on findings."""

    __tablename__ = "department"
    id: int | None = key()
    code: str = Field(unique=True)
    name_zh: str = text()
    name_en: str = text()


class User(SQLModel, table=True):
    """An account; role, department and activity are read on every run."""

    __tablename__ = "user_account"
    __table_args__ = (one_of("role", ROLES), CheckConstraint("username = lower(username)", name="username_lower"))
    id: int | None = key()
    username: str = Field(unique=True)
    name: str
    password_hash: str
    role: str
    department_id: int | None = maybe_link("department.id", index=True)
    is_head: bool = Field(default=False, description="head of the department: owner of its new actions")
    language: str = ""
    mail: str = ""
    active: bool = True
    created_at: datetime = Field(sa_type=Moment)
    version: int = 1


class SignInSession(SQLModel, table=True):
    """One sign-in of one user on one browser; ended by signing out, by expiry, or from elsewhere."""

    __tablename__ = "sign_in_session"
    id: int | None = key()
    token_hash: str = Field(unique=True)
    user_id: int = link("user_account.id", index=True)
    ticket_hash: str | None = Field(default=None, unique=True)
    ticket_until: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    address: str = ""
    browser: str = ""


class SignInAttempt(SQLModel, table=True):
    """A failed try, counted per account and address, so that limits hold for all replicas and survive a restart."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("sign_in_attempt_by_account", "username", "at"),)
    id: int | None = key()
    username: str
    address: str = Field(default="", index=True)
    at: datetime = Field(sa_type=Moment)


class AuditEvent(SQLModel, table=True):
    """Who did what to what, when: one row per service call; ids and field names only, never contents."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("audit_event_about", "about", "about_id"),)
    id: int | None = key()
    at: datetime = Field(sa_type=Moment, index=True)
    user_id: int | None = maybe_link("user_account.id", index=True)
    verb: str
    about: str
    about_id: int | None = Field(default=None, sa_type=BigInteger)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
