"""One response at a time: what roll-ups and findings cost on top of the bare durable insert; and eight writers at once."""

import sqlite3
from collections.abc import Callable
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import Engine

from db.models import Customer, Wave
from db.session import write_session
from domain.access import SYSTEM
from domain.answers import Given
from services.responses import submit
from tests.bench.company import CUSTOMERS, SCHEME, Company, levels
from tests.bench.measuring import interleaved
from tests.bench.results import Report
from tests.factories import AT

SUBMIT_BAR = 6.0
RESPONSE = (
    *("wave_id", "scheme_version_id", "cohort_id", "customer_id", "row_key", "content_hash", "status"),
    *("invalid_reason", "late", "score", "respondent", "received_at"),
)


def measure(report: Report, company: Company, rounds: int) -> None:
    """Times of one submit and of inserting the same rows bare, in turn, on the company's newest wave."""
    kind = company.engine.dialect.name
    with bare_insert(company) as bare:
        times = interleaved(rounds, {"submit": submitting(company), "bare": bare}, warm_up=20)
    report.at_most(f"{kind}: submit, times the bare insert", times["submit"] / times["bare"], SUBMIT_BAR, "×")
    report.at_most(f"{kind}: submit", times["submit"] * 1000, None, "ms")
    report.at_most(f"{kind}: bare durable insert", times["bare"] * 1000, None, "ms")


def answers_of(number: int) -> dict[str, Given | None]:
    """What customer `number` says, by item code."""
    codes = [level.code for level in SCHEME.levels]
    (said,) = levels(np.random.default_rng(number), np.array([number % CUSTOMERS])).tolist()
    return {item: codes[level] if level >= 0 else None for item, level in zip(SCHEME.item_codes, said, strict=True)}


def submitting(company: Company, first: int = 0) -> Callable[[], object]:
    """Submits a response of the next customer, from the `first` on, each time it is called."""
    with write_session(company.engine) as session:
        wave = session.get_one(Wave, company.wave_ids[-1])
        customers = [session.get_one(Customer, key) for key in company.customer_ids]
    numbers = count(first)

    def one() -> None:
        number = next(numbers)
        with write_session(company.engine) as session:
            customer = customers[number % CUSTOMERS]
            submit(session, wave=wave, answers=answers_of(number), by=SYSTEM, at=AT, customer=customer, channel="web")

    return one


@contextmanager
def bare_insert(company: Company) -> Any:
    """Inserts a response and its answers each time it is called, by the driver alone, durable as the application is."""
    connection, mark = _connected(company.engine)
    columns, marks = ", ".join(RESPONSE), ", ".join([mark] * len(RESPONSE))
    into_response = f"INSERT INTO response ({columns}) VALUES ({marks}) RETURNING id"
    into_answer = f"INSERT INTO answer (response_id, item_id, level) VALUES ({mark}, {mark}, {mark})"
    numbers, items = count(), range(1, 15)

    def one() -> None:
        number = next(numbers)
        who = company.customer_ids[number % CUSTOMERS]
        cells = (company.wave_ids[0], 1, company.cohort_ids[0], who, f"bare:{number}", "0" * 32)
        (said,) = levels(np.random.default_rng(number), np.array([number % CUSTOMERS])).tolist()
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if mark == "?" else "BEGIN")
        cursor.execute(into_response, (*cells, "counted", "", False, 80 * 10**9, "", 0))
        ((key,),) = cursor.fetchall()
        cursor.executemany(
            into_answer, [(key, item, level) for item, level in zip(items, said, strict=True) if level >= 0]
        )
        cursor.execute("COMMIT")

    try:
        yield one
    finally:
        connection.close()


def _connected(engine: Engine) -> tuple[Any, str]:
    if engine.dialect.name == "postgresql":
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(url, autocommit=True), "%s"
    connection = sqlite3.connect(str(engine.url.database), isolation_level=None)
    for setting in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {setting}")
    return connection, "?"
