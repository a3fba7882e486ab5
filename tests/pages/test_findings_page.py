"""The findings' screen: what must be analysed, and the way from there to a saved action."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from components import access, assign_form, findings_table
from components.texts import OWN_CHOICE
from db.models import Action, ActionFinding, Customer, Finding, User, Visit, VisitDefect, Wave
from db.session import default_engine, read_session, write_session
from services.return_findings import judge_windows
from settings import ROOT
from tests import factories as make
from tests.company import AT, Company, found_company
from tests.pages.conftest import token_of


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(default_engine())


def opened(company: Company, by: str, page: str = "findings", *, language: str = "en", **query: str) -> AppTest:
    """A screen as that person of the company sees it."""
    shell = AppTest.from_file(str(ROOT / "pages" / "navigation.py"))
    shell.session_state[OWN_CHOICE] = language
    shell.session_state[access.TOKEN] = token_of(company.people[by].user_id)
    shell.run()
    for name, value in query.items():
        shell.query_params[name] = value
    return run(shell.switch_page(f"{page}.py"))


def run(screen: AppTest) -> AppTest:
    screen.run()
    assert not screen.exception
    return screen


def column(screen: AppTest, name: str) -> list[Any]:
    return screen.dataframe[0].value[name].tolist() if screen.dataframe else []


def labelled(elements: Any, label: str) -> Any:
    return next(element for element in elements if element.label == label)


def press(screen: AppTest, label: str) -> AppTest:
    labelled(screen.button, label).click()
    return run(screen)


def choose(monkeypatch: pytest.MonkeyPatch, *about: str) -> None:
    """As if the lines about these were chosen; AppTest can't click into a table."""
    draw = findings_table.draw

    def chosen(rows: Any, at_customers: Any, _running: object, *, folded: bool, key: str) -> list[int]:
        draw(rows, at_customers, {}, folded=folded, key=key)
        return [row.id for row in rows if row.about in about]

    monkeypatch.setattr(findings_table, "draw", chosen)


def texts(screen: AppTest) -> str:
    return "\n".join(element.value for kind in (screen.markdown, screen.caption, screen.warning) for element in kind)


def test_each_subject_stands_in_one_line_the_worst_group_first(company: Company) -> None:
    screen = opened(company, "dora", level="each")
    assert column(screen, "about") == [
        *("On-time delivery", "On-time delivery", "Delivery", "Satisfaction index", "Overall score"),
    ]
    assert column(screen, "customer") == ["1 customer", "Alpha", "all customers", "1 customer", "Alpha"]
    assert column(screen, "status") == ["◇ Amber", "● Red", "◇ Amber", "◇ Amber", "◇ Amber"]
    assert column(screen, "rules") == ["lower", "≤ 70", "lower", "< 80, lower", "lower, < 80"]
    assert column(screen, "change")[1] == "≈ 20.0"
    assert "7 findings about 5 subjects" in texts(screen)


def test_an_item_and_its_customers_are_one_line_that_unfolds(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = opened(company, "dora")
    assert column(screen, "about") == ["On-time delivery", "Delivery", "Satisfaction index"]
    assert column(screen, "customer") == ["1 customer", "all customers", "1 customer"]
    assert "7 findings about 3 subjects" in texts(screen)
    choose(monkeypatch, f"item:{company.items['on_time']}")
    screen = press(run(screen), "Show its 1 customer")
    assert column(screen, "customer") == ["1 customer", "Alpha"]
    assert screen.query_params["group"] == "on_time"
    screen = press(screen, "All groups")
    assert len(column(screen, "about")) == 3


def test_a_chosen_finding_says_why_with_its_numbers(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, f"customer:{company.customers['alpha']}/item:{company.items['on_time']}")
    screen = opened(company, "dora", level="each")
    said = (
        "Alpha · On-time delivery 60.0 ≤ 70; 80.0 in Q2 2026; n = 2; cannot tell; 1 low answer; cannot tell yet, n = 2"
    )
    assert said in texts(screen).replace("\\", "")


def test_a_defect_seen_on_a_visit_is_a_line_of_its_own_in_its_words(company: Company) -> None:
    with write_session() as session:
        alpha, unit = company.customers["alpha"], company.departments["logistics"]
        about = {"wave_id": company.now, "rule": "VISIT_DEFECT", "customer_id": alpha, "department_id": unit}
        for number, seen in enumerate(("Wet boxes", "No label")):
            found = Finding(**about, about=f"visit:1/defect:{number}", appeared_at=AT)
            who = {"visitor_id": company.people["dora"].user_id, "planned_on": AT.date()}
            visit = Visit(kind="inspection", purpose="Gate 3", form_key=seen, created_at=AT, **who)
            session.add_all([found, visit])
            session.flush()
            keys = {"visit_id": visit.id or 0, "finding_id": found.id, "department_id": unit, "form_key": seen}
            session.add(VisitDefect(**keys, number=number, defect=seen, recorded_at=AT))
    screen = opened(company, "dora", rule="VISIT_DEFECT")
    assert column(screen, "about") == ["Defect from a visit: Wet boxes", "Defect from a visit: No label"]
    assert column(screen, "customer") == ["Alpha", "Alpha"]
    assert all(value != value for value in column(screen, "score"))  # no figure of the customer beside it


def test_it_reads_chinese(company: Company) -> None:
    screen = opened(company, "dora", language="zh_CN", level="each")
    assert column(screen, "about")[1] == "准时交付"
    assert column(screen, "customer")[1] == "阿尔法"
    assert "7 条异常项" in texts(screen)


@pytest.mark.parametrize(("by", "lines"), [("alice", 2), ("bob", 5), ("charlie", 0), ("fay", 2)])
def test_each_reader_sees_the_own_part(company: Company, by: str, lines: int) -> None:
    screen = opened(company, by, level="each")
    assert len(column(screen, "about")) == lines
    assert ("No findings match." in texts(screen)) == (lines == 0)


def test_readers_who_may_not_assign_have_no_button_for_it(company: Company) -> None:
    assert "Assign action" in [button.label for button in opened(company, "alice").button]
    assert "Assign action" not in [button.label for button in opened(company, "bob").button]


def test_low_answers_cleared_and_single_customers_can_be_looked_for(company: Company) -> None:
    screen = opened(company, "dora")
    screen.selectbox(key="address.rule").select("LOW_ANSWER")
    assert column(run(screen), "rules") == ["1 of 2 low"]
    screen.selectbox(key="address.rule").select("")
    screen.selectbox(key="address.state").select("cleared")
    assert column(run(screen), "about") == ["On-time delivery"]


def the_form() -> None:
    """What a button opens. AppTest runs whole pages only, which closes a dialog; so this page is the open dialog."""
    import streamlit as st

    from components import assign_form

    assign_form.assign(st.session_state["viewer"], **st.session_state["about"])


def form(company: Company, by: str, monkeypatch: pytest.MonkeyPatch, **about: Any) -> AppTest:
    """The form as that person opened it, again and again the same one."""
    monkeypatch.setattr(assign_form, "uuid4", lambda: UUID(int=7))
    screen = AppTest.from_function(the_form)
    screen.session_state[OWN_CHOICE] = "en"
    screen.session_state["viewer"], screen.session_state["about"] = company.people[by], about
    return run(screen)


def keys(company: Company, *about: str) -> list[int]:
    with read_session() as session:
        mine = select(Finding.id).where(col(Finding.about).in_(about), Finding.rule != "LOW_ANSWER")
        return [key or 0 for key in session.exec(mine.order_by(col(Finding.id)))]


def saved_actions() -> list[Action]:
    with read_session() as session:
        return list(session.exec(select(Action).order_by(col(Action.number))))


def test_the_button_opens_the_form_for_what_is_chosen(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, "customer:1", "customer:1/item:4")
    screen = press(opened(company, "dora", level="each"), "Assign action to 3")
    title = "Alpha: On-time delivery, Overall score below target"
    assert labelled(screen.text_input, "Action title").value == title


def test_several_findings_become_one_action_and_the_form_is_prefilled(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = keys(company, "customer:1", "customer:1/item:4")
    screen = form(company, "dora", monkeypatch, finding_ids=ids)
    assert labelled(screen.selectbox, "Department").value == company.departments["sales"]
    labelled(screen.selectbox, "Department").select(company.departments["logistics"])
    run(screen)
    assert labelled(screen.selectbox, "Owner").value == company.people["alice"].user_id
    assert labelled(screen.selectbox, "Approver").value == company.people["dora"].user_id
    press(screen, "Save action")
    (saved,) = saved_actions()
    with read_session() as session:
        assert len(session.exec(select(ActionFinding)).all()) == 3
    assert (
        "Q3 2026: Alpha · On-time delivery 60.0 ≤ 70; 80.0 in Q2 2026; n = 2; cannot tell; 1 low answer"
        in saved.problem.splitlines()
    )
    assert [one["en"] for one in saved.figures["subjects"]] == ["Alpha · On-time delivery", "Alpha"]


def test_a_red_cell_needs_nothing_but_save(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = {"customer_id": company.customers["alpha"], "dimension_code": "delivery"}
    press(form(company, "dora", monkeypatch, wave_id=company.now, **cell), "Save action")
    (saved,) = saved_actions()
    assert (saved.title, saved.department_id) == (
        "Alpha: Delivery below target",
        company.departments["logistics"],
    )
    assert [one["en"] for one in saved.figures["subjects"]] == ["Alpha · On-time delivery", "Alpha · Delivery"]


def test_a_cell_without_findings_is_assigned_with_its_figures(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = {"customer_id": company.customers["beta"], "dimension_code": "quality"}
    press(form(company, "dora", monkeypatch, wave_id=company.now, **cell), "Save action")
    (saved,) = saved_actions()
    assert (saved.customer_id, saved.figures["subjects"][0]["score"]) == (company.customers["beta"], 80.0)


def test_what_was_typed_is_saved_and_a_second_press_saves_nothing_more(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = form(company, "alice", monkeypatch, finding_ids=keys(company, "customer:1/item:4"))
    labelled(screen.text_input, "Action title").set_value("Late again")
    labelled(screen.text_area, "Containment (can follow later)").set_value("Calls before shipping")
    labelled(screen.selectbox, "Owner").select(company.people["hana"].user_id)
    press(screen, "Save action")
    press(screen, "Save action")
    (saved,) = saved_actions()
    assert (saved.title, saved.containment) == ("Late again", "Calls before shipping")
    assert saved.owner_id == company.people["hana"].user_id


def test_a_form_that_does_not_fit_says_why_and_keeps_what_was_typed(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = form(company, "alice", monkeypatch, finding_ids=keys(company, "customer:1/item:4"))
    labelled(screen.text_input, "Action title").set_value(" ")
    labelled(screen.text_area, "Containment (can follow later)").set_value("Calls before shipping")
    press(screen, "Save action")
    assert "Give the action a title" in texts(screen)
    assert labelled(screen.text_area, "Containment (can follow later)").value == "Calls before shipping"
    assert saved_actions() == []


def test_a_department_without_people_gets_no_stranger_as_owner_by_itself(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_session() as session:
        gone = select(User).where(User.department_id == company.departments["logistics"])
        for user in session.exec(gone):
            user.active = False
    cell = {"customer_id": company.customers["alpha"], "dimension_code": "delivery"}
    screen = form(company, "dora", monkeypatch, wave_id=company.now, **cell)
    assert labelled(screen.selectbox, "Owner").value is None
    press(screen, "Save action")
    assert "Choose an owner with an active account" in texts(screen)
    assert saved_actions() == []
    labelled(screen.selectbox, "Owner").select(company.people["dora"].user_id)
    run(screen)
    labelled(screen.selectbox, "Approver").select(labelled(screen.selectbox, "Approver").value)
    press(screen, "Save action")
    assert [one.owner_id for one in saved_actions()] == [company.people["dora"].user_id]


def test_the_form_names_the_actions_that_are_at_work_already(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = keys(company, "customer:1/item:4")
    first = form(company, "dora", monkeypatch, finding_ids=ids)
    assert "Handled already" not in texts(first)
    press(first, "Save action")
    assert "Handled already by A‑1." in texts(form(company, "dora", monkeypatch, finding_ids=ids))


def test_a_new_action_needs_no_finding(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = form(company, "dora", monkeypatch)
    labelled(screen.text_input, "Action title").set_value("Train the drivers")
    press(screen, "Save action")
    (saved,) = saved_actions()
    assert (saved.title, saved.department_id, saved.figures) == (
        "Train the drivers",
        company.departments["quality"],
        {},
    )


def test_what_came_back_is_a_line_of_its_own_with_its_numbers(company: Company) -> None:
    with write_session() as session:
        wave = session.get_one(Wave, company.now)
        for code in ("alpha", "beta"):
            make.invitation(session, wave, session.get_one(Customer, company.customers[code]))
    judge_windows(default_engine(), today=date(2026, 12, 31), at=AT)
    screen = opened(company, "dora", level="wave")
    row = column(screen, "about").index("Response rate")
    assert (column(screen, "customer")[row], column(screen, "rules")[row]) == ("0 of 2", "0.0 % < 99.0 %")
