"""Migrations make what the models say, once, and leave a newer database alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect, text
from sqlmodel import SQLModel

import app
from db.models import NOTIFICATION_KINDS, Department
from db.schema import SchemaUnknown, migrate, newest_revision, revision
from db.session import engine_for, read_session, write_session
from settings import settings
from tests import factories as make

TABLES = SQLModel.metadata.sorted_tables


def structure(engine: Engine) -> dict[str, Any]:
    """Columns, keys, constraints and indexes of all tables."""
    inspector = inspect(engine)
    parts = ("get_columns", "get_pk_constraint", "get_foreign_keys", "get_unique_constraints", "get_indexes")
    names = inspector.get_table_names()
    found = {f"{name} {part}": repr(getattr(inspector, part)(name)) for name in sorted(names) for part in parts}
    return {name: re.sub(r" at 0x[0-9a-f]+", "", one) for name, one in found.items()}


def test_a_fresh_database_is_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    by_triggers = ["answer_item_id"] if engine.dialect.name == "postgresql" else []  # docs/adr/0014
    assert [f"{one.table.name}_{'_'.join(one.column_keys)}" for kind, one in differences] == by_triggers
    assert {kind for kind, _ in differences} <= {"add_fk"}


def test_a_fresh_database_checks_what_the_models_say(engine: Engine) -> None:
    inspector = inspect(engine)
    for table in TABLES:
        wanted = {str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)}
        assert {one["name"] for one in inspector.get_check_constraints(table.name)} == wanted, table.name


def test_a_fresh_database_takes_every_kind_of_notification(sqlite_engine: Engine) -> None:
    """Several migrations have made this check again, each with the kinds of its day."""
    checks = {one["name"]: one["sqltext"] for one in inspect(sqlite_engine).get_check_constraints("notification")}
    assert [kind for kind in NOTIFICATION_KINDS if f"'{kind}'" not in checks["kind_known"]] == []


def test_compact_tables_have_no_second_key_on_sqlite(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        statement = text("SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'")
        compact = set(connection.execute(statement).scalars())
    tiers = {f"{who}_{what}" for who in ("cohort", "customer") for what in ("tally", "score", "return")}
    assert compact == {"answer", *tiers}


def test_migrating_again_changes_nothing(database_url: str) -> None:
    engine = engine_for(database_url)
    with write_session(engine) as session:
        make.department(session, "quality")
    before = structure(engine)
    migrate(database_url)
    assert structure(engine) == before
    with read_session(engine) as session:
        assert session.get_one(Department, 1).code == "quality"


def test_figures_are_kept_when_their_tables_are_made_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    migrate(url, "0010")
    engine = engine_for(url)
    with engine.begin() as connection:
        for statement in OLD_ROWS:
            connection.execute(text(statement))
    migrate(url)
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT wave_id, cohort_id, sent, valid FROM cohort_return")).one()
    assert tuple(kept) == (7, 3, 5, 4)
    engine.dispose()


OLD_ROWS = (
    "INSERT INTO scheme (id, code) VALUES (1, 'a')",
    "INSERT INTO scheme_version (id, scheme_id, number, document, hash, created_at) VALUES (1, 1, 1, '', '', 0)",
    "INSERT INTO cohort (id, segment, region, channel) VALUES (3, '', '', '')",
    "INSERT INTO wave (id, scheme_id, scheme_version_id, code, state, is_pilot, is_anonymous, position, unnamed,"
    " void_reason, version, created_at) VALUES (7, 1, 1, '2026', 'open', false, false, '2026', 0, '', 1, 0)",
    "INSERT INTO cohort_return (wave_id, cohort_id, sent, valid) VALUES (7, 3, 5, 4)",
)


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    engine = engine_for(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = structure(engine)
    with pytest.raises(SchemaUnknown):
        migrate(database_url)
    assert structure(engine) == before
    assert revision(engine) == "9999" != newest_revision()


def test_the_application_does_not_start_on_another_schema(app_database: str) -> None:
    app.check_schema()
    with engine_for(app_database).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(app.SchemaOutdated, match="9999"):
        app.check_schema()


def test_the_application_does_not_start_without_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    settings.cache_clear()
    with pytest.raises(app.SchemaOutdated):
        app.check_schema()
    engine_for(url).dispose()
