"""The test databases themselves: fresh, migrated, and of the kind that they say."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from db.schema import newest_revision, revision
from db.session import engine_for
from tests import databases


def test_a_fresh_database_has_the_newest_schema(engine: Engine) -> None:
    assert revision(engine) == newest_revision() != ""


def test_what_one_test_leaves_on_sqlite_another_does_not_see(tmp_path: Path) -> None:
    assert_are_apart(databases.sqlite_database(tmp_path), databases.sqlite_database(tmp_path))


@pytest.mark.parametrize("version", [16, pytest.param(18, marks=pytest.mark.pg18)])
def test_what_one_test_leaves_on_postgresql_another_does_not_see(version: int) -> None:
    with databases.postgresql_database(version) as first, databases.postgresql_database(version) as second:
        assert_are_apart(first, second)


@pytest.mark.parametrize("version", [16, pytest.param(18, marks=pytest.mark.pg18)])
def test_postgresql_is_the_version_that_was_asked_for(version: int) -> None:
    with databases.postgresql_database(version) as url, engine_for(url).connect() as connection:
        shown = connection.execute(text("SHOW server_version")).scalar_one()
    assert shown.startswith(f"{version}.")


def assert_are_apart(first: str, second: str) -> None:
    with engine_for(first).begin() as connection:
        connection.execute(text("CREATE TABLE left_over (id INTEGER)"))
    assert inspect(engine_for(first)).has_table("left_over")
    assert not inspect(engine_for(second)).has_table("left_over")
