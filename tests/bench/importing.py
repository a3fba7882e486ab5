"""A survey file of a wave goes in: against the driver's bulk insert of the same rows, the ORM, and memory."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import sleep
from typing import Any

from sqlalchemy import Engine
from sqlmodel import SQLModel

from db.bulk import table_of
from db.models import Answer, ImportRun, Opinion, Response, SchemeVersion
from db.session import read_session, write_session
from services.importing import ROWS_AT_ONCE, import_file
from services.waves import open_wave
from tests import databases
from tests.bench.company import MAPPING, founded, write_csv
from tests.bench.measuring import seconds
from tests.bench.results import Report
from tests.bench.stores import store
from tests.bench.submitting import submitting
from tests.factories import AT, preset

RAW_BAR, ORM_BAR, MEMORY_BAR, WAIT_BAR = 0.33, 6.0, 200.0, 1.0
KEYS: dict[type[SQLModel], str] = {Response: "id", Answer: "response_id", Opinion: "response_id"}
"""What the import writes as it is, and which column says in which transaction."""
FEWER_FOR_ORM = 10
WAVE = "2027-Q1"


def measure(report: Report, kind: str, responses: int, rounds: int) -> None:
    """Import, bare bulk insert and ORM in turn, each into an empty wave of a new database."""
    path = databases.run_folder() / "survey.csv"
    write_csv(path, responses)
    with store(kind) as engine:
        founded(engine)
        bring_in(engine, path)
        chunks = rows_by_chunk(engine)
    few = chunks[: max(1, len(chunks) // FEWER_FOR_ORM)]
    works: dict[str, Callable[[Engine], None]] = {
        "import": lambda engine: bring_in(engine, path),
        "bare": lambda engine: bare_insert(engine, chunks),
        "orm": lambda engine: by_orm(engine, few),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(_timed(kind, work))
    took, share = median(times["import"]), sum(len(chunk[0]) for chunk in few) / responses
    report.at_least(f"{kind}: import, share of bare bulk insert", median(times["bare"]) / took, RAW_BAR, "×")
    report.at_least(f"{kind}: import, times faster than the ORM", median(times["orm"]) / share / took, ORM_BAR, "×")
    report.at_least(f"{kind}: import", responses / took, None, "responses/s")


def bring_in(engine: Engine, path: Path) -> None:
    """The import as the command line does it."""
    done = import_file(
        engine, path, scheme=preset("iatf-quarterly"), wave=WAVE, mapping=MAPPING, filename=path.name, at=AT
    )
    if not done.finished or done.refused:
        raise RuntimeError(f"The import went wrong: {done}")


Chunk = tuple[list[tuple[Any, ...]], ...]


def rows_by_chunk(engine: Engine) -> list[Chunk]:
    """The rows that the import wrote, as the driver takes them: responses, answers and opinions of each transaction."""
    with read_session(engine) as session:
        driver: Any = session.connection().connection
        cursor = driver.cursor()
        everything = []
        for model, key in KEYS.items():
            names = ", ".join(columns_of(model))
            cursor.execute(f"SELECT {names} FROM {table_of(model).name} ORDER BY {key}")
            everything.append([tuple(row) for row in cursor.fetchall()])
    places = [columns_of(model).index(key) for model, key in KEYS.items()]
    ids = [row[places[0]] for row in everything[0]]
    chunks = []
    for first in range(0, len(ids), ROWS_AT_ONCE):
        low, high = ids[first], ids[min(first + ROWS_AT_ONCE, len(ids)) - 1]
        chunks.append(
            tuple([r for r in rows if low <= r[at] <= high] for rows, at in zip(everything, places, strict=True))
        )
    return chunks


def columns_of(model: type[SQLModel]) -> list[str]:
    """The columns that the import fills."""
    left_out = {"opinion": {"id"}}.get(table_of(model).name, set())
    return [column.name for column in table_of(model).columns if column.name not in left_out]


def bare_insert(engine: Engine, chunks: Sequence[Chunk]) -> None:
    """executemany on SQLite, COPY on PostgreSQL; a transaction for each chunk."""
    for chunk in chunks:
        with write_session(engine) as session:
            cursor: Any = session.connection().connection.cursor()
            for model, rows in zip(KEYS, chunk, strict=True):
                names, target = columns_of(model), table_of(model).name
                if engine.dialect.name == "postgresql":
                    with cursor.copy(f"COPY {target} ({', '.join(names)}) FROM STDIN") as copy:
                        for row in rows:
                            copy.write_row(row)
                else:
                    marks = ", ".join("?" * len(names))
                    cursor.executemany(f"INSERT INTO {target} ({', '.join(names)}) VALUES ({marks})", rows)


def by_orm(engine: Engine, chunks: Sequence[Chunk]) -> None:
    """The same rows as objects, added and flushed."""
    for chunk in chunks:
        with write_session(engine) as session:
            for model, rows in zip(KEYS, chunk, strict=True):
                names = columns_of(model)
                session.add_all(_object(model, dict(zip(names, row, strict=True))) for row in rows)
                session.flush()


def _object(model: type[SQLModel], cells: dict[str, Any]) -> SQLModel:
    moments = {"received_at": AT, "submitted_at": AT}
    return model(**{**cells, **{name: moment for name, moment in moments.items() if name in cells}})


def _timed(kind: str, work: Callable[[Engine], None]) -> float:
    with store(kind) as engine:
        founded(engine)
        with write_session(engine) as session:
            version = session.get_one(SchemeVersion, 1)
            wave = open_wave(session, version=version, code=WAVE, by=None, at=AT)
            run = {"file_name": "", "file_sha256": "", "mapping_hash": "", "mapping": "", "started_at": AT}
            session.add(ImportRun(wave_id=wave.id or 0, **run))
        return seconds(lambda: work(engine))


def measure_beside(report: Report, kind: str, responses: int) -> None:
    """Peak memory of an importing process, and how long submits wait beside it."""
    path, mapping = databases.run_folder() / "long.csv", databases.run_folder() / "mapping.toml"
    write_csv(path, responses)
    mapping.write_text(MAPPING.dump(), encoding="utf-8")
    with store(kind) as engine:
        company = founded(engine)
        submit_one, waits = submitting(company), []
        submit_one()
        said = ["import", str(path), "--scheme", "iatf-quarterly", "--wave", WAVE, "--mapping", str(mapping)]
        command = [sys.executable, "-m", "tests.bench.command", *said]
        environment = {**os.environ, "DATABASE_URL": engine.url.render_as_string(hide_password=False)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            while process.poll() is None:
                waits.append(seconds(submit_one))
                sleep(0.2)
            assert process.stdout
            peak = float(process.stdout.read().splitlines()[-1])
        if process.returncode:
            raise RuntimeError("The importing process failed.")
    path.unlink()
    note = f"CSV of {responses:,} rows"
    report.at_most(f"{kind}: peak memory of an importing process", peak, MEMORY_BAR, "MB", note)
    report.at_most(f"{kind}: longest of {len(waits)} submits beside it", max(waits), WAIT_BAR, "s", note)
