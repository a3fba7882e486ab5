"""Pictures of every screen in both languages at the sizes of an office PC and a projector, light and dark in turn.

They go into build/screens, to be looked at, not compared; what is checked is that every screen stands, says no error,
fits the width, and is in the reader's language.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OFFICE, PROJECTOR, NewPage
from tests.browser.servers import ROOT, Server
from tests.browser.steps import drawn, sign_in, visit

FOLDER = ROOT / "build" / "screens"
SCREENS = {
    "overview": "/",
    "customers": "/customers",
    "customer": "/customer?code={customer}",
    "items": "/items",
    "periods": "/periods",
    "findings": "/findings",
    "actions": "/actions",
    "action": "/action?number=1",
    "import": "/import",
    "users": "/users",
    "api_tokens": "/api_tokens",
}
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
ADMINISTRATOR = ("admin", "admin-demo-2026")
CHINESE = re.compile("[一-鿿]")


def looks_right(page: Page, name: str) -> None:
    """No error, no empty screen, nothing to scroll sideways."""
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    assert page.get_by_test_id("stMain").inner_text().strip(), name
    too_wide = "document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth"
    assert page.evaluate(too_wide) <= 0, name


@pytest.mark.parametrize(
    ("language", "scheme", "size"),
    [("zh", "light", OFFICE), ("en", "dark", OFFICE), ("zh", "dark", PROJECTOR), ("en", "light", PROJECTOR)],
    ids=["zh-light-1366x768", "en-dark-1366x768", "zh-dark-1920x1080", "en-light-1920x1080"],
)
def test_every_screen_stands_in_this_language_light_and_size(
    app_server: Server, new_page: NewPage, language: str, scheme: str, size: tuple[int, int]
) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    page = new_page(app_server, locale=LANGUAGES[language], size=size, scheme=scheme)
    ending = f"{language}_{scheme}_{size[0]}x{size[1]}.png"
    visit(page, "/")
    page.screenshot(path=FOLDER / f"sign_in_{ending}")
    sign_in(page, "/", ADMINISTRATOR)
    for name, path in SCREENS.items():
        drawn(visit(page, path.format(customer="C001")))
        looks_right(page, name)
        title = page.get_by_test_id("stMain").get_by_role("heading").first.inner_text()
        assert bool(CHINESE.search(title)) == (language == "zh") or name in ("customer", "action"), (name, title)
        page.screenshot(path=FOLDER / f"{name}_{ending}")
    drawn(visit(page, "/actions?view=list"))
    page.get_by_test_id("stDataFrame").first.hover()
    search = {"zh": "搜索", "en": "Search"}[language]  # Streamlit itself has no other word than the English
    expect(page.get_by_test_id("stElementToolbarButton").get_by_label(search).first).to_be_visible()
    expect(page.get_by_test_id("stElementToolbar").get_by_label("Download as CSV")).to_have_count(0)
