"""Sending and returns on screen: queued by one press, followed, reminded; and what others see of it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlmodel import func, select
from streamlit.testing.v1 import AppTest

from db.models import Invitation, Mail, Reminder, Response, Wave
from db.session import default_engine, read_session, write_session
from domain.access import Viewer
from services import jobs, sending
from settings import settings
from tests import factories as make
from tests.pages.conftest import OpenScreen
from tests.smtp_sink import Sink, smtp_sink

AT = datetime.now(UTC)
WAVE = {"scheme": "iatf-quarterly", "wave": "2026-Q4"}


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with smtp_sink() as running:
        monkeypatch.setenv("SMTP_URL", running.url)
        monkeypatch.setenv("MAIL_FROM", "Quality <q@example.com>")
        settings.cache_clear()
        yield running


@pytest.fixture
def quinn(people: dict[str, int]) -> Viewer:
    """Runs the wave; two customers with a contact each, and one response that leaves items out."""
    with write_session() as session:
        user = make.user(session, "quinn", "quality")
        people["quinn"] = user.id or 0
        wave = make.wave(session)
        for code in ("A", "B"):
            make.contact(session, make.customer(session, code), name=f"Person {code}", mail=f"{code}@example.com")
        make.response(session, wave, {"price": "satisfied"}, customer=make.customer(session, "C"), at=AT)
        return make.viewer(user)


def on_wave(open_screen: OpenScreen, *, by: str, section: str, language: str = "en") -> AppTest:
    """The wave's screen; its address is given again, because the first run is the overview's."""
    shell = open_screen("", by=by, language=language)
    for name, value in {**WAVE, "section": section}.items():
        shell.query_params[name] = value
    return shell.switch_page("wave.py").run()


def sent_out(by: Viewer) -> None:
    with write_session() as session:
        sending.send_out(session, wave_id=1, one_each=True, by_mail=False, form_key="f", by=by, at=AT)


def count_of(model: type) -> int:
    with read_session() as session:
        return session.exec(select(func.count()).select_from(model)).one()


def texts(shell: AppTest) -> str:
    return " ".join(str(one.value) for one in (*shell.markdown, *shell.caption, *shell.info, *shell.warning))


def test_one_press_queues_the_mails_and_the_worker_sends_them(
    open_screen: OpenScreen, quinn: Viewer, sink: Sink
) -> None:
    shell = on_wave(open_screen, by="quinn", section="sending")
    button = shell.button(key="sending.send")
    assert (button.label, button.disabled) == ("Send 2 mails", False)
    shell = button.click().run()
    assert not shell.exception
    assert (count_of(Invitation), count_of(Mail)) == (2, 2)
    assert any(one.key == "sending.stop" for one in shell.button), "progress, and a way to stop it"
    jobs.run_worker(default_engine(), once=True)
    shell = shell.run()
    assert len(sink.arrived) == 2
    assert "Mailed **2**" in texts(shell)
    assert shell.button(key="sending.send").disabled, "nobody is left"


def test_without_a_mail_server_links_are_made(open_screen: OpenScreen, quinn: Viewer) -> None:
    shell = on_wave(open_screen, by="quinn", section="sending")
    assert shell.button(key="sending.send").disabled
    assert "SMTP_URL" in texts(shell)
    shell = shell.button(key="sending.links").click().run()
    assert not shell.exception
    assert (count_of(Invitation), count_of(Mail)) == (2, 0)


def test_a_mail_that_is_unclear_is_listed_with_what_is_known(
    open_screen: OpenScreen, quinn: Viewer, sink: Sink
) -> None:
    sink.hangs_up_after_data = True
    with write_session() as session:
        sending.send_out(session, wave_id=1, one_each=True, by_mail=True, form_key="f", by=quinn, at=AT)
    jobs.run_worker(default_engine(), once=True)
    shell = on_wave(open_screen, by="quinn", section="sending")
    assert "2 mails to look at" in texts(shell)
    assert shell.button(key="sending.again").disabled, "nothing is chosen yet"


def test_the_board_shows_rates_and_reminds_all_with_one_press(
    open_screen: OpenScreen, quinn: Viewer, sink: Sink
) -> None:
    sent_out(quinn)
    with write_session() as session:
        asked = session.get_one(Invitation, 1)
        make.response(session, session.get_one(Wave, 1), invitation=asked, at=AT)
    shell = on_wave(open_screen, by="quinn", section="returns")
    assert not shell.exception
    values = {one.label.split(" :")[0]: one.value for one in shell.metric}
    assert (values["Response rate"], values["Outstanding"]) == ("50.0 %", "1")
    assert "at least 2 times" in texts(shell)
    assert "Invalid and partial responses" in texts(shell)
    assert shell.button(key="returns.remind_all").label == "Remind 1 contact"
    shell = shell.button(key="returns.remind_all").click().run()
    assert (count_of(Reminder), count_of(Mail)) == (1, 1)
    button = shell.button(key="returns.remind_all")
    assert (button.disabled, "within the last day" in button.help) == (True, True), "not twice a day"


def test_nothing_sent_and_not_open_yet_say_what_comes_next(open_screen: OpenScreen, quinn: Viewer) -> None:
    shell = on_wave(open_screen, by="quinn", section="returns", language="zh_CN")
    assert any(one.key == "returns.send" for one in shell.button)
    with write_session() as session:
        session.get_one(Wave, 1).state = "planned"
    for section in ("sending", "returns"):
        shell = on_wave(open_screen, by="quinn", section=section)
        assert not shell.exception
        assert "Not open yet" in texts(shell)


def test_bob_sees_rates_without_names_and_cannot_remind_and_charlie_sees_nothing(
    open_screen: OpenScreen, quinn: Viewer, sink: Sink
) -> None:
    sent_out(quinn)
    shell = on_wave(open_screen, by="bob", section="returns")
    assert not shell.exception
    assert any(one.label.startswith("Response rate") for one in shell.metric)
    assert not any(one.key == "returns.remind_all" for one in shell.button)
    assert "To be chased" not in texts(shell)
    shell = on_wave(open_screen, by="bob", section="sending")
    assert not any(one.key == "sending.send" for one in shell.button)
    shell = on_wave(open_screen, by="charlie", section="returns")
    assert not shell.metric
    assert count_of(Response) == 1
