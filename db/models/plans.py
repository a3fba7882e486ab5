"""Plans of waves, who works on them and signs them, whom they ask; incentives; what interviewers have learned."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, maybe_link, one_of, text

PLAN_STATES = ("draft", "submitted", "returned", "approved")
SAMPLINGS = ("all", "random", "stratified", "spot")
METHODS = ("form", "phone", "web", "visit", "focus_group", "observation")
INCENTIVES = ("", "answer", "draw")


class Plan(SQLModel, table=True):
    """The plan of a wave (rules.md 8); `population` customers matched the filter when `seed` drew from them.

    `questionnaire_number` is the version of the questionnaire that was approved last, which is asked (0: as the scheme has it).
    `budget` and `incentive_budget` are in the organisation's currency; `agency` is empty where own people ask.
    """

    __tablename__ = "plan"
    __table_args__ = (
        one_of("state", PLAN_STATES),
        one_of("sampling", SAMPLINGS),
        one_of("incentive_how", INCENTIVES),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> author_id", name="not_approved_by_author"),
        CheckConstraint("(state = 'approved') = (approved_by_id IS NOT NULL)", name="approved_has_name"),
        CheckConstraint("state <> 'approved' OR approved_at IS NOT NULL", name="approved_has_time"),
        CheckConstraint("budget >= 0 AND incentive_budget >= 0", name="budget_not_negative"),
    )
    wave_id: int = link("wave.id", primary_key=True)
    number: int = Field(unique=True)
    form_key: str = Field(unique=True)
    objective: str = text()
    scope: str = text()
    methods: list[str] = Field(default_factory=list, sa_type=Json)
    channels: str = text()
    agency: str = text()
    leader_id: int | None = maybe_link("user_account.id")
    budget: float | None = Field(default=None, sa_type=Float)
    milestones: str = text()
    expected_end_on: date | None = None
    analysis_on: date | None = None
    report_on: date | None = None
    sampling: str = "all"
    stratum: str = ""
    size: int | None = None
    seed: int | None = None
    filter: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    population: int = 0
    drawn_at: datetime | None = Field(default=None, sa_type=Moment)
    incentive: str = text()
    incentive_budget: float | None = Field(default=None, sa_type=Float)
    incentive_how: str = ""
    incentive_seed: int | None = None
    state: str = "draft"
    author_id: int = link("user_account.id")
    submitted_at: datetime | None = Field(default=None, sa_type=Moment)
    approved_by_id: int | None = maybe_link("user_account.id")
    approved_at: datetime | None = Field(default=None, sa_type=Moment)
    comment: str = text()
    questionnaire_number: int | None = None
    version: int = 1
    created_at: datetime = Field(sa_type=Moment)


class PlanMember(SQLModel, table=True):
    """Somebody who works on a wave, and the task."""

    __tablename__ = "plan_member"
    wave_id: int = link("plan.wave_id", primary_key=True)
    user_id: int = link("user_account.id", primary_key=True)
    task: str = text()


class PlanDepartment(SQLModel, table=True):
    """A department that helps, and how; where the scheme asks for its countersignature, who signed and when."""

    __tablename__ = "plan_department"
    __table_args__ = (CheckConstraint("(signed_by_id IS NULL) = (signed_at IS NULL)", name="signed_has_time"),)
    wave_id: int = link("plan.wave_id", primary_key=True)
    department_id: int = link("department.id", primary_key=True)
    help: str = text()
    must_sign: bool = False
    signed_by_id: int | None = maybe_link("user_account.id")
    signed_at: datetime | None = Field(default=None, sa_type=Moment)


class PlanCustomer(SQLModel, table=True):
    """A customer that was drawn for a wave."""

    __tablename__ = "plan_customer"
    wave_id: int = link("plan.wave_id", primary_key=True)
    customer_id: int = link("customer.id", primary_key=True, index=True)


class Reward(SQLModel, table=True):
    """Somebody is entitled to the wave's incentive: by the invitation, never by the answers (rules.md 4)."""

    __tablename__ = "reward"
    wave_id: int = link("plan.wave_id", primary_key=True)
    invitation_id: int = link("invitation.id", primary_key=True)
    awarded_at: datetime = Field(sa_type=Moment)
    handed_over_on: date | None = None


class Training(SQLModel, table=True):
    """What an interviewer has learned: when, how long, about what, with which marks out of 100."""

    __tablename__ = "training"
    __table_args__ = (
        CheckConstraint("hours > 0", name="hours_positive"),
        CheckConstraint("marks >= 0 AND marks <= 100", name="marks_in_range"),
    )
    id: int | None = key()
    user_id: int = link("user_account.id", index=True)
    held_on: date
    hours: float = Field(sa_type=Float)
    content: str = text()
    marks: float | None = Field(default=None, sa_type=Float)
    recorded_by_id: int | None = maybe_link("user_account.id")
    recorded_at: datetime = Field(sa_type=Moment)
