"""Requests, complaints with their clocks and 8D, the abnormality history, quality figures of waves (rules.md 7)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, maybe_link, one_of, text
from domain.clocks import CLOCKS
from domain.complaints import (
    CATEGORIES,
    CHANNELS,
    COMPLAINT_STATES,
    FIGURES,
    REQUEST_KINDS,
    REQUEST_STATES,
    RESPONSIBILITIES,
)


class Request(SQLModel, table=True):
    """What a customer asks for, or anybody's contact slip: recorded → assigned → closed → settled by a call back."""

    __tablename__ = "request"
    __table_args__ = (
        one_of("kind", tuple(REQUEST_KINDS)),
        one_of("channel", tuple(CHANNELS)),
        one_of("state", tuple(REQUEST_STATES)),
        CheckConstraint("said <> ''", name="has_text"),
        CheckConstraint("(state IN ('closed', 'settled')) = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("state <> 'assigned' OR department_id IS NOT NULL", name="assigned_has_department"),
        CheckConstraint("state <> 'settled' OR (satisfied IS NOT NULL AND satisfied)", name="settled_is_satisfied"),
    )
    id: int | None = key()
    number: int = Field(unique=True, sa_type=BigInteger)
    form_key: str = Field(unique=True)
    kind: str
    channel: str
    source: str = text()
    customer_id: int | None = maybe_link("customer.id", index=True)
    said: str = text()
    state: str = "recorded"
    department_id: int | None = maybe_link("department.id", index=True)
    owner_id: int | None = maybe_link("user_account.id")
    received_at: datetime = Field(sa_type=Moment)
    solution_due_at: datetime = Field(sa_type=Moment)
    phone_failed_at: datetime | None = Field(default=None, sa_type=Moment)
    on_site_due_at: datetime | None = Field(default=None, sa_type=Moment)
    solution: str = text()
    solved_at: datetime | None = Field(default=None, sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    called_back_at: datetime | None = Field(default=None, sa_type=Moment)
    satisfied: bool | None = None
    reopened: int = 0
    version: int = 1
    recorded_at: datetime = Field(sa_type=Moment)
    recorded_by_id: int | None = maybe_link("user_account.id", index=True)


class Complaint(SQLModel, table=True):
    """A customer's complaint; `round` counts its recurrences, `report_due_at` is the customer's own time for the 8D report."""

    __tablename__ = "complaint"
    __table_args__ = (
        one_of("channel", tuple(CHANNELS)),
        one_of("category", tuple(CATEGORIES)),
        one_of("responsibility", tuple(RESPONSIBILITIES)),
        one_of("state", tuple(COMPLAINT_STATES)),
        CheckConstraint("description <> ''", name="has_description"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        CheckConstraint("defect_share >= 0 AND defect_share <= 1", name="share_within_one"),
        CheckConstraint("(state = 'recorded') = (verified_at IS NULL)", name="judged_has_time"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("round >= 1", name="round_counts_from_one"),
    )
    id: int | None = key()
    number: int = Field(unique=True, sa_type=BigInteger)
    form_key: str = Field(unique=True)
    customer_id: int = link("customer.id", index=True)
    received_at: datetime = Field(sa_type=Moment)
    channel: str
    product: str = ""
    part_number: str = Field(default="", index=True)
    lot: str = ""
    quantity: float | None = None
    defect_share: float | None = None
    description: str = text()
    effect: str = text()
    category: str
    responsibility: str = "open"
    state: str = "recorded"
    round: int = 1
    department_id: int | None = maybe_link("department.id", index=True)
    wave_id: int | None = maybe_link("wave.id", index=True)
    finding_id: int | None = maybe_link("finding.id")
    opinion_id: int | None = maybe_link("opinion.id", index=True)
    request_id: int | None = maybe_link("request.id", index=True)
    report_due_at: datetime | None = Field(default=None, sa_type=Moment)
    verified_at: datetime | None = Field(default=None, sa_type=Moment)
    verified_by_id: int | None = maybe_link("user_account.id")
    reason: str = text()
    auditor_id: int | None = maybe_link("user_account.id")
    project_id: int | None = maybe_link("user_account.id")
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    version: int = 1
    recorded_at: datetime = Field(sa_type=Moment)
    recorded_by_id: int | None = maybe_link("user_account.id")


class ComplaintClock(SQLModel, table=True):
    """One clock of a complaint and round with its own start; `note` is what was reported when it was stopped."""

    __tablename__ = "complaint_clock"
    __table_args__ = (
        UniqueConstraint("complaint_id", "round", "code"),
        one_of("code", tuple(CLOCKS)),
        CheckConstraint("done_at >= started_at", name="done_after_start"),
        Index("clock_still_running", "due_at", "done_at"),
    )
    id: int | None = key()
    complaint_id: int = link("complaint.id")
    round: int
    code: str
    started_at: datetime = Field(sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    done_by_id: int | None = maybe_link("user_account.id")
    note: str = text()


class ComplaintEvent(SQLModel, table=True):
    """What happened to a complaint or a request, never changed."""

    __tablename__ = "complaint_event"
    __table_args__ = (CheckConstraint("(complaint_id IS NULL) <> (request_id IS NULL)", name="about_one_of_them"),)
    id: int | None = key()
    complaint_id: int | None = maybe_link("complaint.id", index=True)
    request_id: int | None = maybe_link("request.id", index=True)
    at: datetime = Field(sa_type=Moment)
    user_id: int | None = maybe_link("user_account.id")
    verb: str
    changes: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    comment: str = text()


class ComplaintPicture(SQLModel, table=True):
    """A picture of what is wrong."""

    __tablename__ = "complaint_picture"
    complaint_id: int = link("complaint.id", primary_key=True)
    file_id: int = link("stored_file.id", primary_key=True)
    name: str


class Discipline(SQLModel, table=True):
    """One of D0–D8 of a complaint and round: field → text."""

    __tablename__ = "complaint_discipline"
    __table_args__ = (CheckConstraint("step >= 0 AND step <= 8", name="step_of_8d"),)
    complaint_id: int = link("complaint.id", primary_key=True)
    round: int = Field(primary_key=True)
    step: int = Field(primary_key=True)
    content: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    done_by_id: int | None = maybe_link("user_account.id")


class ComplaintSlip(SQLModel, table=True):
    """Who was told by slip, when, and when it was read."""

    __tablename__ = "complaint_slip"
    __table_args__ = (CheckConstraint("read_at >= told_at", name="read_after_told"),)
    complaint_id: int = link("complaint.id", primary_key=True)
    round: int = Field(primary_key=True)
    person_id: int = link("user_account.id", primary_key=True, index=True)
    told_at: datetime = Field(sa_type=Moment)
    read_at: datetime | None = Field(default=None, sa_type=Moment)


class Rework(SQLModel, table=True):
    """Rework as it goes on: of `quantity` sorted or reworked so many were `bad`; one row per entry."""

    __tablename__ = "complaint_rework"
    __table_args__ = (CheckConstraint("quantity >= 0 AND bad >= 0 AND bad <= quantity", name="bad_within_quantity"),)
    id: int | None = key()
    form_key: str = Field(unique=True)
    complaint_id: int = link("complaint.id", index=True)
    place: str = ""
    quantity: int
    bad: int
    note: str = text()
    at: datetime = Field(sa_type=Moment)
    by_id: int | None = maybe_link("user_account.id")


class CountermeasureAudit(SQLModel, table=True):
    """The daily look of the process auditor at one countermeasure."""

    __tablename__ = "countermeasure_audit"
    __table_args__ = (UniqueConstraint("complaint_id", "countermeasure", "audited_on"),)
    id: int | None = key()
    complaint_id: int = link("complaint.id")
    round: int
    countermeasure: str
    audited_on: date
    is_kept: bool
    note: str = text()
    at: datetime = Field(sa_type=Moment)
    by_id: int | None = maybe_link("user_account.id")


class Minutes(SQLModel, table=True):
    """Minutes of a meeting: signed in order by those who attended, then approved by quality."""

    __tablename__ = "complaint_minutes"
    __table_args__ = (CheckConstraint("(approved_at IS NULL) = (approved_by_id IS NULL)", name="approved_has_time"),)
    id: int | None = key()
    form_key: str = Field(unique=True)
    complaint_id: int = link("complaint.id", index=True)
    round: int
    held_on: date
    said: str = text()
    at: datetime = Field(sa_type=Moment)
    by_id: int | None = maybe_link("user_account.id")
    approved_at: datetime | None = Field(default=None, sa_type=Moment)
    approved_by_id: int | None = maybe_link("user_account.id")


class MinutesSignature(SQLModel, table=True):
    """Whose signature stands at which place of the minutes."""

    __tablename__ = "minutes_signature"
    __table_args__ = (UniqueConstraint("minutes_id", "person_id"),)
    minutes_id: int = link("complaint_minutes.id", primary_key=True)
    position: int = Field(primary_key=True)
    person_id: int = link("user_account.id", index=True)
    signed_at: datetime | None = Field(default=None, sa_type=Moment)


class Abnormality(SQLModel, table=True):
    """One entry of the abnormality history, from D7 of a complaint."""

    __tablename__ = "abnormality"
    __table_args__ = (UniqueConstraint("complaint_id", "round"),)
    id: int | None = key()
    complaint_id: int = link("complaint.id")
    round: int
    customer_id: int = link("customer.id", index=True)
    part_number: str = Field(default="", index=True)
    problem: str = text()
    cause: str = text()
    prevention: str = text()
    entered_at: datetime = Field(sa_type=Moment)


class QualityFigure(SQLModel, table=True):
    """A quality figure of a customer in a wave's period, entered or imported: shown beside the score."""

    __tablename__ = "quality_figure"
    __table_args__ = (
        UniqueConstraint("wave_id", "customer_id", "code"),
        one_of("code", tuple(FIGURES)),
        CheckConstraint("value >= 0", name="value_not_negative"),
    )
    id: int | None = key()
    wave_id: int = link("wave.id")
    customer_id: int = link("customer.id", index=True)
    code: str
    value: float
    entered_at: datetime = Field(sa_type=Moment)
    entered_by_id: int | None = maybe_link("user_account.id")
