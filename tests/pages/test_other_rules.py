"""A period under another version of its scheme; figures of the small company."""

import pytest

from db.session import default_engine, write_session
from domain.scheme_draft import document_of, draft_of, rows_of, with_rows, with_values
from services.schemes import save_version
from tests.company import AT, Company, found_company
from tests.factories import preset
from tests.pages.screens import column, metrics, opened, text

CODE = "iatf-quarterly"


@pytest.fixture
def company(app_database: str) -> Company:
    """Version 2 counts delivery alone five times, and is satisfied from 70."""
    made = found_company(default_engine())
    draft = with_values(draft_of(preset(CODE)), {"satisfied_score": 70})
    rows = [row | {"weight": "6"} if row["code"] == "delivery" else row for row in rows_of(draft, "dimensions")]
    with write_session() as session:
        document = document_of(with_rows(draft, "dimensions", rows))
        save_version(session, document=document, base=1, by=made.people["dora"], at=AT)
    return made


def test_index_dimensions_and_customers_stand_beside_what_counts(company: Company) -> None:
    screen = opened(company, "other_rules", "dora")
    about = dict(
        zip(column(screen, "name"), zip(column(screen, "own"), column(screen, "other"), strict=True), strict=True)
    )
    assert about["Satisfaction index"] == ("◇ 79.7", "◇ 79.0")
    assert about["Delivery"] == ("◇ 78.3", "◇ 78.3")
    assert dict(zip(column(screen, "name", 1), column(screen, "difference", 1), strict=True)) == {
        "Alpha": "−2.7",
        "Beta": "+1.3",
    }
    assert "Nothing is stored" in text(screen)


def test_without_another_version_there_is_nothing_to_see_beside(app_database: str) -> None:
    company = found_company(default_engine())
    screen = opened(company, "other_rules", "bob", language="zh_CN")
    assert "目前只有一个版本" in text(screen)
    assert not screen.dataframe


def test_a_department_sees_its_items_alone_and_who_enters_answers_sees_nothing(company: Company) -> None:
    screen = opened(company, "other_rules", "alice")
    assert set(column(screen, "kind")) == {"Satisfaction index", "Item"}
    assert column(screen, "name", 1) == []
    assert metrics(screen)
