"""Fixtures of the browser tests: a running application and a Chromium.

    def test_the_menu_is_hidden_from_strangers(page: Page) -> None:
        visit(page, "/customers")

`page` looks at `app_server`, which tests share and therefore leave as they found it; who changes data takes
`fresh_server` and opens `new_page(fresh_server)`, also for another language, size or person.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.servers import ROOT, Server, serving
from tools import chromium as chromium_finder

OFFICE = (1366, 768)
PROJECTOR = (1920, 1080)
PHONE = (390, 844)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = ROOT / "build" / "browser"
FAILED = pytest.StashKey[bool]()

NewPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what lies in this folder; two workers share it, each with a browser of its own, file by file."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    files = sorted({item.path for item in here})
    for item in here:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group(f"browser {files.index(item.path) % 2}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="package")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application with the sample company, shared by tests that change nothing."""
    with serving(tmp_path_factory.mktemp("shared") / "var") as server:
        yield server


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """The application with the sample company, started for this test: nobody has asked it anything yet."""
    with serving(tmp_path / "fresh") as server:
        yield server


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = chromium_finder.found()
    assert path, "no Chromium; `make test` installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """Opens pages, each like another person's browser: `new_page(server, locale="zh-CN", size=PHONE, scheme="dark")`.

    At the end no script of a page may have failed; of a failed test the pages are kept as pictures in build/browser.
    """
    opened: list[Page] = []
    errors: list[str] = []

    def open_page(
        server: Server, *, locale: str = "en-US", size: tuple[int, int] = OFFICE, scheme: str = "light"
    ) -> Page:
        viewport = {"width": size[0], "height": size[1]}
        context = chromium.new_context(base_url=server.url, locale=locale, viewport=viewport, color_scheme=scheme)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        opened.append(page)
        return page

    expect.set_options(timeout=10_000)
    yield open_page
    if request.node.stash.get(FAILED, True):
        keep_pictures(opened, request.node.name)
    for page in opened:
        page.context.close()
    assert errors == []


def keep_pictures(pages: list[Page], name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages, start=1):
        page.screenshot(path=PICTURES / f"{name}-{number}.png", full_page=True)


@pytest.fixture
def page(new_page: NewPage, app_server: Server) -> Page:
    """An English browser of 1366 × 768 on the shared application."""
    return new_page(app_server)
