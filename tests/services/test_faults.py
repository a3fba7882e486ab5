"""Whatever breaks, at whichever step: nothing is half written, and the next try works."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from db.bulk import table_of
from db.models import Answer, AuditEvent, Finding, Invitation, Opinion, Response, Wave
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM
from services import responses
from services.checking import verify
from services.closing import close_wave, void_wave
from services.findings import Memory
from tests import factories as make
from tests.snapshots import snapshot

ROOT = Path(__file__).resolve().parent.parent.parent
KILLS = 4


class Broken(Exception):
    """The database is gone in the middle of something."""


@contextmanager
def failing_at(engine: Engine, statement: int) -> Iterator[list[int]]:
    """Raises Broken instead of running the n-th statement; the list counts how many began."""
    begun = [0]

    def before(*_: Any) -> None:
        begun[0] += 1
        if begun[0] == statement:
            raise Broken

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield begun
    finally:
        event.remove(engine, "before_cursor_execute", before)


def damages(engine: Engine) -> list[str]:
    with read_session(engine) as session:
        return [str(damage) for damage in verify(session)]


def everything(engine: Engine) -> dict[str, Any]:
    """Roll-ups, findings, and all rows that a response or a closing writes."""
    with read_session(engine) as session:
        connection = session.connection()
        tables = [table_of(model) for model in (Response, Answer, Opinion, Invitation, AuditEvent, Wave)]
        rows = {table.name: sorted(map(repr, connection.execute(table.select()))) for table in tables}
    return {**snapshot(engine), **rows}


class Scene:
    """A closed wave, an open one with a customer, a response and an invitation."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with write_session(engine) as session:
            version = make.scheme(session)
            self.customer = make.customer(session)
            self.before, self.wave = (make.wave(session, version, code) for code in ("2026-Q3", "2026-Q4"))
            self.invited, _ = make.invitation(session, self.wave, self.customer)
        make.written(engine, make.response, self.before, "very_satisfied", customer=self.customer)
        with write_session(engine) as session:
            close_wave(session, wave=self.before, by=SYSTEM, at=make.AT)
        self.waiting = make.written(engine, make.response, self.before, "neutral", customer=self.customer).id
        self.response = make.written(engine, make.response, self.wave, "satisfied", customer=self.customer).id

    def submit(self, session: Session) -> None:
        make.response(session, self.wave, "neutral", invitation=self.invited, opinions=["slow"])

    def bring_in(self, session: Session) -> None:
        rows = [({"price": "neutral", "on_time": "dissatisfied"}, self.customer.id or 0, "OEM")] * 60
        make.imported(session, session.get_one(Wave, self.wave.id), rows, memory=Memory())

    def correct(self, session: Session) -> None:
        self.change(session, responses.correct, self.response, answers={"price": "neutral"})

    def withdraw(self, session: Session) -> None:
        self.change(session, responses.withdraw, self.response)

    def admit(self, session: Session) -> None:
        self.change(session, responses.admit, self.waiting)

    def close(self, session: Session) -> None:
        close_wave(session, wave=self.wave, by=SYSTEM, at=make.AT)

    def void(self, session: Session) -> None:
        void_wave(session, wave=self.before, reason="lost", by=SYSTEM, at=make.AT)

    def change(self, session: Session, verb: Callable[..., Any], key: int | None, **more: Any) -> None:
        verb(session, response_id=key or 0, by=SYSTEM, at=make.AT, reason="typo", **more)


@pytest.mark.parametrize("verb", ["submit", "bring_in", "correct", "withdraw", "admit", "close", "void"])
def test_a_failure_at_any_statement_leaves_nothing_behind(sqlite_engine: Engine, verb: str) -> None:
    scene = Scene(sqlite_engine)
    before, statement = everything(sqlite_engine), 0
    while True:
        statement += 1
        try:
            with failing_at(sqlite_engine, statement) as begun, write_session(sqlite_engine) as session:
                getattr(scene, verb)(session)
        except Broken:
            assert everything(sqlite_engine) == before, f"statement {statement} left something behind"
            continue
        break
    assert statement == begun[0] + 1 > 5
    assert everything(sqlite_engine) != before
    assert damages(sqlite_engine) == []


@pytest.mark.parametrize("statement", [3, 6, 9, 12])
def test_a_failure_on_postgresql_leaves_nothing_behind(postgresql_url: str, statement: int) -> None:
    engine = engine_for(postgresql_url)
    scene = Scene(engine)
    before = everything(engine)
    with pytest.raises(Broken), failing_at(engine, statement), write_session(engine) as session:
        scene.bring_in(session)
    assert everything(engine) == before
    make.written(engine, lambda session: scene.bring_in(session))
    assert damages(engine) == []


def test_an_import_goes_on_with_its_memory_after_a_failed_chunk(sqlite_engine: Engine) -> None:
    """A chunk that fails after its figures were added up in memory must not leave them there."""
    with write_session(sqlite_engine) as session:
        wave, customer = make.wave(session), make.customer(session)
    memory = Memory()

    def chunk(first: int, answer: str) -> None:
        with write_session(sqlite_engine) as session:
            here = session.get_one(Wave, wave.id)
            make.imported(session, here, [({"price": answer}, customer.id or 0, "")], first=first, memory=memory)

    chunk(0, "very_satisfied")
    with failing_at(sqlite_engine, 10_000) as begun:
        chunk(1, "satisfied")
    for statement in range(1, begun[0] + 1):
        with pytest.raises(Broken), failing_at(sqlite_engine, statement):
            chunk(2, "very_dissatisfied")
        chunk(10 + statement, "very_satisfied")
        with read_session(sqlite_engine) as session:
            assert session.exec(select(Finding).where(Finding.state == "open")).all() == []
    assert damages(sqlite_engine) == []


def test_what_an_undone_change_showed_of_a_closed_wave_is_forgotten(sqlite_engine: Engine) -> None:
    """100 points before, 80 now: a decline, whatever an admission that was rolled back made of the 100 for a moment."""
    scene = Scene(sqlite_engine)
    with sqlite_engine.execution_options(writes=True).connect() as connection, Session(connection) as session:
        scene.admit(session)
        session.rollback()
    make.written(sqlite_engine, lambda session: scene.change(session, responses.withdraw, scene.waiting))
    assert damages(sqlite_engine) == []


WRITER = """
import sys
from sqlmodel import select
from db.models import Customer, Wave
from db.session import engine_for, write_session
from services.findings import Memory
from tests import factories as make
engine, first = engine_for(sys.argv[1]), int(sys.argv[2])
memory = Memory()
for turn in range(first, first + 1000):
    with write_session(engine) as session:
        wave = session.exec(select(Wave)).one()
        customer = session.exec(select(Customer)).first()
        make.response(session, wave, ("neutral", "satisfied")[turn % 2], customer=customer)
    rows = [({"price": "neutral", "on_time": "satisfied"}, customer.id, "") for _ in range(80)]
    with write_session(engine) as session:
        make.imported(session, session.get_one(Wave, wave.id), rows, first=100 * turn, memory=memory)
    print("written", flush=True)
"""


def test_a_writer_that_is_killed_at_any_moment_leaves_whole_transactions(database_url: str, tmp_path: Path) -> None:
    engine = engine_for(database_url)
    with write_session(engine) as session:
        make.wave(session)
        make.customer(session)
    chance = random.Random(7)
    for round_ in range(KILLS if database_url.startswith("sqlite") else 2):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "VAR_DIR": str(tmp_path / "var")}
        command = [sys.executable, "-c", WRITER, database_url, str(1 + 1000 * round_)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(1, 4)):
                assert child.stdout.readline() == b"written\n"
            time.sleep(chance.uniform(0, 0.06))
            child.send_signal(signal.SIGKILL)
        assert damages(engine) == []
    with read_session(engine) as session:
        assert session.exec(select(Wave)).one().version > 0
