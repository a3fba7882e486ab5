"""Many rows at once: the driver's executemany on SQLite, COPY on PostgreSQL. The one module with SQL text outside migrations.

Table and column names come from the models only; values are always bound.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlmodel import Session, SQLModel

Row = Sequence[Any]
FEW = 40
"""Up to so many rows a PostgreSQL executemany beats a COPY through a temporary table."""


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model."""
    return model.__table__  # type: ignore[attr-defined,no-any-return]


def insert_rows(session: Session, model: type[SQLModel], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Inserts rows of database values (moments as milliseconds); raises IntegrityError as the constraints say."""
    if not rows:
        return
    connection, table = session.connection(), table_of(model)
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql" and len(rows) > FEW:
        _copy(connection, f"{table.name} ({names})", rows)
    else:
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({names}) VALUES ({_marks(connection, columns)})", _tuples(rows)
        )


def insert_new_rows(session: Session, model: type[SQLModel], columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Inserts the rows that break no unique constraint and passes over the others; returns how many went in."""
    if not rows:
        return 0
    connection, table = session.connection(), table_of(model)
    names, source = ", ".join(columns), f"VALUES ({_marks(connection, columns)})"
    if connection.dialect.name == "postgresql" and len(rows) > FEW:
        _fill_temporary(connection, table, columns, rows)
        result = connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({names}) SELECT {names} FROM new_{table.name} ON CONFLICT DO NOTHING"
        )
        return result.rowcount
    return connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) {source} ON CONFLICT DO NOTHING", _tuples(rows)
    ).rowcount


def add_up(session: Session, model: type[SQLModel], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Adds numbers to roll-up cells, making the cells that aren't there.

    `columns` begin with the primary key; rows must be sorted by it, or concurrent writers deadlock (architecture.md 2.5).
    """
    if not rows:
        return
    connection, table = session.connection(), table_of(model)
    keys = [column.name for column in table.primary_key]
    names = ", ".join(columns)
    added = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in columns if name not in keys)
    conflict = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {added}"
    if connection.dialect.name == "postgresql" and len(rows) > FEW:
        _fill_temporary(connection, table, columns, rows)
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({names}) SELECT {names} FROM new_{table.name} ORDER BY {', '.join(keys)} {conflict}"
        )
    else:
        values = _marks(connection, columns)
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({values}) {conflict}", _tuples(rows))


def next_ids(session: Session, model: type[SQLModel], count: int) -> range | list[int]:
    """Keys for `count` new rows; on SQLite inside a write session only, which holds the one write lock."""
    connection, table = session.connection(), table_of(model)
    if connection.dialect.name == "postgresql":
        found = connection.exec_driver_sql(
            f"SELECT nextval('{table.name}_id_seq') FROM generate_series(1, %s)", (count,)
        )
        return [number for (number,) in found]
    last = connection.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {table.name}").scalar_one()
    return range(last + 1, last + 1 + count)


def _marks(connection: Connection, columns: Sequence[str]) -> str:
    return ", ".join(["%s" if connection.dialect.name == "postgresql" else "?"] * len(columns))


def _tuples(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows]


def _fill_temporary(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    name = f"new_{table.name}"
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} (LIKE {table.name} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS"
    )
    connection.exec_driver_sql(f"DELETE FROM {name}")
    _copy(connection, f"{name} ({', '.join(columns)})", rows)


def _copy(connection: Connection, target: str, rows: Sequence[Row]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
