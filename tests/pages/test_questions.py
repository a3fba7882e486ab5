"""Questions that changed between waves are asked on one screen, confirmed with one press, and seen in the trends."""

from typing import Any

import pytest
from sqlmodel import select

from db.models import Wave
from db.session import default_engine, write_session
from domain.scheme_draft import document_of, draft_of, rows_of, with_rows
from services.schemes import save_version
from services.waves import open_wave
from tests import factories as make
from tests.company import AT, WORST, Company, answer, found_company
from tests.pages.screens import opened, press, text


@pytest.fixture
def company(app_database: str) -> Company:
    """In the third wave on-time delivery has another code, and price asks something else."""
    made = found_company(default_engine())
    draft = draft_of(make.preset("iatf-quarterly"))
    others: dict[str, dict[str, Any]] = {
        "on_time": {"code": "punctual"},
        "price": {"zh": "客户投诉的处理", "en": "How complaints are handled"},
    }
    rows = [row | others.get(row["code"], {}) for row in rows_of(draft, "items")]
    with write_session() as session:
        by = made.people["dora"]
        version = save_version(session, document=document_of(with_rows(draft, "items", rows)), base=1, by=by, at=AT)
        make.response(session, open_wave(session, version=version, code="2026-Q4", by=None, at=AT), "satisfied")
    return made


def test_both_wordings_stand_side_by_side_and_are_confirmed_with_one_press(company: Company) -> None:
    screen = opened(company, "questions", "dora")
    said = text(screen).replace("\u2060", "").replace("\\", "")
    assert "2 questions to be matched" in said
    assert "How complaints are handled" in said
    assert "Price competitiveness" in said
    kinds = [box.value for box in screen.selectbox if box.label == "It is"]
    assert kinds == ["renamed", None], "what only shares a code is asked, and nothing is chosen for the reader"
    next(box for box in screen.selectbox if box.label == "It is" and box.value is None).set_value("new")
    screen = press(screen, "Confirm what is chosen")
    said = text(screen).replace("\u2060", "")
    assert "all matched" in said
    assert "Renamed from" in said
    assert "A new question" in said
    again = next(one for one in screen.button if one.label == "Ask again")
    assert "1 question to be matched" in text(again.click().run())


def test_a_trend_runs_on_over_a_confirmed_link(company: Company) -> None:
    press(opened(company, "questions", "dora"), "Confirm what is chosen")
    screen = opened(company, "periods", "dora")
    rows = screen.dataframe[0].value.set_index("name")
    assert rows.loc["On-time delivery", ["before", "now"]].tolist() == [
        "80.0",
        "80.0",
    ]  # 2026-Q2 is the last closed one
    assert rows.loc["How complaints are handled", "before"] == "–"


def test_overview_and_customer_file_follow_a_renamed_item_and_mark_where_it_changed(company: Company) -> None:
    press(opened(company, "questions", "dora"), "Confirm what is chosen")
    with write_session() as session:
        now = session.exec(select(Wave).where(Wave.code == "2026-Q4")).one()
        answer(session, now, company.customers["alpha"], {"punctual": WORST})
    below = opened(company, "", "dora").dataframe[0].value
    row = below[below["item"] == "On-time delivery"].iloc[0]
    assert row["change"] != "–"
    file = opened(company, "customer", "dora", code="alpha", show="items").dataframe[0].value.set_index("item")
    assert file.loc["On-time delivery", ["2026-Q2", "2026-Q3", "2026-Q4"]].tolist() == [80, 60, 20]
    assert file.loc["On-time delivery", "question"] == "Renamed Q4 2026"


def test_a_choice_without_its_earlier_question_is_refused(company: Company) -> None:
    screen = opened(company, "questions", "dora")
    next(box for box in screen.selectbox if box.label == "It is" and box.value is None).set_value("merged")
    screen = press(screen, "Confirm what is chosen")
    assert "choose the earlier question" in screen.warning[0].value
    assert "2 questions to be matched" in text(screen)


@pytest.mark.parametrize("who", ["bob", "alice", "ivan"])
def test_whoever_does_not_edit_the_scheme_sees_no_questions(company: Company, who: str) -> None:
    screen = opened(company, "questions", who)
    assert "complaints" not in text(screen)
    assert not [one for one in screen.button if "Confirm" in one.label]
