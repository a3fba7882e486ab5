"""The routes beside the screens: health, the cookie of a sign-in, headers, and what must hold before the first request."""

import ast
import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from starlette.routing import Match
from starlette.testclient import TestClient

import app as application
from components import menu
from db.models import SignInSession, User
from db.schema import newest_revision
from db.session import engine_for, read_session, write_session
from public import nowhere
from services import sign_in
from settings import ROOT, VERSION, settings

OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def client(app_database: str) -> TestClient:
    """Without the lifespan: no Streamlit runtime, only the routes."""
    return TestClient(application.app, base_url="http://testserver")


def begin(*, at: datetime | None = None) -> sign_in.Beginning:
    at = at or datetime.now(UTC)
    with write_session() as session:
        user = User(username="alice", name="Alice", password_hash="x", role="viewer", created_at=at)
        session.add(user)
        session.flush()
        return sign_in.begin(session, user_id=user.id or 0, at=at, days=7, secret_key=settings().secret_key)


def test_health_tells_version_database_and_schema(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "version": VERSION,
        "database": "sqlite",
        "revision": newest_revision(),
    }


def test_health_is_503_when_the_database_cannot_be_reached(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder.db").mkdir()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'folder.db'}")
    settings.cache_clear()
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "database unreachable"


def test_the_overview_is_found_by_its_name_with_its_filters(client: TestClient) -> None:
    answer = client.get("/overview?segment=automotive", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "./?segment=automotive")
    assert client.get("/overview", follow_redirects=False).headers["location"] == "./"


def test_a_ticket_buys_an_http_only_cookie_once(client: TestClient) -> None:
    beginning = begin()
    first = client.get("/auth/keep", params={"t": beginning.ticket}, headers=OUR_PAGE)
    assert first.status_code == 204
    cookie = first.headers["set-cookie"]
    assert cookie.startswith(f"satisfaction_session={beginning.token};")
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={7 * 24 * 3600}"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert first.headers["cache-control"] == "no-store"
    second = client.get("/auth/keep", params={"t": beginning.ticket}, headers=OUR_PAGE)
    assert second.status_code == 403
    assert "set-cookie" not in second.headers


def test_a_ticket_that_is_too_old_or_invented_buys_nothing(client: TestClient) -> None:
    old = begin(at=datetime.now(UTC) - timedelta(seconds=31))
    for ticket in (old.ticket, old.token, "invented", ""):
        answer = client.get("/auth/keep", params={"t": ticket}, headers=OUR_PAGE)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Referer": "http://testserver/"},
        {"Referer": "http://attacker.example/"},
        {"Referer": "http://testserver.attacker.example/"},
        {},
    ],
)
def test_another_site_cannot_sign_a_browser_in_to_an_account_of_its_choice(
    client: TestClient, headers: dict[str, str]
) -> None:
    beginning = begin()
    answer = client.get("/auth/keep", params={"t": beginning.ticket}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    with read_session() as session:
        assert session.exec(select(SignInSession.ticket_hash)).one() is not None


def test_without_tls_our_page_is_known_by_its_referer(client: TestClient) -> None:
    headers = {"Referer": "http://testserver/customers?wave=3"}
    assert client.get("/auth/keep", params={"t": begin().ticket}, headers=headers).status_code == 204


def test_under_tls_the_cookie_is_secure(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "https://survey.example.com")
    settings.cache_clear()
    answer = client.get("/auth/keep", params={"t": begin().ticket}, headers=OUR_PAGE)
    assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize("path", ["/healthz", "/auth/keep", "/", "/customers", "/users"])
def test_every_answer_forbids_framing_sniffing_and_telling_others_the_address(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["content-security-policy"] == "frame-ancestors 'self'"


def test_it_refuses_to_start_on_tables_of_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    settings.cache_clear()
    with pytest.raises(application.SchemaOutdated, match=r"python cli\.py init"):
        application.check_schema()
    engine_for(settings().database_url).dispose()


def test_it_starts_on_its_own_tables(app_database: str) -> None:
    application.check_schema()


def test_the_sign_in_library_is_not_loaded_before_the_server_runs() -> None:
    """Otherwise its component answers 404 and nobody can sign in (architecture.md 2.3)."""
    code = "import app, sys; app.import_everything(); print('streamlit_authenticator' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False"]


def test_everything_that_pages_import_is_imported_before_the_first_request() -> None:
    """What a page imports first on a run is collected after each run, for 70–100 ms (architecture.md 2.3)."""
    wanted = {name for page in (ROOT / "pages").glob("*.py") for name in imported(page)}
    code = "import app, sys; app.import_everything(); print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert wanted - {*answer.stdout.split()} == set()


def test_the_worker_is_started_again_when_it_dies_and_ends_with_the_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app_database: str
) -> None:
    started = tmp_path / "started"
    code = f"""
import sys, time
with open({str(started)!r}, "a+") as file:
    file.write("x")
    starts = file.tell()
sys.exit(1) if starts < 3 else time.sleep(60)
"""
    monkeypatch.setattr(application, "WORKER", (sys.executable, "-c", code))
    monkeypatch.setattr(application, "WORKER_PAUSE", 0)

    async def run() -> None:
        async with application.worker():
            while not started.exists() or started.read_text() != "xxx":
                await asyncio.sleep(0.02)

    asyncio.run(asyncio.wait_for(run(), timeout=30))
    assert started.read_text() == "xxx"


def test_no_worker_is_started_where_the_settings_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app_database: str
) -> None:
    monkeypatch.setenv("RUN_WORKER", "0")
    settings.cache_clear()
    monkeypatch.setattr(application, "WORKER", ("/no/such/program",))

    async def run() -> None:
        async with application.worker():
            await asyncio.sleep(0.05)

    asyncio.run(run())


def imported(page: Path) -> set[str]:
    """Modules that `import a` and `from a import b` name."""
    nodes = list(ast.walk(ast.parse(page.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


@pytest.mark.parametrize(
    ("path", "language", "said"),
    [("/nothing", "zh-CN,zh", "没有这个页面"), ("/customers/C001", "en-US", "There is no such page")],
    ids=["unknown", "below a screen"],
)
def test_an_address_of_no_screen_is_told_in_the_readers_language(
    client: TestClient, path: str, language: str, said: str
) -> None:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 404
    assert f"<h1>{said}</h1>" in answer.text
    assert '<a href="/">' in answer.text


@pytest.mark.parametrize(
    "path", ["", "customers", "customers/", "import", "shared", "media/a1b2", "_stcore/x", "a.css"]
)
def test_screens_and_files_of_streamlit_are_not_taken_for_unknown_addresses(path: str) -> None:
    known = {menu.SHARED, *map(menu.address, menu.SCREENS)}
    (elsewhere,) = nowhere.routes(known)
    for kind in ("http", "websocket"):
        scope = {"type": kind, "method": "GET", "path": f"/{path}", "headers": []}
        assert elsewhere.matches(scope)[0] == Match.NONE
