"""Journey 1: a fresh machine, one command, and the overview of the sample company (within a minute, on an idle machine)."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import servers
from tests.browser.conftest import NewPage
from tests.browser.servers import ROOT, environment, serving
from tests.browser.steps import drawn, fill_sign_in, heading, visit

ACCOUNT = re.compile(r"User name (\S+) · Password (\S+)")


def test_a_fresh_machine_shows_the_sample_company(
    tmp_path: Path, new_page: NewPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made_now() -> Path:
        folder = tmp_path / "made"
        subprocess.run([sys.executable, "cli.py", "init"], cwd=ROOT, env=environment(folder), check=True)
        return folder

    monkeypatch.setattr(servers, "demo_folder", made_now)
    began = time.monotonic()
    with serving(tmp_path / "var") as server:
        page = new_page(server)
        visit(page, "/")
        shown = ACCOUNT.search(page.get_by_test_id("stMain").inner_text())
        assert shown, "the sign-in page of a demo shows an account"
        fill_sign_in(page, (shown[1], shown[2]))
        heading(page, "Overview")
        drawn(page)
        took = time.monotonic() - began
        expect(page.get_by_test_id("stMetric")).to_have_count(4)
        expect(page.get_by_test_id("stMetricValue").first).to_have_text(re.compile(r"^\d\d\.\d+$"))
        expect(page.get_by_text("Red and amber", exact=False).first).to_be_visible()
    print(f"journey 1: {took:.1f} s from an empty folder to the overview")
