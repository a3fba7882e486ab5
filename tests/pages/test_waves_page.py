"""The list of waves, and the screen of one with its sections."""

import re
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextArea

from db.models import Response, Wave
from db.queries.plans import plan
from db.queries.responses import wave_for
from db.queries.waves import survey_wave
from db.session import default_engine, write_session
from domain.plans import PlanFields
from services import plans
from services.closing import close_wave
from tests import factories as make
from tests.company import AT, Company, found_company
from tests.pages.screens import column, metrics, opened, press, text

SCHEME = "iatf-quarterly"


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(default_engine())


def test_every_wave_is_listed_the_newest_first(company: Company) -> None:
    screen = opened(company, "waves", "erik")
    assert column(screen, "wave") == ["2026-Q3", "2026-Q2"]
    assert column(screen, "state") == ["Running", "Closed"]


def test_an_organiser_sees_no_wave_of_somebody_elses_scheme(company: Company) -> None:
    assert "No wave yet." in text(opened(company, "waves", "ivan"))
    screen = opened(company, "wave", "ivan", scheme=SCHEME, wave="2026-Q3")
    assert "does not exist" in screen.warning[0].value


@pytest.mark.parametrize(
    ("who", "sections"),
    [
        ("erik", ["plan", "questionnaire", "sending", "returns", "entry", "closing"]),
        ("bob", ["plan", "questionnaire", "returns", "closing"]),
    ],
)
def test_a_wave_offers_the_sections_that_are_the_readers(company: Company, who: str, sections: list[str]) -> None:
    screen = opened(company, "wave", who, scheme=SCHEME, wave="2026-Q3")
    switch = screen.get("button_group")[0]
    assert len(switch.options) == len(sections)


def test_a_plan_opens_as_a_form_for_those_who_run_waves(company: Company) -> None:
    with write_session() as session:
        plans.plan_like_last(session, scheme=SCHEME, code="2027-Q1", form_key="form", by=company.people["erik"], at=AT)
    screen = opened(company, "wave", "erik", scheme=SCHEME, wave="2027-Q1")
    assert {area.label for area in screen.text_area} >= {"Objective", "Scope", "Milestones"}
    assert "**2** customers match" in text(screen)
    screen = opened(company, "wave", "bob", scheme=SCHEME, wave="2027-Q1")
    assert not screen.text_area
    assert "countersignature missing" in text(screen)


def test_customers_are_drawn_by_one_press(company: Company) -> None:
    with write_session() as session:
        plans.plan_like_last(session, scheme=SCHEME, code="2027-Q1", form_key="form", by=company.people["erik"], at=AT)
    screen = opened(company, "wave", "erik", scheme=SCHEME, wave="2027-Q1")
    assert "Save the plan first" in text(screen), "what is typed into the form isn't lost to a drawing"
    screen = press(press(screen, "Cancel"), "Draw customers")
    assert "2 of 2" in text(screen)


def form_on_a_new_plan(company: Company) -> AppTest:
    with write_session() as session:
        plans.plan_like_last(session, scheme=SCHEME, code="2027-Q1", form_key="form", by=company.people["erik"], at=AT)
    return opened(company, "wave", "erik", scheme=SCHEME, wave="2027-Q1")


def changed_by_somebody_else(company: Company, **changes: Any) -> None:
    erik = company.people["erik"]
    with write_session() as session:
        wave_id = survey_wave(session, erik, SCHEME, "2027-Q1").id
        found = plan(session, erik, wave_id)
        assert found
        wanted = replace(found.fields, **changes)
        plans.edit_plan(session, wave_id=wave_id, version=found.version, wanted=wanted, by=erik, at=AT)


def saved(company: Company) -> PlanFields:
    erik = company.people["erik"]
    with write_session() as session:
        found = plan(session, erik, survey_wave(session, erik, SCHEME, "2027-Q1").id)
    assert found
    return found.fields


def area(screen: AppTest, label: str) -> TextArea:
    return next(one for one in screen.text_area if one.label == label)


def test_two_people_who_change_different_fields_of_a_plan_both_keep_theirs(company: Company) -> None:
    screen = form_on_a_new_plan(company)
    changed_by_somebody_else(company, scope="Theirs")
    area(screen, "Objective").set_value("Mine")
    press(screen, "Save")
    assert (saved(company).objective, saved(company).scope) == ("Mine", "Theirs")


def test_a_field_that_both_have_changed_is_told_and_mine_is_kept_by_saving_again(company: Company) -> None:
    screen = form_on_a_new_plan(company)
    changed_by_somebody_else(company, objective="Theirs")
    area(screen, "Objective").set_value("Mine")
    screen = press(screen, "Save")
    assert re.search("meanwhile changed.* Objective", screen.warning[0].value)
    assert saved(company).objective == "Theirs"
    press(screen, "Save")
    assert saved(company).objective == "Mine"


def test_a_wave_without_a_plan_says_so(company: Company) -> None:
    screen = opened(company, "wave", "bob", scheme=SCHEME, wave="2026-Q3", section="plan")
    assert "opened without a plan" in text(screen)


def test_an_open_wave_is_closed_by_its_organiser_and_shows_the_frozen_result(company: Company) -> None:
    screen = opened(company, "wave", "erik", scheme=SCHEME, wave="2026-Q3", section="closing")
    assert "4 valid, no number is set" in text(screen)
    for box in screen.checkbox:  # there while the window of the wave isn't over on the day of the test
        screen = box.check().run()
    screen = press(screen, "Close the wave")
    assert "The frozen result is intact" in text(screen)
    assert metrics(screen)["Satisfaction index"][0] == "79.7"


def test_sales_sees_no_frozen_result_of_other_peoples_customers(company: Company) -> None:
    erik = company.people["erik"]
    with write_session() as session:
        close_wave(session, wave=wave_for(session, erik, company.now), by=erik, at=AT, despite=["window"])
    screen = opened(company, "wave", "fay", scheme=SCHEME, wave="2026-Q3", section="closing")
    assert "result of all customers" in text(screen)
    assert not screen.metric


def test_others_see_the_check_list_and_no_button(company: Company) -> None:
    screen = opened(company, "wave", "bob", scheme=SCHEME, wave="2026-Q3", section="closing")
    assert "Enough valid responses" in text(screen)
    assert "Close the wave" not in {button.label for button in screen.button}


def test_quality_admits_an_answer_that_came_after_closing(company: Company) -> None:
    with write_session() as session:
        late = make.response(session, session.get_one(Wave, company.before), "neutral", at=AT).id
    screen = opened(company, "wave", "dora", scheme=SCHEME, wave="2026-Q2", section="closing")
    screen = press(screen, "Admit")
    next(field for field in screen.text_input if field.label == "Why it is admitted").set_value("Posted in time")
    screen = next(b for b in reversed(screen.button) if b.label == "Admit").click().run()
    assert not screen.exception
    with write_session() as session:
        assert session.get_one(Response, late).status == "counted"


def test_lessons_of_interviewers_are_recorded(company: Company) -> None:
    screen = opened(company, "training", "erik")
    next(field for field in screen.text_input if field.label == "Content").set_value("Neutral asking")
    screen = press(screen, "Record the lesson")
    assert 8.0 in column(screen, "hours")
