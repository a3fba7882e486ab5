"""Board, list and one action, as each reader may see them, and as fast with ten thousand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert
from sqlmodel import Session

from db.models import Action
from db.queries.actions import action, actions, board
from db.session import read_session, write_session
from domain.access import NotThere
from domain.action_rows import BOARD
from services import actions as services
from tests.company import AT, TODAY, Company, found_company

QUARTER = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def company(engine: Engine) -> Company:
    return found_company(engine)


def add(session: Session, company: Company, number: int, **other: Any) -> None:
    usual = {
        "number": number,
        "form_key": f"form {number}",
        "title": f"Action {number}",
        "department_id": company.departments["logistics"],
        "owner_id": company.people["alice"].user_id,
        "wave_id": company.now,
        "due_on": TODAY + timedelta(days=number),
        "created_at": AT,
        "created_by_id": company.people["dora"].user_id,
    }
    session.add(Action(**(usual | other)))


def numbers(rows: list[Any]) -> list[int]:
    return [row.number for row in rows]


@pytest.fixture
def some_actions(engine: Engine, company: Company) -> Company:
    """1 open and late, 2 in progress at quality, 3 closed this quarter, 4 closed before, 5 cancelled, 6 approved, about alpha."""
    quality = {"department_id": company.departments["quality"], "owner_id": company.people["charlie"].user_id}
    with write_session(engine) as session:
        add(session, company, 1, due_on=TODAY - timedelta(days=2))
        add(session, company, 2, state="in_progress", **quality)
        add(session, company, 3, state="closed", closed_at=AT)
        add(session, company, 4, state="closed", closed_at=datetime(2026, 6, 30, tzinfo=UTC))
        add(session, company, 5, state="cancelled", cancel_reason="Measured wrongly")
        add(session, company, 6, state="approved", customer_id=company.customers["alpha"], **quality)
    return company


def test_the_board_has_the_actions_in_their_columns_and_counts_what_is_unfinished(
    engine: Engine, some_actions: Company
) -> None:
    with read_session(engine) as session:
        seen = board(session, some_actions.people["dora"], today=TODAY, closed_since=QUARTER)
    assert {name: numbers(rows) for name, rows in seen.cards.items()} == {
        "analysing": [1],
        "planned": [],
        "in_progress": [2, 6],
        "verifying": [],
        "closed": [3],
    }
    assert seen.counts == {"analysing": 1, "planned": 0, "in_progress": 2, "verifying": 0, "closed": 1}
    assert (seen.unfinished, seen.overdue, seen.mine) == (3, 1, 0)


def test_a_column_shows_the_first_due_and_counts_all(engine: Engine, some_actions: Company) -> None:
    with read_session(engine) as session:
        seen = board(session, some_actions.people["dora"], today=TODAY, closed_since=QUARTER, cards=1)
    assert (numbers(seen.cards["in_progress"]), seen.counts["in_progress"]) == ([2], 2)


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("dora", [1, 2, 6]),
        ("bob", [1, 2, 6]),
        ("erik", [1, 2, 6]),  # of the waves that sales organise
        ("alice", [1]),
        ("charlie", [2, 6]),
        ("fay", [6]),  # about alpha, her customer
        ("ivan", []),
    ],
)
def test_who_sees_which_actions(engine: Engine, some_actions: Company, name: str, sees: list[int]) -> None:
    viewer = some_actions.people[name]
    with read_session(engine) as session:
        assert numbers(actions(session, viewer).rows) == sees
        cards = board(session, viewer, today=TODAY, closed_since=QUARTER).cards
        assert sorted(n for column in ("analysing", "in_progress") for n in numbers(cards[column])) == sees
        for number in (1, 2, 6):
            if number not in sees:
                with pytest.raises(NotThere):
                    action(session, viewer, number)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"states": ["closed"]}, [3, 4]),
        ({"overdue_on": TODAY}, [1]),
        ({"search": "A-6"}, [6]),
        ({"search": "a\u20112"}, [2]),
        ({"search": "tion 6"}, [6]),
        ({"search": "100%"}, []),
        ({"search": "_"}, []),
        ({"offset": 1, "limit": 1}, [2]),
    ],
)
def test_what_the_list_is_narrowed_to(
    engine: Engine, some_actions: Company, asked: dict[str, Any], found: list[int]
) -> None:
    with read_session(engine) as session:
        assert numbers(actions(session, some_actions.people["dora"], **asked).rows) == found


def test_a_department_and_the_own_ones_can_be_asked_for(engine: Engine, some_actions: Company) -> None:
    charlie, quality = some_actions.people["charlie"], some_actions.departments["quality"]
    with read_session(engine) as session:
        assert numbers(actions(session, some_actions.people["dora"], department_id=quality).rows) == [2, 6]
        assert actions(session, some_actions.people["dora"], only_mine=True).total == 0
        assert actions(session, charlie, only_mine=True).total == 2


def test_one_action_comes_with_its_findings_its_figures_then_and_its_history(engine: Engine, company: Company) -> None:
    dora, alice = company.people["dora"], company.people["alice"]
    with write_session(engine) as session:
        found = company.finding(session, "ITEM_BELOW", "alpha/on_time")
        saved = services.assign(
            session,
            finding_ids=[found.id or 0],
            title="Late deliveries",
            department_id=company.departments["logistics"],
            owner_id=alice.user_id,
            approver_id=dora.user_id,
            due_on=date(2026, 9, 28),
            form_key="form",
            by=dora,
            at=AT,
        )
        services.advance(session, action_id=saved.id or 0, version=1, verb="analyse", by=alice, at=AT)
    with read_session(engine) as session:
        seen = action(session, company.people["bob"], 1)
    assert [(line.who, line.verb, line.to_state) for line in seen.history] == [
        ("Alice", "analyse", "analysing"),
        ("Dora", "assign", "open"),
    ]
    assert (seen.row.status, seen.row.score, seen.row.owner, seen.row.wave) == ("red", 60.0, "Alice", "2026-Q3")
    assert [row.about for row in seen.findings] == ["customer:1/item:4"]
    assert (seen.person("approver_id"), seen.customer and seen.customer.en, seen.may_edit) == ("Dora", "Alpha", False)


def test_the_board_counts_ten_thousand_actions_and_the_list_turns_to_their_last_pages(sqlite_engine: Engine) -> None:
    company = found_company(sqlite_engine)
    states = [state for column in BOARD.values() for state in column]
    with write_session(sqlite_engine) as session:
        add(session, company, 1)
        session.flush()
        usual = session.get_one(Action, 1).model_dump(exclude={"id"})
        rows = [
            usual
            | {"number": n, "form_key": f"form {n}", "state": (state := states[n % len(states)].value)}
            | {"due_on": TODAY + timedelta(days=n % 90), "closed_at": AT if state == "closed" else None}
            for n in range(2, 10_001)
        ]
        session.connection().execute(insert(Action), rows)
    with read_session(sqlite_engine) as session:
        seen = board(session, company.people["dora"], today=TODAY, closed_since=QUARTER, cards=12)
        listed = actions(session, company.people["dora"], offset=5_000)
    assert (sum(seen.counts.values()), len(listed.rows)) == (10_000, 50)
