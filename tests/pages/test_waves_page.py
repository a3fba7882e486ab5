"""The list of waves, and the screen of one with its sections."""

import pytest

from db.session import default_engine
from tests.company import Company, found_company
from tests.pages.screens import column, opened, text

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
