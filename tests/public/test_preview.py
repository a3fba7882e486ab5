"""Previews of a questionnaire through the application itself: for who is signed in and sees the wave, and nobody else."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

import app as application
from components.access import COOKIE
from db.session import write_session
from services import sign_in
from settings import settings
from tests import factories as make


def client_of(username: str, role: str, **more: int | None) -> TestClient:
    client = TestClient(application.app, headers={"accept-language": "en"})
    if not username:
        return client
    now = datetime.now(UTC)
    with write_session() as session:
        user = make.user(session, username, role, **more)
        key = settings().secret_key
        begun = sign_in.begin(session, user_id=user.id or 0, at=now, days=7, secret_key=key)
    with write_session() as session:
        token = sign_in.redeem(session, ticket=begun.ticket, at=now, secret_key=settings().secret_key)
    client.cookies.set(COOKIE, token or "")
    return client


@pytest.fixture
def world(app_database: str) -> int:
    with write_session() as session:
        make.department(session, "elsewhere")
        return make.wave(session).id or 0


@pytest.mark.parametrize("path", ["/q/preview", "/q/paper"])
def test_alice_and_bob_see_the_preview_and_charlie_and_strangers_do_not(world: int, path: str) -> None:
    with write_session() as session:
        office = make.department(session, "far away").id
    for username, role, department, status in (
        ("alice", "quality", None, 200),
        ("bob", "viewer", None, 200),
        ("charlie", "organiser", office, 404),
        ("", "", None, 404),
    ):
        shown = client_of(username, role, department_id=department).get(f"{path}?wave={world}&lang=en")
        assert shown.status_code == status
        assert ("On-time delivery" in shown.text) == (status == 200)
        assert ("This link leads nowhere" in shown.text) == (status == 404)
    assert client_of("", "").get(f"{path}?wave=no").status_code == 404


def test_nothing_of_a_preview_can_be_pressed_and_paper_tells_the_day(world: int) -> None:
    client = client_of("alice", "quality")
    phone = client.get(f"/q/preview?wave={world}").text
    assert phone.count("<button") == phone.count(" disabled>") == 3
    paper = client.get(f"/q/paper?wave={world}&by=2026-10-16&lang=en").text
    assert "Please answer by October 16, 2026." in paper
    assert paper.count("☐") == 14 * 5
    assert "请在2026年10月16日前答复。" in client.get(f"/q/paper?wave={world}&by=2026-10-16&lang=zh").text
