"""API tokens on screen: made by an administrator, shown once, revoked; nobody else sees them."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from db.models import ApiToken
from db.session import read_session, write_session
from domain.api_access import TokenInvalid
from services import api_tokens
from tests import factories as make
from tests.pages.conftest import OpenScreen
from tests.pages.screens import press, text


def filled(screen: AppTest) -> AppTest:
    screen.text_input[0].set_value("Line <b>7</b>")
    for scope in ("responses:write", "scores:read"):
        screen.checkbox(key=f"api_tokens.new.{scope}").check()
    screen.selectbox[0].set_value("iatf-quarterly")
    return press(screen, "Make token")


def test_a_token_is_made_shown_once_and_revoked(open_screen: OpenScreen) -> None:
    with write_session() as session:
        make.scheme(session)
    screen = filled(open_screen("api_tokens", by="alice"))
    (token,) = [code.value for code in screen.code]
    assert "<b>" not in screen.success[0].value
    with write_session() as session:
        caller = api_tokens.admitted(session, token=token, at=datetime.now(UTC))
    assert caller.scopes == {"responses:write", "scores:read"}
    assert caller.scheme_id
    screen = screen.run()
    assert not screen.code
    assert token not in text(screen)
    assert screen.dataframe[0].value["hint"].tolist() == [f"{token[:9]}…"]
    with write_session() as session:
        api_tokens.revoke(session, token_id=caller.token_id, by=api_tokens_root(), at=datetime.now(UTC))
    assert open_screen("api_tokens", by="alice").dataframe[0].value["state"].tolist() == ["Revoked"]
    with pytest.raises(TokenInvalid), write_session() as session:
        api_tokens.admitted(session, token=token, at=datetime.now(UTC))


def api_tokens_root() -> api_tokens.Viewer:
    return api_tokens.Viewer(0, "root", "Root", "administrator")


def test_what_cannot_be_is_refused_in_words(open_screen: OpenScreen) -> None:
    screen = press(open_screen("api_tokens", by="alice"), "Make token")
    assert "Say which program the token is for" in screen.warning[0].value
    screen.text_input[0].set_value("A program")
    assert "Choose what the token may be used for" in press(screen, "Make token").warning[0].value
    with read_session() as session:
        assert session.exec(select(ApiToken)).all() == []


@pytest.mark.parametrize("who", ["bob", "charlie", "dora"])
def test_nobody_else_sees_or_makes_tokens(open_screen: OpenScreen, who: str) -> None:
    screen = open_screen("api_tokens", by=who)
    assert not screen.checkbox
    assert [info.value for info in screen.info] == ["Ask the administrator for a role that may see it."]
