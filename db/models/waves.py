"""Waves and what comes back."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Float, Index, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from db.columns import WITHOUT_ROWID, Moment, count, key, link, maybe_link, one_of, text

WAVE_ORIGINS = ("run_here", "imported")
WAVE_STATES = ("planned", "open", "closed", "void")
INVITATION_STATES = ("sent", "answered", "undeliverable", "expired")
RESPONSE_STATUS = ("counted", "invalid", "after_close", "withdrawn")


class Wave(SQLModel, table=True):
    """One run of a scheme for one period; `version` counts its writes and is what open screens poll.

    `unnamed` counts its counted responses without a customer; `position` sorts the waves of a scheme in time;
    `origin` is imported where the answers were collected elsewhere, without a plan here: nobody is asked through such a wave.
    `window_over` is set when the last questionnaire could have come back in time, and rates and coverage are judged.
    """

    __tablename__ = "wave"
    __table_args__ = (
        UniqueConstraint("scheme_id", "code"),
        one_of("state", WAVE_STATES),
        one_of("origin", WAVE_ORIGINS),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL) OR state = 'void'", name="closed_has_time"),
        CheckConstraint("state <> 'void' OR void_reason <> ''", name="void_has_reason"),
    )
    id: int | None = key()
    scheme_id: int = link("scheme.id")
    scheme_version_id: int = link("scheme_version.id")
    code: str
    state: str = "open"
    origin: str = Field(default="run_here", sa_column_kwargs={"server_default": "run_here"})
    is_pilot: bool = False
    is_anonymous: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    position: str
    planned_n: int | None = None
    unnamed: int = count()
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    void_reason: str = text()
    window_over: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    version: int = count()
    created_at: datetime = Field(sa_type=Moment)


class Subject(SQLModel, table=True):
    """What an invitation asks about where that isn't simply the customer: a project, delivery, branch, employee."""

    __tablename__ = "subject"
    __table_args__ = (UniqueConstraint("kind", "code"),)
    id: int | None = key()
    kind: str
    code: str
    name: str = text()


class Invitation(SQLModel, table=True):
    """One questionnaire sent to one contact of one customer in one wave.

    Of the token only the hash is kept; it is made from `link_seed` and the installation's secret (ADR 6).
    """

    __tablename__ = "invitation"
    __table_args__ = (
        one_of("state", INVITATION_STATES),
        CheckConstraint("(state = 'answered') = (returned_on IS NOT NULL)", name="answered_has_day"),
        CheckConstraint("(returned_on IS NULL) = (in_time IS NULL)", name="returned_in_time_or_late"),
        Index("invitation_of_wave", "wave_id", "customer_id"),
    )
    id: int | None = key()
    wave_id: int = link("wave.id")
    customer_id: int | None = maybe_link("customer.id", index=True)
    contact_id: int | None = maybe_link("contact.id")
    subject_id: int | None = maybe_link("subject.id")
    cohort_id: int = link("cohort.id")
    token_hash: str = Field(unique=True)
    link_seed: str = ""
    state: str = "sent"
    sent_on: date
    due_on: date | None = None
    returned_on: date | None = None
    in_time: bool | None = None


class Response(SQLModel, table=True):
    """One returned questionnaire; score in 1e-9 points. A change is ± deltas on the roll-ups, rows are never deleted."""

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("wave_id", "row_key"),
        one_of("status", RESPONSE_STATUS),
        CheckConstraint("status <> 'counted' OR score IS NOT NULL", name="counted_has_score"),
        CheckConstraint("status <> 'invalid' OR invalid_reason <> ''", name="invalid_has_reason"),
        CheckConstraint("weight IS NULL OR weight >= 0", name="weight_not_negative"),
        Index("response_of_customer", "customer_id", "wave_id"),
    )
    id: int | None = key()
    wave_id: int = link("wave.id")
    scheme_version_id: int = link("scheme_version.id")
    cohort_id: int = link("cohort.id")
    customer_id: int | None = maybe_link("customer.id")
    invitation_id: int | None = maybe_link("invitation.id", unique=True)
    subject_id: int | None = maybe_link("subject.id")
    row_key: str
    content_hash: str
    status: str = "counted"
    invalid_reason: str = ""
    late: bool = False
    score: int | None = Field(default=None, sa_type=BigInteger)
    weight: float | None = Field(default=None, sa_type=Float)
    respondent: str = text()
    submitted_at: datetime | None = Field(default=None, sa_type=Moment)
    received_at: datetime = Field(sa_type=Moment)
    import_run_id: int | None = maybe_link("import_run.id")
    entered_by_id: int | None = maybe_link("user_account.id")


class Answer(SQLModel, table=True):
    """One item's level (position, best first) or hundredths of a number 0–100; a blank has no row."""

    __tablename__ = "answer"
    __table_args__ = (CheckConstraint("level >= 0 AND level <= 10000", name="level_in_range"), WITHOUT_ROWID)
    response_id: int = link("response.id", primary_key=True)
    item_id: int = link("item.id", primary_key=True)
    level: int
