"""How somebody is told, chosen on screen; chats and messages in doubt, for administrators only."""

import pytest
from sqlmodel import select

from db.models import ChatTarget, ChosenChat, Delivery, TellingChoice
from db.session import read_session, write_session
from tests.factories import AT
from tests.pages.conftest import OpenScreen
from tests.pages.screens import press, text


def test_what_somebody_chooses_is_kept_for_them(open_screen: OpenScreen) -> None:
    with write_session() as session:
        session.add(ChatTarget(name="A *room*", kind="slack", address="https://h.example/x", created_at=AT))
    screen = open_screen("notifications", by="bob")
    screen.button_group(key="telling.rhythm").set_value("digest")
    screen.button_group(key="telling.chats").set_value([1])
    screen = press(screen, "Save")
    assert not screen.exception
    with read_session() as session:
        (kept,) = session.exec(select(TellingChoice)).all()
        assert (kept.rhythm, kept.digest_at, kept.by_mail) == ("digest", 510, True)
        assert [one.person_id for one in session.exec(select(ChosenChat))] == [kept.person_id]


def test_an_administrator_lists_a_chat_whose_address_is_shown_no_more(open_screen: OpenScreen) -> None:
    screen = open_screen("messages", by="alice")
    screen.text_input[0].set_value("Quality")
    screen.text_input[1].set_value("https://10.0.0.1/hook?key=s3cret9876")
    screen = press(screen, "Add chat")
    assert "leads into a private network" in screen.warning[0].value
    screen.text_input[1].set_value("https://1.1.1.1/hook?key=s3cret9876")
    press(screen, "Add chat")
    again = open_screen("messages", by="alice")
    assert again.dataframe[0].value["address"].tolist() == ["1.1.1.1/…9876"]
    assert "s3cret" not in text(again)


def test_an_administrator_sends_a_message_in_doubt_again(open_screen: OpenScreen) -> None:
    with write_session() as session:
        usual = {"person_id": 1, "channel": "mail:1", "thing": "t", "not_before": AT, "queued_at": AT}
        session.add(Delivery(state="unclear", **usual))
    screen = press(open_screen("messages", by="alice"), "Send again")
    assert not screen.exception
    with read_session() as session:
        assert session.exec(select(Delivery.state)).one() == "queued"


@pytest.mark.parametrize("who", ["bob", "charlie", "dora"])
def test_nobody_else_sees_the_chats(open_screen: OpenScreen, who: str) -> None:
    assert "New chat" not in text(open_screen("messages", by=who))
