"""A whole wave through the screens: planned, drawn, countersigned, approved, opened, asked, answered, reminded, closed."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, NewPage
from tests.browser.servers import Server
from tests.browser.steps import drawn, settled, sign_in

SCHEME = "iatf-quarterly"
ORGANISER = ("helei", "helei-demo-2026")
APPROVER = ("manager", "manager-demo-2026")
HEADS = tuple((name, f"{name}-demo-2026") for name in ("sunwei", "wuqiang", "qianjun"))
"""Of quality, engineering and production, which countersign by the scheme."""
LINK = re.compile(r"http\S+/q/[\w-]{20,}")
ITEMS = 14


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True).click()


def says(page: Page, text: str) -> None:
    expect(page.get_by_test_id("stToast").filter(has_text=text)).to_be_visible()
    settled(page)


def section(page: Page, name: str) -> None:
    page.get_by_test_id("stMain").get_by_role("radio", name=name, exact=True).click()
    drawn(page)


def choose_first(table: Locator) -> None:
    """Ticks the first row."""
    table.scroll_into_view_if_needed()
    table.click(position={"x": 18, "y": 47})


def here(server: Server, link: str) -> str:
    """A link of the configured address, at the server of this test."""
    return re.sub(r"^https?://[^/]+", server.url, link)


def planned(page: Page) -> str:
    """Begins the plan of the wave that the cadence proposes; its address."""
    press(page, "Plan a wave")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Begin the plan").click()
    page.wait_for_url("**/wave?**")
    settled(page)
    return page.url


def agree(page: Page, address: str, who: tuple[str, str], button: str, said: str) -> None:
    sign_in(page, address, who)
    press(page, button)
    says(page, said)
    page.close()


def test_a_wave_runs_from_its_plan_to_its_closing(fresh_server: Server, new_page: NewPage) -> None:
    page = new_page(fresh_server)
    sign_in(page, "/waves", ORGANISER)
    address = planned(page)
    section(page, "Questionnaire")
    press(page, "Add a question")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Question · English").fill("What should we keep doing?")
    dialog.get_by_label("Question · 中文").fill("我们应当保持什么？")
    dialog.get_by_label("Options, one a line · English").fill("Quality\nDelivery")
    dialog.get_by_label("Options, one a line · 中文").fill("质量\n交付")
    dialog.get_by_role("button", name="Save question").click()
    says(page, "The questionnaire is saved.")
    expect(page.frame_locator("iframe[src*=preview]").get_by_text("What should we keep doing?")).to_be_visible()
    section(page, "Plan")
    press(page, "Draw customers")
    says(page, "Drawn")
    press(page, "Submit")
    says(page, "Submitted")
    for head in HEADS:
        agree(new_page(fresh_server), address, head, "Countersign", "Countersigned")
    agree(new_page(fresh_server), address, APPROVER, "Approve", "Approved")
    settled(page)
    press(page, "Open the wave")
    says(page, "The wave is open")
    section(page, "Sending")
    press(page, "Make links without mails")
    settled(page)
    with page.expect_download() as listed:
        press(page, "CSV file")
    text = Path(listed.value.path()).read_text(encoding="utf-8-sig")
    phone = new_page(fresh_server, locale="zh-CN", size=PHONE)
    phone.goto(here(fresh_server, LINK.findall(text)[0]))
    for number in range(1, ITEMS + 1):
        phone.locator(f"#i{number} .l label").nth(1).click()
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("heading", name="谢谢")).to_be_visible()
    section(page, "Returns")
    expect(page.get_by_text(re.compile(r"in time 1 / \d+"))).to_be_visible()
    choose_first(page.get_by_test_id("stDataFrame").last)
    press(page, "Record a reminder")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What was said").fill("Will answer tomorrow")
    dialog.get_by_role("button", name="Record", exact=True).click()
    says(page, "The reminder is recorded")
    section(page, "Closing")
    expect(page.get_by_text(re.compile("^Return window over"))).to_be_visible()
    expect(page.get_by_role("button", name="Close the wave")).to_be_disabled()
    page.get_by_text("Close although not everything is done").click()
    press(page, "Close the wave")
    says(page, "Closed")
    expect(page.get_by_text("The frozen result is intact")).to_be_visible()
    phone.goto(here(fresh_server, LINK.findall(text)[1]))
    expect(phone.get_by_role("button", name="提交")).to_have_count(0)
