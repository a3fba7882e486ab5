"""The overview as each reader sees it, with the figures of the small company.

Open wave: four responses, all answers 80 points but on-time delivery: 20 and 100 at alpha, 80 and 100 at beta.
On-time delivery is 75.0; a response's delivery is the mean of three items, a fifth of its score: 76, 81⅓, 80, 81⅓.
"""

from datetime import date, timedelta

import pytest

from components import clock
from components.filters import NAMES
from db.models import Customer, Wave
from db.session import default_engine, write_session
from services import actions
from tests import factories
from tests.company import AT, Company, found_company
from tests.pages.screens import charts, column, metrics, opened, press, text


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(default_engine())


def test_the_key_figures_say_how_satisfied_customers_are_and_how_sure_that_is(company: Company) -> None:
    screen = opened(company, "", "dora")
    assert metrics(screen)["Satisfaction index"] == ("79.7", "≈ 0.3")
    assert ":orange-badge[◇ Amber ≈]" in screen.metric[0].label
    assert metrics(screen)["Customers below target"] == ("1 / 2", "≈")
    assert "n=4" in text(screen)
    assert charts(screen)[0] == "Index 79.7, below target 80, no clear change"


def test_an_amber_item_is_listed_with_n_change_and_since_when(company: Company) -> None:
    screen = opened(company, "", "dora")
    assert [column(screen, name)[0] for name in ("status", "item", "score", "answers", "change", "since")] == [
        *("◇ Amber", "On-time delivery", 75.0, "4 ≈", "≈ 5.0", "26Q3")
    ]


def test_the_lowest_customer_comes_first(company: Company) -> None:
    screen = opened(company, "", "dora", language="zh_CN")
    assert column(screen, "customer", table=1) == ["阿尔法", "贝塔"]
    assert column(screen, "lowest", table=1)[0] == "交付 73.3"


def test_nothing_sent_is_said_instead_of_a_rate(company: Company) -> None:
    screen = opened(company, "", "dora")
    assert metrics(screen)["Response rate"] == ("–", "4")
    assert "No questionnaires were sent from here" in text(screen)


def test_what_was_sent_shows_the_rate_its_distance_from_the_target_and_the_segments(company: Company) -> None:
    with write_session() as session:
        wave, customer = session.get(Wave, company.now), session.get(Customer, company.customers["alpha"])
        assert wave is not None
        for _ in range(4):
            factories.invitation(session, wave, customer, sent_on=date(2026, 9, 14))
    screen = opened(company, "", "dora")
    assert metrics(screen)["Response rate"] == ("0.0 %", "−99.0")
    assert "Lowest response rate: No segment, 0.0 % (0 / 4)." in charts(screen)


def test_a_department_sees_its_own_items_and_no_customer(company: Company) -> None:
    alice, charlie = (opened(company, "", name) for name in ("alice", "charlie"))
    assert column(alice, "item") == ["On-time delivery"]
    assert "No item is red or amber." in text(charlie)
    for screen in (alice, charlie):
        assert "Customers below target" not in metrics(screen)
        assert metrics(screen)["Satisfaction rate"] == ("75.0 %", "3")
        assert "Alpha" not in str([table.value for table in screen.dataframe])


def test_a_seller_sees_the_figures_of_the_own_customers(company: Company) -> None:
    screen = opened(company, "", "fay")
    assert metrics(screen)["Satisfaction index"][0] == "78.7"
    assert column(screen, "customer", table=1) == ["Alpha"]


def test_who_organises_other_schemes_sees_no_wave_of_this_one(company: Company) -> None:
    screen = opened(company, "", "ivan")
    assert "No survey wave yet" in text(screen)
    assert metrics(screen) == {}


def test_opinions_are_for_those_who_may_see_personal_data(company: Company) -> None:
    with write_session() as session:
        wave, customer = session.get(Wave, company.now), session.get(Customer, company.customers["alpha"])
        assert wave is not None
        factories.response(session, wave, customer=customer, opinions=["Three *days* late"])
    assert "Three \\*days\\* late" in text(opened(company, "", "dora")).replace("\u2060", "")
    shown = text(opened(company, "", "bob"))
    assert "days" not in shown
    assert "personal data" in shown


def test_an_overdue_action_is_counted_and_listed(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=14))
    dora = company.people["dora"]
    with write_session() as session:
        finding = company.finding(session, "DECLINE", "on_time")
        proposed = actions.draft(session, dora, finding_ids=[finding.id or 0], today=AT.date())
        actions.assign(
            session,
            title="Buffer of key parts",
            department_id=proposed.department_id,
            owner_id=proposed.owner_id,
            approver_id=proposed.approver_id,
            due_on=date(2026, 9, 16),
            finding_ids=[finding.id or 0],
            wave_id=company.now,
            form_key="one",
            by=dora,
            at=AT,
        )
    screen = opened(company, "", "dora")
    assert metrics(screen)["Open actions"][0] == "1"
    assert ":red-badge[:material/schedule: Overdue 1]" in screen.metric[3].label
    assert "Oldest 12 days late" in text(screen)
    assert column(screen, "action") == ["A\u20111"]


def test_filters_that_nothing_fits_can_be_cleared(company: Company) -> None:
    with write_session() as session:
        wave = session.get(Wave, company.before)
        assert wave is not None
        wave.state, wave.closed_at = "open", None
        session.add(wave)
        session.flush()
        factories.imported(session, wave, [({"on_time": "neutral"}, 0, "OEM")], first=100)
    screen = opened(company, "", "dora", segment="OEM")
    assert "No responses match these filters." in text(screen)
    cleared = press(screen, "Clear filters")
    assert metrics(cleared)["Satisfaction index"][0] == "79.7"
    assert not {name for name in NAMES if name in cleared.query_params} - {"scheme", "period"}


def test_surveys_without_customers_show_the_satisfaction_rate(app_database: str) -> None:
    company = found_company(default_engine())
    with write_session() as session:
        wave = factories.wave(session, factories.scheme(session, "owner-residence"), "2026-Q4")
        factories.imported(session, wave, [({"design": "satisfied"}, 0, ""), ({"design": "neutral"}, 0, "")])
    screen = opened(company, "", "dora", scheme="owner-residence")
    assert "Customers below target" not in metrics(screen)
    assert metrics(screen)["Satisfaction rate"][0].endswith("%")
    assert "No customers are named" in text(screen)


def test_the_first_wave_has_nothing_to_compare_with(company: Company) -> None:
    screen = opened(company, "", "dora", period="2026-Q2")
    assert metrics(screen)["Satisfaction index"] == ("80.0", "")
    assert ":gray-badge[Closed]" in text(screen)
