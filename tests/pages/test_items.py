"""Dimensions and items as each reader sees them; figures of the small company (see test_overview)."""

import pytest
from streamlit.testing.v1 import AppTest

from components.items import views
from components.items.views import Picked
from db.models import Wave
from db.queries.narrowing import wave_info
from db.queries.segments import scores_by_group
from db.session import default_engine, read_session, write_session
from domain.access import NotThere, Scope
from tests import factories
from tests.company import Company, found_company
from tests.pages.screens import charts, opened, press, text


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(default_engine())


def labels(screen: AppTest) -> list[str]:
    return [button.label for button in screen.button]


def test_the_distribution_says_which_item_is_lowest(company: Company) -> None:
    screen = opened(company, "items", "dora")
    assert charts(screen) == ["Lowest is On-time delivery with 75.0 (Amber)."]


def test_an_item_in_the_address_opens_what_is_behind_it(company: Company) -> None:
    screen = opened(company, "items", "dora", item="on_time")
    assert "**75.0** :gray[95% interval" in text(screen)
    assert "Lower than before since 26Q3" in text(screen)
    assert "1 of 4 answers are low. Lowest is On-time delivery with 75.0 (Amber)." in charts(screen)
    assert "**Low answers** :gray[1 customer]" in text(screen)
    assert "Assign action" in labels(screen)


def test_a_click_on_a_bar_is_taken_into_the_address_once(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "draw", lambda *_: Picked(item="price"))
    screen = opened(company, "items", "dora")
    assert screen.query_params["item"] == "price"
    closed = next(button for button in screen.button if button.key == "item.close").click().run()
    assert "item" not in closed.query_params


def test_trends_show_every_item_worst_first(company: Company) -> None:
    screen = opened(company, "items", "dora", view="trends")
    assert len(charts(screen)) == 14
    assert charts(screen)[0] == "Lowest is On-time delivery with 75.0 (Amber)."
    assert press(screen, "**On\\-time delivery**").query_params["item"] == "on_time"


def test_a_dimension_narrows_the_items(company: Company) -> None:
    screen = opened(company, "items", "dora", view="trends", dimension="communication")
    assert len(charts(screen)) == 3


def test_segments_of_an_item_are_compared_lowest_first(company: Company) -> None:
    with write_session() as session:
        wave = session.get(Wave, company.now)
        assert wave is not None
        rows = [({"on_time": "dissatisfied"}, 0, "OEM"), ({"on_time": "very_satisfied"}, 0, "Tier 1")]
        factories.imported(session, wave, rows)
    screen = opened(company, "items", "dora", view="segments", item="on_time")
    assert "Lowest is OEM with 40.0 (Red)." in charts(screen)


def test_an_unknown_view_or_item_shows_the_usual_screen(company: Company) -> None:
    screen = opened(company, "items", "dora", view="nonsense", item="nonsense", dimension="nonsense")
    assert charts(screen) == ["Lowest is On-time delivery with 75.0 (Amber)."]


def test_a_department_sees_only_its_own_items_by_any_address(company: Company) -> None:
    alice = opened(company, "items", "alice", item="on_time")
    assert "**75.0**" in text(alice)
    assert "Low answers" not in text(alice)  # no customers for departments
    charlie = opened(company, "items", "charlie", item="on_time")
    assert "On-time" not in " ".join(charts(charlie))
    assert "75.0" not in text(charlie)
    assert "Assign action" not in labels(charlie)


@pytest.mark.parametrize("what", [{"item": "on_time"}, {"dimension": "delivery"}])
def test_what_a_department_may_not_see_is_not_compared_by_segment(company: Company, what: dict[str, str]) -> None:
    scope = Scope(company.people["charlie"], company.scheme_id)
    with read_session() as session:
        wave = wave_info(session, scope, "2026-Q3")
        assert wave is not None
        with pytest.raises(NotThere):
            scores_by_group(session, scope, wave, by="segment", **what)


def test_readers_who_may_not_assign_get_no_button(company: Company) -> None:
    assert "Assign action" not in labels(opened(company, "items", "bob", item="on_time"))


def test_a_number_scale_shows_scores_instead_of_levels(app_database: str) -> None:
    company = found_company(default_engine())
    with write_session() as session:
        version = factories.scheme(session, "owner-residence-number")
        factories.imported(session, factories.wave(session, version, "2026-Q4"), [({"design": 71.5}, 0, "")])
    screen = opened(company, "items", "dora", scheme="owner-residence-number", item="design")
    assert "**71.5**" in text(screen)
    assert len(charts(screen)) == 2  # scores and trend; no levels
