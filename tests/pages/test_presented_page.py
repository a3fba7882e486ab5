"""The page that shows what was presented beside what holds now."""

import pytest

from db.models import Wave
from db.session import default_engine, write_session
from services import responses
from services.closing import close_wave
from tests import factories as make
from tests.company import AT, Company, found_company
from tests.pages.screens import column, opened, text

HERE = {"scheme": "iatf-quarterly", "wave": "2026-Q3"}


@pytest.fixture
def company(app_database: str) -> Company:
    """Closed; then a late answer of 20 is admitted."""
    company = found_company(default_engine())
    with write_session() as session:
        wave = session.get_one(Wave, company.now)
        close_wave(session, wave=wave, by=company.people["dora"], at=AT)
        late = make.response(session, wave, "very_dissatisfied", at=AT)
    with write_session() as session:
        responses.admit(session, response_id=late.id or 0, by=company.people["dora"], at=AT, reason="post was late")
    return company


def test_the_page_says_what_was_presented_what_is_now_and_why(company: Company) -> None:
    screen = opened(company, "presented", "dora", **HERE)
    # one of three delivery items is 20 or 100: (76 + 81.33 + 80 + 81.33) / 4; with 20 it is (318.67 + 20) / 5
    assert screen.header[0].value == "Presented 79.7 on 2026-09-14, now 67.7"
    assert column(screen, "reason")[0] == "Late answer admitted: post was late"
    assert "**Late answer admitted** post was late · Dora index **79.7 → 67.7**" in text(screen)
    assert "The frozen result is intact" in text(screen)


def test_a_seller_and_another_organiser_are_shown_nothing(company: Company) -> None:
    assert "result of all customers" in opened(company, "presented", "fay", **HERE).info[0].value
    assert "does not exist" in opened(company, "presented", "ivan", **HERE).warning[0].value


def test_an_open_wave_was_not_presented_yet(app_database: str) -> None:
    company = found_company(default_engine())
    assert "Nothing has been presented yet." in text(opened(company, "presented", "bob", **HERE))
