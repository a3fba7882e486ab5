"""Journey 2: a real export becomes a dashboard in at most six clicks; and what the import screen says on the way."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.servers import ROOT, Server
from tests.browser.steps import cells, clicks, count_clicks, drawn, edit_cell, heading, menu, settled, sign_in

SFO = ROOT / ".." / "shared" / "data" / "sfo_airport" / "2017_SFO_Customer_Survey_20250817.csv"
MOST_CLICKS = 6
LEVELS = ("Very satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very dissatisfied")


def choose(page: Page, file: Path) -> None:
    """Presses the button of the uploader and chooses a file."""
    with page.expect_file_chooser() as chooser:
        page.get_by_test_id("stFileUploader").locator("button").first.click()
    chooser.value.set_files(file)
    expect(page.get_by_test_id("stFileUploader").get_by_text(file.name[:7])).to_be_visible()
    settled(page)


def survey(folder: Path, rows: int = 40, *, name: str = "Lift survey 2025-Q2.csv") -> Path:
    """A file that no scheme knows: three questions, two kinds of building."""
    file = folder / name
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Number", "Company", "Ride comfort", "Waiting time", "Service visits"])
        for row in range(rows):
            answers = [LEVELS[row % 2], LEVELS[row % 3], LEVELS[1 + row % 4]]
            writer.writerow([f"R{row}", f"House {row % 8}", *answers])
    return file


def test_a_real_export_is_a_dashboard_in_at_most_six_clicks(
    fresh_server: Server, new_page: NewPage, tmp_path: Path
) -> None:
    file, valid, period = (SFO, "2,824 of 2,831", "2017") if SFO.exists() else (survey(tmp_path), "40 of 40", "Q2 2025")
    page = new_page(fresh_server)
    sign_in(page)
    count_clicks(page)
    page.reload()
    drawn(page)
    menu(page, "Import")
    choose(page, file)
    expect(page.get_by_text(f"{valid} rows are valid")).to_be_visible(timeout=30_000)
    button = page.get_by_role("button", name=re.compile(f"Import .* rows into {period}"))
    expect(button).to_be_in_viewport(ratio=1)
    button.click()
    expect(page.get_by_text(f"Imported into {period}")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Open the overview").click()
    heading(page, "Overview")
    drawn(page)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(re.compile(r"^\d\d\.\d+$"))
    expect(page.get_by_text(f"n={valid.split()[0]}").first).to_be_visible()
    assert clicks(page) <= MOST_CLICKS
    print(f"journey 2: {clicks(page)} clicks")


def test_the_same_file_again_changes_nothing_and_its_mapping_is_used_again(
    fresh_server: Server, new_page: NewPage, tmp_path: Path
) -> None:
    page = new_page(fresh_server)
    sign_in(page, "/import")
    for already in (False, True):
        choose(page, survey(tmp_path))
        expect(page.get_by_text("40 of 40 rows are valid")).to_be_visible()
        again = page.get_by_text(re.compile("Mapping of .* used again"))
        expect(again).to_have_count(int(already))
        expect(page.get_by_text("rows that are in stay as they are")).to_have_count(int(already))
        if already:
            expect(page.get_by_text("40 are in already and stay as they are")).to_be_visible()
            expect(page.get_by_role("button", name=re.compile("Import 0 rows"))).to_be_disabled()
            break
        page.get_by_role("button", name=re.compile("Import 40 rows")).click()
        expect(page.get_by_text("Imported into Q2 2025")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("40 rows written")).to_be_visible()
        settled(page)


def test_bad_cells_are_named_mapped_on_the_screen_and_then_go_in(
    fresh_server: Server, new_page: NewPage, tmp_path: Path
) -> None:
    file = survey(tmp_path)
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[5] = lines[5].replace("Satisfied", "so so", 1)
    file.write_text("\n".join(lines), encoding="utf-8")
    page = new_page(fresh_server)
    sign_in(page, "/import")
    choose(page, file)
    expect(page.get_by_text("39 of 40 rows are valid")).to_be_visible()
    problems = page.get_by_test_id("stDataFrame").first
    expect(problems.locator("[role=gridcell]").filter(has_text="so so")).to_have_count(1)
    assert cells(problems)[0] == "6", "the line, as an editor numbers it"
    with page.expect_download() as download:
        page.get_by_role("button", name="Download problems (1)").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "so so" in text
    assert text.count("\n") == 2
    values = page.get_by_test_id("stDataFrame").nth(2)
    edit_cell(page, values, 150, 47)
    page.keyboard.type("Neutral")
    page.keyboard.press("Enter")
    expect(page.get_by_text("40 of 40 rows are valid")).to_be_visible()
    expect(page.get_by_text("Rows that are refused")).to_have_count(0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><body><form>sign in</form></body></html>", "web page"),
        (b"PK\x03\x04" + b"\0" * 40, "workbook"),
        (b"Dear all, thank you. We were very pleased with you.\nWith kind regards", "table"),
    ],
    ids=["html", "cut-off", "letter"],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    app_server: Server, new_page: NewPage, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "survey.xlsx"
    file.write_bytes(content)
    page = new_page(app_server)
    sign_in(page, "/import")
    choose(page, file)
    expect(page.get_by_test_id("stAlert")).to_contain_text(re.compile(said, re.IGNORECASE))
    expect(page.get_by_role("button", name=re.compile("Import .* rows"))).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
