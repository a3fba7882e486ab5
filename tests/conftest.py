"""What all tests share: a folder of their own instead of var/, and fresh databases of every kind we run on."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine

from db.session import engine_for
from settings import settings
from tests import databases

KINDS = [
    pytest.param("sqlite"),
    pytest.param("postgresql-16"),
    pytest.param("postgresql-18", marks=pytest.mark.pg18),
]
ON_BOTH = (
    *("db/test_migrations", "db/test_constraints", "db/test_bulk", "db/test_rollups", "db/test_overview_queries"),
    *("db/test_rescoring", "services/test_findings_kept", "services/test_importing", "services/test_concurrency"),
    *("services/test_actions_at_once", "services/test_sending_at_once", "test_databases"),
)
"""What runs on PostgreSQL 18 too: schema, bulk writes, roll-ups, transactions. The rest does with `-m pg18`."""
SCREEN_TIMEOUT = 30
"""Seconds; the 3 of AppTest are too few on a busy machine."""

# Properties are judged by what they find, not by how long a busy machine takes for it.
hypothesis_settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("house")


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if not is_worker(config):
        databases.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not is_worker(config):
        databases.end_run()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out on PostgreSQL 18 what can only be as on 16, unless it is asked for."""
    if "pg18" in config.option.markexpr:
        return
    here = Path(__file__).parent
    both = {here / f"{name}.py" for name in ON_BOTH}
    kept = [item for item in items if item.path in both or not item.get_closest_marker("pg18")]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def pytest_collection_finish() -> None:
    """Raises the time that a screen may take, once for all tests."""
    module = sys.modules.get("streamlit.testing.v1.app_test")
    for name in ("from_file", "from_string", "from_function") if module else ():
        getattr(module.AppTest, name).__func__.__kwdefaults__["default_timeout"] = SCREEN_TIMEOUT


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test reads or writes the settings, the secret or the database of this installation."""
    for name in ("DATABASE_URL", "SECRET_KEY", "PORT", "ADDRESS", "BASE_URL", "TIME_ZONE", "SMTP_URL", "MAIL_FROM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setattr("settings.SECRETS_FILE", tmp_path / "secrets.toml")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated SQLite database."""
    url = databases.sqlite_database(tmp_path)
    yield url
    engine_for(url).dispose()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, migrated database of each kind in turn."""
    kind, _, version = request.param.partition("-")
    if kind == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    with databases.postgresql_database(int(version)) as url:
        yield url


@pytest.fixture(params=["16", pytest.param("18", marks=pytest.mark.pg18)])
def postgresql_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    with databases.postgresql_database(int(request.param)) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Engine:
    """An engine on a fresh database of each kind in turn."""
    return engine_for(database_url)


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Engine:
    """An engine on a fresh SQLite database: for what doesn't depend on the kind."""
    return engine_for(sqlite_url)


@pytest.fixture
def app_database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh SQLite database that the whole application takes for its own: for screens and the command line."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    settings.cache_clear()
    return sqlite_url
