"""The shell: strangers see the sign-in and nothing else; the others what their role includes."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from components import access, menu
from db.models import SignInAttempt, SignInSession, User
from db.session import read_session, write_session
from domain.access import PERMISSIONS
from services import sign_in, users
from settings import ROOT
from tests.pages.conftest import PASSWORD, OpenScreen

PAGES = sorted(file.stem for file in (ROOT / "pages").glob("*.py") if file.stem not in ("navigation", "__init__"))


def is_sign_in(screen: AppTest) -> bool:
    return [field.label for field in screen.text_input] == ["User name", "Password"]


def submit(screen: AppTest, username: str, password: str) -> AppTest:
    screen.text_input[0].set_value(username)
    screen.text_input[1].set_value(password)
    next(button for button in screen.button if button.label == "Sign in").click()
    return screen.run()


def button(screen: AppTest, label: str) -> AppTest:
    next(button for button in screen.button if button.label == label).click()
    return screen.run()


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_sees_the_sign_in_on_every_page_and_nothing_else(open_screen: OpenScreen, page: str) -> None:
    screen = open_screen(page)
    assert not screen.exception
    assert is_sign_in(screen)
    assert [title.value for title in screen.title] == [":material/monitoring: Customer satisfaction"]
    assert not screen.dataframe


@pytest.mark.parametrize("page", PAGES)
def test_every_page_by_itself_asks_to_sign_in_too(people: dict[str, int], page: str) -> None:
    screen = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"))
    screen.session_state["language"] = "en"
    screen.run()
    assert not screen.exception
    assert is_sign_in(screen)


@pytest.mark.parametrize(
    "page", [screen for screen in menu.SCREENS if screen.permission not in PERMISSIONS["interviewer"]]
)
def test_somebody_without_the_permission_is_told_whom_to_ask(open_screen: OpenScreen, page: menu.Screen) -> None:
    screen = open_screen(page.name, by="charlie")
    assert not screen.exception
    is_of_customers = page.permission in ("view_customers", "edit_customers")
    asked = "the quality manager." if is_of_customers else "Ask the administrator for a role that may see it."
    assert [note.body for note in screen.info] == [f"For the customer list, ask {asked}" if is_of_customers else asked]
    assert not screen.dataframe
    assert not screen.metric


@pytest.mark.parametrize("role", PERMISSIONS)
def test_the_menu_holds_what_the_role_includes(role: str, people: dict[str, int]) -> None:
    viewer = sign_in.viewer_of(User(username="x", name="X", password_hash="", role=role, created_at=datetime.now(UTC)))
    shown = {screen.name for screen in menu.SCREENS if menu.is_in_sight(screen, viewer)}
    assert shown == {s.name for s in menu.SCREENS if s.section and s.permission in PERMISSIONS[role]}
    assert ("users" in shown) == (role == "administrator")
    assert "customer" not in shown


def test_the_right_password_opens_the_page_that_was_asked_for(open_screen: OpenScreen) -> None:
    screen = submit(open_screen(), "Bob ", PASSWORD)
    assert not screen.exception
    assert not is_sign_in(screen)
    assert [title.value for title in screen.title] == ["Overview"]


def test_the_browser_is_given_a_ticket_and_never_the_token(open_screen: OpenScreen) -> None:
    screen = submit(open_screen(), "bob", PASSWORD)
    token = screen.session_state[access.TOKEN]
    html = " ".join(str(element.proto) for element in screen.get("html"))
    assert "/auth/keep?t=" in html
    assert token not in html


@pytest.mark.parametrize("name", ["bob", "nobody"])
def test_a_wrong_password_and_an_unknown_name_look_the_same(open_screen: OpenScreen, name: str) -> None:
    screen = submit(open_screen(), name, "wrong password")
    assert is_sign_in(screen)
    assert [warning.value for warning in screen.warning] == ["The user name or the password is not right."]
    with read_session() as session:
        assert len(session.exec(select(SignInAttempt)).all()) == 1
        assert session.exec(select(SignInSession)).all() == []


def test_wrong_passwords_lock_even_the_right_one_in_another_session(open_screen: OpenScreen) -> None:
    for _try in range(5):
        submit(open_screen(), "bob", "wrong password")
    screen = submit(open_screen(), "bob", PASSWORD)
    assert is_sign_in(screen)
    assert "Try again in 1 min" in screen.warning[0].value


def test_a_password_longer_than_bcrypt_looks_at_is_refused_with_a_reason(open_screen: OpenScreen) -> None:
    screen = submit(open_screen(), "bob", "x" * 73)
    assert "at most 72 bytes" in screen.warning[0].value


def test_an_empty_form_is_no_try(open_screen: OpenScreen) -> None:
    screen = submit(open_screen(), "", "")
    assert [warning.value for warning in screen.warning] == ["The user name or the password is not right."]
    with read_session() as session:
        assert session.exec(select(SignInAttempt)).all() == []


def test_the_library_leaves_nothing_in_the_session(open_screen: OpenScreen) -> None:
    screen = submit(open_screen(), "bob", PASSWORD)
    for key in ("authentication_status", "username", "roles", "name", "email"):
        assert key not in screen.session_state


def test_signing_out_shows_the_sign_in_and_kills_the_token(open_screen: OpenScreen) -> None:
    screen = open_screen("overview", by="bob")
    token = screen.session_state[access.TOKEN]
    assert is_sign_in(button(screen, "Sign out"))
    screen.session_state[access.TOKEN] = token
    assert is_sign_in(screen.run())


def test_signing_out_everywhere_ends_the_other_browser_at_its_next_run(open_screen: OpenScreen) -> None:
    here, there = open_screen(by="bob"), open_screen(by="bob")
    button(here, "Sign out everywhere")
    assert is_sign_in(there.run())


def test_a_deactivated_user_is_out_at_the_next_run(open_screen: OpenScreen, people: dict[str, int]) -> None:
    screen = open_screen(by="bob")
    assert not is_sign_in(screen)
    with write_session() as session:
        session.get_one(User, people["bob"]).active = False
    assert is_sign_in(screen.run())


def test_a_lost_role_counts_at_the_next_run(open_screen: OpenScreen, people: dict[str, int]) -> None:
    screen = open_screen("overview", by="bob")
    assert not screen.info or screen.info[0].icon != ":material/lock:"
    with write_session() as session:
        session.get_one(User, people["bob"]).role = "interviewer"
    screen.run()
    assert screen.info[0].icon == ":material/lock:"


def test_a_password_set_by_the_administrator_ends_the_open_session(
    open_screen: OpenScreen, people: dict[str, int]
) -> None:
    screen = open_screen(by="bob")
    with write_session() as session:
        now = datetime.now(UTC)
        users.set_password(session, user_id=people["bob"], password="five swans in a row", by=people["alice"], at=now)
    assert is_sign_in(screen.run())


def test_a_forged_token_is_nobody(open_screen: OpenScreen) -> None:
    screen = open_screen()
    screen.session_state[access.TOKEN] = "0" * 64
    assert is_sign_in(screen.run())


def test_two_readers_at_once_stay_themselves(open_screen: OpenScreen) -> None:
    alice, bob = open_screen(by="alice"), open_screen(by="bob")
    for screen, name in ((alice, "Alice"), (bob, "Bob"), (alice, "Alice")):
        screen.run()
        assert any(name in element.value for element in screen.sidebar.markdown)


def test_the_chosen_language_is_kept_in_the_account(open_screen: OpenScreen, people: dict[str, int]) -> None:
    screen = open_screen(by="bob")
    screen.button_group(key="account_language").set_value("zh_CN").run()
    assert [title.value for title in screen.title] == ["总览"]
    with read_session() as session:
        assert session.get_one(User, people["bob"]).language == "zh_CN"


def test_an_administrator_adds_an_account_on_the_screen(open_screen: OpenScreen) -> None:
    screen = open_screen("users", by="alice")
    assert not screen.exception
    assert list(screen.dataframe[0].value["username"]) == ["alice", "bob", "charlie", "dora"]
    fields = {field.label: field for field in screen.text_input}
    fields["User name"].set_value("eve")
    fields["Name"].set_value("Eve")
    button(screen, "Add account")
    assert not screen.exception
    assert "Account eve added" in screen.success[0].value
    made = screen.code[0].value
    assert not is_sign_in(submit(open_screen(), "eve", made))
    assert not screen.run().code


def test_a_reader_never_reaches_the_users(open_screen: OpenScreen) -> None:
    screen = open_screen("users", by="bob")
    assert not screen.dataframe
    assert screen.info[0].icon == ":material/lock:"
