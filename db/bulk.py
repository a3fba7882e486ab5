"""Many rows at once: the driver's executemany on SQLite, COPY on PostgreSQL. The one module with SQL text outside migrations.

Table and column names come from the models only; values are always bound. Each text is put together once.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Connection, Select, Table, Update
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import ExpandedState
from sqlmodel import Session, SQLModel

from db.columns import numbers
from domain.scheme import IntArray

Row = tuple[Any, ...]
Rows = Sequence[Row] | IntArray
"""Database values (moments as milliseconds) by row and column; whole numbers as an array, which PostgreSQL takes as it is."""
Values = Row | dict[str, Any]
COPY_BEGINS, COPY_ENDS = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
"""What PostgreSQL's binary COPY begins and ends with."""
CONNECTION = "connection"
"""In a session's info: the connection of its transaction, which SQLAlchemy would look up anew for each statement."""
FEW = 40
"""Up to so many rows a PostgreSQL executemany beats a COPY through a temporary table."""


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model."""
    return model.__table__  # type: ignore[attr-defined,no-any-return]


def fetch(session: Session, statement: Select[*tuple[Any, ...]] | Update, given: Mapping[str, Any]) -> Sequence[Any]:
    """Rows of a statement that runs with every write, as the driver has them: moments are milliseconds, sums may be Decimal.

    Compiled once: SQLAlchemy's own way costs more than such a statement itself. A list is a parameter of `db.columns.among`.
    """
    connection = _connection(session)
    compiled = _compiled(statement, connection.dialect)
    values = {
        name: numbers(value, connection.dialect) if isinstance(value, list) else value for name, value in given.items()
    }
    rows: Sequence[Any] = _run(connection, compiled.statement, _in_order(compiled, values)).fetchall()
    return rows


def fetch_numbers(session: Session, statement: Select[Any], given: Mapping[str, Any], columns: int) -> IntArray:
    """Rows of whole numbers, none of them NULL, as an array: rows × columns."""
    rows = fetch(session, statement, given)
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * columns)
    return flat.reshape(len(rows), columns)


def update_rows(session: Session, statement: Update, rows: Sequence[Mapping[str, Any]]) -> None:
    """Runs an update once with the database values of each row (moments as milliseconds)."""
    if rows:
        connection = _connection(session)
        compiled = _compiled(statement, connection.dialect)
        _run_many(connection, compiled.statement, [_in_order(compiled, row) for row in rows])


def insert_rows(session: Session, model: type[SQLModel], columns: tuple[str, ...], rows: Rows) -> None:
    """Inserts rows of database values; raises IntegrityError as the constraints say."""
    if not len(rows):
        return
    connection, table = _connection(session), table_of(model)
    if connection.dialect.name == "postgresql" and len(rows) > FEW:
        _copy(connection, table, table.name, columns, rows)
    else:
        _run_many(connection, _insertion(table, columns, _mark(connection)), _listed(rows))


def insert_new_rows(session: Session, model: type[SQLModel], columns: tuple[str, ...], rows: Sequence[Row]) -> int:
    """Inserts the rows that break no unique constraint and passes over the others; returns how many went in."""
    if not rows:
        return 0
    connection, table = _connection(session), table_of(model)
    passing = "ON CONFLICT DO NOTHING"
    if connection.dialect.name == "postgresql" and len(rows) > FEW:
        names = ", ".join(columns)
        _fill_temporary(connection, table, columns, rows)
        chosen = f"INSERT INTO {table.name} ({names}) SELECT {names} FROM new_{table.name} {passing}"
        return int(_run(connection, chosen).rowcount)
    return int(_run_many(connection, _insertion(table, columns, _mark(connection), passing), rows).rowcount)


def add_up(session: Session, model: type[SQLModel], columns: tuple[str, ...], rows: Rows) -> None:
    """Adds numbers to roll-up cells, making the cells that aren't there.

    `columns` begin with the primary key; rows must be sorted by it, or concurrent writers deadlock (architecture.md 2.5).
    """
    if not len(rows):
        return
    connection, table = _connection(session), table_of(model)
    if connection.dialect.name == "postgresql" and len(rows) > FEW:
        names, keys = ", ".join(columns), ", ".join(table.primary_key.columns.keys())
        _fill_temporary(connection, table, columns, rows)
        sorted_rows = f"SELECT {names} FROM new_{table.name} ORDER BY {keys}"
        _run(connection, f"INSERT INTO {table.name} ({names}) {sorted_rows} {_adding(table, columns)}")
    else:
        _run_many(connection, _insertion(table, columns, _mark(connection), _adding(table, columns)), _listed(rows))


def next_ids(session: Session, model: type[SQLModel], count: int) -> range | list[int]:
    """Keys for `count` new rows; on SQLite inside a write session only, which holds the one write lock."""
    connection, table = _connection(session), table_of(model)
    if connection.dialect.name == "postgresql":
        found = _run(connection, f"SELECT nextval('{table.name}_id_seq') FROM generate_series(1, %s)", (count,))
        return [number for (number,) in found]
    ((last,),) = _run(connection, f"SELECT coalesce(max(id), 0) FROM {table.name}").fetchall()
    return range(last + 1, last + 1 + count)


@lru_cache(maxsize=300)
def _compiled(statement: Select[*tuple[Any, ...]] | Update, dialect: Dialect) -> ExpandedState:
    compiled = statement.compile(dialect=dialect)
    return compiled.construct_expanded_state(compiled.params)


def _in_order(compiled: ExpandedState, values: Mapping[str, Any]) -> Values:
    """The values as the driver wants them: by place on SQLite, by name on PostgreSQL."""
    given = {**compiled.parameters, **values}
    order = compiled.positiontup
    return (
        tuple(given[name] for name in order)
        if order is not None
        else {name: given[name] for name in compiled.parameters}
    )


@cache
def _insertion(table: Table, columns: tuple[str, ...], mark: str, at_conflict: str = "") -> str:
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))}) {at_conflict}"


@cache
def _adding(table: Table, columns: tuple[str, ...]) -> str:
    keys = table.primary_key.columns.keys()
    added = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in columns if name not in keys)
    return f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {added}"


def _connection(session: Session) -> Connection:
    known: Connection | None = session.info.get(CONNECTION)
    if known is None or known.closed:
        known = session.info[CONNECTION] = session.connection()
    return known


def _mark(connection: Connection) -> str:
    return "%s" if connection.dialect.name == "postgresql" else "?"


def _listed(rows: Rows) -> Iterable[Any]:
    """Rows as the driver wants them; those of an array a thousand at a time, which take twenty times its memory."""
    if not isinstance(rows, np.ndarray):
        return rows
    return chain.from_iterable(rows[first : first + 1_000].tolist() for first in range(0, len(rows), 1_000))


def _fill_temporary(connection: Connection, table: Table, columns: tuple[str, ...], rows: Rows) -> None:
    name = f"new_{table.name}"
    like = f"(LIKE {table.name} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS"
    _run(connection, f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} {like}")
    _run(connection, f"DELETE FROM {name}")
    _copy(connection, table, name, columns, rows)


def _copy(connection: Connection, table: Table, target: str, columns: tuple[str, ...], rows: Rows) -> None:
    whole = isinstance(rows, np.ndarray)
    sql = f"COPY {target} ({', '.join(columns)}) FROM STDIN{' (FORMAT BINARY)' if whole else ''}"
    cursor = _cursor(connection, sql, many=True)
    try:
        with cursor.copy(sql) as copy:
            if isinstance(rows, np.ndarray):
                copy.write(_binary(table, columns, rows))
            else:
                for row in rows:
                    copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_usual(connection, sql, error) from error


def _binary(table: Table, columns: tuple[str, ...], rows: IntArray) -> bytes:
    """Whole numbers as PostgreSQL's binary COPY takes them: for each row their count, for each number its bytes and itself."""
    sizes = [8 if isinstance(table.c[name].type, BigInteger) else 4 for name in columns]
    fields = [("count", ">i2")]
    for place, size in enumerate(sizes):
        fields += [(f"size{place}", ">i4"), (f"number{place}", f">i{size}")]
    written = np.empty(len(rows), np.dtype(fields))
    written["count"] = len(columns)
    for place, size in enumerate(sizes):
        written[f"size{place}"], written[f"number{place}"] = size, rows[:, place]
    return COPY_BEGINS + written.tobytes() + COPY_ENDS


def _run(connection: Connection, sql: str, values: Values = ()) -> Any:
    """The driver's cursor after a statement: SQLAlchemy's own result costs more than a small statement."""
    cursor = _cursor(connection, sql)
    try:
        cursor.execute(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_usual(connection, sql, error) from error
    return cursor


def _run_many(connection: Connection, sql: str, rows: Iterable[Values]) -> Any:
    cursor = _cursor(connection, sql, many=True)
    try:
        cursor.executemany(sql, rows)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_usual(connection, sql, error) from error
    return cursor


def _cursor(connection: Connection, sql: str, *, many: bool = False) -> Any:
    """A cursor of the driver; who listens to the engine's statements hears of this one too, without its values."""
    cursor = connection.connection.cursor()
    if listeners := connection.dispatch.before_cursor_execute:
        listeners(connection, cursor, sql, (), None, many)
    return cursor


def _as_usual(connection: Connection, sql: str, error: Exception) -> BaseException:
    """The driver's error as SQLAlchemy would tell it, without the values, which may be personal."""
    dialect = connection.dialect
    return DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect)
