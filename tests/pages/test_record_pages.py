"""The inbox, the audit log and personal data, each by three people: who acts, who reads, who may not."""

import pytest
from sqlmodel import select

from components import clock
from db.models import Opinion, Wave
from db.session import default_engine, read_session, write_session
from tests import factories as make
from tests.company import AT, Company, found_company
from tests.pages.screens import column, opened, press, text


@pytest.fixture
def company(app_database: str) -> Company:
    made = found_company(default_engine())
    with write_session() as session:
        alpha = session.get_one(make.Customer, made.customers["alpha"])
        make.response(session, session.get_one(Wave, made.now), customer=alpha, opinions=["*Late* again"])
    return made


def test_an_opinion_is_read_as_data_and_sorted_and_a_viewer_has_no_inbox(company: Company) -> None:
    with read_session() as session:
        key = str(session.exec(select(Opinion.id)).one())
    screen = opened(company, "opinions", "dora", opinion=key)
    assert "\\*Late\\* again" in text(screen)
    assert "Late" not in text(opened(company, "opinions", "charlie", opinion=key))  # of another department
    assert not opened(company, "opinions", "bob").dataframe


def test_who_looked_at_an_opinion_stands_in_the_audit_log_which_only_the_administrator_and_quality_read(
    company: Company,
) -> None:
    opened(company, "opinions", "dora", opinion="1")
    screen = opened(company, "audit", "root", view="seen")
    assert "Dora" in str(screen.dataframe[0].value.to_dict())
    assert opened(company, "audit", "dora").dataframe
    assert not opened(company, "audit", "bob").dataframe


def test_old_records_are_counted_when_asked_for_and_only_the_administrator_may_propose(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "today", lambda: AT.date().replace(year=AT.year + 9))
    screen = opened(company, "privacy", "root")
    assert not screen.dataframe
    screen = press(screen, "Count old records")
    assert not screen.exception
    assert column(screen, "table") == ["Opinion"]
    assert not [
        one for one in press(opened(company, "privacy", "dora"), "Count old records").button if one.key == "privacy.go"
    ]
