"""Ten thousand corrective actions: a run of the board and of the list, and saving one more."""

import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import median

from sqlalchemy import insert
from sqlmodel import Session, col, select
from streamlit.testing.v1 import AppTest

from components import access
from db.models import Action, ActionEvent, Department, User
from db.session import read_session, write_session
from domain.access import Viewer
from domain.action_states import State
from services import actions
from settings import ROOT
from tests.bench.company import Company, founded
from tests.bench.measuring import interleaved
from tests.bench.results import Report
from tests.bench.screens import _use, signed_in
from tests.bench.stores import store

N, RUN_BAR, SAVE_BAR = 10_000, 100.0, 500.0
VIEWS = {"board": "board", "list": "list"}
STATES = [state.value for state in State]
PEOPLE = 50


def measure(report: Report, kind: str, rounds: int) -> None:
    """On a company of its own without answers: what is looked at grows with the actions only."""
    with store(kind) as engine:
        company = founded(engine)
        people = with_actions(company)
        works = {name: page_of(company, view) for name, view in VIEWS.items()}
        for work in works.values():
            work()
        gc.collect()
        gc.freeze()  # as the application does before it serves anybody
        times = interleaved(rounds, works, warm_up=2)
        gc.unfreeze()
        for name in VIEWS:
            report.at_most(f"{kind}: a run of Actions, {name}, {N:,} actions", times[name] * 1000, RUN_BAR, "ms")
        report.at_most(
            f"{kind}: proposing and saving an action beside {N:,}", saving(company, people, rounds), SAVE_BAR, "ms"
        )


def with_actions(company: Company) -> list[int]:
    """Actions in all states, of all departments and waves, each with three events; the keys of their owners."""
    now = datetime.now(UTC)
    with write_session(company.engine) as session:
        departments = list(session.exec(select(Department.id).order_by(col(Department.id))))
        people = [_owner(session, number, departments[number % len(departments)] or 0, now) for number in range(PEOPLE)]
        rows = [_row(number, company, departments, people, now) for number in range(N)]
        session.connection().execute(insert(Action), rows)
        keys = session.exec(select(Action.id).order_by(col(Action.id))).all()
        events: list[dict[str, object]] = [
            {"action_id": key, "at": now, "user_id": people[0], "verb": "edit", "changes": {}} for key in keys
        ]
        session.connection().execute(insert(ActionEvent), events * 3)
    return people


def _owner(session: Session, number: int, department: int, now: datetime) -> int:
    user = User(
        username=f"owner{number}",
        name=f"Owner {number}",
        password_hash="-",
        role="department",
        department_id=department,
        is_head=number < 10,
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user.id or 0


def _row(
    number: int, company: Company, departments: list[int | None], people: list[int], now: datetime
) -> dict[str, object]:
    state = STATES[number % len(STATES)]
    owner = number % PEOPLE
    return {
        "number": number + 1,
        "form_key": f"form {number}",
        "title": f"Late deliveries {number}",
        "state": state,
        "wave_id": company.wave_ids[number % len(company.wave_ids)],
        "department_id": departments[owner % len(departments)],
        "owner_id": people[owner],
        "due_on": now.date() + timedelta(days=number % 90 - 30),
        "figures": {"status": "red", "subjects": [{"score": 60.0 + number % 20}]},
        "created_at": now,
        "created_by_id": people[0],
        "closed_at": now if state == State.CLOSED else None,
        "cancel_reason": "a reason" if state == State.CANCELLED else "",
    }


def page_of(company: Company, view: str) -> Callable[[], object]:
    """Runs the shell with the screen of actions inside, for somebody who sees all of them."""
    url = company.engine.url.render_as_string(hide_password=False)
    _use(url)
    shell = AppTest.from_file(str(ROOT / "pages" / "navigation.py"), default_timeout=60)
    shell.session_state["language"] = "en"
    shell.session_state[access.TOKEN] = signed_in(company, f"bench-{view}")
    shell.run()
    shell.query_params["view"] = view
    shell.switch_page("actions.py")

    def run() -> None:
        _use(url)
        shell.run()
        shown = shell.dataframe if view == "list" else [one for one in shell.markdown if "Late deliveries" in one.value]
        if shell.exception or not shown:
            raise RuntimeError(f"The page failed: {[one.message for one in shell.exception]}")

    return run


def saving(company: Company, people: list[int], rounds: int) -> float:
    """Milliseconds for what the form proposes and for saving it: the server's share of red cell → saved action."""
    with read_session(company.engine) as session:
        asker = session.exec(select(User).where(col(User.username) == "bench-board")).one()
    by = Viewer(asker.id or 0, asker.username, asker.name, asker.role)
    numbers, wave, took = count(), company.wave_ids[-1], []
    for number, _ in zip(numbers, range(max(rounds, 5)), strict=False):
        began = time.perf_counter()
        now = datetime.now(UTC)
        with read_session(company.engine) as session:
            draft = actions.draft(session, by, wave_id=wave, today=now.date())
        with write_session(company.engine) as session:
            owner = session.get_one(User, people[0])
            actions.assign(
                session,
                title=f"One more {number}",
                department_id=owner.department_id or 0,
                owner_id=people[0],
                approver_id=None,
                due_on=draft.due_on,
                wave_id=wave,
                form_key=f"one more {number}",
                by=by,
                at=now,
            )
        took.append(time.perf_counter() - began)
    return median(took) * 1000
