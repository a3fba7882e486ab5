"""Rows go to the driver and come back as SQLAlchemy's own way would bring them; errors too."""

import pytest
from sqlalchemy import Engine, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from db import bulk
from db.columns import among
from db.models import Department
from db.session import read_session, write_session

CODES = [f"d{number:02}" for number in range(bulk.FEW + 5)]
WITH_IDS = select(col(Department.id)).where(among(col(Department.id), "ids"), col(Department.name_en) == "x")


@pytest.fixture
def departments(engine: Engine) -> Engine:
    with write_session(engine) as session:
        bulk.insert_rows(session, Department, ("code", "name_en", "name_zh"), [(code, "x", "") for code in CODES])
    return engine


@pytest.mark.parametrize("length", [0, 1, 2, len(CODES)])
def test_lists_of_any_length_find_their_rows(departments: Engine, length: int) -> None:
    with read_session(departments) as session:
        ids = sorted(session.scalars(select(col(Department.id))))[:length]
        by_driver = bulk.fetch(session, WITH_IDS, {"ids": ids})
        by_session = session.connection().execute(WITH_IDS, {"ids": ids}).all()
    assert sorted(key for (key,) in by_driver) == sorted(key for (key,) in by_session) == ids


def test_an_update_changes_each_row_by_its_own_values(departments: Engine) -> None:
    name = update(Department).where(col(Department.code) == bindparam("this")).values(name_zh=bindparam("to"))
    with write_session(departments) as session:
        bulk.update_rows(session, name, [{"this": "d00", "to": "质量"}, {"this": "d01", "to": "物流"}])
    with read_session(departments) as session:
        found = dict(session.execute(select(col(Department.code), col(Department.name_zh))).all())
    assert (found["d00"], found["d01"], found["d02"]) == ("质量", "物流", "")


@pytest.mark.parametrize("rows", [1, bulk.FEW + 1])
def test_what_breaks_a_constraint_is_told_as_an_integrity_error_without_values(departments: Engine, rows: int) -> None:
    again = [("d00", "secret", "")] * rows
    with pytest.raises(IntegrityError) as told, write_session(departments) as session:
        bulk.insert_rows(session, Department, ("code", "name_en", "name_zh"), again)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("rows", [1, bulk.FEW + 1])
def test_rows_that_are_there_are_passed_over(departments: Engine, rows: int) -> None:
    both = [("d00", "y", ""), *((f"new{number}", "y", "") for number in range(rows))]
    with write_session(departments) as session:
        assert bulk.insert_new_rows(session, Department, ("code", "name_en", "name_zh"), both) == rows
