"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Dialect, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

Id = BigInteger().with_variant(Integer, "sqlite")
"""A key that counts itself up; SQLite does so for INTEGER only."""
Json = JSON().with_variant(JSONB, "postgresql")


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as BIGINT milliseconds since 1970 in UTC (SQLite drops zones); a naive one is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """The moment as it is stored."""
        return None if value is None else milliseconds(value)

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> datetime | None:
        """The moment as it is used."""
        return None if value is None else EPOCH + int(value) * MILLISECOND


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC of an aware moment; raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - EPOCH) // MILLISECOND


def key() -> Any:
    """The primary key of a table of things."""
    return Field(default=None, primary_key=True, sa_type=Id)


def link(target: str, *, index: bool = False, primary_key: bool = False, unique: bool = False) -> Any:
    """A reference that must be there."""
    return Field(foreign_key=target, sa_type=BigInteger, index=index, primary_key=primary_key, unique=unique)


def maybe_link(target: str, *, index: bool = False, unique: bool = False) -> Any:
    """A reference that may be missing."""
    return Field(default=None, foreign_key=target, sa_type=BigInteger, index=index, unique=unique, nullable=True)


def about() -> Any:
    """What a cell of derived data is about: a key that isn't looked up at every write; `verify` finds what it misses."""
    return Field(sa_type=BigInteger, primary_key=True)


def count() -> Any:
    """A number that roll-ups add to."""
    return Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


def text(**options: Any) -> Any:
    """Text of any length, empty by default."""
    return Field(default="", sa_type=Text, **options)


def column(model: type[SQLModel], name: str) -> Any:
    """A column that several tables have, of one of them."""
    return getattr(model, name)


WITHOUT_ROWID = {"sqlite_with_rowid": False}


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A column that holds one of a few words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
