"""The questionnaire's section of a wave: what is asked, a further question, texts, and who may change them."""

import pytest
from streamlit.testing.v1 import AppTest

from components.texts import OWN_CHOICE
from db.models import Wave
from db.session import default_engine, read_session
from domain.questionnaire import Questionnaire
from services.questionnaires import questionnaire_of_wave
from tests.company import Company, found_company
from tests.pages.screens import opened, press, text

WHERE = {"scheme": "iatf-quarterly", "wave": "2026-Q3", "section": "questionnaire"}


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(default_engine())


def asked(company: Company) -> Questionnaire:
    with read_session() as session:
        return questionnaire_of_wave(session, session.get_one(Wave, company.now))


def field(screen: AppTest, label: str) -> AppTest:
    return next(one for one in [*screen.text_area, *screen.text_input] if one.label == label)


def test_the_section_shows_what_is_asked_and_how_long_it_takes(company: Company) -> None:
    screen = opened(company, "wave", "erik", **WHERE)
    assert "14 questions" in screen.caption[0].value
    assert "about 1 minute" in screen.caption[0].value
    assert "On\\-time delivery" in text(screen).replace("\u2060", "")


def the_dialog() -> None:
    """The open dialog of a question; AppTest runs whole pages only, which closes it."""
    import streamlit as st

    from components import wave_question_form
    from db.queries.waves import survey_wave
    from db.session import read_session
    from services.questionnaires import questionnaire_for

    viewer = st.session_state["viewer"]
    with read_session() as session:
        wave = survey_wave(session, viewer, "iatf-quarterly", "2026-Q3")
        _, asked = questionnaire_for(session, viewer, wave.id)
    wave_question_form._form(viewer, wave, asked, asked.extras[0] if asked.extras else None, "key")


def dialog(company: Company) -> AppTest:
    screen = AppTest.from_function(the_dialog)
    screen.session_state[OWN_CHOICE], screen.session_state["viewer"] = "en", company.people["erik"]
    return screen.run()


def test_a_question_is_added_changed_and_removed(company: Company) -> None:
    screen = dialog(company)
    field(screen, "Question · English").input("Which channel?")
    field(screen, "Options, one a line · English").input("Phone\n\nMail")
    press(screen, "Save question")
    (extra,) = asked(company).extras
    assert (extra.name.en, [option.en for option in extra.options]) == ("Which channel?", ["Phone", "Mail"])
    screen = dialog(company)
    field(screen, "Question · English").input("Which way?")
    press(screen, "Save question")
    assert [one.name.en for one in asked(company).extras] == ["Which way?"]
    screen = opened(company, "wave", "erik", **WHERE)
    assert "15 questions" in screen.caption[0].value
    screen.button(key="questionnaire.2.q1.delete").click().run()
    assert (asked(company).extras, asked(company).number) == ((), 3)


def test_a_question_that_cannot_be_asked_says_why_and_stays(company: Company) -> None:
    screen = dialog(company)
    field(screen, "Question · English").input("Only one option?")
    field(screen, "Options, one a line · English").input("This one")
    screen = press(screen, "Save question")
    assert "needs 2 to 20 options" in screen.error[0].value
    field(screen, "Options, one a line · English").input("Phone\nMail\nphone")
    screen = press(screen, "Save question")
    assert "offers “phone” twice" in screen.error[0].value
    assert field(screen, "Question · English").value == "Only one option?"
    assert asked(company).number == 0


def test_texts_are_saved_in_both_languages(company: Company) -> None:
    screen = opened(company, "wave", "erik", **WHERE)
    field(screen, "Title · English").input("Ours")
    field(screen, "Title · 中文").input("我们的")
    press(screen, "Save texts")
    assert (asked(company).text("title", "en"), asked(company).text("title", "zh_CN")) == ("Ours", "我们的")


def test_bob_reads_and_cannot_change_anything(company: Company) -> None:
    screen = opened(company, "wave", "bob", **WHERE)
    assert "14 questions" in screen.caption[0].value
    labels = {button.label for button in screen.button}
    assert "Add a question" not in labels
    assert all(one.disabled for one in [*screen.text_area, *screen.text_input])
