"""What a person does in a browser test, in one word each."""

import io
import re
from contextlib import suppress

from PIL import Image
from playwright.sync_api import Locator, Page, expect

RUN_SECONDS = 30
QUALITY = ("demo", "demo-2026")
LOGISTICS = ("chenli", "chenli-demo-2026")
"""A department user of the sample company: sees the items that the department answers for, and nothing else."""
SIGN_IN = re.compile("^(Sign in|登录)$")
RED, RED_STRONG = (255, 172, 167), 12
"""The tint of a red cell on the light page (design.md 3), and how far a pixel may be from it."""
COUNT_CLICKS = """
window.addEventListener('click', event => {
    if (event.isTrusted) sessionStorage.setItem('clicks', clicks() + 1)
}, true)
function clicks() { return Number(sessionStorage.getItem('clicks') || 0) }
"""


def settled(page: Page) -> Page:
    """Waits until the page is connected and its script has come to rest; then `expect(...)` what should be seen."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=RUN_SECONDS * 1000)
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=RUN_SECONDS * 1000)
    return page


def visit(page: Page, path: str) -> Page:
    """Opens a path of the application and waits until it has come to rest."""
    page.goto(path)
    return settled(page)


def sign_in(page: Page, path: str = "/", account: tuple[str, str] = QUALITY) -> Page:
    """Opens a path, signs in there, and waits until the screen stands and the browser holds its cookie."""
    visit(page, path)
    with page.expect_response(re.compile("/auth/keep")) as kept:
        fill_sign_in(page, account)
    assert kept.value.status == 204
    expect(page.get_by_test_id("stSidebarNav")).to_be_visible()
    return drawn(page)


def fill_sign_in(page: Page, account: tuple[str, str]) -> None:
    """Types a name and a password and presses the button."""
    page.locator("input[autocomplete=username]").fill(account[0])
    page.locator("input[autocomplete=current-password]").fill(account[1])
    page.get_by_role("button", name=SIGN_IN).click()


def expect_sign_in(page: Page) -> None:
    """The sign-in is there and nothing else: no menu, no table, no chart."""
    expect(page.get_by_role("button", name=SIGN_IN)).to_be_visible()
    expect(page.get_by_role("heading")).to_have_count(1)
    for test_id in ("stSidebarNav", "stDataFrame", "stVegaLiteChart", "stMetric"):
        expect(page.get_by_test_id(test_id)).to_have_count(0)


def drawn(page: Page) -> Page:
    """Waits until nothing on the screen is a placeholder any more: scripts at rest, charts and tables painted."""
    settled(page)
    for waiting in ("stSkeleton", "stAppSkeleton"):
        expect(page.get_by_test_id(waiting)).to_have_count(0, timeout=RUN_SECONDS * 1000)
    for test_id, painted in (("stVegaLiteChart", "canvas:visible, svg:visible"), ("stDataFrame", "canvas:visible")):
        bare = page.get_by_test_id(test_id).filter(visible=True).filter(has_not=page.locator(painted))
        expect(bare).to_have_count(0)
    return page


def heading(page: Page, name: str) -> None:
    """Expects the title of a screen."""
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def menu(page: Page, name: str) -> Page:
    """Goes to a screen by the menu."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    return settled(page)


def count_clicks(page: Page) -> None:
    """From now on, this browser counts what its user clicks; over all pages of the tab."""
    page.add_init_script(COUNT_CLICKS)


def clicks(page: Page) -> int:
    """Clicks counted so far."""
    return int(page.evaluate("Number(sessionStorage.getItem('clicks') || 0)"))


def red_spot(table: Locator, *, right_of: float = 0.0) -> tuple[float, float]:
    """Where a person sees the topmost red cell of a table (canvas): a place in it, from the table's upper left corner.

    `right_of`: only cells that begin to the right of this share of the width.
    """
    image = Image.open(io.BytesIO(table.screenshot())).convert("RGB")
    width, height = image.size
    for y in range(36, height - 12, 6):
        reds = [x for x in range(int(width * right_of), width - 4, 2) if _is_red(image.getpixel((x, y)))]
        if len(reds) > 8:
            return reds[4] + 4, y + 6
    raise AssertionError("no red cell is to be seen")


def _is_red(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(part - wanted) <= RED_STRONG for part, wanted in zip(pixel, RED, strict=True))


def cells(table: Locator) -> list[str]:
    """The texts of a table as a screen reader is told them, row by row."""
    return [text.strip() for text in table.locator("[role=gridcell]").all_text_contents()]


def edit_cell(page: Page, table: Locator, x: float, y: float) -> None:
    """Opens the editor of the cell at a place in a table; a table that has just been painted may miss a first click."""
    editor = page.locator("#portal input").first
    for _try in range(3):
        table.hover(position={"x": x, "y": y})
        table.dblclick(position={"x": x, "y": y}, delay=80)
        with suppress(AssertionError):
            expect(editor).to_be_visible(timeout=3_000)
            return
    expect(editor).to_be_visible()
