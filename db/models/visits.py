"""Answers taken by people: entries by hand and their check, calls, visits, symposia and inspections (rules.md 8)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, maybe_link, one_of, text

ENTRY_WAYS = ("phone", "paper", "visit")
CALL_KINDS = ("1m", "3m", "1y", "free")
CALL_STATES = ("due", "waiting", "again", "settled", "cancelled")
ATTEMPT_RESULTS = ("spoken", "no_answer", "busy", "appointment", "refused", "wrong_number")
VISIT_KINDS = ("visit", "symposium", "mystery", "inspection")
VISIT_STATES = ("planned", "held", "cancelled")


class HandEntry(SQLModel, table=True):
    """A response that somebody keyed: how the answers were given, by whom there, who asked and who keyed.

    `channel` is how they came, also where the invitation went out another way.
    """

    __tablename__ = "hand_entry"
    __table_args__ = (one_of("channel", ENTRY_WAYS),)
    response_id: int = link("response.id", primary_key=True)
    wave_id: int = link("wave.id", index=True)
    channel: str
    contact_id: int | None = maybe_link("contact.id")
    interviewer_id: int | None = maybe_link("user_account.id")
    entered_by_id: int | None = maybe_link("user_account.id", index=True)
    entered_at: datetime = Field(sa_type=Moment)


class EntrySample(SQLModel, table=True):
    """A random sample of a wave's hand entries that somebody else keys again; `population` entries were drawn from."""

    __tablename__ = "entry_sample"
    __table_args__ = (CheckConstraint("size > 0 AND size <= population", name="size_within_population"),)
    id: int | None = key()
    form_key: str = Field(unique=True)
    wave_id: int = link("wave.id", index=True)
    checker_id: int | None = maybe_link("user_account.id")
    seed: int
    size: int
    population: int
    drawn_at: datetime = Field(sa_type=Moment)


class EntryCheck(SQLModel, table=True):
    """One response of a sample keyed again: `wrong` of `cells` differ; `differences` is item → [stored, keyed again]."""

    __tablename__ = "entry_check"
    __table_args__ = (
        CheckConstraint("(checked_at IS NULL) = (cells IS NULL)", name="checked_has_cells"),
        CheckConstraint("(cells IS NULL) = (wrong IS NULL)", name="cells_have_wrong"),
        CheckConstraint("wrong >= 0 AND wrong <= cells", name="wrong_within_cells"),
        CheckConstraint("settled_at IS NULL OR checked_at IS NOT NULL", name="settled_after_check"),
    )
    sample_id: int = link("entry_sample.id", primary_key=True)
    response_id: int = link("response.id", primary_key=True)
    position: int
    checked_at: datetime | None = Field(default=None, sa_type=Moment)
    cells: int | None = None
    wrong: int | None = None
    differences: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
    verdict: str = text()


class CustomerCall(SQLModel, table=True):
    """A call to a customer: due 1 and 3 months after a delivery and at the end of its warranty, or at any other time.

    due → (attempts) → waiting for a department's answer → again → settled.
    """

    __tablename__ = "customer_call"
    __table_args__ = (
        UniqueConstraint("scheme_id", "purchase_id", "kind"),
        one_of("kind", CALL_KINDS),
        one_of("state", CALL_STATES),
        CheckConstraint("(kind = 'free') = (purchase_id IS NULL)", name="due_by_purchase"),
        CheckConstraint("(state IN ('settled', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("state <> 'cancelled' OR reason <> ''", name="cancelled_has_reason"),
    )
    id: int | None = key()
    form_key: str = Field(unique=True)
    scheme_id: int = link("scheme.id", index=True)
    customer_id: int = link("customer.id", index=True)
    contact_id: int | None = maybe_link("contact.id")
    purchase_id: int | None = maybe_link("purchase.id")
    kind: str
    state: str = "due"
    due_on: date = Field(index=True)
    appointment_at: datetime | None = Field(default=None, sa_type=Moment)
    caller_id: int | None = maybe_link("user_account.id", index=True)
    response_id: int | None = maybe_link("response.id")
    special_needs: str = text()
    buys_again: str = text()
    buys_again_for_id: int | None = maybe_link("user_account.id")
    reason: str = text()
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    version: int = 1
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")


class CallAttempt(SQLModel, table=True):
    """One try to reach the customer: when, by whom, over the company's line or not, and what came of it."""

    __tablename__ = "call_attempt"
    __table_args__ = (one_of("result", ATTEMPT_RESULTS),)
    id: int | None = key()
    form_key: str = Field(unique=True)
    call_id: int = link("customer_call.id", index=True)
    at: datetime = Field(sa_type=Moment)
    by_id: int | None = maybe_link("user_account.id")
    result: str
    company_line: bool = True
    note: str = text()


class FeedbackSlip(SQLModel, table=True):
    """What a call didn't solve, for a department (客户信息反馈单); its answer leads to the next call.

    `technician_on` is the day on which somebody goes to the customer.
    """

    __tablename__ = "feedback_slip"
    __table_args__ = (
        CheckConstraint("problem <> ''", name="has_problem"),
        CheckConstraint("(answered_at IS NULL) = (result = '')", name="answered_has_result"),
    )
    id: int | None = key()
    form_key: str = Field(unique=True)
    call_id: int = link("customer_call.id", index=True)
    department_id: int = link("department.id", index=True)
    problem: str = text()
    due_on: date
    technician_on: date | None = None
    result: str = text()
    written_at: datetime = Field(sa_type=Moment)
    written_by_id: int | None = maybe_link("user_account.id")
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    answered_by_id: int | None = maybe_link("user_account.id")


class Visit(SQLModel, table=True):
    """A visit, a symposium or focus group, a mystery visit or an inspection: planned, then held.

    `people` are those who took part, `record` the matters and minutes; the market information is a visit's.
    """

    __tablename__ = "visit"
    __table_args__ = (
        one_of("kind", VISIT_KINDS),
        one_of("state", VISIT_STATES),
        CheckConstraint("state <> 'held' OR held_on IS NOT NULL", name="held_has_day"),
        CheckConstraint("kind <> 'visit' OR customer_id IS NOT NULL", name="visit_has_customer"),
        CheckConstraint("purpose <> ''", name="has_purpose"),
    )
    id: int | None = key()
    form_key: str = Field(unique=True)
    kind: str
    state: str = "planned"
    customer_id: int | None = maybe_link("customer.id", index=True)
    wave_id: int | None = maybe_link("wave.id", index=True)
    visitor_id: int = link("user_account.id", index=True)
    planned_on: date
    held_on: date | None = None
    place: str = text()
    people: str = text()
    purpose: str = text()
    steps: str = text()
    record: str = text()
    conclusions: str = text()
    follow_up_on: date | None = None
    advantages: str = text()
    competitors: str = text()
    buying_habits: str = text()
    people_news: str = text()
    version: int = 1
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")


class VisitOpinion(SQLModel, table=True):
    """An opinion that was heard on a visit or in a symposium."""

    __tablename__ = "visit_opinion"
    form_key: str = Field(unique=True)
    visit_id: int = link("visit.id", primary_key=True)
    opinion_id: int = link("opinion.id", primary_key=True)


class VisitDefect(SQLModel, table=True):
    """A defect seen on a mystery visit or inspection; a finding until it is gone at the next look."""

    __tablename__ = "visit_defect"
    __table_args__ = (
        UniqueConstraint("visit_id", "number"),
        CheckConstraint("defect <> ''", name="has_defect"),
        CheckConstraint("is_gone = (gone_on IS NOT NULL)", name="gone_has_day"),
    )
    id: int | None = key()
    form_key: str = Field(unique=True)
    visit_id: int = link("visit.id", index=True)
    number: int
    touchpoint: str = text()
    defect: str = text()
    department_id: int = link("department.id")
    picture_id: int | None = maybe_link("stored_file.id")
    finding_id: int | None = maybe_link("finding.id")
    inspected_on: date | None = None
    is_gone: bool = False
    gone_on: date | None = None
    remark: str = text()
    recorded_at: datetime = Field(sa_type=Moment)
    recorded_by_id: int | None = maybe_link("user_account.id")
