"""Disk full, database locked, server gone, in the middle of a page or an import: told in words, nothing half done, and on it goes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, func, select
from streamlit.testing.v1 import AppTest

from components import access
from components.texts import OWN_CHOICE
from db.models import AuditEvent, Response, SchemeRow, Wave
from db.queries.actions import actions
from db.queries.customers import customer_by_code, customer_page
from db.queries.narrowing import waves_in
from db.schema import migrate
from db.session import DatabaseTrouble, engine_for, read_session, write_session
from domain.access import SYSTEM, NotThere, Scope
from domain.mapping import Mapping
from services import files, jobs
from services.checking import verify
from services.importing import import_file
from settings import ROOT, settings
from tests import databases
from tests import factories as make
from tests.company import AT, Company, found_company
from tests.pages.conftest import token_of

LEVELS = {"*": {str(n): float(n) for n in range(1, 6)}}
MAPPING = Mapping(items={"on_time": "late"}, columns={"external_id": "id", "customer_name": "who"}, values=LEVELS)


def screen_of(company: Company, page: str = "overview") -> AppTest:
    shell = AppTest.from_file(str(ROOT / "pages" / "navigation.py"))
    shell.session_state[OWN_CHOICE] = "en"
    shell.session_state[access.TOKEN] = token_of(company.people["dora"].user_id)
    return shell.run().switch_page(f"{page}.py").run()


def counts(engine: Engine) -> tuple[int, ...]:
    with read_session(engine) as session:
        return tuple(session.exec(select(func.count()).select_from(one)).one() for one in (Response, AuditEvent, Wave))


def damages(engine: Engine) -> list[str]:
    with read_session(engine) as session:
        return [str(damage) for damage in verify(session)]


def submitted(session: Session, company: Company) -> None:
    make.response(session, session.get_one(Wave, company.now), "neutral", opinions=["x" * 200_000])


@contextmanager
def no_room(engine: Engine) -> Iterator[None]:
    """The disk is full: the database can't grow by a page."""

    def full(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # as many as there are

    def free(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA max_page_count=1073741823")

    event.listen(engine, "checkout", full)
    yield
    event.remove(engine, "checkout", full)
    event.listen(engine, "checkout", free)


def test_a_full_disk_refuses_the_whole_response_and_the_next_one_goes_in(sqlite_engine: Engine) -> None:
    company = found_company(sqlite_engine)
    before = counts(sqlite_engine)
    with no_room(sqlite_engine), pytest.raises(OperationalError, match="full"), write_session(sqlite_engine) as session:
        submitted(session, company)
    assert counts(sqlite_engine) == before
    assert not damages(sqlite_engine)
    with write_session(sqlite_engine) as session:
        submitted(session, company)
    assert counts(sqlite_engine)[0] == before[0] + 1


def survey(rows: int) -> bytes:
    return ("id,who,late\n" + "".join(f"{n},Customer {n},{n % 5 + 1}\n" for n in range(rows))).encode()


def test_a_full_disk_in_the_middle_of_an_import_leaves_whole_transactions_and_it_goes_on(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.importing.ROWS_AT_ONCE", 200)
    found_company(sqlite_engine)
    content = survey(600)
    given: dict[str, Any] = {"scheme": "iatf-quarterly", "wave": "2026-Q3", "mapping": MAPPING, "filename": "a.csv"}
    rooms, before, seen = [], counts(sqlite_engine)[0], []

    def until_full(done: int, _all: int) -> bool:
        if not rooms:
            rooms.append(no_room(sqlite_engine))
            rooms[0].__enter__()
        seen.append(done)
        return True

    with pytest.raises(OperationalError, match="full"):
        import_file(sqlite_engine, BytesIO(content), **given, on_progress=until_full, by=SYSTEM, at=AT)
    rooms[0].__exit__(None, None, None)
    assert counts(sqlite_engine)[0] - before == seen[-1], "what was told as done is in, and nothing of what came next"
    assert 0 < seen[-1] < 600
    assert not damages(sqlite_engine)
    report = import_file(sqlite_engine, BytesIO(content), **given, by=SYSTEM, at=AT)
    assert (report.rows, report.finished) == (600, True)
    assert not damages(sqlite_engine)


def test_an_import_that_fails_on_a_full_disk_says_so_without_details(sqlite_engine: Engine) -> None:
    company = found_company(sqlite_engine)
    with write_session(sqlite_engine) as session:
        file = files.store_file(session, name="a.csv", content=BytesIO(survey(2_000)), by=None, at=AT)
        payload = {
            "file_id": file.id,
            "filename": "a.csv",
            "scheme": "iatf-quarterly",
            "wave": "2026-Q3",
            "mapping": MAPPING.dump(),
        }
        by = company.people["dora"]
        job_id = jobs.enqueue(session, kind="import", form_key="k", payload=payload, by=by, at=AT).id or 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.jobs.import_file", full_disk)
        jobs.run_worker(sqlite_engine, once=True)
    with read_session(sqlite_engine) as session:
        job = jobs.job(session, by, job_id)
        assert job.state == "failed"
        assert "sqlite" not in str(job.result).lower()
        assert "/" not in str(job.result)


def full_disk(*_given: object, **_named: object) -> None:
    raise OperationalError("INSERT INTO answer ...", {}, sqlite3.OperationalError("database or disk is full"))


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else holds the one place to write, and nobody waits long."""
    engine = engine_for(url)

    def impatient(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    event.listen(engine, "checkout", impatient)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    event.remove(engine, "checkout", impatient)


@pytest.mark.parametrize("page", ["overview", "customers", "actions"])
def test_screens_go_on_while_somebody_holds_the_database(app_database: str, page: str) -> None:
    company = found_company(engine_for(app_database))
    screen = screen_of(company, page)
    with locked(app_database):
        assert not screen.run().exception


def test_what_cannot_be_saved_while_the_database_is_locked_is_not_half_saved(
    app_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.session.PATIENCE", 1)
    engine = engine_for(app_database)
    company = found_company(engine)
    before = counts(engine)
    with locked(app_database), pytest.raises(DatabaseTrouble), write_session(engine) as session:
        submitted(session, company)
    assert counts(engine) == before


def told(error: Exception) -> list[str]:
    """What the reader is told of an error, as `app.py` has it told."""

    def page() -> None:
        import streamlit as st

        from components import trouble

        trouble.show(st.session_state["error"])

    screen = AppTest.from_function(page)
    screen.session_state["error"] = error
    screen.session_state[OWN_CHOICE] = "en"
    screen.run()
    return [f"{one.proto.title} {one.value}" for one in (*screen.error, *screen.warning)]


def test_the_reader_is_told_what_is_safe_and_a_number_but_nothing_of_the_database() -> None:
    error = OperationalError(
        "SELECT secret FROM user_account", {"name": "Kaituo"}, Exception("could not connect to db.internal:5432")
    )
    (line,) = told(error)
    assert "No data is lost" in line
    assert "Reference" in line
    for hidden in ("SELECT", "Kaituo", "db.internal", "5432", "OperationalError"):
        assert hidden not in line


@pytest.fixture
def own_server() -> Iterator[Path]:
    """A PostgreSQL of this test's own, which may be stopped."""
    folder = databases.run_folder() / f"postgresql-own-{os.getpid()}"
    databases.start(16, folder, f"{databases.SPARING} {databases.QUICK}")
    yield folder
    databases.remove(folder)


def test_a_screen_outlives_a_restart_of_postgresql(own_server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"postgresql+psycopg://postgres@/postgres?host={own_server}"
    migrate(url)
    monkeypatch.setenv("DATABASE_URL", url)
    settings.cache_clear()
    company = found_company(engine_for(url))
    screen = screen_of(company)
    assert not screen.exception
    databases.pg_ctl(own_server / "data", "restart", "-w", "-m", "immediate")
    assert not screen.run().exception, "the connections that were open before are tried before use"
    databases.pg_ctl(own_server / "data", "stop", "-w", "-m", "immediate")
    screen.run()
    assert screen.exception
    again = f"{databases.SPARING} {databases.QUICK} -k {own_server}"
    databases.pg_ctl(own_server / "data", "start", "-w", "-l", f"{own_server}/log", "-o", again)
    assert not screen.run().exception
    assert not damages(engine_for(url))
    engine_for(url).dispose()


def test_what_is_typed_into_a_search_or_an_address_is_looked_for_on_every_database(engine: Engine) -> None:
    found_company(engine)
    with read_session(engine) as session:
        scope = Scope(SYSTEM, session.exec(select(SchemeRow.id)).one() or 0)
        (wave, *_) = waves_in(session, scope)
        for text in ("\x00", "%", "_", "\\", "'", "\u202e", "A-\x00"):
            page = customer_page(session, scope, wave, search=text)
            assert page.total == (2 if text == "\x00" else 0), "nothing stands for everything"
            assert actions(session, SYSTEM, search=text).total == 0
            with pytest.raises(NotThere):
                customer_by_code(session, SYSTEM, text)
