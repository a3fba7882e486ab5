"""Takes personal data out of rows, portion by portion: what a run's dry run lists is what the run changes.

A portion is one transaction together with its place in the run, so that a killed run goes on where it stopped.
"""

import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, time
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, and_, delete, update
from sqlmodel import Session, col, select

from db import bulk
from db.models import FilePart, LogPass, Mail, RetentionRun, StoredFile
from db.personal import LOGS, Place
from db.session import overwrite_what_goes, read_session, write_session
from domain.access import NotThere, Viewer
from domain.retention import MARK, Terms
from services.audit import audit
from services.files import opened
from services.leases import Lease
from services.personal_rows import FILES, Found, Step, Task, rows, task
from settings import settings

PORTION: Final = 200
FILES_AT_ONCE: Final = 4
LARGEST_PART: Final = 64 * 2**20
"""Bytes of a file, or of a part of an xlsx or docx, that are searched for a name."""
ENCODINGS: Final = ("utf-8", "utf-16-le", "gb18030")


def task_of(session: Session, run: RetentionRun, zone: ZoneInfo) -> Task:
    """What a stored run is to do."""
    as_of = datetime.combine(run.as_of, time.min, zone)
    return task(session, as_of=as_of, terms=Terms(**run.terms), contact_id=run.contact_id)


def anonymise(lease: Lease, payload: dict[str, Any], by: Viewer | None) -> tuple[str, dict[str, Any]]:
    """The job: a run to its end, or until it is stopped; the next job for the run goes on. Raises NotThere, LeaseLost."""
    if by is None:
        raise NotThere
    by.check("confirm_erasure")
    more = True
    while more:
        with write_session(lease.engine) as session:
            if not lease.keep(session):
                return "cancelled", payload
            more = next_portion(session, payload["run_id"], at=datetime.now(UTC), zone=settings().zone)
    return "done", payload


def finish_confirmed(engine: Engine, *, at: datetime, zone: ZoneInfo) -> dict[str, int]:
    """Does confirmed runs to their end, where no worker runs; rows changed by table."""
    with read_session(engine) as session:
        running = select(RetentionRun.id).where(RetentionRun.state == "running").order_by(col(RetentionRun.id))
        keys = [key or 0 for key in session.exec(running)]
    for key in keys:
        more = True
        while more:
            with write_session(engine) as session:
                more = next_portion(session, key, at=at, zone=zone)
    with read_session(engine) as session:
        done = session.exec(select(RetentionRun.changed).where(col(RetentionRun.id).in_(keys))).all()
    return dict(sum((Counter(one) for one in done), Counter()))


def next_portion(session: Session, run_id: int, *, at: datetime, zone: ZoneInfo, size: int = PORTION) -> bool:
    """Does the next portion of a run in the caller's transaction; whether there is another one."""
    overwrite_what_goes(session)
    locked = select(RetentionRun).where(RetentionRun.id == run_id).with_for_update()
    run = session.exec(locked.execution_options(populate_existing=True)).one()
    if run.state != "running":
        return False
    whole, budget = task_of(session, run, zone), size
    while budget > 0 and run.state == "running":
        budget -= _next(session, run, whole, at, budget)
    session.add(run)
    session.flush()
    return run.state == "running"


def _next(session: Session, run: RetentionRun, whole: Task, at: datetime, size: int) -> int:
    """Goes on with the run's step, or to the next one; how many rows were looked at."""
    number, after = run.position or (0, [])
    step = whole.steps[number]
    if step.why == FILES:
        looked_at, changed, last = _in_files(session, whole, after)
    else:
        looked_at, changed, last = _in_rows(session, run, step, whole, after, size)
    name = step.place.table.name
    if changed:
        run.changed = {**run.changed, name: run.changed.get(name, 0) + changed}
        _note(session, run, "anonymise", at, table=name, rows=changed)
    run.position = [number, last] if last else [number + 1, []]
    if run.position[0] == len(whole.steps):
        run.state, run.ended_at = "done", at
        _note(session, run, "finish", at, rows=sum(run.changed.values()))
    return looked_at


def _note(session: Session, run: RetentionRun, verb: str, at: datetime, **details: Any) -> None:
    audit(session, by=run.decided_by_id, at=at, verb=verb, about="retention_run", about_id=run.id, **details)


def _in_rows(
    session: Session, run: RetentionRun, step: Step, whole: Task, after: Sequence[Any], size: int
) -> tuple[int, int, list[Any]]:
    """Changes the next rows; how many were looked at and changed, and the key of the last one looked at where more may follow."""
    seen = list(rows(session, step, whole, after=after, limit=size))
    changing = [one for one in seen if one.changes]
    is_log = bool(changing) and step.place.table.name in LOGS
    if is_log:
        session.add(LogPass(run_id=run.id or 0))
        session.flush()
    for one in changing:
        _change(session, step.place, one)
    if is_log:
        session.connection().execute(delete(bulk.table_of(LogPass)))
    return len(seen), len(changing), list(seen[-1].key) if len(seen) == size else []


def _change(session: Session, place: Place, one: Found) -> None:
    same = [part == value for part, value in zip(place.keys, one.key, strict=True)]
    session.connection().execute(update(place.table).where(*same).values(one.changes))
    if place.model is Mail and one.changes.get("address") == "":
        unsent = and_(col(Mail.id) == one.key[0], col(Mail.state) == "queued")
        session.connection().execute(update(Mail).where(unsent).values(state="dropped"))


# Files that name a person


def _in_files(session: Session, whole: Task, after: Sequence[Any]) -> tuple[int, int, list[Any]]:
    """The same for stored files: one that names the person loses its content."""
    some = select(StoredFile.id).where(col(StoredFile.id) > (after[0] if after else 0), StoredFile.name != MARK)
    keys = [key or 0 for key in session.exec(some.order_by(col(StoredFile.id)).limit(FILES_AT_ONCE))]
    naming = [key for key in keys if _names(session, key, whole.words)]
    for key in naming:
        session.connection().execute(update(FilePart).where(col(FilePart.file_id) == key).values(content=b""))
        session.connection().execute(update(StoredFile).where(col(StoredFile.id) == key).values(name=MARK))
    return PORTION * bool(keys), len(naming), keys[-1:] if len(keys) == FILES_AT_ONCE else []


def _names(session: Session, file_id: int, words: Sequence[str]) -> bool:
    spelled = {word.encode(encoding) for word in words for encoding in ENCODINGS}
    with opened(session, file_id) as file:
        return any(one in part for part in _parts(file) for one in spelled)


def _parts(file: BinaryIO) -> Iterator[bytes]:
    """The content, and what is packed in it: workbooks and documents are zip files."""
    yield file.read(LARGEST_PART)
    file.seek(0)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            for member in packed.infolist():
                with suppress(zipfile.BadZipFile, RuntimeError, NotImplementedError), packed.open(member) as part:
                    yield part.read(LARGEST_PART)  # what is encrypted can't be looked into
