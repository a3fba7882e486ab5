"""Board, list and the screen of one action: what is done, by whom, until when, and the next step."""

from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import action_board, clock
from components.texts import OWN_CHOICE
from db.models import Action
from db.session import default_engine, read_session, write_session
from services import actions
from tests.company import Company, found_company
from tests.pages.test_findings_page import column, labelled, opened, press, run, texts

PLAN = {
    "cause": "No buffer stock",
    "cause_category": "method",
    "countermeasure": "Buffer of 3 days",
    "containment": "Calls before shipping",
    "prevention": "Monthly review",
}


@pytest.fixture
def company(app_database: str) -> Company:
    """With action 1: late deliveries to alpha, owned by Alice."""
    company = found_company(default_engine())
    with write_session() as session:
        actions.assign(
            session,
            finding_ids=[company.finding(session, "ITEM_BELOW", "alpha/on_time").id or 0],
            title="Late deliveries *to* Alpha",
            department_id=company.departments["logistics"],
            owner_id=company.people["alice"].user_id,
            approver_id=company.people["dora"].user_id,
            due_on=clock.today() + timedelta(days=5),
            form_key="form 1",
            by=company.people["dora"],
            at=clock.now(),
        )
    return company


def step(company: Company, verb: str, by: str, **fields: Any) -> None:
    with write_session() as session:
        now = session.get_one(Action, 1)
        version, who = now.version, company.people[by]
        actions.advance(session, action_id=1, version=version, verb=verb, by=who, at=clock.now(), **fields)


def stored() -> Action:
    with read_session() as session:
        return session.get_one(Action, 1)


def labels(screen: Any) -> list[str]:
    return [button.label for button in screen.button]


def test_a_card_shows_status_number_figure_owner_and_time_left(company: Company) -> None:
    screen = opened(company, "bob", "actions")
    card = next(text.value for text in screen.markdown if "A\u20111" in text.value)
    assert ":red-badge[● Red]" in card
    assert "60.0" in card
    assert "\\*to\\*" in card, "what people write is not taken for formatting"
    assert "Alice" in card
    assert "5 days left" in texts(screen)
    assert "1 open" in texts(screen)


@pytest.mark.parametrize(("by", "sees"), [("alice", True), ("bob", True), ("charlie", False), ("ivan", False)])
def test_alice_acts_bob_reads_and_charlie_does_not_see_it(company: Company, by: str, sees: bool) -> None:
    assert ("A\u20111" in texts(opened(company, by, "actions"))) == sees
    screen = opened(company, by, "action", number="1")
    assert ("you may not see it" in texts(screen)) == (not sees)
    assert ("Start analysis" in labels(screen)) == (by == "alice")
    assert ("Edit" in labels(screen)) == (by == "alice")


@pytest.mark.parametrize("number", ["", "2", "-1", "one", "1; DROP", "9" * 40, "²"])
def test_a_number_that_is_none_is_refused_with_a_sentence(company: Company, number: str) -> None:
    assert "This does not exist" in texts(opened(company, "dora", "action", number=number))


def test_the_list_can_be_searched_and_narrowed(company: Company) -> None:
    screen = opened(company, "dora", "actions")
    screen.segmented_control(key="address.view").set_value("list")
    assert column(run(screen), "title") == ["Late deliveries *to* Alpha"]
    screen.text_input(key="address.search").set_value("invoice")
    assert column(run(screen), "title") == []
    screen.text_input(key="address.search").set_value("A-1")
    screen.selectbox(key="address.state").select("overdue")
    assert column(run(screen), "title") == []
    assert list(action_board.LISTED)[:2] == ["unfinished", "overdue"]


def test_a_link_opens_the_list_as_it_was_narrowed(company: Company) -> None:
    link = {"view": "list", "state": "unfinished", "search": "deliveries"}
    assert column(opened(company, "dora", "actions", **link), "title") == ["Late deliveries *to* Alpha"]
    assert column(opened(company, "dora", "actions", **{**link, "search": "invoice"}), "title") == []
    screen = opened(company, "dora", "actions", **link, unit="nobody", mine="1")
    assert column(screen, "title") == []
    assert {**screen.query_params, "period": ""} == {"view": "list", "search": "deliveries", "mine": "1", "period": ""}


def test_the_next_step_is_offered_to_whom_it_belongs(company: Company) -> None:
    def offered(by: str) -> set[str]:
        steps = {"Start analysis", "Submit plan", "Approve", "Send back", "Start work", "Cancel action"}
        return steps & set(labels(opened(company, by, "action", number="1")))

    assert offered("alice") == offered("dora") == {"Start analysis", "Cancel action"}
    step(company, "analyse", "alice")
    step(company, "plan", "alice", **PLAN)
    assert offered("alice") == {"Cancel action"}
    assert offered("dora") == {"Approve", "Send back", "Cancel action"}
    assert offered("bob") == set()


def test_a_step_is_taken_and_says_what_is_missing_when_it_can_not_be(company: Company) -> None:
    screen = press(opened(company, "alice", "action", number="1"), "Start analysis")
    assert stored().state == "analysing"
    assert 'Before "Submit plan": Describe the root cause.' in texts(screen)
    press(screen, "Submit plan")
    assert next(warning.value for warning in screen.warning).startswith("Describe the root cause")
    assert stored().state == "analysing"


def test_evidence_is_asked_for_before_an_action_is_reported_as_implemented(company: Company) -> None:
    step(company, "analyse", "alice")
    step(company, "plan", "alice", **PLAN)
    step(company, "approve", "dora")
    step(company, "start", "alice")
    screen = press(opened(company, "alice", "action", number="1"), "Report as implemented")
    assert labelled(screen.text_area, "Evidence").value == ""
    assert stored().state == "in_progress"


def the_question() -> None:
    """The open dialog of a step; AppTest runs whole pages only, which closes it."""
    import streamlit as st

    from components import action_forms
    from db.queries.actions import action
    from db.session import read_session
    from domain.action_states import step

    viewer = st.session_state["viewer"]
    with read_session() as session:
        detail = action(session, viewer, 1)
    if detail.row.state != "cancelled":
        action_forms._ask(viewer, detail, step(detail.row.state, "cancel"), "key")


def test_cancelling_asks_for_the_reason(company: Company) -> None:
    screen = AppTest.from_function(the_question)
    screen.session_state[OWN_CHOICE], screen.session_state["viewer"] = "en", company.people["alice"]
    press(run(screen), "Cancel action")
    assert "Say why the action is cancelled" in texts(screen)
    labelled(screen.text_area, "Reason for cancelling").set_value("Measured wrongly")
    press(screen, "Cancel action")
    assert (stored().state, stored().cancel_reason) == ("cancelled", "Measured wrongly")


def test_an_edit_saves_what_was_changed(company: Company) -> None:
    screen = press(opened(company, "alice", "action", number="1"), "Edit")
    labelled(screen.text_area, "Root cause").set_value("No buffer stock")
    labelled(screen.selectbox, "Category of the cause").select("method")
    press(screen, "Save")
    assert (stored().cause, stored().cause_category, stored().version) == ("No buffer stock", "method", 2)
    assert "Edit" in labels(screen)


def test_the_second_of_two_editors_sees_what_changed_and_neither_loses_anything(company: Company) -> None:
    first = press(opened(company, "alice", "action", number="1"), "Edit")
    second = press(opened(company, "dora", "action", number="1"), "Edit")
    labelled(first.text_area, "Root cause").set_value("No buffer stock")
    labelled(first.text_area, "Problem").set_value("Late since July")
    press(first, "Save")
    labelled(second.text_area, "Root cause").set_value("Wrong forecast")
    labelled(second.text_area, "Long-term countermeasure").set_value("Forecast each week")
    press(second, "Save")
    told = texts(second)
    assert "Alice at" in told
    assert "**Root cause** – → No buffer stock" in told
    assert "Your changes are not saved yet" in told
    assert stored().cause == "No buffer stock"
    assert labelled(second.text_area, "Root cause").value == "Wrong forecast"
    assert labelled(second.text_area, "Problem").value == "Late since July"
    press(second, "Save")
    assert (stored().cause, stored().problem, stored().countermeasure) == (
        *("Wrong forecast", "Late since July", "Forecast each week"),
    )


def test_a_comment_goes_into_the_history(company: Company) -> None:
    screen = opened(company, "alice", "action", number="1")
    labelled(screen.text_input, "Comment").set_value("Asked the haulier")
    press(screen, "Add comment")
    assert "Asked the haulier" in str(screen.table[-1].value)


def the_way_back() -> None:
    """The open dialog of a step; AppTest runs whole pages only, which closes it."""
    import streamlit as st

    from components import action_forms
    from db.queries.actions import action
    from db.session import read_session
    from domain.action_states import step

    viewer = st.session_state["viewer"]
    with read_session() as session:
        detail = action(session, viewer, 1)
    if detail.row.state == "planned":
        action_forms._ask(viewer, detail, step(detail.row.state, "send_back"), "key")


def test_a_plan_is_sent_back_with_its_reason_which_the_owner_then_reads(company: Company) -> None:
    step(company, "analyse", "alice")
    step(company, "plan", "alice", **PLAN)
    screen = AppTest.from_function(the_way_back)
    screen.session_state[OWN_CHOICE], screen.session_state["viewer"] = "en", company.people["dora"]
    press(run(screen), "Send back")
    assert "Say why the plan is sent back" in texts(screen)
    labelled(screen.text_area, "Reason for sending back").set_value("Which supplier?")
    press(screen, "Send back")
    assert stored().state == "analysing"
    assert "Sent back by Dora: Which supplier\\?" in [
        one.value for one in opened(company, "alice", "action", number="1").warning
    ]
