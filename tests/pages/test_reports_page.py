"""The page Reports: who is offered what, the general manager's analysis, and what goes out by itself."""

import pytest

from db.session import default_engine
from tests.company import Company, found_company
from tests.pages.screens import opened, press, text


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(default_engine())


def kinds(company: Company, by: str) -> list[str]:
    return list(opened(company, "reports", by).radio[0].options)


def test_each_role_is_offered_what_it_may_make(company: Company) -> None:
    assert "**Evidence pack**" in kinds(company, "erik")
    assert not {"**Evidence pack**", "**Appraisal sheet**", "**Customer file**"} & set(kinds(company, "bob"))
    views = opened(company, "reports", "bob").segmented_control[0].options
    assert views == ["Make", "Made"], "who makes no reports schedules none"


def test_a_month_is_analysed_signed_and_then_only_read(company: Company) -> None:
    screen = opened(company, "reports", "gus", kind="monthly", month="2026-10")
    screen.text_area[0].input("The carrier was late *again*")
    screen = press(screen, "Save and sign")
    assert not screen.exception
    assert not screen.text_area
    assert "Signed by" in text(screen)
    assert "late \\*again\\*" in text(screen).replace("\u2060", "")
