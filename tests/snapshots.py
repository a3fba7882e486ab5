"""Everything that is derived from responses, to compare two databases or two moments."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from db import bulk
from db.models import CohortReturn, CohortScore, CohortTally, CustomerReturn, CustomerScore, CustomerTally, Finding
from db.session import read_session


def snapshot(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All roll-ups and findings, cells with nothing in them left out."""
    models = (CohortTally, CustomerTally, CohortScore, CustomerScore, CohortReturn, CustomerReturn)
    kept: dict[str, list[tuple[Any, ...]]] = {}
    with read_session(engine) as session:
        for model in models:
            table = bulk.table_of(model)
            keys = len(table.primary_key)
            rows = session.connection().execute(select(*table.primary_key, *(c for c in table.c if not c.primary_key)))
            kept[table.name] = sorted(tuple(row) for row in rows if any(row[keys:]))
        findings = session.exec(select(Finding.wave_id, Finding.rule, Finding.about, Finding.state))
        kept["finding"] = sorted(tuple(row) for row in findings)
    return kept
