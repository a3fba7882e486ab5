"""A worker's hold on a job: kept by every sign of progress, lost by being away for too long."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, update
from sqlmodel import Session, col

from db.models import Job
from db.session import write_session

LEASE = timedelta(seconds=30)


class LeaseLost(Exception):
    """Another worker has taken the job over: whoever hears this stops, and leaves everything as it is."""


@dataclass(frozen=True)
class Lease:
    """The hold itself; `claim` tells it from those before and after it."""

    engine: Engine
    job_id: int
    claim: int

    def progress(self, done: int, total: int) -> bool:
        """Notes progress and keeps the lease; returns whether to go on. Raises LeaseLost."""
        with write_session(self.engine) as session:
            return self.keep(session, done=done, total=total)

    def keep(self, session: Session, **values: int) -> bool:
        """The same within a transaction, which is undone where the lease is lost."""
        mine = update(Job).where(*self._mine).values(leased_until=datetime.now(UTC) + LEASE, **values)
        cancel_wanted = session.connection().execute(mine.returning(col(Job.cancel_wanted))).scalar_one_or_none()
        if cancel_wanted is None:
            raise LeaseLost
        return not cancel_wanted

    def end(self, session: Session, state: str, result: dict[str, Any]) -> None:
        """The job is over. Raises LeaseLost."""
        values = {"state": state, "result": result, "ended_at": datetime.now(UTC), "leased_until": None}
        if session.connection().execute(update(Job).where(*self._mine).values(**values)).rowcount != 1:
            raise LeaseLost

    @property
    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return col(Job.id) == self.job_id, col(Job.state) == "running", col(Job.claims) == self.claim
