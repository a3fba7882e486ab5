"""The loop: findings, actions and their events."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Index,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    column,
    false,
)
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, maybe_link, one_of, text

RULES = (
    *("INDEX_BELOW", "CUSTOMER_BELOW", "ITEM_BELOW", "DECLINE", "LOW_ANSWER", "RATE_BELOW", "COVERAGE_BELOW"),
    *("TOO_FEW_VALID", "SATISFACTION_RATE_BELOW", "OPINION", "COMPLAINT", "VISIT_DEFECT"),
)
FINDING_STATES = ("open", "cleared")
ACTION_STATES = (
    *("open", "analysing", "planned", "approved", "in_progress", "implemented", "verifying", "closed", "cancelled"),
)
TOLD_RULES = (
    *("INDEX_BELOW", "SATISFACTION_RATE_BELOW", "ITEM_BELOW", "CUSTOMER_BELOW"),
    *("RATE_BELOW", "COVERAGE_BELOW", "TOO_FEW_VALID"),
)
"""Rules that say that a target is missed, gravest first: whoever must act is told. The others are told in their own way or listed."""
TO_TELL = and_(
    column("rule", String).in_(bindparam("told_rules", TOLD_RULES, expanding=True, literal_execute=True)),
    ~column("told", Boolean),
)
"""Which findings are still to be told; written out in statements, or SQLite can't see that its index holds them."""


class Finding(SQLModel, table=True):
    """Something that rules.md 5 says must be analysed: one row per wave, rule and what it is about; never deleted.

    `told`: whoever must act has heard of it, or needn't.
    """

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("wave_id", "rule", "about"),
        one_of("rule", RULES),
        one_of("state", FINDING_STATES),
        CheckConstraint("(state = 'cleared') = (cleared_at IS NOT NULL)", name="cleared_has_time"),
        Index("finding_of_customer", "wave_id", "customer_id"),
        Index("finding_to_tell", "wave_id", sqlite_where=TO_TELL, postgresql_where=TO_TELL),
    )
    id: int | None = key()
    wave_id: int = link("wave.id")
    rule: str
    about: str
    item_id: int | None = maybe_link("item.id", index=True)
    dimension_id: int | None = maybe_link("dimension.id")
    customer_id: int | None = maybe_link("customer.id")
    department_id: int | None = maybe_link("department.id", index=True)
    state: str = "open"
    appeared_at: datetime = Field(sa_type=Moment)
    cleared_at: datetime | None = Field(default=None, sa_type=Moment)
    returned: int = 0
    frozen: dict[str, Any] | None = Field(default=None, sa_type=Json)
    told: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class Action(SQLModel, table=True):
    """What a department does about findings (rules.md 6); `version` stops two editors from losing each other's work."""

    __tablename__ = "action"
    __table_args__ = (
        one_of("state", ACTION_STATES),
        CheckConstraint("round >= 1", name="round_counts_from_one"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("state <> 'cancelled' OR cancel_reason <> ''", name="cancelled_has_reason"),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("cost_cents IS NULL OR (cost_cents >= 0 AND cost_currency <> '')", name="cost_has_currency"),
        Index("action_in_order", "state", "due_on", "number", "closed_at", "owner_id", "department_id"),
    )
    id: int | None = key()
    number: int = Field(unique=True, sa_type=BigInteger)
    form_key: str = Field(unique=True)
    title: str
    state: str = "open"
    round: int = 1
    version: int = 1
    wave_id: int | None = maybe_link("wave.id", index=True)
    customer_id: int | None = maybe_link("customer.id", index=True)
    department_id: int = link("department.id", index=True)
    owner_id: int = link("user_account.id", index=True)
    approver_id: int | None = maybe_link("user_account.id")
    due_on: date = Field(index=True)
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    problem: str = text()
    whys: list[str] = Field(default_factory=list, sa_type=Json)
    cause: str = text()
    cause_category: str = ""
    containment: str = text()
    containment_not_applicable: str = text()
    countermeasure: str = text()
    countermeasure_kind: str = ""
    prevention: str = text()
    prevention_not_applicable: str = text()
    cost_cents: int | None = Field(default=None, sa_type=BigInteger)
    cost_currency: str = ""
    evidence: str = text()
    approved_by_id: int | None = maybe_link("user_account.id")
    verified_by_id: int | None = maybe_link("user_account.id")
    verdict: str = ""
    verdict_reason: str = text()
    customer_told: str = text()
    customer_told_on: date | None = None
    customer_confirmed: bool = False
    not_reached: int = 0
    cancel_reason: str = text()
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int = link("user_account.id")
    closed_at: datetime | None = Field(default=None, sa_type=Moment)


class ActionFinding(SQLModel, table=True):
    """Several findings can be handled by one action, and a finding by several actions in turn."""

    __tablename__ = "action_finding"
    action_id: int = link("action.id", primary_key=True)
    finding_id: int = link("finding.id", primary_key=True, index=True)


class ActionEvent(SQLModel, table=True):
    """One change of an action: who, when, what from and to; nothing is overwritten."""

    __tablename__ = "action_event"
    __table_args__ = (Index("action_event_in_order", "action_id", "id"),)
    id: int | None = key()
    action_id: int = link("action.id")
    at: datetime = Field(sa_type=Moment)
    user_id: int | None = maybe_link("user_account.id")
    verb: str
    from_state: str = ""
    to_state: str = ""
    changes: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    comment: str = text()
