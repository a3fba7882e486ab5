"""A wave is planned, countersigned, approved and only then opened; customers are drawn for it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from db.models import AuditEvent, Department, Plan, PlanCustomer, PlanMember, SchemeVersion, Wave
from db.queries.layouts import layout_of_wave
from db.queries.plans import plan
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere
from domain.customer_filters import CustomerFilter
from domain.plans import PlanDatesWrong, PlanFields, PlanIncomplete
from domain.questionnaire import Extra
from domain.scheme import Name
from services import plans
from services.questionnaires import newest_questionnaire, questionnaire_of_wave, save
from services.recording import WaveTakesNothing
from tests import factories as make
from tests.factories import AT

TODAY = date(2026, 10, 12)


class Survey:
    """A planned wave of the default scheme, which quality, engineering and production countersign."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with write_session(engine) as session:
            version = make.scheme(session)
            departments = {row.code: row.id for row in session.exec(select(Department))}
            people = {
                "erik": ("organiser", "sales", False),  # writes the plan
                "alice": ("organiser", "sales", False),
                "bob": ("viewer", None, False),
                "charlie": ("organiser", "logistics", True),  # organises other schemes
                "gus": ("approver", None, False),
                "quinn": ("quality", "quality", True),
                "eve": ("department", "engineering", True),
                "pat": ("department", "production", True),
                "hana": ("department", "production", False),
            }
            self.people = {
                name: make.viewer(
                    make.user(
                        session, name, role, department_id=departments[department] if department else None, is_head=head
                    )
                )
                for name, (role, department, head) in people.items()
            }
            for n in range(10):
                make.customer(session, f"K{n}", segment="OEM" if n < 6 else "Trade")
            self.fields = PlanFields(
                objective="Is delivery better?",
                methods=("web", "phone"),
                leader_id=self.people["erik"].user_id,
                starts_on=date(2026, 10, 1),
                ends_on=date(2026, 12, 31),
                expected_end_on=date(2026, 11, 30),
                analysis_on=date(2026, 12, 10),
                report_on=date(2026, 12, 20),
                planned_n=8,
                members={self.people["alice"].user_id: "Calls"},
            )
            wave = plans.plan_wave(
                session,
                version=session.get_one(SchemeVersion, version.id),
                code="2026-Q4",
                wanted=self.fields,
                form_key="form 1",
                by=self.people["erik"],
                at=AT,
            )
            self.wave_id = wave.id or 0

    def do(self, verb: Any, who: str = "erik", **more: Any) -> Any:
        """A verb in a transaction of its own, over the version that is there."""
        with write_session(self.engine) as session:
            if "version" not in more:
                more["version"] = session.get_one(Plan, self.wave_id).version
            return verb(session, wave_id=self.wave_id, by=self.people[who], at=AT, **more)

    def open(self, who: str = "erik") -> Wave:
        with write_session(self.engine) as session:
            wave = plans.open_planned(session, wave_id=self.wave_id, by=self.people[who], at=AT)
            session.refresh(wave)
            session.expunge(wave)
            return wave

    def submitted(self) -> None:
        self.do(plans.draw, today=TODAY)
        self.do(plans.submit_plan)

    def signed(self) -> None:
        self.submitted()
        for who in ("quinn", "eve", "pat"):
            self.do(plans.countersign, who)

    def read(self, who: str = "erik") -> Any:
        with read_session(self.engine) as session:
            return plan(session, self.people[who], self.wave_id)

    def count(self, model: Any) -> int:
        with read_session(self.engine) as session:
            return len(session.exec(select(model)).all())


@pytest.fixture
def survey(engine: Engine) -> Survey:
    return Survey(engine)


def test_a_wave_opens_after_all_countersignatures_and_the_approval(survey: Survey) -> None:
    with pytest.raises(plans.PlanNotApproved):
        survey.open()
    survey.submitted()
    survey.do(plans.countersign, "eve")
    with pytest.raises(plans.SignaturesMissing):
        survey.do(plans.approve_plan, "gus")
    survey.do(plans.countersign, "pat")
    survey.do(plans.countersign, "quinn")
    with pytest.raises(plans.PlanNotApproved):
        survey.open()
    survey.do(plans.approve_plan, "gus")
    assert survey.open().state == "open"


def test_a_planned_wave_takes_no_answers(survey: Survey) -> None:
    with write_session(survey.engine) as session, pytest.raises(WaveTakesNothing):
        make.response(session, session.get_one(Wave, survey.wave_id))


def test_who_writes_a_plan_does_not_approve_it(survey: Survey) -> None:
    survey.signed()
    with write_session(survey.engine) as session:
        session.get_one(Plan, survey.wave_id).author_id = survey.people["quinn"].user_id
    with pytest.raises(plans.NotForAuthor):
        survey.do(plans.approve_plan, "quinn")
    values = {"state": "approved", "approved_by_id": survey.people["quinn"].user_id, "approved_at": AT}
    approval = update(Plan).where(col(Plan.wave_id) == survey.wave_id).values(**values)
    with write_session(survey.engine) as session, pytest.raises(IntegrityError):
        session.connection().execute(approval)


@pytest.mark.parametrize(
    ("who", "verb", "more", "refusal"),
    [
        ("bob", plans.edit_plan, {"wanted": PlanFields()}, NotAllowed),
        ("charlie", plans.edit_plan, {"wanted": PlanFields()}, NotThere),
        ("bob", plans.draw, {"today": TODAY}, NotAllowed),
        ("charlie", plans.draw, {"today": TODAY}, NotThere),
        ("eve", plans.submit_plan, {}, NotAllowed),
        ("hana", plans.countersign, {}, NotAllowed),  # not the head
        ("gus", plans.countersign, {}, NotAllowed),  # of no department
        ("erik", plans.approve_plan, {}, NotAllowed),
        ("hana", plans.return_plan, {"comment": "No"}, NotAllowed),
    ],
)
def test_nobody_else_moves_a_plan(
    survey: Survey, who: str, verb: Any, more: dict[str, Any], refusal: type[Exception]
) -> None:
    if verb in (plans.countersign, plans.approve_plan, plans.return_plan):
        survey.submitted()
    before = survey.read()
    with pytest.raises(refusal):
        survey.do(verb, who, **more)
    assert survey.read() == before


def test_a_plan_of_another_department_is_not_there(survey: Survey) -> None:
    assert survey.read("bob") is not None
    with pytest.raises(NotThere):
        survey.read("charlie")


def test_a_submitted_plan_cannot_be_changed_until_it_is_sent_back(survey: Survey) -> None:
    survey.signed()
    with pytest.raises(plans.PlanNotEditable):
        survey.do(plans.edit_plan, wanted=survey.fields)
    with pytest.raises(plans.ReasonMissing):
        survey.do(plans.return_plan, "gus", comment=" ")
    survey.do(plans.return_plan, "gus", comment="More customers, please")
    assert survey.read().comment == "More customers, please"
    survey.do(plans.edit_plan, wanted=replace(survey.fields, objective="Ask more"))
    survey.do(plans.submit_plan)
    assert [one.signed_at for one in survey.read().signatures if one.must_sign] == [None] * 3  # signed anew


def test_a_plan_that_somebody_else_saved_is_not_overwritten(survey: Survey) -> None:
    seen = survey.read().version
    survey.do(plans.edit_plan, wanted=replace(survey.fields, objective="First"))
    with pytest.raises(plans.PlanChangedMeanwhile):
        survey.do(plans.edit_plan, wanted=replace(survey.fields, objective="Second"), version=seen)
    assert survey.read().fields.objective == "First"


def test_the_same_seed_draws_the_same_customers_and_is_recorded(survey: Survey) -> None:
    wanted = replace(survey.fields, sampling="stratified", stratum="segment", size=5)
    survey.do(plans.edit_plan, wanted=wanted)
    first = survey.do(plans.draw, today=TODAY, seed=42)
    assert [(part.name, part.size, part.drawn) for part in first.strata] == [("OEM", 6, 3), ("Trade", 4, 2)]
    survey.do(plans.draw, today=TODAY)
    assert survey.do(plans.draw, today=TODAY, seed=42) == first
    found = survey.read()
    assert (found.seed, found.population, found.drawn) == (42, 10, 5)
    assert survey.count(PlanCustomer) == 5


def test_a_filter_narrows_whom_is_drawn_and_another_one_forgets_the_draw(survey: Survey) -> None:
    survey.do(plans.draw, today=TODAY)
    assert survey.count(PlanCustomer) == 10
    survey.do(plans.edit_plan, wanted=replace(survey.fields, filter=CustomerFilter(segments=("Trade",))))
    assert (survey.count(PlanCustomer), survey.read().seed) == (0, None)
    with pytest.raises(PlanIncomplete):
        survey.do(plans.submit_plan)
    survey.do(plans.draw, today=TODAY)
    assert survey.count(PlanCustomer) == 4


def test_an_incomplete_plan_is_not_submitted(survey: Survey) -> None:
    with pytest.raises(PlanIncomplete):  # nobody was drawn
        survey.do(plans.submit_plan)
    survey.do(plans.draw, today=TODAY)
    survey.do(plans.edit_plan, wanted=replace(survey.fields, leader_id=None))
    with pytest.raises(PlanIncomplete):
        survey.do(plans.submit_plan)


def test_days_that_cannot_follow_each_other_are_refused(survey: Survey) -> None:
    with pytest.raises(PlanDatesWrong):
        survey.do(plans.edit_plan, wanted=replace(survey.fields, report_on=date(2026, 11, 1)))


def test_a_failed_edit_leaves_everything_as_it_was(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    before, events = survey.read(), survey.count(AuditEvent)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(plans, "audit", fail)
    with pytest.raises(RuntimeError):
        survey.do(plans.edit_plan, wanted=replace(survey.fields, objective="Lost", members={}))
    assert survey.read() == before
    assert (survey.count(PlanMember), survey.count(AuditEvent)) == (1, events)


def test_the_same_form_makes_one_plan(survey: Survey) -> None:
    with write_session(survey.engine) as session:
        version = session.exec(select(SchemeVersion)).one()
        again = plans.plan_wave(
            session,
            version=version,
            code="2027-Q1",
            wanted=survey.fields,
            form_key="form 1",
            by=survey.people["erik"],
            at=AT,
        )
        assert again.id == survey.wave_id
    assert survey.count(Wave) == 1


def test_only_the_department_that_the_scheme_names_approves(engine: Engine) -> None:
    with write_session(engine) as session:
        version = make.scheme(session, "owner-residence")
        departments = {row.code: row.id for row in session.exec(select(Department))}
        wave = make.wave(session, version, "2026")
        assert plans.approver_of(session, wave) == departments["vice_president"]
        assert layout_of_wave(session, wave).scheme.approval.countersigned_by


def asked(survey: Survey, number: int) -> None:
    """Somebody saves a changed questionnaire over version `number`."""
    with write_session(survey.engine) as session:
        save(
            session,
            wave_id=survey.wave_id,
            texts={},
            extras=[Extra(f"x{number + 1}", "text", Name(en="What else?"))],
            ask_importance=False,
            base=number,
            by=survey.people["erik"],
            at=AT,
        )


def numbers(survey: Survey) -> tuple[int, int]:
    """The version that customers are asked, and the one that was saved last."""
    with read_session(survey.engine) as session:
        wave = session.get_one(Wave, survey.wave_id)
        return questionnaire_of_wave(session, wave).number, newest_questionnaire(session, wave).number


def test_changed_questions_need_the_countersignatures_and_the_approval_anew(survey: Survey) -> None:
    survey.signed()
    survey.do(plans.approve_plan, "gus")
    asked(survey, 0)
    read = survey.read()
    assert (read.state, read.approved_by, len(read.unsigned)) == ("draft", "", 3)
    with pytest.raises(plans.PlanNotApproved):
        survey.open()
    survey.do(plans.submit_plan)
    with pytest.raises(plans.SignaturesMissing):
        survey.do(plans.approve_plan, "gus")


def test_an_open_wave_asks_what_was_approved_until_the_change_is_approved_too(survey: Survey) -> None:
    survey.signed()
    survey.do(plans.approve_plan, "gus")
    survey.open()
    asked(survey, 0)
    assert numbers(survey) == (0, 1)
    for verb, more in ((plans.edit_plan, {"wanted": survey.fields}), (plans.draw, {"today": TODAY})):
        with pytest.raises(plans.WaveBegun):
            survey.do(verb, **more)
    survey.do(plans.submit_plan)
    for who in ("quinn", "eve", "pat"):
        survey.do(plans.countersign, who)
    assert numbers(survey) == (0, 1)
    survey.do(plans.approve_plan, "gus")
    assert (numbers(survey), survey.read().questionnaire_number) == ((1, 1), 1)


def test_saving_a_questionnaire_without_a_change_keeps_the_approval(survey: Survey) -> None:
    asked(survey, 0)
    survey.signed()
    survey.do(plans.approve_plan, "gus")
    with write_session(survey.engine) as session:
        same = [Extra("x1", "text", Name(en="What else?"))]
        given: Any = {"wave_id": survey.wave_id, "texts": {}, "extras": same, "ask_importance": False}
        assert save(session, **given, base=1, by=survey.people["erik"], at=AT).number == 1
    assert survey.read().state == "approved"
