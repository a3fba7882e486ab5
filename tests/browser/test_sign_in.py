"""Signing in, in a browser: the cold link, the cookie, refresh, the other tab, and what scripts can't reach."""

import re
from urllib.request import Request, urlopen

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import settled, visit

QUALITY = ("demo", "demo-2026")
ADMINISTRATOR = ("admin", "admin-demo-2026")
COOKIE = "satisfaction_session"


def form(page: Page) -> None:
    """The sign-in is there and nothing else."""
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("heading")).to_have_text([re.compile("Customer satisfaction")])
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)


def fill(page: Page, account: tuple[str, str]) -> None:
    page.get_by_label("User name", exact=True).fill(account[0])
    page.get_by_label("Password", exact=True).fill(account[1])
    page.get_by_role("button", name="Sign in", exact=True).click()


def enter(page: Page, path: str, account: tuple[str, str] = QUALITY) -> None:
    """Signs in on a page, and waits until the browser holds its cookie."""
    visit(page, path)
    with page.expect_response(re.compile("/auth/keep")) as kept:
        fill(page, account)
    assert kept.value.status == 204
    expect(page.get_by_test_id("stSidebarNav")).to_be_visible()
    settled(page)


def test_a_refresh_and_another_tab_stay_signed_in_and_a_script_cannot_read_the_cookie(
    app_server: Server, new_page: NewPage
) -> None:
    page = new_page(app_server)
    enter(page, "/items")
    cookie = next(cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert COOKIE not in page.evaluate("document.cookie")
    page.reload()
    expect(page.get_by_role("heading", name="Dimensions and items")).to_be_visible()
    tab = page.context.new_page()
    visit(tab, "/periods")
    expect(tab.get_by_role("heading", name="Periods", exact=True)).to_be_visible()


def test_signing_out_ends_the_other_tab_and_the_old_cookie_is_worth_nothing(
    app_server: Server, new_page: NewPage
) -> None:
    page = new_page(app_server)
    enter(page, "/items")
    stolen = page.context.cookies()
    tab = page.context.new_page()
    visit(tab, "/periods")
    settled(tab)
    page.get_by_role("button", name="王静").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    form(page)
    tab.reload()
    form(tab)
    thief = new_page(app_server)
    thief.context.add_cookies(stolen)
    visit(thief, "/items")
    form(thief)


def test_signing_out_everywhere_ends_another_browser(app_server: Server, new_page: NewPage) -> None:
    here, there = new_page(app_server), new_page(app_server)
    enter(here, "/items", ("guest", "guest-demo-2026"))
    enter(there, "/items", ("guest", "guest-demo-2026"))
    here.get_by_role("button", name="访客").click()
    here.get_by_role("button", name="Sign out everywhere").click()
    form(here)
    there.get_by_role("link", name="Periods").click()
    form(there)


def test_a_wrong_password_says_so_and_opens_nothing(app_server: Server, new_page: NewPage) -> None:
    page = new_page(app_server)
    visit(page, "/items")
    fill(page, ("demo", "not the password"))
    expect(page.get_by_text("The user name or the password is not right.")).to_be_visible()
    assert [cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE] == []
    fill(page, QUALITY)
    expect(page.get_by_role("heading", name="Dimensions and items")).to_be_visible()


def test_the_menu_holds_users_for_the_administrator_only(app_server: Server, new_page: NewPage) -> None:
    administrator, quality = new_page(app_server), new_page(app_server)
    enter(administrator, "/users", ADMINISTRATOR)
    expect(administrator.get_by_role("link", name="Users")).to_be_visible()
    expect(administrator.get_by_test_id("stDataFrame")).to_be_visible()
    enter(quality, "/users")
    expect(quality.get_by_role("link", name="Findings")).to_be_visible()
    expect(quality.get_by_role("link", name="Users")).to_have_count(0)
    expect(quality.get_by_text("Your role does not include this page.")).to_be_visible()
    expect(quality.get_by_test_id("stDataFrame")).to_have_count(0)


def test_the_language_is_chosen_before_signing_in_and_afterwards(fresh_server: Server, new_page: NewPage) -> None:
    page = new_page(fresh_server, locale="zh-CN")
    visit(page, "/items")
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    page.get_by_text("English", exact=True).click()
    enter_here(page)
    page.get_by_role("button", name="王静").click()
    page.get_by_text("中文", exact=True).click()
    expect(page.get_by_role("heading", name="维度与项目")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="维度与项目")).to_be_visible()


def enter_here(page: Page) -> None:
    fill(page, QUALITY)
    expect(page.get_by_role("heading", name="Dimensions and items")).to_be_visible()
    settled(page)


def test_nothing_is_fetched_from_another_server(app_server: Server, new_page: NewPage) -> None:
    page = new_page(app_server)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    enter(page, "/items")
    page.reload()
    settled(page)
    local = (app_server.url, app_server.url.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(local)] == []


def test_the_pages_of_streamlit_carry_our_headers_too(app_server: Server) -> None:
    with urlopen(Request(f"{app_server.url}/customers?x=1")) as answer:
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
