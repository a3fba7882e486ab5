"""Journey 8: one press gives an auditor the whole evidence of a wave, from plan to verification, in one file."""

import hashlib
from zipfile import ZipFile

from playwright.sync_api import Page, expect

from tests.browser.steps import sign_in


def test_one_press_gives_the_whole_evidence_of_a_wave(page: Page) -> None:
    sign_in(page, "/reports?kind=evidence")
    page.get_by_role("button", name="Make the report").click()
    button = page.get_by_role("button", name="Download")
    expect(button).to_be_visible(timeout=30_000)
    with page.expect_download() as taken:
        button.click()
    with ZipFile(taken.value.path()) as pack:
        sums = dict(reversed(line.split("  ", 1)) for line in pack.read("SHA256SUMS").decode().splitlines())
        folders = {name.split("/")[0] for name in pack.namelist() if "/" in name}
        assert sums == {name: hashlib.sha256(pack.read(name)).hexdigest() for name in pack.namelist() if name in sums}
    assert {
        "1_plan",
        "2_questionnaire",
        "3_distribution",
        "4_responses",
        "5_results",
        "6_findings",
        "7_actions",
    } <= folders
    page.get_by_text("Made", exact=True).click()
    expect(page.get_by_text("Choose a line to take its file along.")).to_be_visible()
