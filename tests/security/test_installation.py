"""What somebody on the same machine or network could take: files, keys, tickets, the doors beside the screens."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

import app as application
from components import access
from db.schema import migrate
from db.session import engine_for, read_session, write_session
from domain.sign_in_limits import Limits
from services import sign_in
from settings import ROOT, SettingsInvalid, settings, settings_from
from tests import factories as make
from tools import serve

OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Files


def test_a_new_database_and_what_lies_beside_it_is_its_owners_alone(tmp_path: Path) -> None:
    configuration = settings_from({"VAR_DIR": str(tmp_path / "var")})
    migrate(configuration.database_url)
    with engine_for(configuration.database_url).connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        found = {path.name: mode(path) for path in configuration.var_dir.iterdir()}
    engine_for(configuration.database_url).dispose()
    assert {"satisfaction.db", "satisfaction.db-wal", "secret"} <= set(found)
    assert set(found.values()) == {0o600}
    assert mode(configuration.var_dir) == 0o700


def test_nothing_of_an_installation_is_in_the_repository() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"var/", ".streamlit/secrets.toml"} <= {line.lstrip("/") for line in ignored}


@pytest.mark.parametrize(
    "secret",
    ["changeme", "secret" * 10, "a" * 64, "ab" * 40, "password-password-password-password", "x" * 31, "0123456789" * 3],
)
def test_a_secret_that_can_be_guessed_starts_nothing(tmp_path: Path, secret: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        settings_from({"VAR_DIR": str(tmp_path), "SECRET_KEY": secret})
    assert secret not in str(refused.value)


def test_two_installations_have_two_secrets(tmp_path: Path) -> None:
    keys = {settings_from({"VAR_DIR": str(tmp_path / name)}).secret_key for name in "ab"}
    assert len(keys) == 2


def test_no_secret_is_on_the_command_line_of_the_server(tmp_path: Path) -> None:
    configuration = settings_from({"VAR_DIR": str(tmp_path), "DATABASE_URL": "postgresql://u:hidden@h/d"})
    said = " ".join(serve.options(configuration))
    assert configuration.secret_key not in said
    assert "hidden" not in said


def test_streamlit_serves_no_folder_and_keeps_its_own_guards() -> None:
    configured = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    for line in ("enableCORS = true", "enableXsrfProtection = true", "enableStaticServing = false"):
        assert line in configured
    assert 'showErrorDetails = "none"' in configured
    assert "fastReruns = false" in configured, "a press beside a run that ends could be lost"
    assert "disableDataExport = true" in configured, "it would let formulas out, and leave no trace"
    assert 'address = "127.0.0.1"' in configured


# Doors beside the screens


@pytest.fixture
def client(app_database: str) -> Iterator[TestClient]:
    del app_database
    with_host = TestClient(application.app, base_url="http://testserver", follow_redirects=False)
    yield with_host
    with_host.close()


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/"])
def test_how_many_people_are_connected_is_told_to_nobody(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_health_says_four_things(client: TestClient) -> None:
    answer = client.get("/healthz?verbose=1")
    assert set(answer.json()) == {"status", "version", "database", "revision"}
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/healthz", "/auth/keep"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_door_takes_anything_in(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path, content=b"x").status_code in (403, 405)


@pytest.mark.parametrize("next_", ["https://evil.example", "//evil.example", "\\\\evil.example", "javascript:alert(1)"])
@pytest.mark.parametrize("name", ["next", "url", "redirect", "return_to"])
def test_no_address_sends_the_browser_elsewhere(client: TestClient, name: str, next_: str) -> None:
    answer = client.get(f"/auth/keep?t={begun().ticket}&{name}={quote(next_)}", headers=OUR_PAGE)
    assert answer.status_code == 204
    assert "location" not in answer.headers
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "testserver@evil.example", "", "testserver evil"])
def test_the_name_that_was_asked_for_changes_nothing(client: TestClient, host: str) -> None:
    answer = client.get(f"/auth/keep?t={begun().ticket}", headers={"Host": host, **OUR_PAGE})
    assert "domain" not in answer.headers.get("set-cookie", "").lower()
    assert "evil" not in str(answer.headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": ""},
        {"Referer": ""},
        {"Referer": "http://evil.example/testserver"},
        {"Referer": "http://testserver.evil.example/"},
        {"Referer": "http://evil.example#testserver"},
        {"Referer": "http://testserver@evil.example/"},
        {"Host": ""},
        {"Host": "", "Referer": ""},
    ],
)
def test_no_other_page_signs_a_browser_in_to_an_account_of_its_choice(
    client: TestClient, headers: dict[str, str]
) -> None:
    answer = client.get(f"/auth/keep?t={begun().ticket}", headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("ticket", ["", "x", "'; DROP TABLE sign_in_session; --", "\x00", "é" * 9, "x" * 50_000])
def test_an_invented_ticket_buys_nothing(client: TestClient, ticket: str) -> None:
    answer = client.get(f"/auth/keep?t={quote(ticket)}", headers=OUR_PAGE)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def begun(user_id: int | None = None) -> sign_in.Beginning:
    now = datetime.now(UTC)
    with write_session() as session:
        user_id = user_id or make.user(session, f"user-{now.timestamp()}", "viewer").id
        return sign_in.begin(session, user_id=user_id or 0, at=now, days=7, secret_key=settings().secret_key)


# Signing in


def test_a_ticket_is_worth_one_cookie_however_many_ask_at_once(client: TestClient) -> None:
    ticket = begun().ticket

    def ask(_: int) -> Any:
        return client.get(f"/auth/keep?t={ticket}", headers=OUR_PAGE).status_code

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(8)))
    assert sorted(answers) == [204] + [403] * 7


def test_a_cookie_says_nothing_of_whose_it_is_and_no_script_reads_it(client: TestClient) -> None:
    cookie = client.get(f"/auth/keep?t={begun().ticket}", headers=OUR_PAGE).headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    value = rest.split(";")[0]
    assert name == access.COOKIE
    assert len(value) == 64
    assert int(value, 16) >= 0
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}


def test_a_cookie_that_was_planted_before_signing_in_is_worth_nothing_afterwards(app_database: str) -> None:
    del app_database
    planted = begun()
    with write_session() as session:
        sign_in.end_all(session, user_id=planted.user_id, at=datetime.now(UTC))
    fresh = begun(planted.user_id)
    assert fresh.token != planted.token
    assert presence_of(planted.token) is None
    assert presence_of(fresh.token) is not None


def presence_of(token: str) -> object:
    with read_session() as session:
        return sign_in.presence(session, token=token, at=datetime.now(UTC), idle=timedelta(hours=1))


@pytest.mark.parametrize("token", ["", "0" * 64, "x", "' OR '1'='1", "é", "x" * 100_000])
def test_an_invented_token_is_nobody(app_database: str, token: str) -> None:
    del app_database
    begun()
    assert presence_of(token) is None


def test_somebody_elses_cookie_gives_no_fresh_tries_for_an_account(sqlite_engine: Engine) -> None:
    """A browser that is known counts apart, but only for its own account."""
    now, limits = datetime.now(UTC), Limits(5, timedelta(minutes=15))
    with write_session(sqlite_engine) as session:
        victim, other = make.user(session, "victim", "viewer"), make.user(session, "other", "viewer")
        token = sign_in.begin(session, user_id=other.id or 0, at=now, days=1, secret_key="k" * 40).token
        assert victim.id != other.id
    where = {"username": "victim", "address": "203.0.113.9", "at": now, "limits": limits}
    for known in [None] * 5:
        with write_session(sqlite_engine) as session:
            sign_in.attempt(session, known_token=known, **where)
    with pytest.raises(sign_in.TooManyAttempts), write_session(sqlite_engine) as session:
        sign_in.attempt(session, known_token=token, **where)
