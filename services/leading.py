"""Of several processes one leads: it tells what time brings and sends what leaves the house, until it goes or is away too long."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from db.models import Leader
from db.session import read_session, write_session
from services.leases import LeaseLost

LEASE: Final = timedelta(seconds=60)
"""Longer than handing over one message takes."""
NAME: Final = "scheduler"


@dataclass(frozen=True)
class Lead:
    """The lead itself; `claim` tells it from those before and after it."""

    engine: Engine
    claim: int

    def keep(self, session: Session) -> None:
        """Keeps the lead in a transaction, which is undone where somebody else has taken it. Raises LeaseLost."""
        self._until(session, datetime.now(UTC) + LEASE)

    def give_up(self) -> None:
        """Lets the next one in at once; nothing happens where it has been lost."""
        try:
            with write_session(self.engine) as session:
                self._until(session, datetime.now(UTC) - timedelta(milliseconds=1))
        except LeaseLost:
            return

    def _until(self, session: Session, moment: datetime) -> None:
        mine = update(Leader).where(col(Leader.name) == NAME, col(Leader.claim) == self.claim).values(until=moment)
        if session.connection().execute(mine).rowcount != 1:
            raise LeaseLost


def lead(engine: Engine, now: datetime) -> Lead | None:
    """The lead, where nobody has it; None while somebody does."""
    with read_session(engine) as session:
        found = session.exec(select(Leader).where(Leader.name == NAME)).first()
    if found is not None and found.until >= now:
        return None
    try:
        with write_session(engine) as session:
            if found is None:
                session.add(Leader(name=NAME, claim=1, until=now + LEASE))
                return Lead(engine, 1)
            free = update(Leader).where(col(Leader.name) == NAME, col(Leader.until) < now)
            taken = free.values(claim=Leader.claim + 1, until=now + LEASE).returning(col(Leader.claim))
            claim = session.connection().execute(taken).scalar_one_or_none()
            return None if claim is None else Lead(engine, claim)
    except IntegrityError:  # another process is first
        return None
