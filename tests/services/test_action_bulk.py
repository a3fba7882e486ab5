"""Several actions are changed at once; each by its own rules, and the ones that can't be are told."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from db.models import Action, ActionEvent
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere
from services.action_bulk import change_many
from services.action_checks import ActionIncomplete, FieldNotEditable
from services.actions import ActionChangedMeanwhile
from tests.company import AT, Company, found_company
from tests.services.test_actions import DUE, assigned, step

LATER = DUE + timedelta(days=14)


@pytest.fixture
def company(sqlite_engine: Engine) -> Company:
    return found_company(sqlite_engine)


def two(engine: Engine, company: Company) -> list[Action]:
    return [assigned(engine, company, form_key=f"form {number}") for number in (1, 2)]


def due_dates(engine: Engine) -> list[object]:
    with read_session(engine) as session:
        return list(session.exec(select(Action.due_on).order_by(col(Action.number))))


def test_all_that_can_be_changed_is_and_the_others_are_told(sqlite_engine: Engine, company: Company) -> None:
    first, second = two(sqlite_engine, company)
    step(sqlite_engine, first, "cancel", company.people["dora"], cancel_reason="twice")
    versions = {first.id or 0: 2, second.id or 0: second.version, 999: 1}
    with write_session(sqlite_engine) as session:
        refused = change_many(session, versions=versions, due_on=LATER, by=company.people["dora"], at=AT)
    assert {number: type(reason) for number, reason in refused.items()} == {1: FieldNotEditable, 0: NotThere}
    assert due_dates(sqlite_engine) == [DUE, LATER]
    with read_session(sqlite_engine) as session:
        last = session.exec(select(ActionEvent).order_by(col(ActionEvent.id).desc())).first()
        assert last is not None
        assert (last.action_id, last.changes) == (second.id, {"due_on": [str(DUE), str(LATER)]})


def test_what_somebody_else_changed_meanwhile_is_not_written_over(sqlite_engine: Engine, company: Company) -> None:
    first, second = two(sqlite_engine, company)
    step(sqlite_engine, first, "analyse", company.people["dora"])
    with write_session(sqlite_engine) as session:
        versions = {first.id or 0: 1, second.id or 0: 1}
        refused = change_many(session, versions=versions, due_on=LATER, by=company.people["dora"], at=AT)
    assert [type(reason) for reason in refused.values()] == [ActionChangedMeanwhile]
    assert due_dates(sqlite_engine) == [DUE, LATER]


def test_a_department_that_gets_actions_gets_them_with_its_head_as_owner(
    sqlite_engine: Engine, company: Company
) -> None:
    first, second = two(sqlite_engine, company)
    quality = company.departments["quality"]
    with write_session(sqlite_engine) as session:
        versions = {first.id or 0: 1, second.id or 0: 1}
        assert not change_many(session, versions=versions, department_id=quality, by=company.people["dora"], at=AT)
        found = session.exec(select(Action.department_id).distinct()).all()
    assert found == [quality]


def test_nothing_chosen_is_refused_and_so_is_who_may_not_edit(sqlite_engine: Engine, company: Company) -> None:
    (first, _) = two(sqlite_engine, company)
    versions = {first.id or 0: 1}
    with write_session(sqlite_engine) as session, pytest.raises(ActionIncomplete):
        change_many(session, versions=versions, by=company.people["dora"], at=AT)
    viewer = next(person for person in company.people.values() if not person.may("edit_actions"))
    with write_session(sqlite_engine) as session, pytest.raises(NotAllowed):
        change_many(session, versions=versions, due_on=LATER, by=viewer, at=AT)
