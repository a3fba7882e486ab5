"""Long work: what a screen queues, the worker does; stopped, gone on with, taken over, and never left lying about."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from db.models import FilePart, ImportRun, Job, Response, User
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere, Viewer
from domain.mapping import Mapping
from services import files, importing, jobs
from services.jobs import LEASE, PATIENCE
from tests import factories

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HEADERS = ("customer", "performance", "on_time")
MAPPING = Mapping(
    items={code: code for code in HEADERS[1:]},
    columns={"customer": "customer"},
    values={"*": {str(value): float(value) for value in range(1, 6)}},
)
ROWS, FIRST = 10, 3
"""Rows of the file, and of its first four lines, whose first one names the columns."""


@pytest.fixture
def alice(engine: Engine) -> Viewer:
    with write_session(engine) as session:
        return factories.viewer(factories.user(session, "alice", "organiser", department_id=sales(session)))


def sales(session: object) -> int:
    return factories.department(session, "sales").id or 0  # type: ignore[arg-type]


def answers(rows: int = ROWS, cell: str = "4") -> bytes:
    lines = [",".join(HEADERS), *(f"C{row},{cell},5" for row in range(rows))]
    return "\n".join(lines).encode()


def queued(engine: Engine, by: Viewer, content: bytes = b"", key: str = "form-1", **payload: object) -> int:
    with write_session(engine) as session:
        file = files.store_file(session, name="a.csv", content=io.BytesIO(content or answers()), by=by.user_id, at=AT)
        given = {
            "file_id": file.id,
            "filename": "a.csv",
            "scheme": factories.preset("iatf-quarterly"),
            "wave": "2026-Q4",
            "mapping": MAPPING.dump(),
            **payload,
        }
        return jobs.enqueue(session, kind="import", form_key=key, payload=given, by=by, at=AT).id or 0


def job_of(engine: Engine, key: int) -> Job:
    with read_session(engine) as session:
        return session.get_one(Job, key)


def counted(engine: Engine, model: type) -> int:
    with read_session(engine) as session:
        return session.exec(select(func.count()).select_from(model)).one()


def stop_after_the_first_rows(monkeypatch: pytest.MonkeyPatch, then: Callable[[], None]) -> None:
    """Four lines a transaction; after the first of them, `then` happens once."""
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 4)
    wrote, once = importing._write_chunk, []  # type: ignore[attr-defined]

    def writing(*given: object) -> object:
        report = wrote(*given)  # type: ignore[arg-type]
        once.append(True)
        return report

    noted = jobs.Lease.progress

    def noting(lease: jobs.Lease, done: int, total: int) -> bool:
        if len(once) == 1:
            then()
        return noted(lease, done, total)

    monkeypatch.setattr(importing, "_write_chunk", writing)
    monkeypatch.setattr(jobs.Lease, "progress", noting)


def test_a_queued_import_is_done_and_its_file_is_gone(engine: Engine, alice: Viewer) -> None:
    key = queued(engine, alice)
    jobs.run_worker(engine, once=True)
    job = job_of(engine, key)
    assert (job.state, job.result["written"], job.done) == ("done", ROWS, ROWS)
    assert job.ended_at is not None
    assert counted(engine, Response) == ROWS
    assert counted(engine, FilePart) == 0


def test_a_refused_import_says_why_in_any_language_and_its_file_is_gone(engine: Engine, alice: Viewer) -> None:
    key = queued(engine, alice, b"<html><body>sign in first</body></html>")
    jobs.run_worker(engine, once=True)
    job = job_of(engine, key)
    assert job.state == "failed"
    assert "HTML" in job.result["template"] or "web page" in job.result["template"]
    assert counted(engine, Response) == 0
    assert counted(engine, FilePart) == 0


def test_what_nobody_foresaw_fails_with_a_sentence_and_without_details(
    engine: Engine, alice: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(jobs, "import_file", fail)
    key = queued(engine, alice)
    jobs.run_worker(engine, once=True)
    job = job_of(engine, key)
    assert (job.state, job.result["values"]) == ("failed", {})
    assert "secret" not in str(job.result)
    assert counted(engine, FilePart) == 0


def test_a_form_that_is_sent_twice_queues_once(engine: Engine, alice: Viewer) -> None:
    assert queued(engine, alice, key="same") == queued(engine, alice, key="same")
    jobs.run_worker(engine, once=True)
    assert counted(engine, ImportRun) == 1


def test_a_waiting_job_is_stopped_at_once(engine: Engine, alice: Viewer) -> None:
    key = queued(engine, alice)
    with write_session(engine) as session:
        jobs.cancel(session, job_id=key, by=alice, at=AT)
    assert job_of(engine, key).state == "cancelled"
    jobs.run_worker(engine, once=True)
    assert counted(engine, Response) == 0


def test_a_running_job_stops_after_its_transaction_and_goes_on_from_there(
    engine: Engine, alice: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = queued(engine, alice)

    def cancel() -> None:
        with write_session(engine) as session:
            jobs.cancel(session, job_id=key, by=alice, at=AT)

    with monkeypatch.context() as patched:
        stop_after_the_first_rows(patched, cancel)
        jobs.run_worker(engine, once=True)
    stopped = job_of(engine, key)
    assert (stopped.state, stopped.done, counted(engine, Response)) == ("cancelled", FIRST, FIRST)
    assert counted(engine, FilePart) == 1
    with write_session(engine) as session:
        jobs.go_on(session, job_id=key, by=alice, at=AT)
    jobs.run_worker(engine, once=True)
    done = job_of(engine, key)
    assert (done.state, done.result["written"], counted(engine, Response)) == ("done", ROWS, ROWS)
    assert (counted(engine, ImportRun), counted(engine, FilePart)) == (1, 0)


def test_a_worker_that_dies_loses_its_job_to_the_next_one(
    engine: Engine, alice: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = queued(engine, alice)

    def die() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        stop_after_the_first_rows(patched, die)
        with pytest.raises(KeyboardInterrupt):
            jobs.run_worker(engine, once=True)
    assert (job_of(engine, key).state, counted(engine, Response)) == ("running", FIRST)
    jobs.run_worker(engine, once=True)
    assert job_of(engine, key).state == "running", "the lease still holds"
    with write_session(engine) as session:
        session.get_one(Job, key).leased_until = datetime.now(UTC) - timedelta(seconds=1)
    jobs.run_worker(engine, once=True)
    assert (job_of(engine, key).state, counted(engine, Response)) == ("done", ROWS)


def test_two_workers_never_take_the_same_job(engine: Engine, alice: Viewer) -> None:
    key = queued(engine, alice)
    now = datetime.now(UTC)
    assert [jobs._claim(engine, now), jobs._claim(engine, now)] == [jobs.Lease(engine, key, 1), None]  # type: ignore[attr-defined]


def test_a_worker_that_was_away_for_too_long_changes_nothing_of_the_job_any_more(
    engine: Engine, alice: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker writes a portion and sleeps past its lease; the second one finishes; then the first wakes up."""
    key = queued(engine, alice)
    seen: list[tuple[str, int]] = []

    def second_worker() -> None:
        with write_session(engine) as session:
            session.get_one(Job, key).leased_until = datetime.now(UTC) - timedelta(seconds=1)
        lease = jobs._claim(engine, datetime.now(UTC))  # type: ignore[attr-defined]
        seen.append((job_of(engine, key).state, lease.claim))

    with monkeypatch.context() as patched:
        stop_after_the_first_rows(patched, second_worker)
        jobs.run_worker(engine, once=True)
    assert seen == [("running", 2)]
    assert (job_of(engine, key).state, counted(engine, FilePart)) == ("running", 1), "it is the second one's"
    with write_session(engine) as session:
        session.get_one(Job, key).leased_until = datetime.now(UTC) - timedelta(seconds=1)
    jobs.run_worker(engine, once=True)
    assert (job_of(engine, key).state, counted(engine, Response), counted(engine, FilePart)) == ("done", ROWS, 0)


def test_files_of_stopped_jobs_are_kept_a_day_and_then_removed(engine: Engine, alice: Viewer) -> None:
    key = queued(engine, alice)
    with write_session(engine) as session:
        jobs.cancel(session, job_id=key, by=alice, at=AT)
    jobs.forget_stopped(engine, AT + timedelta(hours=23))
    assert counted(engine, FilePart) == 1
    jobs.forget_stopped(engine, AT + timedelta(hours=25))
    assert counted(engine, FilePart) == 0
    with write_session(engine) as session:
        jobs.go_on(session, job_id=key, by=alice, at=AT)
    assert job_of(engine, key).state == "cancelled", "there is nothing to go on with"


def test_a_discarded_file_is_gone_and_one_in_use_stays(engine: Engine, alice: Viewer) -> None:
    key = queued(engine, alice)
    with write_session(engine) as session:
        jobs.discard(session, job_id=key, by=alice)
    assert counted(engine, FilePart) == 1
    with write_session(engine) as session:
        jobs.cancel(session, job_id=key, by=alice, at=AT)
        jobs.discard(session, job_id=key, by=alice)
    assert counted(engine, FilePart) == 0


def test_a_job_that_nobody_takes_says_after_ten_seconds_that_no_worker_runs(engine: Engine, alice: Viewer) -> None:
    key = queued(engine, alice)
    with read_session(engine) as session:
        job = session.get_one(Job, key)
        assert jobs.waits_for(session, job, AT + PATIENCE) == ""
        assert jobs.waits_for(session, job, AT + PATIENCE + timedelta(seconds=1)) == "worker"
        job.state, job.leased_until = "running", AT + LEASE
        assert jobs.waits_for(session, job, AT + LEASE) == ""
        assert jobs.waits_for(session, job, AT + LEASE + timedelta(seconds=1)) == "worker"
        session.rollback()


def test_a_job_behind_a_running_one_waits_for_that(engine: Engine, alice: Viewer) -> None:
    first, second = queued(engine, alice, key="a"), queued(engine, alice, key="b")
    with write_session(engine) as session:
        running = session.get_one(Job, first)
        running.state, running.leased_until = "running", AT + timedelta(minutes=5)
    with read_session(engine) as session:
        assert jobs.waits_for(session, session.get_one(Job, second), AT + timedelta(minutes=1)) == "others"


def test_alice_stops_her_job_quality_may_too_and_others_do_not_even_see_it(engine: Engine, alice: Viewer) -> None:
    key = queued(engine, alice)
    with write_session(engine) as session:
        bob = factories.viewer(factories.user(session, "bob", "quality"))
        charlie = factories.viewer(factories.user(session, "charlie", "organiser"))
    for verb in (jobs.cancel, jobs.go_on):
        with pytest.raises(NotThere), write_session(engine) as session:
            verb(session, job_id=key, by=charlie, at=AT)
    with pytest.raises(NotThere), write_session(engine) as session:
        jobs.discard(session, job_id=key, by=charlie)
    with read_session(engine) as session:
        assert jobs.own_jobs(session, charlie, "import") == []
        assert jobs.job(session, bob, key).id == key
    with write_session(engine) as session:
        jobs.cancel(session, job_id=key, by=bob, at=AT)
    assert job_of(engine, key).state == "cancelled"


def test_who_may_not_import_queues_nothing(engine: Engine) -> None:
    with write_session(engine) as session:
        viewer = factories.viewer(factories.user(session, "victor", "viewer"))
    with pytest.raises(NotAllowed):
        queued(engine, viewer)
    assert counted(engine, Job) == 0


def test_a_job_of_somebody_who_lost_the_right_meanwhile_writes_nothing(engine: Engine, alice: Viewer) -> None:
    first, second = queued(engine, alice, key="a"), queued(engine, alice, key="b")
    with write_session(engine) as session:
        session.get_one(User, alice.user_id).role = "viewer"
        jobs.cancel(session, job_id=second, by=alice, at=datetime.now(UTC))  # else its file is forgotten
    jobs.run_worker(engine, once=True)
    assert job_of(engine, first).state == "failed"
    with write_session(engine) as session:
        account = session.get_one(User, alice.user_id)
        account.role, account.active = "organiser", False
        jobs.go_on(session, job_id=second, by=alice, at=AT)
    jobs.run_worker(engine, once=True)
    assert (job_of(engine, second).state, counted(engine, Response)) == ("failed", 0)


def test_an_organiser_imports_into_schemes_of_the_own_department_only(engine: Engine, alice: Viewer) -> None:
    with write_session(engine) as session:
        elsewhere = factories.department(session, "marketing").id
        other = factories.viewer(factories.user(session, "olga", "organiser", department_id=elsewhere))
    key = queued(engine, other)
    jobs.run_worker(engine, once=True)
    assert (job_of(engine, key).state, counted(engine, Response)) == ("failed", 0)
