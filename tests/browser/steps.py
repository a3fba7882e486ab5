"""What a person does in a browser test, in one word each."""

from playwright.sync_api import Page, expect

RUN_SECONDS = 30


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
