"""What runs by itself beside the jobs, in a thread of its own so that no import holds it up: reminders and deliveries.

Every process with a worker takes part; one of them leads (services/leading), the others look whether it still does.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from db.session import write_session
from services.deliveries import put_out
from services.delivering import deliver
from services.leading import Lead, lead
from services.leases import LeaseLost
from services.red_findings import tell_red
from services.reminding import remind
from services.report_schedules import send_due
from settings import settings

REMINDS_EVERY: Final = timedelta(minutes=2)
KEEPS_EVERY: Final = timedelta(seconds=10)
REST_SECONDS: Final = 1.0
log = logging.getLogger(__name__)


def run_scheduler(engine: Engine, *, stop: Callable[[], bool]) -> None:
    """Leads whenever nobody else does, until `stop` says so; what goes wrong is logged and tried again."""
    mine: Lead | None = None
    reminded = kept = datetime.min.replace(tzinfo=UTC)
    while not stop():
        now = datetime.now(UTC)
        try:
            if mine is None:
                mine, kept = lead(engine, now), now
            if mine is not None:
                if now - kept > KEEPS_EVERY:
                    keep(mine)
                    kept = now
                if now - reminded > REMINDS_EVERY:
                    reminded = now
                    tell(engine, at=now)
                put_out(engine, at=now, zone=settings().zone)
                deliver(mine)
        except LeaseLost:
            mine = None
        except Exception:
            log.exception("Reminders or deliveries failed")
        time.sleep(REST_SECONDS)
    if mine is not None:
        mine.give_up()


def keep(mine: Lead) -> None:
    """Keeps the lead for another while; raises LeaseLost."""
    with write_session(mine.engine) as session:
        mine.keep(session)


def tell(engine: Engine, *, at: datetime) -> dict[str, int]:
    """Tells what time brings and what has become red; kind → how many people were told of it."""
    told = remind(engine, at=at, zone=settings().zone)
    more = {"red_finding": tell_red(engine, at=at), "report": send_due(engine, at=at, zone=settings().zone)}
    return {**told, **{kind: n for kind, n in more.items() if n}}


def once(engine: Engine, *, at: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """For cron: tells what is due, and sends what waits unless another process leads; kind → told, state → messages."""
    told = tell(engine, at=at)
    put_out(engine, at=at, zone=settings().zone)
    mine = lead(engine, at)
    if mine is None:
        return told, {}
    try:
        return told, deliver(mine)
    finally:
        mine.give_up()
