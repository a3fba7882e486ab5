"""Complaints reach scores and findings: rules.md 3.6's example from the recorded complaint to every figure that shows it."""

from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from db.models import Complaint, ComplaintWave, CustomerScore, Finding, Wave
from db.queries.complaints import complaint_detail
from db.queries.customers import customer_page, standing
from db.queries.narrowing import wave_info
from db.queries.overview import customers_below
from db.queries.rescoring import rescored
from db.queries.score_report import score_report
from db.queries.scores import index_by_wave
from db.queries.segments import composite_by_group
from db.session import read_session, write_session
from domain.access import Scope
from services import complaints as verbs
from services.checking import rebuild, verify
from services.schemes import store_scheme
from services.waves import open_wave
from tests.company import AT, PRESETS, answer, found_company

SATISFIED = 500 / 6  # all 14 items 满意 with coefficient 5/6
WORKED = [("other", "ours"), ("delivery", "ours"), ("delivery", "ours"), ("quality", "not_ours"), ("quality", "open")]
"""One about packaging and two about delivery count; one that isn't ours and one that isn't decided don't."""


class Works:
    """A coal-machinery works: alpha and beta answer 满意 throughout in 2026-Q4; Dora verifies complaints."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.company = engine, found_company(engine)
        self.dora = self.company.people["dora"]
        with write_session(engine) as session:
            self.version = store_scheme(
                session, document=(PRESETS / "machinery-14.toml").read_text("utf-8"), by=None, at=AT
            )
            self.scheme_id = self.version.scheme_id
        self.wave_id = self.opened("2026-H2")

    def opened(self, code: str) -> int:
        with write_session(self.engine) as session:
            return open_wave(session, version=self.version, code=code, by=None, at=AT).id or 0

    def answer(self, *customers: str) -> None:
        with write_session(self.engine) as session:
            for code in customers:
                wave = session.get_one(Wave, self.wave_id)
                answer(session, wave, self.company.customers[code], {}, usual=1)

    def complain(self, category: str, responsibility: str, key: str, customer: str = "alpha") -> int:
        with write_session(self.engine) as session:
            one = verbs.record(
                session,
                customer_id=self.company.customers[customer],
                received_at=AT,
                channel="phone",
                category=category,
                description="Crates broken",
                form_key=key,
                by=self.dora,
                at=AT,
            )
            judged: dict[str, Any] = {"is_confirmed": True, "responsibility": responsibility, "wave_id": self.wave_id}
            judged["department_id"] = self.company.departments["logistics"]
            verbs.verify(session, number=one.number, version=one.version, by=self.dora, at=AT, **judged)
            return one.number

    def decide(self, number: int, responsibility: str) -> None:
        with write_session(self.engine) as session:
            version = complaint_detail(session, self.dora, number).complaint.version
            more = {"responsibility": responsibility, "reason": "Carrier", "by": self.dora, "at": AT}
            verbs.decide_responsibility(session, number=number, version=version, **more)

    def open_findings(self) -> set[tuple[str, str]]:
        with read_session(self.engine) as session:
            mine = select(Finding.rule, Finding.about).where(Finding.wave_id == self.wave_id, Finding.state == "open")
            return {(rule, about) for rule, about in session.exec(mine) if rule != "COMPLAINT"}

    def damages(self) -> list[str]:
        with read_session(self.engine) as session:
            return [str(damage) for damage in verify(session, self.wave_id)]


@pytest.fixture
def works(engine: Engine) -> Works:
    return Works(engine)


def test_the_worked_example_reaches_every_figure_that_shows_the_customer(works: Works) -> None:
    works.answer("alpha", "beta")
    assert works.open_findings() == set()
    for number, (category, responsibility) in enumerate(WORKED):
        works.complain(category, responsibility, f"c{number}")
    scope = Scope(works.dora, works.scheme_id)
    with read_session(works.engine) as session:
        wave = wave_info(session, scope, "2026-H2")
        assert wave is not None
        report = score_report(session, scope, wave)
        alpha, beta = report["customers"]
        assert (alpha["score"], alpha["undeducted"], alpha["complaints"]) == (
            pytest.approx(SATISFIED - 25, abs=1e-8),
            pytest.approx(SATISFIED, abs=1e-8),
            3,
        )
        assert beta["score"] == pytest.approx(SATISFIED, abs=1e-8)
        assert "undeducted" not in beta
        index = pytest.approx(SATISFIED - 12.5, abs=1e-8)
        assert (report["index"]["score"], report["satisfaction_rate"]) == (index, 0.5)
        assert [score.score for score in index_by_wave(session, scope, [wave])] == [index]
        assert [one.score for one in composite_by_group(session, scope, wave, "").values()] == [index]
        page = customer_page(session, scope, wave)
        assert [(row.customer.code, round(row.score.score or 0, 2)) for row in page.rows] == [
            ("alpha", 58.33),
            ("beta", 83.33),
        ]
        assert customer_page(session, scope, wave, only_below=True).total == 1
        assert standing(session, scope, wave).below == 1
        below = customers_below(session, scope, wave, None)
        assert below is not None
        assert (below.red, below.total) == (1, 2)
        again = rescored(session, scope, wave, 1)
        assert again.index.score == index
        assert [pair.own.score for pair in again.customers] == [pair.other.score for pair in again.customers]
    alpha_id = works.company.customers["alpha"]
    assert works.open_findings() == {("CUSTOMER_BELOW", f"customer:{alpha_id}")}
    assert works.damages() == []


def test_responsibility_decided_otherwise_clears_the_finding_in_the_same_transaction(works: Works) -> None:
    works.answer("alpha", "beta")
    numbers = [works.complain("quality", "ours", key) for key in ("c1", "c2")]
    assert {rule for rule, _about in works.open_findings()} == {"CUSTOMER_BELOW"}  # 63.33
    works.decide(numbers[0], "not_ours")
    assert works.open_findings() == set()  # 73.33
    assert works.damages() == []


def test_complaints_before_the_first_answer_count_as_soon_as_it_is_there(works: Works) -> None:
    for key in ("c1", "c2"):
        works.complain("service", "ours", key)
    assert works.open_findings() == set()
    works.answer("alpha")
    assert {rule for rule, _about in works.open_findings()} == {"CUSTOMER_BELOW", "INDEX_BELOW"}
    assert works.damages() == []


def test_verify_names_points_that_are_not_what_the_complaints_say_and_rebuild_repairs_them(works: Works) -> None:
    works.answer("alpha")
    works.complain("service", "ours", "c1")
    with write_session(works.engine) as session:
        session.connection().execute(update(CustomerScore).values(deducted=0).where(col(CustomerScore.deducted) > 0))
    assert [line for line in works.damages() if "deducted" in line] == [
        "customer_score machinery-14 2026-H2 alpha index deducted: 0 is kept, 10000000000 recounted"
    ]
    rebuild(works.engine, at=AT, wave_id=works.wave_id)
    assert works.damages() == []


def test_a_complaint_between_two_waves_is_a_finding_of_the_next_one_that_opens(works: Works) -> None:
    with write_session(works.engine) as session:
        session.connection().execute(update(Wave).values(state="void", void_reason="Test"))
        one = verbs.record(
            session,
            customer_id=works.company.customers["alpha"],
            received_at=AT,
            channel="phone",
            category="service",
            description="Late",
            form_key="c1",
            by=works.dora,
            at=AT,
        )
        judged: dict[str, Any] = {"is_confirmed": True, "department_id": works.company.departments["logistics"]}
        verbs.verify(session, number=one.number, version=one.version, by=works.dora, at=AT, **judged)
        assert one.finding_id is None
    works.opened("2025-Q4")  # its period was over by then
    with read_session(works.engine) as session:
        assert session.exec(select(Complaint.finding_id)).one() is None
    opened = works.opened("2026-Q4")
    works.opened("2027-Q1")  # it is somebody's finding by now
    with read_session(works.engine) as session:
        complaint, finding = (
            session.exec(select(Complaint)).one(),
            session.exec(select(Finding).where(Finding.rule == "COMPLAINT")).one(),
        )
        assert (complaint.wave_id, complaint.finding_id, finding.wave_id) == (opened, finding.id, opened)


def test_a_complaint_counts_in_every_scheme_s_period_but_once_per_scheme(works: Works) -> None:
    later = works.opened("2026-Q3")
    works.complain("service", "ours", "c1")  # found in 2026-H2, whose period 2026-Q3 overlaps
    with read_session(works.engine) as session:
        mine = set(session.exec(select(ComplaintWave.wave_id)))
        assert works.wave_id in mine
        assert later not in mine
        assert works.company.now in mine
