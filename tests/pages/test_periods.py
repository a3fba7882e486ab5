"""Two periods side by side; figures of the small company (see test_overview)."""

import pytest

from db.models import Wave
from db.session import default_engine, write_session
from services.quality_figures import enter_figures
from tests import factories
from tests.company import AT, BAD, Company, answer, found_company
from tests.pages.screens import column, metrics, opened, text


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(default_engine())


def test_the_latest_period_is_compared_with_the_one_before_it(company: Company) -> None:
    screen = opened(company, "periods", "dora")
    assert metrics(screen)["Satisfaction index"] == ("79.7", "≈ 0.3")
    assert "80.0 in 26Q2 · n = 2 → 4" in text(screen)


def test_every_subject_has_both_scores_both_n_and_a_plain_word(company: Company) -> None:
    screen = opened(company, "periods", "dora")
    row = column(screen, "name").index("On-time delivery")
    shown = {name: column(screen, name)[row] for name in screen.dataframe[0].value.columns}
    assert shown == {
        "kind": "Item",
        "name": "On-time delivery",
        "before": "80.0",
        "n_before": 2,
        "now": "◇ 75.0",
        "n": 4,
        "change": "≈ 5.0",
        "span": "−65.2 to +55.2",
        "word": "Cannot tell",
    }
    assert len(column(screen, "name")) == 1 + 1 + 5 + 14  # index, named index, dimensions, items


def test_a_change_that_is_certain_says_higher_or_lower(company: Company) -> None:
    with write_session() as session:
        wave = session.get(Wave, company.now)
        assert wave is not None
        answer(session, wave, company.customers["beta"], *[{"price": BAD}] * 9, *[{"price": BAD, "quantity": BAD}] * 9)
    screen = opened(company, "periods", "dora", language="zh_CN")
    words = dict(zip(column(screen, "name"), column(screen, "word"), strict=True))
    assert words["价格竞争力"] == "降低"
    assert words["产品性能"] == "不能断定"


def test_any_earlier_period_can_be_chosen_in_the_address(company: Company) -> None:
    with write_session() as session:
        version = factories.scheme(session)
        first = factories.wave(session, version, "2025-Q4")
        answer(session, first, company.customers["alpha"], {}, {}, usual=BAD)
    screen = opened(company, "periods", "dora", **{"with": "2025-Q4"})
    assert metrics(screen)["Satisfaction index"][0] == "79.7"
    assert "40.0 in 25Q4 · n = 2 → 4" in text(screen)


def test_a_single_period_cannot_be_compared(company: Company) -> None:
    assert "Only one period so far" in text(opened(company, "periods", "dora", period="2026-Q2"))


def test_a_department_compares_its_own_items(company: Company) -> None:
    assert "On-time delivery" in column(opened(company, "periods", "alice"), "name")
    assert "On-time delivery" not in column(opened(company, "periods", "charlie"), "name")


def test_quality_figures_stand_beside_the_scores_and_say_what_contradicts_them(company: Company) -> None:
    beta, by = company.customers["beta"], company.people["dora"]
    for wave, value in ((company.before, 40.0), (company.now, 200.0)):
        with write_session() as session:
            enter_figures(session, wave_id=wave, figures={beta: {"part_fault": value}}, by=by, at=AT)
    for page in ("", "periods"):
        screen = opened(company, page, "dora")
        assert "Part fault rate **200 ppm**" in text(screen), page
        assert "40 ppm in 26Q2" in text(screen)
        assert "Content (80.7), but Part fault rate 200 ppm" in text(screen)
    assert "Part fault rate" not in text(opened(company, "", "bob"))
