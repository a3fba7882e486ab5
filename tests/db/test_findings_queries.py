"""Findings with their figures, as each reader may see them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from db.models import Finding, SchemeVersion, Wave
from db.queries.finding_lists import findings
from db.queries.findings import finding, finding_for, finding_rows
from db.queries.subjects import subject_of
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere, Scope
from domain.subjects import FindingRow
from services import actions
from services.waves import open_wave
from tests.company import AT, TODAY, WORST, Company, answer, found_company

ALL = {
    ("DECLINE", "item:4"),
    ("ITEM_BELOW", "customer:1/item:4"),
    ("DECLINE", "dimension:delivery"),
    ("DECLINE", "index"),
    ("INDEX_BELOW", "index"),
    ("CUSTOMER_BELOW", "customer:1"),
    ("DECLINE", "customer:1"),
}
"""What must be analysed in the open wave, without low answers; the item's red of the whole wave has cleared again."""


@pytest.fixture
def company(engine: Engine) -> Company:
    return found_company(engine)


def scope(company: Company, name: str, **filters: object) -> Scope:
    return Scope(company.people[name], company.scheme_id, **filters)  # type: ignore[arg-type]


def listed(engine: Engine, company: Company, name: str, **asked: object) -> set[tuple[str, str]]:
    with read_session(engine) as session:
        return {(row.rule, row.about) for row in findings(session, scope(company, name), **asked).rows}  # type: ignore[arg-type]


def late_delivery(session: Session, company: Company, name: str = "dora") -> FindingRow:
    key = company.finding(session, "ITEM_BELOW", "alpha/on_time").id or 0
    return finding(session, company.people[name], key)


def test_a_finding_tells_score_n_bound_change_and_low_answers_out_of_the_roll_ups(
    engine: Engine, company: Company
) -> None:
    with read_session(engine) as session:
        row = late_delivery(session, company)
    known = row.subject.known
    assert row.subject.in_("zh_CN") == "阿尔法 · 准时交付"
    assert row.subject.in_("en") == "Alpha · On-time delivery"
    assert (known.score.score, known.score.n, known.status) == (60.0, 2, "red")  # 20 and 100
    assert (known.bound, known.bound_included) == (70, True)
    assert known.previous is not None
    assert known.difference is not None
    assert (known.previous.score, known.previous_wave, known.difference.difference) == (80.0, "2026-Q2", -20.0)
    assert known.difference.certain is False  # one answer before has no spread
    assert known.low_answers == 1
    assert (row.department and row.department.en, row.since, row.actions) == ("Logistics", "2026-Q3", ())


def test_the_index_of_the_wave_is_compared_with_its_target(engine: Engine, company: Company) -> None:
    with read_session(engine) as session:
        row = finding(session, company.people["dora"], company.finding(session, "INDEX_BELOW", "index").id or 0)
    # of four responses of 80, one item of weight 1/15 once lost 60 points and twice gained 20
    assert row.subject.known.score.score == pytest.approx(79.66666666, abs=1e-6)
    assert (row.subject.known.status, row.subject.known.bound, row.subject.in_("en")) == ("amber", 80, "")


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("dora", ALL),
        ("bob", ALL),
        ("root", ALL),
        ("erik", ALL),  # sales organise this scheme
        ("ivan", set()),  # customer service doesn't
        ("alice", {("DECLINE", "item:4"), ("ITEM_BELOW", "customer:1/item:4")}),
        ("charlie", set()),
        ("fay", {("ITEM_BELOW", "customer:1/item:4"), ("CUSTOMER_BELOW", "customer:1"), ("DECLINE", "customer:1")}),
    ],
)
def test_who_sees_which_findings(engine: Engine, company: Company, name: str, sees: set[tuple[str, str]]) -> None:
    assert listed(engine, company, name) == sees


def test_charlie_finds_nothing_by_the_key_of_anothers_finding(engine: Engine, company: Company) -> None:
    with read_session(engine) as session:
        key = company.finding(session, "ITEM_BELOW", "alpha/on_time").id or 0
        with pytest.raises(NotThere):
            finding(session, company.people["charlie"], key)
        assert finding_rows(session, company.people["charlie"], [key]) == []
        with pytest.raises(NotThere):
            subject_of(session, company.people["charlie"], company.now, item_id=company.items["on_time"])
        with pytest.raises(NotThere):
            subject_of(session, company.people["fay"], company.now, customer_id=company.customers["beta"])
        with pytest.raises(NotThere):
            subject_of(session, company.people["ivan"], company.now)


def test_low_answers_are_listed_when_asked_for_only(engine: Engine, company: Company) -> None:
    assert listed(engine, company, "dora", rules=["LOW_ANSWER"]) == {("LOW_ANSWER", "customer:1/item:4")}
    assert "LOW_ANSWER" not in {rule for rule, _ in listed(engine, company, "dora")}


def test_cleared_findings_are_listed_when_asked_for_only(engine: Engine, company: Company) -> None:
    assert listed(engine, company, "dora", states=["cleared"]) == {("ITEM_BELOW", "item:4")}


def test_an_item_stands_with_its_customers_and_the_worst_group_comes_first(engine: Engine, company: Company) -> None:
    with read_session(engine) as session:
        page = findings(session, scope(company, "dora"))
    order = list(dict.fromkeys(row.about for row in page.rows))
    assert order == ["item:4", "customer:1/item:4", "dimension:delivery", "index", "customer:1"]
    assert (page.total, page.subjects, page.at_customers) == (7, 5, {company.items["on_time"]: 1, None: 1})


def test_what_has_no_score_stands_before_what_is_on_target(engine: Engine, company: Company) -> None:
    with write_session(engine) as session:
        for rule, item in (("DECLINE", "performance"), ("VISIT_DEFECT", "attitude")):
            about = {"about": f"test:{item}", "item_id": company.items[item], "appeared_at": AT}
            session.add(Finding(wave_id=company.now, rule=rule, **about))
    with read_session(engine) as session:
        rows = findings(session, scope(company, "dora")).rows
    assert [row.rule for row in rows][-2:] == ["VISIT_DEFECT", "DECLINE"]


def test_findings_of_the_whole_survey_and_of_customers_can_be_told_apart(engine: Engine, company: Company) -> None:
    whole = listed(engine, company, "dora", level="wave")
    single = listed(engine, company, "dora", level="customer")
    assert {about for _, about in whole} == {"item:4", "dimension:delivery", "index"}
    assert {about for _, about in single} == {"customer:1", "customer:1/item:4"}
    assert whole | single == ALL


def test_a_page_holds_so_many_subjects_with_all_their_findings(engine: Engine, company: Company) -> None:
    with read_session(engine) as session:
        page = findings(session, scope(company, "dora"), offset=3, limit=1)
    assert {(row.rule, row.about) for row in page.rows} == {("INDEX_BELOW", "index"), ("DECLINE", "index")}
    assert (page.total, page.subjects) == (7, 5)


def test_filters_leave_what_they_name(engine: Engine, company: Company) -> None:
    with read_session(engine) as session:
        mine = findings(session, scope(company, "dora", department_id=company.departments["logistics"])).rows
        alpha = findings(session, scope(company, "dora", customer_id=company.customers["alpha"])).rows
        beta = findings(session, scope(company, "dora", customer_id=company.customers["beta"])).rows
        nowhere = findings(session, scope(company, "dora", region="North")).rows
        earlier = findings(session, scope(company, "dora", last="2026-Q2")).rows
    assert {row.about for row in mine} == {"item:4", "customer:1/item:4"}
    assert {row.about for row in alpha} == {"customer:1", "customer:1/item:4"}
    assert (beta, nowhere, earlier) == ([], [], [])


def test_a_finding_with_an_action_is_handled_until_the_action_is_cancelled(engine: Engine, company: Company) -> None:
    dora = company.people["dora"]
    with write_session(engine) as session:
        row = late_delivery(session, company)
        draft = actions.draft(session, dora, finding_ids=[row.id], today=TODAY)
        saved = actions.assign(
            session,
            finding_ids=[row.id],
            title="Late deliveries",
            department_id=draft.department_id or 0,
            owner_id=draft.owner_id or 0,
            approver_id=draft.approver_id,
            due_on=draft.due_on,
            form_key="form",
            by=dora,
            at=AT,
        )
    with read_session(engine) as session:
        assert [(one.number, one.state) for one in late_delivery(session, company).actions] == [(1, "open")]
        assert findings(session, scope(company, "dora")).unassigned == 4
        left = findings(session, scope(company, "dora"), only_unassigned=True)
        assert "customer:1/item:4" not in {found.about for found in left.rows}
    with write_session(engine) as session:
        actions.cancel(session, action_id=saved.id or 0, version=1, reason="Measured wrongly", by=dora, at=AT)
    with read_session(engine) as session:
        assert findings(session, scope(company, "dora")).unassigned == 5


def test_since_goes_back_through_the_waves_in_which_the_same_finding_held(engine: Engine, company: Company) -> None:
    with write_session(engine) as session:
        now = session.get_one(Wave, company.now)
        version = session.get_one(SchemeVersion, now.scheme_version_id)
        now.state, now.closed_at = "closed", AT
        session.add(now)
        session.flush()
        pilot = open_wave(
            session,
            version=version,
            code="2026-Q4-pilot",
            by=None,
            at=AT,
            is_pilot=True,
        )
        pilot.position = "2026-Q3-x"
        following = open_wave(session, version=version, code="2026-Q4", by=None, at=AT)
        answer(session, following, company.customers["alpha"], {"on_time": WORST})
        key = following.id or 0
    with read_session(engine) as session:
        ids = finding_for(
            session,
            company.people["dora"],
            key,
            customer_id=company.customers["alpha"],
            item_id=company.items["on_time"],
        )
        since = {row.rule: row.since for row in finding_rows(session, company.people["dora"], ids)}
    assert since == {"ITEM_BELOW": "2026-Q3", "LOW_ANSWER": "2026-Q3"}


def test_a_cell_finds_the_findings_behind_it(engine: Engine, company: Company) -> None:
    alpha, on_time = company.customers["alpha"], company.items["on_time"]
    with read_session(engine) as session:

        def behind(**cell: object) -> set[tuple[str, str]]:
            ids = finding_for(session, company.people["dora"], company.now, **cell)  # type: ignore[arg-type]
            return {(row.rule, row.about) for row in finding_rows(session, company.people["dora"], ids)}

        at_customer = {("ITEM_BELOW", "customer:1/item:4"), ("LOW_ANSWER", "customer:1/item:4")}
        assert behind(customer_id=alpha, dimension_code="delivery") == at_customer
        assert behind(customer_id=alpha, item_id=on_time) == at_customer
        assert behind(customer_id=alpha, dimension_code="quality") == set()
        assert behind(customer_id=alpha) == {("CUSTOMER_BELOW", "customer:1"), ("DECLINE", "customer:1")}
        assert behind(dimension_code="delivery") == {("DECLINE", "dimension:delivery"), ("DECLINE", "item:4")}
        assert behind(item_id=on_time) == {("DECLINE", "item:4")}
        assert behind() == {("INDEX_BELOW", "index"), ("DECLINE", "index")}


def test_a_cell_without_a_finding_has_its_figures(engine: Engine, company: Company) -> None:
    with read_session(engine) as session:
        cell = subject_of(
            session,
            company.people["dora"],
            company.now,
            customer_id=company.customers["alpha"],
            dimension_code="delivery",
        )
    # the mean of (20, 80, 80) and (100, 80, 80)
    assert cell.known.score.score == pytest.approx(73.3333333, abs=1e-6)
    assert (cell.in_("en"), cell.known.status, cell.known.bound) == ("Alpha · Delivery", "amber", 80)


def test_interviewers_see_no_findings(engine: Engine, company: Company) -> None:
    interviewer = replace(company.people["bob"], role="interviewer")
    with read_session(engine) as session, pytest.raises(NotAllowed):
        findings(session, Scope(interviewer, company.scheme_id))


def test_the_number_of_statements_does_not_grow_with_the_findings(engine: Engine, company: Company) -> None:
    def statements(read: Callable[[Session], object]) -> int:
        told: list[str] = []

        def tell(_c: object, _k: object, statement: str, *_: object) -> None:
            told.append(statement)

        event.listen(engine, "before_cursor_execute", tell)
        with read_session(engine) as session:
            read(session)
        event.remove(engine, "before_cursor_execute", tell)
        return len(told)

    dora = scope(company, "dora")
    few = statements(lambda session: findings(session, dora, limit=2))
    with write_session(engine) as session:
        wave = session.get_one(Wave, company.now)
        bad = dict.fromkeys(company.items, WORST)
        answer(session, wave, company.customers["beta"], bad, bad)
    assert statements(lambda session: findings(session, dora)) <= few + 4  # other kinds of subjects, not more of one
