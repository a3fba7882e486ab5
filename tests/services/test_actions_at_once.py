"""Several people at the same moment, on both databases: no number twice, no form twice, no edit lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from db.models import Action, ActionEvent
from db.session import read_session, write_session
from services import actions
from services.actions import ActionChangedMeanwhile
from tests.company import AT, TODAY, Company, found_company

AT_ONCE = 4


@pytest.fixture
def company(engine: Engine) -> Company:
    return found_company(engine)


def assign(engine: Engine, company: Company, form_key: str) -> int:
    with write_session(engine) as session:
        saved = actions.assign(
            session,
            title="Late deliveries",
            department_id=company.departments["logistics"],
            owner_id=company.people["alice"].user_id,
            approver_id=None,
            due_on=TODAY + timedelta(days=14),
            form_key=form_key,
            by=company.people["dora"],
            at=AT,
        )
        return saved.number


def test_actions_assigned_at_the_same_moment_have_numbers_of_their_own(engine: Engine, company: Company) -> None:
    start = Barrier(AT_ONCE)

    def several(worker: int) -> list[int]:
        start.wait()
        return [assign(engine, company, f"form {worker}.{n}") for n in range(4)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        numbers = [number for found in pool.map(several, range(AT_ONCE)) for number in found]
    assert sorted(numbers) == list(range(1, 4 * AT_ONCE + 1))


def test_one_form_sent_several_times_at_the_same_moment_makes_one_action(engine: Engine, company: Company) -> None:
    start = Barrier(AT_ONCE)

    def again(_: int) -> int:
        start.wait()
        return assign(engine, company, "the form")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(again, range(AT_ONCE))) == [1] * AT_ONCE
    with read_session(engine) as session:
        assert len(session.exec(select(ActionEvent)).all()) == 1


def test_of_two_edits_at_the_same_moment_one_is_saved_and_the_other_is_told(engine: Engine, company: Company) -> None:
    assign(engine, company, "form")
    start = Barrier(2)

    def edit(name: str) -> str:
        start.wait()
        try:
            with write_session(engine) as session:
                actions.edit(session, action_id=1, version=1, by=company.people[name], at=AT, cause=f"Says {name}")
        except ActionChangedMeanwhile as told:
            return f"told: {told.changes['cause'][1]}"
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        outcome = dict(zip(("alice", "dora"), pool.map(edit, ("alice", "dora")), strict=True))
    winner = next(name for name, what in outcome.items() if what == "saved")
    assert sorted(outcome.values()) == ["saved", f"told: Says {winner}"]
    with read_session(engine) as session:
        assert session.exec(select(col(Action.cause))).one() == f"Says {winner}"
