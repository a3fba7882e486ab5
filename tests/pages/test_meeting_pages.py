"""The list of meetings, a meeting's page, the presenter's window and the projector, as people of the small company see them."""

import pytest
from streamlit.testing.v1 import AppTest

from db.queries.meetings import meeting_detail
from db.session import default_engine, read_session, write_session
from services import meetings
from tests.company import AT, TODAY, Company, found_company
from tests.pages.screens import column, opened, press, text

HERE = {"meeting": "1"}


@pytest.fixture
def company(app_database: str) -> Company:
    """Erik holds a meeting with Bob and Alice."""
    company = found_company(default_engine())
    people = [company.people[name].user_id for name in ("erik", "bob", "alice")]
    with write_session() as session:
        about = {"wave_id": company.now, "held_on": TODAY, "title": "Monthly", "people": people, "form_key": "m"}
        meetings.call_meeting(session, **about, by=company.people["erik"], at=AT)
    return company


def heading(screen: AppTest) -> str:
    """The slide's sentence, as it is read."""
    return str(screen.title[0].value).replace("\\", "")


def test_the_list_holds_what_the_reader_takes_part_in(company: Company) -> None:
    assert column(opened(company, "meetings", "bob"), "title") == ["Monthly"]
    assert "No meetings yet." in text(opened(company, "meetings", "charlie"))
    assert "does not exist" in opened(company, "meeting", "charlie", **HERE).warning[0].value


def test_the_projector_writes_what_it_shows_into_the_minutes_which_are_then_signed_and_sent(company: Company) -> None:
    screen = opened(company, "projector", "erik", slide="2", **HERE)
    assert heading(screen) == "Index 79.7, below target 80, no clear change"
    assert "2 / 10" in text(screen)
    assert "Export" not in {one.proto.popover.label for one in screen.get("popover")}, "a whole room looks at it"
    screen = press(screen, "Next →")
    assert screen.title[0].value == "4 valid responses"
    screen = opened(company, "meeting", "erik", **HERE)
    assert "Index 79.7, below target 80" in text(screen).replace("\\", "")
    press(press(screen, "Sign the minutes"), "Send to the participants")
    with read_session() as session:
        kept = meeting_detail(session, company.people["bob"], 1)
    assert (kept.is_signed, kept.signed_by, kept.sent_at is not None) == (True, "Erik", True)
    assert "Sign the minutes" not in {button.label for button in opened(company, "meeting", "erik", **HERE).button}


def test_who_only_takes_part_steers_nothing(company: Company) -> None:
    assert heading(opened(company, "projector", "bob", slide="2", **HERE)).startswith("Index 79.7")
    with read_session() as session:
        kept = meeting_detail(session, company.people["erik"], 1)
    assert (kept.position, kept.minutes) == (0, [])
    assert "Your role does not include this page." in opened(company, "presenter", "bob", **HERE).info[0].proto.title


def test_the_presenter_moves_the_projector_and_writes_decisions_down(company: Company) -> None:
    screen = press(opened(company, "presenter", "erik", **HERE), "Next slide")
    with read_session() as session:
        assert meeting_detail(session, company.people["erik"], 1).position == 1
    screen.text_input[0].set_value("Report every Friday")
    screen = press(screen, "Write down")
    assert "Report every Friday" in text(screen)
