"""Long work: queued by a screen, done by the one worker process, followed and stopped from anywhere.

A job is leased; a worker that dies, or is away for too long, loses the lease, and the next one takes the job up again.
From then on the first one changes nothing of the job any more. What is done twice by that must be harmless: an import goes
on behind its progress mark. The uploaded file goes when the job is done or has failed; that of a stopped job stays for a
day, so that it can be gone on with.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, update
from sqlmodel import Session, col, or_, select

from db.models import Job, User
from db.session import read_session, write_session
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.mapped_rows import SHANGHAI
from domain.mapping import Mapping
from services.anonymising import anonymise
from services.files import opened, remove_file
from services.import_reports import report_as_dict
from services.importing import import_file
from services.leases import LEASE, Lease, LeaseLost
from services.mailing import send_mails
from services.report_making import make_report
from services.return_findings import judge_windows
from settings import settings

PATIENCE = timedelta(seconds=10)
"""A job that waits longer, while no worker is at another one, has no worker to wait for."""
KEPT = timedelta(days=1)
"""So long the file of a stopped job is kept, to go on with it."""
REST_SECONDS = 0.5
log = logging.getLogger(__name__)


class JobFailed(Refusal):
    """Something that nobody foresaw; the log has it."""

    def __init__(self) -> None:
        super().__init__(
            N_("This failed for a reason that nobody foresaw. Nothing is half done; the log has the details.")
        )


def enqueue(session: Session, *, kind: str, form_key: str, payload: dict[str, Any], by: Viewer, at: datetime) -> Job:
    """Queues a job; the same form key gives the job that is there already. Raises NotAllowed, NotThere."""
    by.check(KINDS[kind].permission)
    known = session.exec(select(Job).where(Job.form_key == form_key)).first()
    if known:
        return job(session, by, known.id or 0)
    queued = Job(kind=kind, form_key=form_key, payload=payload, created_at=at, created_by_id=by.user_id or None)
    session.add(queued)
    session.flush()
    return queued


def job(session: Session, viewer: Viewer, job_id: int) -> Job:
    """A job of the viewer's own, or anybody's for quality and administrators; raises NotThere."""
    viewer.check_account()
    found = session.get(Job, job_id)
    if found is None or (found.created_by_id != viewer.user_id and viewer.role not in ("quality", "administrator")):
        raise NotThere
    return found


def own_jobs(session: Session, viewer: Viewer, kind: str, *, limit: int = 5) -> list[Job]:
    """The viewer's newest jobs of a kind."""
    mine = select(Job).where(Job.kind == kind, Job.created_by_id == viewer.user_id)
    return list(session.exec(mine.order_by(col(Job.id).desc()).limit(limit)))


def cancel(session: Session, *, job_id: int, by: Viewer, at: datetime) -> None:
    """Asks for a stop after the current transaction; what is written stays, and can be gone on with."""
    stop(session, job(session, by, job_id), at)


def stop(session: Session, wanted: Job, at: datetime) -> None:
    """The same for a job that was read under a check."""
    waiting = (col(Job.id) == wanted.id) & (col(Job.state) == "queued")
    stopped = session.connection().execute(update(Job).where(waiting).values(state="cancelled", ended_at=at))
    if not stopped.rowcount:
        asked = update(Job).where(col(Job.id) == wanted.id, col(Job.state) == "running")
        session.connection().execute(asked.values(cancel_wanted=True))
    session.expire(wanted)


def may_go_on(stopped: Job) -> bool:
    """Whether a job was stopped and what it reads is kept still, which it is for a day."""
    return stopped.state == "cancelled" and bool(stopped.payload.get("file_id"))


def go_on(session: Session, *, job_id: int, by: Viewer, at: datetime) -> None:
    """Queues a stopped job again; it goes on where it stopped. Changes nothing where it isn't stopped."""
    stopped = job(session, by, job_id)
    if may_go_on(stopped):
        stopped.state, stopped.cancel_wanted, stopped.ended_at, stopped.created_at = "queued", False, None, at
        session.add(stopped)


def discard(session: Session, *, job_id: int, by: Viewer) -> None:
    """Removes the file of a job that isn't to be gone on with."""
    ended = job(session, by, job_id)
    if ended.state not in ("queued", "running"):
        _remove_upload(session, ended)


def waits_for(session: Session, of: Job, now: datetime) -> Literal["", "others", "worker"]:
    """What keeps a job from going on: other jobs, or that no worker is running; "" where nothing does."""
    if of.state == "running":
        return "worker" if of.leased_until and of.leased_until < now else ""
    if of.state != "queued":
        return ""
    busy = select(Job.id).where(Job.state == "running", col(Job.leased_until) >= now)
    if session.exec(busy).first() is not None:
        return "others"
    return "worker" if now - of.created_at > PATIENCE else ""


def run_worker(engine: Engine, *, stop: Callable[[], bool] = lambda: False, once: bool = False) -> None:
    """Does jobs one after another until `stop` says so; with `once`, until none is left.

    Once a day it judges windows.
    """
    forget_stopped(engine, datetime.now(UTC))
    judged = date.min
    while not stop():
        judged = _judge_once_a_day(engine, judged, datetime.now(UTC))
        lease = _claim(engine, datetime.now(UTC))
        if lease is not None:
            _do(lease)
        elif once:
            return
        else:
            time.sleep(REST_SECONDS)


def _judge_once_a_day(engine: Engine, judged: date, now: datetime) -> date:
    """Looks whether windows have passed, when a new day has begun in the organisation's zone; the day last looked at."""
    today = now.astimezone(settings().zone).date()
    if today > judged:
        judge_windows(engine, today=today, at=now)
    return today


def _claim(engine: Engine, now: datetime) -> Lease | None:
    """Takes the oldest job that nobody is at."""
    free = or_(col(Job.state) == "queued", (col(Job.state) == "running") & (col(Job.leased_until) < now))
    with read_session(engine) as session:
        candidate = session.exec(select(Job.id).where(free).order_by(col(Job.id)).limit(1)).first()
    if candidate is None:
        return None
    with write_session(engine) as session:
        values = {"state": "running", "leased_until": now + LEASE, "claims": col(Job.claims) + 1}
        taken = update(Job).where(col(Job.id) == candidate, free).values(**values).returning(col(Job.claims))
        claim = session.connection().execute(taken).scalar_one_or_none()
        return None if claim is None else Lease(engine, candidate, claim)


def forget_stopped(engine: Engine, now: datetime) -> None:
    """Removes the files of jobs that were stopped long ago: nobody goes on with them."""
    old = select(Job).where(Job.state == "cancelled", col(Job.ended_at) < now - KEPT)
    with write_session(engine) as session:
        for stopped in session.exec(old).all():
            _remove_upload(session, stopped)


def _remove_upload(session: Session, of: Job) -> None:
    if file_id := of.payload.get("file_id"):
        remove_file(session, file_id)
        of.payload = {name: value for name, value in of.payload.items() if name != "file_id"}
        session.add(of)


def _do(lease: Lease) -> None:
    with read_session(lease.engine) as session:
        found = session.get_one(Job, lease.job_id)
        payload, kind = found.payload, found.kind
        user = session.get(User, found.created_by_id) if found.created_by_id else None
        by = viewer_of(user) if user and user.active else None
    try:
        state, result = _done(lease, kind, payload, by)
        with write_session(lease.engine) as session:
            lease.end(session, state, result)
            if state != "cancelled":
                _remove_upload(session, session.get_one(Job, lease.job_id, populate_existing=True))
    except LeaseLost:
        log.warning("job %s was taken over by another worker", lease.job_id)


def _done(lease: Lease, kind: str, payload: dict[str, Any], by: Viewer | None) -> tuple[str, dict[str, Any]]:
    """State and result of a job that was worked at; raises LeaseLost."""
    try:
        return KINDS[kind].work(lease, payload, by)
    except LeaseLost:
        raise
    except Refusal as refusal:
        return "failed", _refused(refusal)
    except Exception:
        log.exception("job %s failed", lease.job_id)
        return "failed", _refused(JobFailed())


def viewer_of(user: User) -> Viewer:
    """Who a job acts for, with the role of this moment."""
    return Viewer(user.id or 0, user.username, user.name, user.role, user.department_id, user.language)


def _refused(refusal: Refusal) -> dict[str, Any]:
    return {"template": refusal.template, "values": {name: str(value) for name, value in refusal.values.items()}}


def _import(lease: Lease, payload: dict[str, Any], by: Viewer | None) -> tuple[str, dict[str, Any]]:
    if by is None:
        raise NotThere
    with read_session(lease.engine) as session, opened(session, payload["file_id"]) as file:
        session.rollback()
        report = import_file(
            lease.engine,
            file,
            filename=payload["filename"],
            scheme=payload["scheme"],
            wave=payload["wave"],
            mapping=Mapping.load(payload["mapping"]),
            on_progress=lease.progress,
            by=by,
            at=datetime.now(UTC),
            zone=ZoneInfo(payload.get("time_zone", SHANGHAI.key)),
        )
    return ("done" if report.finished else "cancelled"), report_as_dict(report)


@dataclass(frozen=True)
class Kind:
    """A kind of job: what somebody must be allowed to queue it, and how it is done."""

    permission: str
    work: Callable[[Lease, dict[str, Any], Viewer | None], tuple[str, dict[str, Any]]]


KINDS: dict[str, Kind] = {
    "import": Kind("import", _import),
    "send": Kind("run_waves", send_mails),
    "anonymise": Kind("confirm_erasure", anonymise),
    "report": Kind("take_reports", make_report),
}
