"""Journey 4, the live part: what another process writes is on an open screen within three seconds, and disturbs nobody."""

import json
import re
import subprocess
import sys
from statistics import median

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.servers import ROOT, Server, environment
from tests.browser.steps import cells, drawn, red_spot, settled, sign_in

SECONDS = 3.0
WRITER = """
import json, sys, time
from datetime import UTC, datetime
from sqlmodel import select
from db.models import Customer, Wave
from db.queries.layouts import layout_of_wave
from db.session import write_session
from domain.access import SYSTEM
from services import responses
for line in sys.stdin:
    with write_session() as session:
        wave = session.exec(select(Wave).where(Wave.state == "open").order_by(Wave.position.desc())).first()
        named = select(Customer).where(Customer.name_en == line.strip())
        customer = session.exec(named).first() or session.exec(select(Customer).order_by(Customer.id)).first()
        answers = dict.fromkeys(layout_of_wave(session, wave).scheme.item_codes, "satisfied")
        responses.submit(session, wave=wave, answers=answers, customer=customer, by=SYSTEM, at=datetime.now(UTC))
    print(json.dumps({"committed": time.time()}), flush=True)
"""
WATCH = """() => {
    const main = document.querySelector('[data-testid=stMain]')
    window.watched = {removed: 0, faintest: 1}
    const gone = node => node.nodeType === 1 && (node.matches('canvas, [data-testid=stMetric]')
        || node.querySelector('[data-testid=stVegaLiteChart], [data-testid=stDataFrame]')) && !node.isConnected
    new MutationObserver(changes => changes.forEach(change => change.removedNodes.forEach(node => {
        if (gone(node)) window.watched.removed += 1
    }))).observe(main, {childList: true, subtree: true})
    const look = () => {
        document.querySelectorAll('[data-testid=stMetric], [data-testid=stVegaLiteChart]').forEach(shown => {
            for (let node = shown; node && node !== main; node = node.parentElement)
                window.watched.faintest = Math.min(window.watched.faintest, Number(getComputedStyle(node).opacity))
        })
        requestAnimationFrame(look)
    }
    look()
    document.querySelectorAll('[data-testid=stVegaLiteChart], [data-testid=stDataFrame]').forEach(
        (node, place) => { node.dataset.mark = String(place) })
}"""
COLUMN_OF_NAME, COLUMN_OF_N = 1, 3
CHANGED = f"""before => {{
    const cell = document.querySelectorAll('[data-testid=stDataFrame] [role=gridcell]')[{COLUMN_OF_N}]
    return cell && cell.textContent !== before
}}"""
SEEN = "wanted => document.querySelector('[data-testid=stMain]').innerText.includes(wanted) && Date.now()"
MARKS = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart], [data-testid=stDataFrame]')]
    .map(node => node.dataset.mark)"""


class Writer:
    """Another process with the server's database, ready to write one response at a time."""

    def __init__(self, server: Server) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITER],
            cwd=ROOT,
            env=environment(server.var_dir),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.communicate(timeout=30)

    def write(self, customer: str = "") -> float:
        """Writes a response of a customer; seconds since 1970 when it was committed."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{customer}\n")
        self._process.stdin.flush()
        return float(json.loads(self._process.stdout.readline())["committed"])


def answered(page: Page) -> int:
    """The n of the index."""
    found = re.search(r"n=(\d+)", page.get_by_test_id("stMain").inner_text())
    assert found
    return int(found[1])


def test_an_open_overview_shows_a_response_within_three_seconds_without_a_flash(
    fresh_server: Server, new_page: NewPage
) -> None:
    page = new_page(fresh_server)
    sign_in(page)
    before, took = answered(page), []
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 240)")
    page.evaluate(WATCH)
    marks = page.evaluate(MARKS)
    with Writer(fresh_server) as writer:
        for n in range(before + 1, before + 4):
            committed = writer.write()
            seen = page.wait_for_function(SEEN, arg=f"n={n}", timeout=15_000).json_value()
            took.append(seen / 1000 - committed)
            settled(page)
    print("journey 4:", [f"{seconds:.1f} s" for seconds in took])
    assert median(took) <= SECONDS
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 240
    assert page.evaluate(MARKS) == marks, "charts and tables are the same elements as before"
    watched = page.evaluate("window.watched")
    assert watched["removed"] == 0
    assert watched["faintest"] == 1


def test_a_selected_cell_and_a_half_typed_search_survive_an_update(fresh_server: Server, new_page: NewPage) -> None:
    page = new_page(fresh_server)
    sign_in(page, "/customers")
    table = page.get_by_test_id("stDataFrame").first
    x, y = red_spot(table, right_of=0.42)
    table.click(position={"x": x, "y": y})
    assign = page.get_by_role("button", name="Assign action")
    expect(assign).to_be_visible()
    drawn(page)
    search = page.get_by_placeholder("Search customers")
    search.press_sequentially("kai")
    before = cells(table)
    selected = page.get_by_text(f"{before[COLUMN_OF_NAME]} · ")
    expect(selected).to_be_visible()
    with Writer(fresh_server) as writer:
        writer.write(customer=before[COLUMN_OF_NAME])
        page.wait_for_function(CHANGED, arg=before[COLUMN_OF_N], timeout=15_000)
    settled(page)
    expect(search).to_have_value("kai")
    expect(search).to_be_focused()
    expect(assign).to_be_visible()
    expect(selected).to_be_visible()


def test_a_half_filled_form_survives_an_update(fresh_server: Server, new_page: NewPage) -> None:
    page = new_page(fresh_server)
    sign_in(page)
    before = answered(page)
    table = page.get_by_test_id("stDataFrame").first
    _x, y = red_spot(table)
    box = table.bounding_box()
    assert box
    table.click(position={"x": box["width"] - 24, "y": y})
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("textbox", name=re.compile("^Containment"))
    field.press_sequentially("Stock raised by three d")
    with Writer(fresh_server) as writer:
        writer.write()
        page.wait_for_timeout(2_500)  # longer than a poll
    settled(page)
    expect(field).to_have_value("Stock raised by three d")
    expect(field).to_be_focused()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text(f"n={before + 1}").first).to_be_visible()
