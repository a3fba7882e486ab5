"""Screens in tests: `open_screen("customers", by="bob")` runs the shell as that person would see it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import access
from components.texts import OWN_CHOICE
from db.models import Department, User
from db.session import write_session
from services import passwords, sign_in
from settings import ROOT, settings

PASSWORD = "three ducks on a pond"
PEOPLE = {"alice": "administrator", "bob": "viewer", "charlie": "interviewer", "dora": "department"}
OpenScreen = Callable[..., AppTest]


@pytest.fixture(scope="session")
def password_hash() -> str:
    return passwords.hashed(PASSWORD)


@pytest.fixture
def people(app_database: str, password_hash: str) -> dict[str, int]:
    """Username → id. Alice is administrator, Bob reads, Charlie sees nothing, Dora acts for the department LOG."""
    now = datetime.now(UTC)
    with write_session() as session:
        department = Department(code="LOG", name_zh="物流", name_en="Logistics")
        session.add(department)
        session.flush()
        users = [
            User(username=name, name=name.title(), password_hash=password_hash, role=role, created_at=now)
            for name, role in PEOPLE.items()
        ]
        users[-1].department_id = department.id
        session.add_all(users)
        session.flush()
        return {user.username: user.id or 0 for user in users}


def token_of(user_id: int) -> str:
    """A real sign-in of a user, as the form begins it."""
    with write_session() as session:
        now, key = datetime.now(UTC), settings().secret_key
        return sign_in.begin(session, user_id=user_id, at=now, days=7, secret_key=key).token


@pytest.fixture
def open_screen(people: dict[str, int]) -> OpenScreen:
    """Runs pages/navigation.py; `page` is a file in pages/, `by` a username or None for a stranger."""

    def open_it(page: str = "", *, by: str | None = None, language: str = "en", **query: Any) -> AppTest:
        shell = AppTest.from_file(str(ROOT / "pages" / "navigation.py"))
        shell.session_state[OWN_CHOICE] = language
        if by:
            shell.session_state[access.TOKEN] = token_of(people[by])
        for name, value in query.items():
            shell.query_params[name] = value
        shell.run()
        return shell.switch_page(f"{page}.py").run() if page else shell

    return open_it
