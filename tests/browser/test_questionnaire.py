"""Journey 4 on a phone: a customer answers, and the overview that is open beside it changes; nobody is shut out or loses words."""

import time
from statistics import median

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from db.models import Invitation, Wave
from db.session import engine_for, read_session
from services.links import token_of
from settings import settings_from
from tests.browser.conftest import PHONE, NewPage
from tests.browser.servers import Server
from tests.browser.steps import sign_in
from tests.browser.test_journey_4 import SECONDS, SEEN, answered

ITEMS, DISSATISFIED = 14, 3


def links(server: Server, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses of questionnaires in the running wave that wait for an answer."""
    monkeypatch.setattr("services.links.settings", lambda: settings_from({"VAR_DIR": str(server.var_dir)}))
    with read_session(engine_for(server.database_url)) as session:
        waiting = select(Invitation).join(Wave).where(Wave.state == "open", Invitation.state == "sent")
        found = session.exec(waiting.order_by(col(Invitation.id))).all()
        return [f"{server.url}/q/{token_of(invitation.link_seed)}" for invitation in found]


def serious(page: Page) -> list[str]:
    """What axe finds that shuts people out."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found if one["impact"] in ("serious", "critical")]


def submitted(phone: Page, overview: Page, n: int) -> float:
    """Seconds from the thanks on the phone to the overview that counts `n` responses."""
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("heading", name="谢谢")).to_be_visible()
    thanked = time.time()
    seen = overview.wait_for_function(SEEN, arg=f"n={n}", timeout=15_000).json_value()
    return float(seen) / 1000 - thanked


def rate_all(page: Page) -> None:
    for number in range(1, ITEMS + 1):
        page.locator(f"#i{number} .l label").nth(1).click()


def test_an_answer_from_a_phone_is_on_the_open_overview_within_three_seconds(
    fresh_server: Server, new_page: NewPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    overview = new_page(fresh_server)
    sign_in(overview)
    before = answered(overview)
    phone = new_page(fresh_server, locale="zh-CN", size=PHONE)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(links(fresh_server, monkeypatch)[0])
    assert len(asked) <= 2
    rate_all(phone)
    phone.locator("#i3 .l label").nth(DISSATISFIED).click()
    why = phone.locator("#i3").get_by_label("哪里不满意？（选填）")
    expect(why).to_be_visible()
    why.fill("外箱划伤")
    expect(phone.locator("#i4 .why")).to_be_hidden()
    assert min(size["height"] for size in boxes(phone, ".l label, button:visible")) >= 44
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    took = [submitted(phone, overview, before + 1)]
    for more, link in enumerate(links(fresh_server, monkeypatch)[:2], 2):
        phone.goto(link)
        rate_all(phone)
        took.append(submitted(phone, overview, before + more))
    print("journey 4 from a phone:", [f"{seconds:.1f} s" for seconds in took])
    assert median(took) <= SECONDS
    phone.go_back()
    expect(phone.get_by_role("heading", name="谢谢")).to_be_visible()


@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "light"), ("en-US", "dark")])
def test_axe_finds_nothing_serious_on_any_page_of_a_questionnaire(
    app_server: Server, new_page: NewPage, monkeypatch: pytest.MonkeyPatch, locale: str, scheme: str
) -> None:
    page = new_page(app_server, locale=locale, size=PHONE, scheme=scheme)
    link = links(app_server, monkeypatch)[1]
    page.goto(link)
    assert serious(page) == []
    page.locator("#i1 .l label").nth(4).click()
    page.locator("button[value=submit]").click()
    expect(page.locator("#note")).to_be_visible()
    assert serious(page) == []
    page.goto(f"{app_server.url}/q/nobody")
    assert serious(page) == []


def test_a_network_that_fails_or_an_early_press_loses_nothing(
    app_server: Server, new_page: NewPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = new_page(app_server, size=PHONE)
    page.goto(links(app_server, monkeypatch)[2])
    rate_all(page)
    page.locator("#i14 .na input").check()
    opinion = page.get_by_label("A problem, a suggestion or praise (optional)")
    opinion.fill("Typed before the tunnel")
    page.context.set_offline(True)
    page.locator("button[value=submit]").click()
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)
    page.go_back()
    expect(opinion).to_have_value("Typed before the tunnel")
    expect(page.locator(".item :checked")).to_have_count(ITEMS)
    page.get_by_role("button", name="Keep for later").last.click()
    expect(page.get_by_text("Kept. You can close this page")).to_be_visible()
    page.goto("about:blank")
    page.goto(links(app_server, monkeypatch)[2])
    expect(opinion).to_have_value("Typed before the tunnel")
    expect(page.locator(".item :checked")).to_have_count(ITEMS)


def boxes(page: Page, selector: str) -> list[dict[str, float]]:
    """Where the shown elements lie, but for the ones that are there for machines."""
    found = [one.bounding_box() for one in page.locator(selector).all() if one.is_visible()]
    return [box for box in found if box and box["x"] >= 0]
