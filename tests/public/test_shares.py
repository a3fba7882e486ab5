"""The door of a share: who is let in with which cookie, and that a link which opens nothing tells nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from db.models import ShareOpening, SignInAttempt, User
from db.session import engine_for, read_session, write_session
from public import shares as door
from services import shares
from services.sign_in import viewer_of
from tests import factories as make

PASSWORD = "correct horse"


@pytest.fixture
def engine(app_database: str) -> Engine:
    """The database that the routes use."""
    return engine_for(app_database)


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    with write_session(engine) as session:
        make.user(session)
        make.wave(session, make.scheme(session))
    with TestClient(Starlette(routes=door.routes()), base_url="https://survey.example", follow_redirects=False) as one:
        yield one


def link(engine: Engine, *, password: str = "", at: datetime | None = None) -> tuple[int, str]:
    """A share of the overview for a week: its key and its path."""
    now = at or datetime.now(UTC)
    with write_session(engine) as session:
        by = viewer_of(session.exec(select(User)).one())
        values = {"view": "overview", "address": {}, "ends_at": now + timedelta(days=7), "password": password}
        one = shares.make_share(session, **values, form_key=f"{now}{password}", by=by, at=now)
        return one.id or 0, "/s/" + shares.link_to(one.link_seed).rpartition("/")[2]


def test_a_link_gives_a_cookie_that_scripts_and_other_sites_do_not_get_and_leads_on(
    client: TestClient, engine: Engine
) -> None:
    key, path = link(engine)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/shared?share={key}")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "secure", "samesite=lax", "path=/", "max-age=6047"))
    assert path.removeprefix("/s/") not in answer.headers["location"] + answer.headers["set-cookie"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    with read_session(engine) as session:
        assert [one.share_id for one in session.exec(select(ShareOpening))] == [key]


def test_unknown_ended_and_revoked_links_get_the_same_page(client: TestClient, engine: Engine) -> None:
    ended = link(engine, at=datetime.now(UTC) - timedelta(days=8))[1]
    key, revoked = link(engine)
    with write_session(engine) as session:
        by = viewer_of(session.exec(select(User)).one())
        shares.revoke_share(session, share_id=key, by=by, at=datetime.now(UTC))
    answers = [client.get(path) for path in ("/s/unknown", ended, revoked)]
    assert {answer.status_code for answer in answers} == {404}
    texts = {
        answer.text.replace(path, "/s/x") for path, answer in zip(("/s/unknown", ended, revoked), answers, strict=True)
    }
    assert len(texts) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)
    with read_session(engine) as session:
        assert len(session.exec(select(SignInAttempt)).all()) == 3


def test_guessing_is_stopped(client: TestClient, engine: Engine) -> None:
    codes = [client.get(f"/s/guess{number}").status_code for number in range(shares.UNKNOWN_TOKENS + 2)]
    assert codes == [404] * shares.UNKNOWN_TOKENS + [429] * 2
    assert client.get(link(engine)[1]).status_code == 429


def test_a_password_is_asked_wrong_ones_are_counted_and_the_right_one_opens(client: TestClient, engine: Engine) -> None:
    path = link(engine, password=PASSWORD)[1]
    assert client.get(path).status_code == 200
    assert "set-cookie" not in client.get(path).headers
    answer = client.post(path, data={"password": "wrong"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    assert client.post(path, data={"password": PASSWORD}).status_code == 303
    for _ in range(5):
        assert client.post(path, data={"password": "x" * 300}).status_code == 401
    assert client.post(path, data={"password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    ("language", "said"), [("zh-CN", "链接无效"), ("en", "This link leads nowhere")], ids=["zh", "en"]
)
def test_the_pages_speak_both_languages(client: TestClient, language: str, said: str) -> None:
    assert said in client.get("/s/unknown", headers={"accept-language": language}).text
