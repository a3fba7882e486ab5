"""The running application answers, and a browser sees it."""

import json
import re
from urllib.request import urlopen

from playwright.sync_api import Page, expect

from db.schema import newest_revision
from tests.browser.servers import Server
from tests.browser.steps import visit


def test_health_names_version_database_and_schema(app_server: Server) -> None:
    with urlopen(f"{app_server.url}/healthz") as answer:
        health = json.load(answer)
    assert "sqlite" in health.values()
    assert newest_revision() in health.values()


def test_a_stranger_is_asked_to_sign_in(page: Page) -> None:
    visit(page, "/")
    expect(page.get_by_role("button", name=re.compile("sign in", re.IGNORECASE))).to_be_visible()
