"""Engines and sessions. Reads are deferred; writes take their place in line at once."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session

from domain.errors import N_, Refusal

WRITES = "writes"
"""Execution option of sessions that will write."""
AFTER_COMMIT = "after_commit"
"""In a write session's info: what is to be called once its transaction has been committed."""
PATIENCE, GLANCE_MS = 30, 20
"""Seconds that a write waits for its turn on SQLite, and milliseconds until it looks again, for certain."""
DatabaseTrouble = (DBAPIError, NoConnectionFree)
"""What is raised when the database can't be reached or doesn't answer."""


class AddressInvalid(Refusal):
    """A database URL that nobody can connect to; it may hold a password, so it isn't repeated."""

    def __init__(self) -> None:
        template = N_("The database URL can't be read. It looks like postgresql://user:password@host:5432/name.")
        super().__init__(template)


@cache
def engine_for(url: str) -> Engine:
    """The engine of a database; one per address and process. Raises AddressInvalid.

    SQLite: WAL, synchronous=FULL, foreign keys, 30 s of patience, and BEGIN IMMEDIATE in write sessions only
    (architecture.md 2.4). PostgreSQL: psycopg, connections looked at before use, so that a restart fails no request.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise AddressInvalid from None
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_size=10,
        max_overflow=20,
    )
    event.listen(engine, "checkout", _only_if_alive)
    return engine


def _only_if_alive(connection: Any, _record: object, _proxy: object) -> None:
    """Another connection is taken where the server has hung up since; asking it (`pool_pre_ping`) costs as much as a read.

    The first look finds the server's last words, if there were any, the second that it is gone. Neither waits.
    """
    try:
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except connection.OperationalError:
        raise DisconnectionError from None


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": PATIENCE})
    event.listen(engine, "do_connect", _make_private_file)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private_file(_dialect: object, _record: object, arguments: Any, _named: object) -> None:
    """A new file is its owner's alone (mode 0600), and so are the ones that SQLite puts beside it."""
    with suppress(OSError):  # it is there already, or SQLite will say what is wrong
        if arguments[0] != ":memory:":
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for setting in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={PATIENCE * 1000}",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITES):
        _take_turn(connection, monotonic() + PATIENCE)
    else:
        connection.exec_driver_sql("BEGIN")


def _take_turn(connection: Connection, until: float) -> None:
    """Begins to write as soon as nobody else does.

    SQLite's own waiting soon looks only ten times a second, and so misses the pauses of an import again and again.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout={GLANCE_MS}")
    try:
        while monotonic() < until:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    break
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # tells what is wrong as SQLAlchemy does
    finally:
        driver.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}")


@contextmanager
def read_session(engine: Engine | None = None) -> Iterator[Session]:
    """A session that only reads; it never waits for a writer and never makes one wait.

    On PostgreSQL each statement sees its own moment; who needs one moment for several asks for a `whole_view`.
    """
    with Session(_reading(engine or default_engine())) as session:
        yield session


@contextmanager
def write_session(engine: Engine | None = None) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back whole when anything in it fails."""
    with Session(_writing(engine or default_engine()), expire_on_commit=False) as session:
        with session.begin():
            yield session
        for call in session.info.get(AFTER_COMMIT, ()):
            call()


@cache
def _reading(engine: Engine) -> Engine:
    """On PostgreSQL without BEGIN and ROLLBACK, two round trips that change nothing of what READ COMMITTED shows.

    The engine may be that of a write session, whose turn is not taken again.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(**{WRITES: False}) if engine.get_execution_options().get(WRITES) else engine


@cache
def _writing(engine: Engine) -> Engine:
    return engine.execution_options(**{WRITES: True})


def default_engine() -> Engine:
    """The engine of the database that the settings name."""
    from settings import settings

    return engine_for(settings().database_url)


def whole_view(session: Session) -> None:
    """What the session reads from here on is one moment of the database; SQLite's transactions are that anyway."""
    if session.get_bind().dialect.name == "postgresql" and not session.in_transaction():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def overwrite_what_goes(session: Session) -> None:
    """From here on SQLite overwrites what is taken out, in place of only forgetting where it was."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def broken_rows(session: Session) -> list[tuple[str, str]]:
    """What SQLite says of its file: tables and what is wrong in them; empty where all is well, and on PostgreSQL."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return []
    problems = [("database", line) for (line,) in connection.exec_driver_sql("PRAGMA integrity_check") if line != "ok"]
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check")
    return problems + [(row[0], f"row {row[1]} refers to no {row[2]}") for row in orphans]
