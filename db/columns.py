"""Column types that mean the same on SQLite and PostgreSQL."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    BindParameter,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Dialect,
    Integer,
    SQLColumnExpression,
    Text,
    bindparam,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine
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


class Numbers(TypeDecorator[Sequence[int]]):
    """A list of whole numbers in one parameter: an array on PostgreSQL, JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type of the database."""
        return dialect.type_descriptor(ARRAY(BigInteger) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> list[int] | str:
        """The list as it is sent."""
        return numbers(value or (), dialect)


def numbers(values: Sequence[int], dialect: Dialect) -> list[int] | str:
    """A list of whole numbers as the driver takes it in one parameter."""
    return list(values) if dialect.name == "postgresql" else json.dumps(list(values))


class _Among(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> "_Among":  # noqa: ARG002
        """As it is: SQLite would be asked for "… = 1" otherwise, and find no index for that."""
        return self


def among(what: SQLColumnExpression[Any], name: str) -> ColumnElement[bool]:
    """Condition: the column is one of the list given as parameter `name`.

    The statement stays the same for lists of any length, so that neither SQLAlchemy nor PostgreSQL reads it anew.
    """
    listed: BindParameter[Any] = bindparam(name, type_=Numbers())
    return _Among(what, listed)


@compiles(_Among, "postgresql")
def _among_on_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    what, listed = (compiler.process(part, **options) for part in element.clauses)
    return f"{what} = ANY ({listed})"


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    what, listed = (compiler.process(part, **options) for part in element.clauses)
    return f"{what} IN (SELECT value FROM json_each({listed}))"  # noqa: S608 - names and marks that SQLAlchemy made


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
