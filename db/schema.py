"""The schema of a database: brought up to date by migrations, and which one it has."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from db.session import WRITES, default_engine, engine_for
from domain.errors import N_, Refusal

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaUnknown(Refusal):
    """A newer version of the application has been here."""

    def __init__(self, found: str) -> None:
        template = N_("The database is at schema “{found}”, which this version doesn't know. Use the newer version.")
        super().__init__(template, found=found)


def migrate(url: str, to: str = "head") -> None:
    """Brings the schema up to date, or to an older revision; does nothing when it is there. Raises SchemaUnknown."""
    engine = engine_for(url)
    with engine.execution_options(**{WRITES: True}).connect() as connection, connection.begin():
        config = _alembic_config()
        config.attributes["connection"] = connection
        found = MigrationContext.configure(connection).get_current_revision()
        if found and found not in {known.revision for known in ScriptDirectory.from_config(config).walk_revisions()}:
            raise SchemaUnknown(found)
        command.upgrade(config, to)


def revision(engine: Engine | None = None) -> str:
    """The schema revision that the database is at, "" when it has none."""
    with (engine or default_engine()).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def newest_revision() -> str:
    """The schema revision that this code needs."""
    return ScriptDirectory.from_config(_alembic_config()).get_current_head() or ""


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
