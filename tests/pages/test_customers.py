"""The customers' screen: who is below target, as each reader may see it, and what can be done about a score."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import access, customer_matrix
from components.texts import OWN_CHOICE
from db.session import default_engine, write_session
from settings import ROOT
from tests import factories
from tests.company import Company, found_company
from tests.pages.conftest import token_of

CLEAR, ASSIGN = "Clear filters", "Assign action"


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(default_engine())


def opened(company: Company, page: str, by: str, /, *, language: str = "en", **query: str) -> AppTest:
    """The shell on a page, as that person of the company sees it."""
    shell = AppTest.from_file(str(ROOT / "pages" / "navigation.py"))
    shell.session_state[OWN_CHOICE] = language
    shell.session_state[access.TOKEN] = token_of(company.people[by].user_id)
    shell.run()
    for name, value in query.items():
        shell.query_params[name] = value
    screen = shell.switch_page(f"{page}.py").run()
    assert not screen.exception
    return screen


def column(screen: AppTest, name: str) -> list[Any]:
    return screen.dataframe[0].value[name].tolist()


def labels(screen: AppTest) -> list[str]:
    return [button.label for button in screen.button]


def press(screen: AppTest, label: str) -> AppTest:
    return next(button for button in screen.button if button.label == label).click().run()


def pick(monkeypatch: pytest.MonkeyPatch, row: int, name: str) -> None:
    """As if that cell were selected; AppTest can't click into a table."""
    monkeypatch.setattr(customer_matrix, "scores_table", lambda *_args, **_named: (row, name))


def text(screen: AppTest) -> str:
    return "\n".join(element.value for kind in (screen.markdown, screen.caption) for element in kind)


def test_the_worst_customer_comes_first_with_status_n_and_since_when(company: Company) -> None:
    screen = opened(company, "customers", "dora")
    assert column(screen, "customer") == ["Alpha", "Beta"]
    assert column(screen, "status") == ["◇ Amber", "On target"]
    assert column(screen, "overall") == pytest.approx([78 + 2 / 3, 80 + 2 / 3], abs=1e-8)
    assert column(screen, "n") == [2, 2]
    assert column(screen, "since") == ["26Q3", "26Q2"], (
        "alpha was on target in the second quarter, beta has been all along"
    )
    assert "1–2 of 2" in text(screen)
    assert "* fewer than 3 responses" in text(screen)


def test_it_reads_chinese(company: Company) -> None:
    screen = opened(company, "customers", "dora", language="zh_CN")
    assert column(screen, "customer") == ["阿尔法", "贝塔"]
    assert column(screen, "status") == ["◇ 黄", "达标"]
    assert "第 1–2 个，共 2 个" in text(screen)


def test_sales_sees_the_own_customers_only_whatever_the_address_says(company: Company) -> None:
    assert column(opened(company, "customers", "fay"), "customer") == ["Alpha"]
    asked_for = opened(company, "customers", "fay", search="beta")
    assert not asked_for.dataframe
    assert "No customer matches the search and filters." in text(asked_for)


def test_a_department_sees_no_customers(company: Company) -> None:
    screen = opened(company, "customers", "charlie")
    assert [info.value for info in screen.info]
    assert not screen.dataframe


def test_a_link_with_a_search_opens_the_same_view(company: Company) -> None:
    screen = opened(company, "customers", "dora", search="bet", below="0", page="x")
    assert column(screen, "customer") == ["Beta"]
    assert screen.text_input(key="customers.search").value == "bet"


def test_what_is_searched_and_switched_goes_into_the_address(company: Company) -> None:
    screen = opened(company, "customers", "dora")
    screen.text_input(key="customers.search").set_value("a").run()
    screen.toggle(key="customers.only").set_value(True).run()
    assert column(screen, "customer") == ["Alpha"], "beta has an a, and is on target"
    assert screen.query_params["search"] == "a"
    assert screen.query_params["below"] == "1"


def test_where_nothing_fits_one_button_takes_search_and_filters_away(company: Company) -> None:
    screen = opened(company, "customers", "dora", search="nobody")
    assert CLEAR in labels(screen)
    screen = press(screen, CLEAR)
    assert column(screen, "customer") == ["Alpha", "Beta"]
    assert "search" not in screen.query_params


def test_fifty_customers_make_a_page_and_a_search_begins_with_the_first(company: Company) -> None:
    with write_session() as session:
        wave = factories.wave(session, code="2026-Q4")
        for number in range(60):
            factories.response(session, wave, "satisfied", customer=factories.customer(session, f"C{number:02}"))
    screen = opened(company, "customers", "dora", page="2")
    assert len(column(screen, "customer")) == 10
    assert "51–60 of 60" in text(screen)
    screen.text_input(key="customers.search").set_value("C").run()
    assert len(column(screen, "customer")) == 50
    assert "page" not in screen.query_params


def test_a_score_that_is_selected_says_whose_it_is_and_what_can_be_done(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick(monkeypatch, 0, "dimension:delivery")
    screen = opened(company, "customers", "dora")
    assert ":orange-badge[◇ Amber] **Alpha · Delivery 73.3** :gray[n = 2]" in text(screen)
    assert [label for label in labels(screen) if label in (ASSIGN, "Customer file", "Read opinions")] == [
        ASSIGN,
        "Customer file",
        "Read opinions",
    ]


def test_a_viewer_can_neither_assign_nor_read_opinions(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    pick(monkeypatch, 0, "customer")
    screen = opened(company, "customers", "bob")
    assert "**Alpha · Overall 78.7**" in text(screen), "a click on the name is about the customer score"
    assert "Customer file" in labels(screen)
    assert not {ASSIGN, "Read opinions"} & set(labels(screen))


def test_assign_opens_the_form_with_the_figures_of_that_score(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick(monkeypatch, 0, "dimension:delivery")
    screen = press(opened(company, "customers", "dora"), ASSIGN)
    assert not screen.exception
    assert "Save action" in labels(screen)
    assert next(field.value for field in screen.text_input if field.label == "Action title").startswith(
        "Alpha: Delivery"
    )
    assert ":orange-badge[◇ Amber] **Alpha · Delivery 73.3**" in text(screen)


def test_the_customer_file_is_one_press_away(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    pick(monkeypatch, 1, "dimension:delivery")
    screen = press(opened(company, "customers", "dora"), "Customer file")
    assert [header.value for header in screen.header] == ["Beta"]


def test_a_survey_that_names_no_customers_says_why_there_are_none(company: Company) -> None:
    document = factories.preset("iatf-quarterly").replace('"iatf-quarterly"', '"passengers"', 1)
    with write_session() as session:
        unnamed = document.replace("retention_years = 3", "retention_years = 3\ncustomers_named = false")
        factories.wave(session, factories.scheme(session, document=unnamed), code="2027-Q1")
    screen = opened(company, "customers", "dora", scheme="passengers")
    assert "This survey asks people without naming their company." in text(screen)
    assert not screen.dataframe


def test_a_single_channel_is_not_pretended(company: Company) -> None:
    with write_session() as session:
        wave = factories.wave(session, code="2026-Q4")
        factories.response(session, wave, "satisfied", customer=factories.customer(session, "gamma"), channel="phone")
    screen = opened(company, "customers", "dora", channel="phone")
    assert "scores cover all channels" in text(screen)
