"""The register on screen: found, edited without losing anybody's work, merged, imported; each seller the own customers."""

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from db.models import Customer, Response
from db.session import engine_for, read_session, write_session
from tests.company import Company, found_company
from tests.pages.screens import opened, press, text


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(engine_for(app_database))


def codes(screen: AppTest) -> list[str]:
    return screen.dataframe[0].value["code"].tolist()


def test_each_sees_whom_they_keep(company: Company) -> None:
    assert codes(opened(company, "contacts", "dora")) == ["alpha", "beta"]
    assert codes(opened(company, "contacts", "erik")) == ["alpha", "beta"]
    assert codes(opened(company, "contacts", "fay")) == ["alpha"]


def test_who_only_reads_is_told_whom_to_ask(company: Company) -> None:
    for page in ("contacts", "contact"):
        screen = opened(company, page, "bob")
        assert not screen.dataframe
        assert [info.value for info in screen.info] == ["For the customer list, ask the quality manager."]


def test_the_register_is_searched(company: Company) -> None:
    screen = opened(company, "contacts", "dora")
    found = screen.text_input(key="register.search").set_value("贝塔").run()
    assert codes(found) == ["beta"]
    assert found.query_params["search"] == "贝塔"
    none = found.text_input(key="register.search").set_value("nobody").run()
    assert "No customer matches these filters." in text(none)


def test_somebody_elses_customer_is_not_there(company: Company) -> None:
    screen = opened(company, "contact", "fay", code="beta")
    assert "This does not exist, or you may not see it." in text(screen)
    assert not screen.text_input


def field(screen: AppTest, label: str) -> object:
    return next(one for one in (*screen.text_input, *screen.selectbox, *screen.number_input) if one.label == label)


def test_a_customer_is_saved(company: Company) -> None:
    screen = opened(company, "contact", "fay", code="alpha")
    field(screen, "Address").set_value("1 Main Road")  # type: ignore[attr-defined]
    field(screen, "Yearly business").set_value(1250.5)  # type: ignore[attr-defined]
    press(screen, "Save customer")
    with read_session() as session:
        saved = session.exec(select(Customer).where(Customer.code == "alpha")).one()
        assert (saved.address, saved.value, saved.version) == ("1 Main Road", 1250.5, 2)


def test_a_new_customer_is_added_and_a_wrong_one_refused(company: Company) -> None:
    screen = press(opened(company, "contact", "fay", code=""), "Save customer")
    assert "Enter the customer" in screen.warning[0].value
    field(screen, "Code").set_value("gamma")  # type: ignore[attr-defined]
    field(screen, "English name").set_value("Gamma Inc.")  # type: ignore[attr-defined]
    press(screen, "Save customer")
    with read_session() as session:
        added = session.exec(select(Customer).where(Customer.code == "gamma")).one()
        assert (added.name_en, added.sales_owner_id) == ("Gamma Inc.", company.people["fay"].user_id)


def test_what_somebody_else_saved_meanwhile_is_shown_and_what_was_typed_stays(company: Company) -> None:
    screen = opened(company, "contact", "dora", code="alpha")
    with write_session() as session:
        other = session.exec(select(Customer).where(Customer.code == "alpha")).one()
        other.region, other.version = "East", 2
    field(screen, "Address").set_value("1 Main Road")  # type: ignore[attr-defined]
    screen = press(screen, "Save customer")
    assert any("East" in one.value for one in screen.warning)
    assert field(screen, "Address").value == "1 Main Road"  # type: ignore[attr-defined]
    press(screen, "Save customer")
    with read_session() as session:
        saved = session.exec(select(Customer).where(Customer.code == "alpha")).one()
        assert (saved.address, saved.region, saved.version) == ("1 Main Road", "East", 3)


def test_doubles_are_proposed_merged_and_taken_apart(company: Company) -> None:
    with write_session() as session:
        session.exec(select(Customer).where(Customer.code == "beta")).one().name_zh = "阿尔法 有限公司"
    screen = opened(company, "contacts", "dora", view="doubles")
    assert "same but for spelling" in text(screen)
    merge = next(one for one in screen.button if one.key and one.key.startswith("doubles."))
    merge.click().run()
    assert answers_of(company, "alpha") == 6
    screen = opened(company, "contact", "dora", code="beta")
    assert "alpha" in screen.header[0].value
    press(screen, "Undo merge")
    assert answers_of(company, "alpha") == 3


def test_two_that_are_not_the_same_are_not_proposed_again_until_somebody_takes_it_back(company: Company) -> None:
    with write_session() as session:
        session.exec(select(Customer).where(Customer.code == "beta")).one().name_zh = "阿尔法 有限公司"
    screen = press(opened(company, "contacts", "dora", view="doubles"), "Not the same")
    assert "Every pair of like names was looked at." in text(screen)
    screen = opened(company, "contacts", "erik", view="doubles")
    assert not [one for one in screen.button if one.label == "Merge"]
    assert screen.expander[0].label == "1 pair is not the same"
    screen = press(screen, "Propose again")
    assert [one for one in screen.button if one.label == "Merge"]


def test_the_filters_of_the_register_stand_in_its_address(company: Company) -> None:
    with write_session() as session:
        one = session.exec(select(Customer).where(Customer.code == "alpha")).one()
        one.segment, one.value = "OEM", 1200
    linked = {"segments": "OEM", "activity": "all", "value": "1000", "owners": "7000", "from": "soon"}
    screen = opened(company, "contacts", "dora", **linked)
    assert codes(screen) == ["alpha"]
    screen.multiselect(key="address.segments").set_value([]).run()
    assert "segments" not in screen.query_params
    assert screen.query_params["value"] == "1000"
    field(screen, "Yearly business from").set_value(1300.0).run()  # type: ignore[attr-defined]
    assert "No customer matches these filters." in text(screen)
    assert screen.query_params["value"] == "1300"


def answers_of(company: Company, code: str) -> int:
    with read_session() as session:
        return len(session.exec(select(Response.id).where(Response.customer_id == company.customers[code])).all())


LIST = "客户编号,客户名称,联系人,邮箱\nalpha,阿尔法,李,li@a.example\nneu,新客户,王,nowhere\n"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_list_is_looked_at_before_it_is_written(company: Company, language: str) -> None:
    screen = opened(company, "contacts", "dora", language=language, view="import")
    screen.file_uploader[0].upload("list.csv", LIST.encode(), "text/csv").run()
    assert not screen.exception
    assert screen.dataframe[1].value.iloc[0, 0] == 3
    button = screen.button(key="customers.import.go")
    assert button.label == {"en": "Import 1 changes", "zh_CN": "导入 1 处变更"}[language]
    button.click().run()
    assert not screen.exception
    with read_session() as session:
        assert len(session.exec(select(Customer.id)).all()) == 2
