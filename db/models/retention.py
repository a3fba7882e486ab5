"""Taking personal data out of records: who asked for it, who agreed, how far it has come."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, maybe_link, one_of, text

RUN_KINDS = ("retention", "erasure")
RUN_STATES = ("proposed", "running", "done", "withdrawn")


class RetentionRun(SQLModel, table=True):
    """Records whose term is over lose their personal data, or a person is erased; somebody else than the proposer agrees.

    `as_of` is the day by which terms are judged, `planned` what the dry run listed, `position` where the next portion
    begins, `changed` the rows changed so far, by table.
    """

    __tablename__ = "retention_run"
    __table_args__ = (
        one_of("kind", RUN_KINDS),
        one_of("state", RUN_STATES),
        CheckConstraint("(kind = 'erasure') = (contact_id IS NOT NULL)", name="erasure_has_person"),
        CheckConstraint("kind <> 'erasure' OR reason <> ''", name="erasure_has_reason"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="decided_by_another"),
        CheckConstraint("state NOT IN ('running', 'done') OR decided_by_id IS NOT NULL", name="decided_has_name"),
        CheckConstraint("(state = 'done') = (ended_at IS NOT NULL)", name="done_has_time"),
    )
    id: int | None = key()
    form_key: str = Field(unique=True)
    kind: str
    state: str = "proposed"
    contact_id: int | None = maybe_link("contact.id")
    reason: str = text()
    as_of: date
    terms: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    planned: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    proposed_at: datetime = Field(sa_type=Moment)
    proposed_by_id: int = link("user_account.id")
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by_id: int | None = maybe_link("user_account.id")
    position: list[Any] = Field(default_factory=list, sa_type=Json)
    changed: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class LogPass(SQLModel, table=True):
    """There only within the transaction in which a run changes texts of event logs; otherwise triggers refuse that."""

    __tablename__ = "log_pass"
    run_id: int = link("retention_run.id", primary_key=True)
