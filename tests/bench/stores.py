"""Databases to measure on, of each kind: SQLite in a folder of this run, PostgreSQL that waits for the disk at each commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import Engine

from db.session import engine_for
from tests import databases

KINDS = ("sqlite", "postgresql")
POSTGRESQL = 16


@contextmanager
def store(kind: str) -> Iterator[Engine]:
    """A fresh, migrated database, removed at the end."""
    with _url(kind) as url:
        engine = engine_for(url)
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def _url(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        folder = databases.run_folder() / uuid4().hex
        folder.mkdir()
        try:
            yield databases.sqlite_database(folder)
        finally:
            databases.shutil.rmtree(folder)
        return
    server = databases.postgresql_server(POSTGRESQL, is_durable=True)
    name = f"bench_{uuid4().hex}"
    url = databases.database_on(server, name)
    databases.run_sql(server, f"CREATE DATABASE {name}")
    databases.make_template(url)
    try:
        yield url
    finally:
        engine_for(url).dispose()
        databases.run_sql(server, f"DROP DATABASE {name} WITH (FORCE)")
