"""A customer's file: what is below target, who acts, and no more about people than the reader may see."""

from datetime import date

import pytest
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from db.models import AuditEvent, Customer, Response, ResponseFlag, Wave
from db.session import default_engine, read_session, write_session
from services import actions
from tests import factories
from tests.company import AT, Company, found_company
from tests.pages.screens import press
from tests.pages.test_customers import labels, opened, text

SECTIONS = ["items", "answers", "opinions", "findings", "actions", "returns", "contacts"]


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(default_engine())


@pytest.fixture
def spoken(company: Company) -> Company:
    """Ms Li of alpha has answered and written something."""
    with write_session() as session:
        alpha, wave = session.get_one(Customer, company.customers["alpha"]), session.get_one(Wave, company.now)
        answers = {"on_time": "neutral", "price": "very_satisfied"}
        factories.response(session, wave, answers, customer=alpha, respondent="Ms Li", opinions=["*Too* late again"])
        factories.contact(session, alpha, name="Ms Li")
    return company


def views(company: Company) -> list[tuple[int | None, int | None]]:
    """Who looked at which customer, as the audit trail has it."""
    with read_session() as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.verb == "view").order_by(col(AuditEvent.id)))
        return [(row.user_id, row.about_id) for row in rows if row.about == "customer"]


def shown(screen: AppTest) -> str:
    """All that the screen says, tables included."""
    tables = [table.value.to_string() for table in screen.dataframe]
    return "\n".join([text(screen), *tables, *(link.label for link in screen.get("page_link"))])


def sections(screen: AppTest) -> list[str]:
    return screen.button_group(key="address.show").options


def test_the_top_says_what_is_below_target_and_since_when(company: Company) -> None:
    screen = opened(company, "customer", "dora", code="alpha")
    assert [header.value for header in screen.header] == ["Alpha"]
    assert [(metric.label, metric.value) for metric in screen.metric] == [
        ("Customer score :orange-badge[◇ Amber]", "78.7")
    ]
    assert "Target **80** · since Q3 2026" in text(screen)
    assert ":orange-badge[◇ 73.3] **Delivery** :gray[since 26Q3" in text(screen)
    assert ":red-badge[● 60.0] On\\-time delivery :gray[since 26Q3" in text(screen)
    assert "Sales: Fay" in text(screen).replace("\\", "").replace("\u2060", "")


def test_who_acts_until_when_stands_beside_it(company: Company) -> None:
    with write_session() as session:
        actions.assign(
            session,
            title="Late deliveries",
            department_id=company.departments["logistics"],
            owner_id=company.people["alice"].user_id,
            approver_id=None,
            due_on=date(2026, 9, 20),
            customer_id=company.customers["alpha"],
            wave_id=company.now,
            form_key="once",
            by=company.people["dora"],
            at=AT,
        )
    (line,) = [
        link.label
        for link in opened(company, "customer", "dora", code="alpha").get("page_link")
        if "A\u2011" in link.label
    ]
    assert "A\u20111 Logistics Alice :gray[Late deliveries]" in line
    assert ":material/schedule:" in line


def test_an_unknown_and_a_hidden_customer_get_the_same_message(company: Company) -> None:
    hidden, unknown = (opened(company, "customer", "fay", code=code) for code in ("beta", "no such code"))
    assert text(hidden) == text(unknown)
    assert "This does not exist, or you may not see it." in text(hidden)
    assert not hidden.metric
    assert opened(company, "customer", "fay", code="alpha").metric


def test_a_department_cannot_open_a_file_by_its_address(company: Company) -> None:
    screen = opened(company, "customer", "charlie", code="alpha")
    assert [info.value for info in screen.info]
    assert not screen.header
    assert "Alpha" not in shown(screen)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_by_its_address(spoken: Company, section: str) -> None:
    screen = opened(spoken, "customer", "dora", code="alpha", show=section)
    assert screen.button_group(key="address.show").value == section
    assert not screen.exception


def test_an_answer_that_is_low_has_sign_and_word_and_a_blank_is_a_dash(spoken: Company) -> None:
    screen = opened(spoken, "customer", "dora", code="alpha", show="answers")
    table = screen.dataframe[0].value
    (mine,) = [name for name in table.columns if "Ms Li" in name]
    said = dict(zip(table["Item"], table[mine], strict=True))
    assert (said["On-time delivery"], said["Price competitiveness"]) == ("● Neutral", "Very satisfied")
    assert (said["Ease of contact"], said["Score"]) == ("–", "84.0"), "(60 · ⅓ + 100 · ½) / (⅓ + ½): rules.md 3.3"


def test_opinions_do_nothing_but_stand_there(spoken: Company) -> None:
    screen = opened(spoken, "customer", "dora", code="alpha", show="opinions")
    assert "\\*Too\\* late again" in text(screen).replace("\u2060", "")


@pytest.mark.parametrize("section", SECTIONS)
def test_a_viewer_learns_no_names_and_no_words_of_people(spoken: Company, section: str) -> None:
    screen = opened(spoken, "customer", "bob", code="alpha", show=section)
    assert not {"Opinions of the customer", "Contacts and purchases"} & set(sections(screen))
    assert "Ms Li" not in shown(screen)
    assert "late again" not in shown(screen)
    assert "Assign action" not in labels(screen)


def test_looking_at_personal_data_is_noted_once_and_looking_at_figures_is_not(spoken: Company) -> None:
    alpha, dora = spoken.customers["alpha"], spoken.people["dora"].user_id
    screen = opened(spoken, "customer", "dora", code="alpha")
    opened(spoken, "customer", "bob", code="alpha", show="answers")
    assert views(spoken) == []
    screen.query_params["show"] = "contacts"
    screen.run().run()
    assert views(spoken) == [(dora, alpha)]


def test_a_customer_that_has_not_answered_yet_still_has_its_file(company: Company) -> None:
    with write_session() as session:
        factories.wave(session, code="2026-Q4")
    screen = opened(company, "customer", "dora", code="alpha")
    assert [metric.value for metric in screen.metric] == ["–"]
    assert "No response in this period yet." in text(screen)


def test_the_filters_of_the_customers_are_kept_but_not_applied(company: Company) -> None:
    with write_session() as session:
        wave = factories.wave(session, code="2026-Q4")
        other = factories.customer(session, "gamma", segment="OEM")
        factories.response(session, wave, "satisfied", customer=other)
        factories.response(session, wave, "neutral", customer=session.get_one(Customer, company.customers["alpha"]))
    screen = opened(company, "customer", "dora", code="alpha", segment="OEM")
    assert [metric.value for metric in screen.metric] == ["60.0"]
    assert "All segments" not in [box.label for box in screen.selectbox]
    assert screen.query_params["segment"] == "OEM"


def test_a_flagged_questionnaire_is_named_and_can_be_taken_out_with_a_reason(company: Company) -> None:
    with write_session() as session:
        alpha = session.exec(select(Customer.id).where(Customer.code == "alpha")).one()
        newest = select(Response).where(Response.customer_id == alpha, Response.status == "counted")
        key = session.exec(newest.order_by(col(Response.id).desc())).all()[0].id or 0
        session.add(ResponseFlag(response_id=key, flag="too_fast", about="5"))
    screen = opened(company, "customer", "dora", code="alpha", show="answers")
    assert "To be looked at" in text(screen)
    assert "too fast" in text(screen)
    press(screen, "Take out")
    with read_session() as session:
        assert session.get_one(Response, key).status == "counted"  # without a reason nothing happens
    next(field for field in screen.text_input if field.label == "Reason").set_value("filled in by the seller")
    screen = press(screen, "Take out")
    assert not [one.value for one in screen.warning]
    with read_session() as session:
        assert session.get_one(Response, key).status == "withdrawn"
    reader = opened(company, "customer", "fay", code="alpha", show="answers")
    assert "Take out" not in [button.label for button in reader.button]
