"""A complaint from its intake over D0–D8 to its closing, by quality, the department that acts, and somebody who may not see it."""

import io
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page, expect
from sqlmodel import select

from db.models import Abnormality, Complaint, Discipline, User
from db.session import engine_for, read_session, write_session
from domain.clocks import REPORTS_A_COUNT
from domain.complaints import LAST, STEPS
from services import complaints, eight_d
from services.sign_in import viewer_of
from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import LOGISTICS, QUALITY, settled, sign_in, visit

ACTING = ("qianjun", "qianjun-demo-2026")
"""The head of production, whose name comes last in a list of Chinese names: it is typed, not scrolled to."""
CRACK = "The flange is cracked"


def press(page: Page | Locator, name: str) -> None:
    """Presses a button of a screen that has come to rest, and waits until what it does is done."""
    settled(page if isinstance(page, Page) else page.page)
    page.get_by_role("button", name=name, exact=True).click()
    settled(page if isinstance(page, Page) else page.page)


def choose(page: Page, label: str, option: str) -> None:
    """Takes an option of a list by typing its name."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.keyboard.type(option)
    page.get_by_role("option", name=re.compile(option)).click()


def picture() -> dict[str, str | bytes]:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(kept, "PNG")
    return {"name": "crack.png", "mimeType": "image/png", "buffer": kept.getvalue()}


def recorded(page: Page) -> int:
    """Its number, after the form was filled."""
    press(page, "Record a complaint")
    form = page.get_by_role("dialog")
    choose(page, "Customer", "C001")
    form.get_by_role("textbox", name="What the customer complains about").fill(CRACK)
    form.get_by_role("textbox", name="Part number").fill("PH-0917")
    form.locator("input[type=file]").set_input_files(picture())  # type: ignore[arg-type]
    expect(form.get_by_text("crack.png")).to_be_visible()
    press(form, "Record")
    expect(page.get_by_role("heading", name=re.compile("Complaint [0-9]+"))).to_be_visible()
    return int(page.url.rsplit("=", 1)[1])


def complete(page: Page, step: int) -> None:
    """Fills every field of a discipline and completes it."""
    form = page.get_by_test_id("stExpander").filter(has_text=f"D{step}")
    for label in STEPS[step][1].values():
        form.get_by_role("textbox", name=label, exact=True).fill(f"D{step} done")
    press(form, f"Complete D{step}")
    expect(page.get_by_text(f"{step + 1} of {LAST + 1} disciplines done")).to_be_visible()


def as_the_department(server: Server, verb: Callable[..., Any], number: int, **values: Any) -> None:
    """What is done meanwhile on other screens."""
    with write_session(engine_for(server.database_url)) as session:
        by = viewer_of(session.exec(select(User).where(User.username == ACTING[0])).one())
        verb(session, number=number, **values, by=by, at=datetime.now(UTC))


def work_through(server: Server, number: int, steps: Iterable[int]) -> None:
    """Disciplines that are completed in the same way as those on the screen."""
    for step in steps:
        with read_session(engine_for(server.database_url)) as session:
            version = session.exec(select(Complaint.version).where(Complaint.number == number)).one()
        content = dict.fromkeys(STEPS[step][1], f"D{step} done")
        given: dict[str, Any] = {"version": version, "step": step, "content": content, "is_done": True}
        as_the_department(server, eight_d.save_step, number, **given)


def stop_the_other_clocks(server: Server, number: int) -> None:
    """What outgoing and in-process quality do, and the report that is sent."""
    for code in ("tell_oqc", "stock", "tell_ipqc", "wip", "report"):
        said = "120 pieces, blocked" if code in REPORTS_A_COUNT else ""
        as_the_department(server, complaints.stop_clock, number, code=code, report=said)


def test_a_complaint_is_recorded_verified_worked_through_in_8d_and_closed_by_two_people(
    fresh_server: Server, new_page: NewPage
) -> None:
    quality, acting, outsider = (new_page(fresh_server) for _ in range(3))
    sign_in(quality, "/complaints", QUALITY)
    number = recorded(quality)
    here = f"/complaint?number={number}"
    expect(quality.locator("[data-testid=stImage] img")).to_be_visible()
    choose(quality, "Department", "Production")
    press(quality, "Confirm the defect")
    expect(quality.get_by_text("Running · 30 min")).to_have_count(3)
    sign_in(outsider, here, LOGISTICS)
    expect(outsider.get_by_text("This does not exist, or you may not see it.")).to_be_visible()
    sign_in(acting, here, ACTING)
    expect(acting.get_by_role("button", name="Confirm the defect")).to_have_count(0)
    press(acting.get_by_test_id("stExpander").filter(has_text="D0"), "Complete D0")
    expect(acting.get_by_text("D0 is not complete", exact=False)).to_be_visible()
    for step in (0, 1):
        complete(acting, step)
    work_through(fresh_server, number, range(2, LAST - 1))
    visit(acting, here)
    complete(acting, LAST - 1)
    press(acting, "Confirm")
    expect(acting.get_by_role("button", name="Confirm", exact=True)).to_have_count(0)
    visit(quality, here)
    closing = quality.get_by_test_id("stExpander").filter(has_text="D8")
    press(closing, "Close the complaint")
    expect(quality.get_by_text("A clock is still running", exact=False)).to_be_visible()
    expect(quality.get_by_test_id("stMultiSelect").filter(has_text="Tell")).to_contain_text("钱军")
    press(quality, "Send slips")
    stop_the_other_clocks(fresh_server, number)
    press(closing, "Close the complaint")
    expect(quality.get_by_text("Closing needs an audit of the countermeasures", exact=False)).to_be_visible()
    quality.get_by_role("textbox", name="Countermeasure", exact=True).fill("Torque is checked")
    press(quality, "Kept")
    press(closing, "Close the complaint")
    expect(quality.get_by_text("Closing needs the effect confirmed", exact=False)).to_be_visible()
    press(closing, "Confirm")
    expect(closing.get_by_role("button", name="Confirm", exact=True)).to_have_count(0)
    closing.get_by_role("textbox").fill("The torque decides")
    press(closing, "Close the complaint")
    expect(quality.get_by_text("9 of 9 disciplines done")).to_be_visible()
    with read_session(engine_for(fresh_server.database_url)) as session:
        one = session.exec(select(Complaint).where(Complaint.number == number)).one()
        assert (one.state, one.description, one.auditor_id != one.project_id) == ("closed", CRACK, True)
        steps = session.exec(select(Discipline.step).where(Discipline.complaint_id == one.id)).all()
        assert sorted(steps) == [*range(LAST + 1)]
        assert session.exec(select(Abnormality.prevention).where(Abnormality.complaint_id == one.id)).one() == "D7 done"
