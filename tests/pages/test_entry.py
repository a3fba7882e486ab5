"""Entry by hand, calls, slips and visits on their screens."""

from datetime import timedelta

import pytest
from sqlmodel import select

from components import clock
from db.models import CustomerCall, FeedbackSlip, HandEntry, Response, Visit, VisitDefect, Wave
from db.session import default_engine, read_session, write_session
from domain.access import Viewer
from services import calls, entries, visits
from tests import factories as make
from tests.company import AT, Company, found_company
from tests.pages.screens import column, opened, press, text

SCHEME = "iatf-quarterly"
ENTRY = {"scheme": SCHEME, "wave": "2026-Q3", "section": "entry"}
ROW = "554 433 255 45 123"


@pytest.fixture
def company(app_database: str) -> Company:
    found = found_company(default_engine())
    with write_session() as session:
        found.people["ina"] = make.viewer(make.user(session, "ina", "interviewer"))
        wave = session.get_one(Wave, found.now)
        make.invitation(session, wave, make.customer(session, "gamma", name_en="Gamma"))
    return found


def a_call(company: Company, by: Viewer) -> int:
    with write_session() as session:
        who = {"scheme_id": company.scheme_id, "customer_id": company.customers["alpha"], "due_on": clock.today()}
        return calls.add_call(session, **who, form_key="c", by=by, at=AT).id or 0


def test_a_row_of_keys_is_read_back_and_saved_and_an_incomplete_one_is_kept(company: Company) -> None:
    screen = opened(company, "wave", "ina", **ENTRY)
    screen.text_input[0].input("554 4x").run()
    assert ":red-badge[:material/close: x]" in text(screen)
    press(screen, "Save entry")
    assert "These keys mean nothing here" in screen.warning[-1].value
    assert screen.text_input[0].value == "554 4x", "what was typed is still there"
    screen.text_input[0].input(ROW).run()
    assert "**3** Neutral" in text(screen)
    press(screen, "Save entry")
    with read_session() as session:
        (kept,) = session.exec(select(HandEntry)).all()
        response = session.get_one(Response, kept.response_id)
    assert (kept.channel, kept.entered_by_id) == ("phone", company.people["ina"].user_id)
    assert response.invitation_id
    assert screen.text_input[0].value == ""
    assert "`554 433 255 45 123`" in text(screen)


def test_who_may_not_enter_has_no_such_section(company: Company) -> None:
    screen = opened(company, "wave", "bob", **ENTRY)
    assert "Answers, one key per item" not in [field.label for field in screen.text_input]
    for page in ("calls", "call", "visits", "visit"):
        assert opened(company, page, "bob").info[0].value


def test_an_entry_shows_its_history_and_asks_for_a_reason_before_it_is_withdrawn(company: Company) -> None:
    with write_session() as session:
        values = {"wave_id": company.now, "customer_id": company.customers["alpha"], "channel": "paper"}
        wave = session.get_one(Wave, company.now)
        answers = make.all_same(session, wave, "satisfied")
        entries.enter(session, **values, answers=answers, form_key="e", by=company.people["erik"], at=AT)
    screen = opened(company, "wave", "erik", **ENTRY, part="entries")
    assert column(screen, "channel") == ["Paper"]
    assert "**Entered**" in text(screen)
    press(screen, "Withdraw")
    assert [field.label for field in screen.text_input] == ["Reason"]


def test_a_sample_is_drawn_and_keyed_again(company: Company) -> None:
    with write_session() as session:
        wave = session.get_one(Wave, company.now)
        values = {"wave_id": company.now, "customer_id": company.customers["alpha"], "channel": "paper"}
        answers = make.all_same(session, wave, "satisfied")
        entries.enter(session, **values, answers=answers, form_key="e", by=company.people["fay"], at=AT)
    screen = opened(company, "wave", "erik", **ENTRY, part="check")
    press(screen, "Draw")
    screen.text_input[0].input("444 444 444 44 443")
    press(screen, "Compare")
    assert "7.1 % (1 / 14)" in column(screen, "Wrong cells")
    assert any("Satisfied → Neutral" in box.label for box in screen.checkbox)


def test_a_call_goes_to_a_department_and_comes_back(company: Company) -> None:
    key = a_call(company, company.people["erik"])
    assert column(opened(company, "calls", "erik"), "customer") == ["Alpha"]
    screen = opened(company, "call", "erik", id=str(key))
    assert "Nobody has called yet." in text(screen)
    screen.radio[0].set_value("appointment")
    screen = press(screen, "Note")
    assert "a time from now on" in screen.warning[0].value, "no day is made up for the customer"
    screen = opened(company, "call", "erik", id=str(key))
    next(area for area in screen.text_area if area.label.startswith("Problem")).input("It leaks")
    logistics = next(box for box in screen.selectbox if box.label == "Department")
    logistics.select_index(list(company.departments).index("logistics"))
    press(screen, "Send slip")
    assert "Waits for a department" in text(screen)
    with read_session() as session:
        department = session.exec(select(FeedbackSlip.department_id)).one()
    head = next(name for name in ("alice", "charlie") if company.people[name].department_id == department)
    slips = opened(company, "slips", head)
    slips.text_input[0].input("New seal")
    press(slips, "Answer")
    with read_session() as session:
        assert session.get_one(CustomerCall, key).state == "again"


def test_a_call_of_somebody_else_is_not_there(company: Company) -> None:
    key = a_call(company, company.people["erik"])
    assert "does not exist" in opened(company, "call", "ina", id=str(key)).warning[0].value
    assert "does not exist" in opened(company, "visit", "ina", id="999").warning[0].value


def test_an_inspection_holds_defects_until_they_are_gone(company: Company) -> None:
    with write_session() as session:
        values = {"kind": "inspection", "planned_on": clock.today() - timedelta(days=1), "purpose": "Gate"}
        visit = visits.plan_visit(session, **values, wave_id=company.now, form_key="v", by=company.people["ina"], at=AT)
        key = visit.id or 0
    screen = opened(company, "visit", "ina", id=str(key))
    next(field for field in screen.text_input if field.label == "Defect").input("No sign")
    next(box for box in screen.selectbox if box.label == "Department").select_index(0)
    press(screen, "Add defect")
    assert "**No sign**" in text(screen)
    press(screen, "Gone")
    press(screen, "Save record")
    with read_session() as session:
        assert session.exec(select(VisitDefect.is_gone)).one()
        assert session.get_one(Visit, key).state == "held"
