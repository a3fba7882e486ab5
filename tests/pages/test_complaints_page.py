"""Complaints on screen: the list with its clocks, the guided 8D, requests of anybody."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db.session import default_engine, write_session
from services import complaint_reports, complaints, customer_requests
from tests.company import AT, Company, found_company
from tests.pages.screens import column, opened, press, text

SAID = {"received_at": AT, "channel": "mail", "category": "quality", "part_number": "P-100"}


@pytest.fixture
def company(app_database: str) -> Company:
    made = found_company(default_engine())
    with write_session() as session:
        about = {"customer_id": made.customers["alpha"], "department_id": made.departments["logistics"], **SAID}
        dora = made.people["dora"]
        complaints.record(session, **about, description="*Wrong* label", form_key="c", by=dora, at=AT)
        complaints.verify(session, number=1, version=1, is_confirmed=True, by=dora, at=AT)
    return made


def test_the_list_says_which_clock_was_missed_and_leads_to_the_complaint(company: Company) -> None:
    screen = opened(company, "complaints", "dora")
    assert column(screen, "number") == [1]
    assert "1 with a running clock, 1 of them run out" in text(screen)
    page = opened(company, "complaint", "alice", number="1")
    assert "Missed" in text(page)
    assert "D0" in str([one.label for one in page.expander])
    assert "\\*Wrong\\* label" in text(page)  # data, never markup


def test_a_discipline_that_is_not_complete_is_refused_in_words_and_then_completed(company: Company) -> None:
    page = opened(company, "complaint", "alice", number="1")
    page = press(page, "Complete D0")
    assert "D0 is not complete" in page.warning[0].value
    page.text_area[0].set_value("Stock blocked")
    page = press(page, "Complete D0")
    assert not page.exception
    assert "1 of 9 disciplines done" in text(page)


def test_who_may_not_see_it_is_told_so_and_a_viewer_records_a_contact_slip(company: Company) -> None:
    assert "may not see it" in opened(company, "complaint", "charlie", number="1").warning[0].value
    assert not opened(company, "complaints", "bob").dataframe
    with write_session() as session:
        values: dict[str, Any] = {"kind": "repair", "channel": "phone", "said": "It leaks", "received_at": AT}
        customer_requests.record_request(session, **values, form_key="r", by=company.people["bob"], at=AT)
    screen = opened(company, "customer_requests", "bob")
    assert column(screen, "said") == ["It leaks"]
    assert not [button for button in screen.button if button.label == "Assign"]
    assert [button for button in opened(company, "customer_requests", "dora").button if button.label == "Assign"]


@pytest.mark.parametrize(("form", "begins"), [("docx", b"PK"), ("pdf", b"%PDF")])
def test_the_report_is_a_file_in_either_language(company: Company, form: str, begins: bytes) -> None:
    for language in ("zh_CN", "en"):
        with write_session() as session:
            values: dict[str, Any] = {"form": form, "language": language, "zone": ZoneInfo("Asia/Shanghai")}
            made = complaint_reports.download(session, number=1, **values, by=company.people["dora"], at=AT)
        assert made.startswith(begins)
        assert len(made) > 2000
