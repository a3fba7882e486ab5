"""The loaded sample company shows what it promises, and is sound."""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from db.models import Action, Contact, Customer, Fact, Finding, Opinion, Purchase, SchemeRow, User, Wave
from db.queries.narrowing import waves_in
from db.queries.scores import WaveResult, results
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM, Scope
from domain.opinions import waits
from sample_data.company import accounts
from services import demo, demo_actions, passwords, users
from services.checking import verify
from tests.browser.servers import demo_folder

STATES = {"open", "analysing", "planned", "approved", "in_progress", "implemented", "verifying", "closed", "cancelled"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The sample company as `cli.py init` loads it today."""
    path = tmp_path_factory.mktemp("demo") / "satisfaction.db"
    shutil.copy(demo_folder() / "satisfaction.db", path)
    engine = engine_for(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def session(loaded: Engine) -> Iterator[Session]:
    with read_session(loaded) as session:
        yield session


@pytest.fixture
def waves(session: Session) -> list[WaveResult]:
    scope = Scope(SYSTEM, session.exec(select(SchemeRow.id)).one() or 0)
    return results(session, scope, waves_in(session, scope))


def index(wave: WaveResult) -> float:
    assert wave.index.score is not None
    return wave.index.score


def test_every_figure_is_what_the_rows_say(session: Session) -> None:
    assert list(verify(session)) == []


def test_seven_quarters_are_closed_and_one_is_open(waves: list[WaveResult]) -> None:
    assert [wave.wave.state for wave in waves] == ["closed"] * 7 + ["open"]


def test_the_index_is_just_under_its_target(waves: list[WaveResult]) -> None:
    now = waves[-1].index
    assert now.low is not None
    assert now.high is not None
    assert 79 < index(waves[-1]) < 80 < now.high
    assert index(waves[-2]) > 80
    assert (round(index(waves[-1]), 2), now.n) == (79.71, 125)


def test_about_99_percent_came_back_in_closed_quarters_and_half_in_the_open_one(waves: list[WaveResult]) -> None:
    rates = [wave.returns.rate or 0 for wave in waves]
    assert all(0.98 < rate < 1 for rate in rates[:-1])
    assert 0.5 < rates[-1] < 0.55
    assert sum(wave.returns.late for wave in waves) == 6
    assert sum(wave.returns.undeliverable for wave in waves) == 7


def test_on_time_delivery_is_red_and_several_items_are_amber(waves: list[WaveResult]) -> None:
    scores = {code: item.score.score or 0 for code, item in waves[-1].items.items()}
    assert [code for code, score in scores.items() if score <= 70] == ["on_time"]
    assert sum(70 < score < 80 for score in scores.values()) == 6


def test_delivery_declined_and_communication_was_repaired(waves: list[WaveResult]) -> None:
    delivery = [wave.dimensions["delivery"].score or 0 for wave in waves]
    communication = [wave.dimensions["communication"].score or 0 for wave in waves]
    packaging = [wave.items["packaging"].score.score or 0 for wave in waves]
    assert delivery[4] > delivery[5] > delivery[6] > delivery[7]
    assert communication[5] < 77
    assert communication[6] > 81
    assert [round(score) for score in packaging[3:5]] == [76, 83]


def test_some_customers_are_below_target_and_a_few_are_red(session: Session, waves: list[WaveResult]) -> None:
    below = select(func.count()).select_from(Finding).where(Finding.wave_id == waves[-1].wave.id)
    assert session.exec(below.where(Finding.rule == "CUSTOMER_BELOW", Finding.state == "open")).one() == 25


def test_everything_about_the_customers_is_there(session: Session) -> None:
    counted = {model: session.exec(select(func.count()).select_from(model)).one() for model in (Customer, Contact)}
    assert counted == {Customer: 60, Contact: 240}
    owners = Counter(session.exec(select(Customer.sales_owner_id)))
    assert len(owners) == 3
    assert None not in owners
    late = select(func.count()).select_from(Purchase).where(col(Purchase.delivered_on) > col(Purchase.promised_on))
    assert session.exec(late).one() > 20


def test_opinions_are_marked_as_problem_suggestion_or_praise_of_an_item(session: Session) -> None:
    kinds = Counter(session.exec(select(Opinion.kind)))
    assert set(kinds) == {"", "problem", "suggestion", "praise", "request"}
    without = (
        select(func.count()).select_from(Opinion).where(col(Opinion.item_id).is_(None), Opinion.source == "survey")
    )
    assert session.exec(without).one() == kinds[""] == 6


def test_opinions_wait_to_be_sorted_and_answered_and_some_were_rewarded(session: Session) -> None:
    said = session.exec(select(Opinion)).all()
    waiting = [one for one in said if waits(one.kind, is_answered=one.answered_on is not None)]
    open_ones = select(Finding).where(Finding.rule == "OPINION", Finding.state == "open")
    assert 8 <= len(waiting) == len(session.exec(open_ones).all())
    assert [one for one in said if one.not_adopted and one.answer and one.wave_id]
    assert [one for one in said if one.reward]


def test_actions_are_in_every_state_some_overdue_some_in_their_second_round(session: Session) -> None:
    actions = session.exec(select(Action)).all()
    today = datetime.now(UTC).date()
    working = [
        action for action in actions if action.state in ("open", "analysing", "planned", "approved", "in_progress")
    ]
    assert {action.state for action in actions} == STATES
    assert [action.verdict for action in actions if action.state == "closed"] == ["effective"] * 4
    assert sum(action.due_on < today for action in working) == 2
    assert {action.state for action in actions if action.round == 2} == {"closed", "in_progress"}
    assert all(action.figures["subjects"] for action in actions)


def test_the_accounts_on_the_sign_in_page_work_and_have_every_role(session: Session) -> None:
    offered = users.demo_accounts(session)
    assert (offered[0].username, offered[0].role) == ("demo", "quality")
    assert {account.role for account in offered} == set(users.ROLE_NAMES)
    assert len({account.password for account in offered}) == len(offered)
    for account in offered[:2]:  # a check takes a quarter of a second
        hashed = session.exec(select(User.password_hash).where(User.username == account.username)).one()
        assert passwords.is_right(account.password, hashed)


def test_every_department_that_answers_for_items_or_countersigns_has_a_head(session: Session) -> None:
    heads = session.exec(select(User.department_id).where(col(User.is_head))).all()
    assert len(heads) == len(set(heads)) == 7


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hashed", lambda password: f"not a hash of {len(password)}")


@pytest.mark.usefixtures("quick_hashes")
def test_it_can_be_loaded_on_the_first_day_of_a_quarter_which_is_a_holiday(sqlite_engine: Engine) -> None:
    loaded = demo.load_demo(sqlite_engine, at=datetime(2026, 12, 31, 18, tzinfo=UTC))  # 2 o'clock on 1 January in China
    assert (loaded.waves, loaded.customers, loaded.responses) == (8, 60, 1759)
    with read_session(sqlite_engine) as session:
        assert session.exec(select(Wave.code).where(Wave.state == "open")).one() == "2027-Q1"
        assert list(verify(session)) == []
        assert {action.state for action in session.exec(select(Action))} == STATES


@pytest.mark.usefixtures("quick_hashes")
def test_it_is_the_same_on_postgresql(postgresql_url: str, waves: list[WaveResult]) -> None:
    engine = engine_for(postgresql_url)
    demo.load_demo(engine, at=datetime.now(UTC))
    with read_session(engine) as session:
        scope = Scope(SYSTEM, session.exec(select(SchemeRow.id)).one() or 0)
        there = results(session, scope, waves_in(session, scope))
        assert list(verify(session)) == []
    assert [wave.index for wave in there] == [wave.index for wave in waves]
    assert [wave.items for wave in there] == [wave.items for wave in waves]


@pytest.mark.usefixtures("quick_hashes")
def test_a_database_with_anything_in_it_is_left_alone(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        session.add(Customer(code="C1", name_en="Somebody", created_at=datetime.now(UTC)))
    with pytest.raises(demo.DatabaseNotEmpty):
        demo.load_demo(sqlite_engine, at=datetime.now(UTC))


@pytest.mark.usefixtures("quick_hashes")
def test_nothing_is_loaded_when_any_step_fails(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(demo, "run_waves", fails)
    with pytest.raises(RuntimeError, match="power cut"):
        demo.load_demo(sqlite_engine, at=datetime.now(UTC))
    assert demo.is_empty(sqlite_engine)
    with read_session(sqlite_engine) as session:
        assert [session.exec(select(model)).first() for model in (Wave, Fact)] == [None, None]


def test_the_files_name_only_people_who_are_there() -> None:
    people = {account.username for account in accounts()}
    named = {name for story in demo_actions.stories() for name in (story.owner, story.approver)}
    assert named <= people
