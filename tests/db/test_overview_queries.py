"""What an overview and its panels read, on every kind of database; the row that must not count is always there."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.models import CompanyDay, Customer, Wave
from db.queries.items import item_details
from db.queries.narrowing import WaveInfo, waves_in
from db.queries.overview import (
    action_counts,
    actions_on_items,
    customers_below,
    due_actions,
    last_due_on,
    least_satisfied,
    newest_opinions,
    time_left,
)
from db.queries.segments import returns_by_segment, scores_by_group
from db.session import write_session
from domain.access import NotThere, Scope
from domain.overview import ActionCounts, TimeLeft
from services import actions
from tests import factories
from tests.company import AT, TODAY, Company, found_company


@pytest.fixture
def company(engine: Engine) -> Company:
    return found_company(engine)


@pytest.fixture
def session(engine: Engine, company: Company) -> Session:
    with write_session(engine) as opened:
        yield opened


def scope(company: Company, by: str = "dora", **more: object) -> Scope:
    return Scope(company.people[by], company.scheme_id, **more)


def history(session: Session, company: Company) -> list[WaveInfo]:
    return waves_in(session, scope(company))


def assign(session: Session, company: Company, about: str, due_on: date, key: str) -> None:
    finding = company.finding(session, "DECLINE" if "/" not in about else "ITEM_BELOW", about)
    dora = company.people["dora"]
    proposed = actions.draft(session, dora, finding_ids=[finding.id or 0], today=TODAY)
    people = {name: getattr(proposed, name) for name in ("department_id", "owner_id", "approver_id")}
    actions.assign(
        session,
        **people,
        title=key,
        due_on=due_on,
        finding_ids=[finding.id or 0],
        wave_id=company.now,
        form_key=key,
        by=dora,
        at=AT,
    )


def test_customers_are_counted_by_status_now_and_before(session: Session, company: Company) -> None:
    before, now = history(session, company)
    found = customers_below(session, scope(company), now, before)
    assert found is not None
    assert (found.red, found.amber, found.ok, found.before, found.before_total) == (0, 1, 1, 0, 2)


@pytest.mark.parametrize("by", ["alice", "charlie"])
def test_departments_get_no_customers(session: Session, company: Company, by: str) -> None:
    before, now = history(session, company)
    assert customers_below(session, scope(company, by), now, before) is None
    assert least_satisfied(session, scope(company, by), [before, now]) == []
    assert newest_opinions(session, scope(company, by), now) == []


def test_the_least_satisfied_come_with_their_lowest_dimension_and_since_when(
    session: Session, company: Company
) -> None:
    first = least_satisfied(session, scope(company), history(session, company), limit=1)[0]
    assert (first.code, first.status, first.since) == ("alpha", "amber", "2026-Q3")
    assert first.lowest is not None
    assert (first.lowest[0].zh, round(first.lowest[1], 4)) == ("交付", 73.3333)


def test_actions_are_counted_by_when_they_are_due(session: Session, company: Company) -> None:
    """On Monday 2026-09-14: one due tomorrow, one in ten days; the finished and the unseen don't count."""
    assign(session, company, "on_time", TODAY + timedelta(days=1), "soon")
    assign(session, company, "alpha/on_time", TODAY + timedelta(days=10), "later")
    first, last = TODAY + timedelta(days=1), TODAY + timedelta(days=12)
    assert action_counts(session, scope(company), today=TODAY) == ActionCounts(2, 0, 1, 0, 0, first)
    assert action_counts(session, scope(company), today=last) == ActionCounts(2, 2, 0, 0, 0, first)
    assert action_counts(session, scope(company, "charlie"), today=TODAY) == ActionCounts()
    assert [one.title for one in due_actions(session, scope(company, "alice"), limit=1)] == ["soon"]
    assert due_actions(session, scope(company, "charlie")) == []


def test_an_item_shows_the_action_about_it_and_not_one_about_a_customer(session: Session, company: Company) -> None:
    now = history(session, company)[-1]
    assign(session, company, "alpha/on_time", TODAY, "at a customer")
    assert actions_on_items(session, scope(company), now) == {}
    assign(session, company, "on_time", TODAY, "as a whole")
    assert {code: one.title for code, one in actions_on_items(session, scope(company), now).items()} == {
        "on_time": "as a whole"
    }


def test_returns_are_counted_by_segment_lowest_rate_first(session: Session, company: Company) -> None:
    wave = session.get(Wave, company.now)
    assert wave is not None
    oem = factories.customer(session, "oem", segment="OEM")
    tier = factories.customer(session, "tier", segment="Tier 1")
    for _ in range(2):
        factories.invitation(session, wave, oem, sent_on=date(2026, 9, 11))
    invitation, _ = factories.invitation(session, wave, tier, sent_on=date(2026, 9, 11))
    factories.response(session, wave, customer=tier, invitation=invitation, at=AT)
    now = history(session, company)[-1]
    found = [
        (one.segment, one.returns.sent, one.returns.in_time) for one in returns_by_segment(session, scope(company), now)
    ]
    assert found == [("OEM", 2, 0), ("Tier 1", 1, 1)]
    assert returns_by_segment(session, scope(company, region="North"), now) == []
    assert last_due_on(session, scope(company), now) == date(2026, 9, 18)  # Friday + 5 working days
    session.add(CompanyDay(day=date(2026, 9, 17), is_working=False, name="Founding day"))
    session.flush()
    left = time_left(session, scope(company), now, today=date(2026, 9, 14))
    assert left == TimeLeft(days=4, working_days=3)  # Tuesday, Wednesday, Friday
    assert time_left(session, scope(company), now, today=date(2026, 9, 19)) == TimeLeft(days=-1, working_days=0)


def test_scores_are_taken_apart_by_segment_for_sellers_over_their_customers(session: Session, company: Company) -> None:
    wave = session.get(Wave, company.now)
    assert wave is not None
    alpha = session.get(Customer, company.customers["alpha"])
    assert alpha is not None
    alpha.segment = "OEM"
    session.add(alpha)
    session.flush()
    now = history(session, company)[-1]
    whole = scores_by_group(session, scope(company), now, by="segment", item="on_time")
    assert {name: (one.score, one.n) for name, one in whole.items()} == {"": (75.0, 4)}
    own = scores_by_group(session, scope(company, "fay"), now, by="segment", item="on_time")
    assert {name: (one.score, one.n) for name, one in own.items()} == {"OEM": (60.0, 2)}
    assert scores_by_group(session, scope(company, "fay"), now, by="channel", item="on_time") == {}


def test_low_answers_are_listed_by_customer(session: Session, company: Company) -> None:
    now = history(session, company)[-1]
    details = item_details(session, scope(company), now, "on_time")
    assert [(one.code, one.low, one.n) for one in details.low] == [("alpha", 1, 2)]
    assert details.customers == 1
    assert {row.rule for row in details.findings} == {"DECLINE"}
    assert item_details(session, scope(company, "alice"), now, "on_time").low == []
    with pytest.raises(NotThere):
        item_details(session, scope(company, "charlie"), now, "on_time")
