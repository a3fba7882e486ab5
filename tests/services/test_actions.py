"""Corrective actions, from findings to closed: what is proposed, what is saved, who may, and what is refused."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from db.models import Action, ActionEvent, ActionFinding, AuditEvent, Finding, Notification, User
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere, Viewer
from domain.action_gates import GateFailure
from domain.action_states import StepNotThere
from services import actions
from services.actions import ActionChangedMeanwhile, ActionIncomplete, FieldNotEditable
from tests.company import AT, TODAY, Company, found_company

DUE = date(2026, 9, 28)
PLAN = {
    "cause": "No buffer stock",
    "cause_category": "method",
    "countermeasure": "Buffer of 3 days",
    "containment": "Calls before shipping",
    "prevention": "Monthly review",
}


@pytest.fixture
def company(sqlite_engine: Engine) -> Company:
    return found_company(sqlite_engine)


def late_delivery(session: Session, company: Company) -> Finding:
    return company.finding(session, "ITEM_BELOW", "alpha/on_time")


def assigned(engine: Engine, company: Company, by: str = "dora", **other: Any) -> Action:
    with write_session(engine) as session:
        usual: dict[str, Any] = {
            "finding_ids": [late_delivery(session, company).id],
            "title": "Late deliveries",
            "department_id": company.departments["logistics"],
            "owner_id": company.people["alice"].user_id,
            "approver_id": company.people["dora"].user_id,
            "due_on": DUE,
            "form_key": "form 1",
        }
        return actions.assign(session, **(usual | other), by=company.people[by], at=AT)


def step(engine: Engine, action: Action, verb: str, by: Viewer, **fields: Any) -> Action:
    with write_session(engine) as session:
        return actions.advance(
            session, action_id=action.id or 0, version=action.version, verb=verb, by=by, at=AT, **fields
        )


def events(engine: Engine) -> list[ActionEvent]:
    with read_session(engine) as session:
        return list(session.exec(select(ActionEvent).order_by(col(ActionEvent.id))))


def test_the_form_proposes_the_items_department_its_head_quality_as_approver_and_the_schemes_due_date(
    sqlite_engine: Engine, company: Company
) -> None:
    with read_session(sqlite_engine) as session:
        proposed = actions.draft(
            session, company.people["dora"], finding_ids=[late_delivery(session, company).id or 0], today=TODAY
        )
    assert proposed.department_id == company.departments["logistics"]
    assert proposed.owner_id == company.people["alice"].user_id
    assert proposed.approver_id == company.people["dora"].user_id
    # ten working days from Monday 14 September 2026; Sunday the 20th is worked, Friday the 25th is a holiday
    assert proposed.due_on == date(2026, 9, 28)


def test_the_approver_that_is_proposed_is_never_the_owner(sqlite_engine: Engine, company: Company) -> None:
    with write_session(sqlite_engine) as session:
        session.get_one(User, company.people["charlie"].user_id).active = False
    with read_session(sqlite_engine) as session:
        proposed = actions.draft(session, company.people["dora"], today=TODAY)
    assert proposed.department_id == company.departments["quality"]
    assert proposed.owner_id == company.people["dora"].user_id
    assert proposed.approver_id == company.people["gus"].user_id


@pytest.mark.parametrize(
    ("cell", "department"),
    [
        ({"item_code": "packaging"}, "quality"),
        ({"dimension_code": "quality"}, "quality"),
        ({"dimension_code": "delivery"}, "sales"),  # logistics and quality share it: the organiser
        ({}, "sales"),
    ],
)
def test_without_a_finding_whoever_answers_for_the_cell_is_proposed(
    sqlite_engine: Engine, company: Company, cell: dict[str, str], department: str
) -> None:
    with read_session(sqlite_engine) as session:
        proposed = actions.draft(session, company.people["dora"], wave_id=company.now, today=TODAY, **cell)
    assert proposed.department_id == company.departments[department]


def test_an_assigned_action_keeps_its_findings_and_their_figures_with_one_event_and_one_audit_row(
    sqlite_engine: Engine, company: Company
) -> None:
    action = assigned(sqlite_engine, company)
    assert (action.number, action.state, action.version, action.customer_id) == (
        1,
        "open",
        1,
        company.customers["alpha"],
    )
    subject = action.figures["subjects"][0]
    assert (subject["zh"], subject["score"], subject["n"], subject["bound"]) == ("阿尔法 · 准时交付", 60.0, 2, 70)
    assert (subject["previous"], subject["previous_wave"], subject["low_answers"]) == (80.0, "2026-Q2", 1)
    assert action.figures["status"] == "red"
    assert [(event.verb, event.to_state) for event in events(sqlite_engine)] == [("assign", "open")]
    with read_session(sqlite_engine) as session:
        audits = session.exec(select(AuditEvent).where(AuditEvent.about == "action")).all()
        assert [(row.verb, row.about_id) for row in audits] == [("assign", action.id)]
        assert session.exec(select(ActionFinding.finding_id)).all() == [late_delivery(session, company).id]


def test_the_same_form_sent_twice_makes_one_action(sqlite_engine: Engine, company: Company) -> None:
    first = assigned(sqlite_engine, company)
    again = assigned(sqlite_engine, company, title="Late deliveries, pressed twice")
    assert (again.id, again.title) == (first.id, "Late deliveries")
    assert len(events(sqlite_engine)) == 1


def test_another_form_makes_the_next_number(sqlite_engine: Engine, company: Company) -> None:
    assigned(sqlite_engine, company)
    assert assigned(sqlite_engine, company, form_key="form 2").number == 2


def test_alice_assigns_her_departments_finding_bob_may_not_and_charlie_does_not_see_it(
    sqlite_engine: Engine, company: Company
) -> None:
    with pytest.raises(NotAllowed):
        assigned(sqlite_engine, company, "bob")
    with pytest.raises(NotThere):
        assigned(sqlite_engine, company, "charlie")
    assert assigned(sqlite_engine, company, "alice").created_by_id == company.people["alice"].user_id


def test_a_department_assigns_no_other_department(sqlite_engine: Engine, company: Company) -> None:
    with pytest.raises(NotThere):
        assigned(
            sqlite_engine,
            company,
            "alice",
            department_id=company.departments["quality"],
            owner_id=company.people["charlie"].user_id,
        )


def test_sales_assign_for_their_own_customers_only(sqlite_engine: Engine, company: Company) -> None:
    assert assigned(sqlite_engine, company, "fay").number == 1
    with pytest.raises(NotThere):
        assigned(
            sqlite_engine, company, "fay", finding_ids=[], customer_id=company.customers["beta"], form_key="form 2"
        )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"title": "  "}, "Give the action a title."),
        ({"owner_id": "charlie"}, "Choose an owner with an active account"),
        ({"owner_id": "bob"}, "Choose an owner with an active account"),
        ({"approver_id": "alice"}, "Choose an approver who may approve and is not the owner."),
        ({"approver_id": "bob"}, "Choose an approver who may approve"),
        ({"due_on": TODAY - timedelta(days=1)}, "Choose a due date that is not over yet."),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_saved(
    sqlite_engine: Engine, company: Company, wrong: dict[str, Any], says: str
) -> None:
    people = {name: viewer.user_id for name, viewer in company.people.items()}
    with pytest.raises(ActionIncomplete, match=says):
        assigned(sqlite_engine, company, **{name: people.get(value, value) for name, value in wrong.items()})
    assert events(sqlite_engine) == []


def test_somebody_who_left_can_not_own_an_action(sqlite_engine: Engine, company: Company) -> None:
    with write_session(sqlite_engine) as session:
        session.get_one(User, company.people["alice"].user_id).active = False
    with pytest.raises(ActionIncomplete, match="active account"):
        assigned(sqlite_engine, company)


def test_a_department_without_accounts_can_be_helped_by_somebody_who_sees_all(
    sqlite_engine: Engine, company: Company
) -> None:
    there = assigned(
        sqlite_engine,
        company,
        department_id=company.departments["planning"],
        owner_id=company.people["dora"].user_id,
        approver_id=company.people["gus"].user_id,
    )
    assert there.owner_id == company.people["dora"].user_id


def test_an_edit_is_an_event_with_old_and_new_values(sqlite_engine: Engine, company: Company) -> None:
    action = assigned(sqlite_engine, company)
    with write_session(sqlite_engine) as session:
        edited = actions.edit(
            session,
            action_id=action.id or 0,
            version=1,
            by=company.people["alice"],
            at=AT,
            due_on=date(2026, 10, 9),
            cause=" No buffer stock ",
        )
    assert (edited.version, edited.cause, edited.due_on) == (2, "No buffer stock", date(2026, 10, 9))
    assert events(sqlite_engine)[-1].changes == {
        "due_on": ["2026-09-28", "2026-10-09"],
        "cause": ["", "No buffer stock"],
    }


def test_an_edit_that_changes_nothing_leaves_no_trace(sqlite_engine: Engine, company: Company) -> None:
    action = assigned(sqlite_engine, company)
    with write_session(sqlite_engine) as session:
        same = actions.edit(
            session, action_id=action.id or 0, version=1, by=company.people["alice"], at=AT, title="Late deliveries "
        )
    assert (same.version, len(events(sqlite_engine))) == (1, 1)


def test_the_second_of_two_editors_is_told_who_changed_what_and_can_save_after_that(
    sqlite_engine: Engine, company: Company
) -> None:
    action = assigned(sqlite_engine, company)
    alice, dora = company.people["alice"], company.people["dora"]
    with write_session(sqlite_engine) as session:
        actions.edit(session, action_id=action.id or 0, version=1, by=alice, at=AT, cause="First thought")
        actions.comment(session, action_id=action.id or 0, text="Asked the haulier", by=alice, at=AT)
        actions.edit(session, action_id=action.id or 0, version=2, by=alice, at=AT, cause="No buffer stock")
    mine = {"cause": "Wrong forecast", "title": "Late deliveries to Alpha"}
    with pytest.raises(ActionChangedMeanwhile) as told, write_session(sqlite_engine) as session:
        actions.edit(session, action_id=action.id or 0, version=1, by=dora, at=AT, **mine)
    assert (told.value.who, told.value.when, told.value.version) == ("Alice", AT, 3)
    assert told.value.changes == {"cause": ("", "No buffer stock")}
    with write_session(sqlite_engine) as session:
        saved = actions.edit(session, action_id=action.id or 0, version=told.value.version, by=dora, at=AT, **mine)
    assert (saved.cause, saved.title) == ("Wrong forecast", "Late deliveries to Alpha")
    assert events(sqlite_engine)[-1].changes["cause"] == ["No buffer stock", "Wrong forecast"]


def test_a_step_that_was_taken_meanwhile_is_among_the_changes(sqlite_engine: Engine, company: Company) -> None:
    action = assigned(sqlite_engine, company)
    step(sqlite_engine, action, "analyse", company.people["alice"])
    with pytest.raises(ActionChangedMeanwhile) as told, write_session(sqlite_engine) as session:
        actions.advance(session, action_id=action.id or 0, version=1, verb="analyse", by=company.people["dora"], at=AT)
    assert told.value.changes == {"state": ("open", "analysing")}


def test_who_may_edit_an_action(sqlite_engine: Engine, company: Company) -> None:
    action = assigned(sqlite_engine, company)

    def outcome(name: str) -> str:
        try:
            with write_session(sqlite_engine) as session:
                actions.comment(session, action_id=action.id or 0, text="Seen", by=company.people[name], at=AT)
        except (NotAllowed, NotThere) as refusal:
            return type(refusal).__name__
        return "done"

    assert {name: outcome(name) for name in company.people} == {
        **dict.fromkeys(("alice", "hana", "dora", "erik", "gus", "root"), "done"),
        **dict.fromkeys(("bob", "fay"), "NotAllowed"),  # fay sees it, because alpha is hers
        **dict.fromkeys(("charlie", "ivan"), "NotThere"),
    }


def test_the_whole_way_from_open_to_closed(sqlite_engine: Engine, company: Company) -> None:
    alice, dora = company.people["alice"], company.people["dora"]
    action = assigned(sqlite_engine, company)
    action = step(sqlite_engine, action, "analyse", alice)
    action = step(sqlite_engine, action, "plan", alice, **PLAN)
    action = step(sqlite_engine, action, "approve", dora)
    action = step(sqlite_engine, action, "start", alice)
    action = step(sqlite_engine, action, "implement", alice, evidence="Stock report of October")
    action = step(sqlite_engine, action, "verify", alice)
    action = step(sqlite_engine, action, "close", dora, verdict="effective", verdict_reason="Seen on site")
    assert (action.state, action.closed_at, action.approved_by_id, action.verified_by_id) == (
        *("closed", AT),
        *(dora.user_id, dora.user_id),
    )
    walked = [(event.from_state, event.to_state) for event in events(sqlite_engine)][1:]
    assert [before for before, _ in walked] == [
        *("open", "analysing", "planned", "approved", "in_progress", "implemented", "verifying"),
    ]
    assert [after for _, after in walked[:-1]] == [before for before, _ in walked[1:]]


def test_a_plan_without_cause_is_not_submitted_and_what_was_typed_is_not_half_saved(
    sqlite_engine: Engine, company: Company
) -> None:
    alice = company.people["alice"]
    action = step(sqlite_engine, assigned(sqlite_engine, company), "analyse", alice)
    with pytest.raises(GateFailure, match="Describe the root cause"):
        step(sqlite_engine, action, "plan", alice, **(PLAN | {"cause": " "}))
    with read_session(sqlite_engine) as session:
        assert session.get_one(Action, action.id).countermeasure == ""


def test_an_ineffective_action_goes_back_to_analysis_in_its_second_round_without_approval(
    sqlite_engine: Engine, company: Company
) -> None:
    alice, dora = company.people["alice"], company.people["dora"]
    action = step(sqlite_engine, assigned(sqlite_engine, company), "analyse", alice)
    action = step(sqlite_engine, action, "plan", alice, **PLAN)
    for verb, by in (("approve", dora), ("start", alice)):
        action = step(sqlite_engine, action, verb, by)
    action = step(sqlite_engine, action, "implement", alice, evidence="Done")
    action = step(sqlite_engine, action, "verify", alice)
    with pytest.raises(GateFailure):
        step(sqlite_engine, action, "close", dora, verdict="not_effective")
    action = step(sqlite_engine, action, "reopen", dora, verdict="not_effective", verdict_reason="Late again")
    assert (action.state, action.round, action.approved_by_id, action.evidence, action.verdict) == (
        "analysing",
        2,
        None,
        "",
        "",
    )
    assert events(sqlite_engine)[-1].changes["evidence"] == ["Done", ""]


def test_the_owner_neither_approves_nor_confirms(sqlite_engine: Engine, company: Company) -> None:
    dora, gus = company.people["dora"], company.people["gus"]
    action = assigned(
        sqlite_engine,
        company,
        department_id=company.departments["quality"],
        owner_id=dora.user_id,
        approver_id=gus.user_id,
    )
    action = step(sqlite_engine, action, "analyse", dora)
    action = step(sqlite_engine, action, "plan", dora, **PLAN)
    with pytest.raises(GateFailure, match="can't approve the own plan"):
        step(sqlite_engine, action, "approve", dora)
    action = step(sqlite_engine, action, "approve", gus)
    action = step(sqlite_engine, action, "start", dora)
    action = step(sqlite_engine, action, "implement", dora, evidence="Done")
    action = step(sqlite_engine, action, "verify", dora)
    with pytest.raises(GateFailure, match="can't check the effect"):
        step(sqlite_engine, action, "close", dora, verdict="effective")


def test_nobody_says_that_somebody_else_checked(sqlite_engine: Engine, company: Company) -> None:
    action = assigned(sqlite_engine, company)
    for name in ("verified_by_id", "approved_by_id", "state", "number", "evidence"):
        with pytest.raises(FieldNotEditable), write_session(sqlite_engine) as session:
            actions.edit(session, action_id=action.id or 0, version=1, by=company.people["dora"], at=AT, **{name: 1})


def test_cancelling_needs_a_reason_and_ends_everything(sqlite_engine: Engine, company: Company) -> None:
    action, dora = assigned(sqlite_engine, company), company.people["dora"]
    with pytest.raises(GateFailure, match="why the action is cancelled"), write_session(sqlite_engine) as session:
        actions.cancel(session, action_id=action.id or 0, version=1, reason=" ", by=dora, at=AT)
    with write_session(sqlite_engine) as session:
        action = actions.cancel(session, action_id=action.id or 0, version=1, reason="Measured wrongly", by=dora, at=AT)
    assert (action.state, action.cancel_reason) == ("cancelled", "Measured wrongly")
    with pytest.raises(StepNotThere):
        step(sqlite_engine, action, "analyse", company.people["alice"])


@pytest.mark.parametrize("due_on", [None, TODAY - timedelta(days=1)], ids=["emptied", "over"])
def test_a_due_date_that_was_emptied_or_is_over_is_refused_and_the_old_one_stays(
    sqlite_engine: Engine, company: Company, due_on: date | None
) -> None:
    with pytest.raises(ActionIncomplete, match="due date"):
        assigned(sqlite_engine, company, due_on=due_on)
    action, dora = assigned(sqlite_engine, company), company.people["dora"]
    with pytest.raises(ActionIncomplete, match="due date"), write_session(sqlite_engine) as session:
        actions.edit(session, action_id=action.id or 0, version=1, by=dora, at=AT, due_on=due_on)
    with write_session(sqlite_engine) as session:
        assert session.get_one(Action, action.id).due_on == DUE


def test_an_owner_of_the_new_department_goes_with_a_new_department(sqlite_engine: Engine, company: Company) -> None:
    action, dora = assigned(sqlite_engine, company), company.people["dora"]
    moved: dict[str, Any] = {"department_id": company.departments["quality"]}
    with pytest.raises(ActionIncomplete), write_session(sqlite_engine) as session:
        actions.edit(session, action_id=action.id or 0, version=1, by=dora, at=AT, **moved)
    moved["owner_id"] = company.people["charlie"].user_id
    with write_session(sqlite_engine) as session:
        there = actions.edit(session, action_id=action.id or 0, version=1, by=dora, at=AT, **moved)
    assert there.department_id == company.departments["quality"]


def test_when_the_last_part_of_a_change_fails_all_of_it_is_taken_back(
    sqlite_engine: Engine, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = assigned(sqlite_engine, company)

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("services.action_changes.audit", fails)
    with pytest.raises(RuntimeError):
        step(sqlite_engine, action, "analyse", company.people["alice"])
    with read_session(sqlite_engine) as session:
        assert session.get_one(Action, action.id).state == "open"
    assert len(events(sqlite_engine)) == 1


def test_the_owner_hears_of_an_action_once_and_the_approver_of_a_plan_that_waits(
    sqlite_engine: Engine, company: Company
) -> None:
    alice, dora = company.people["alice"], company.people["dora"]
    action = assigned(sqlite_engine, company)
    assigned(sqlite_engine, company)  # the same form again
    step(sqlite_engine, step(sqlite_engine, action, "analyse", alice), "plan", alice, **PLAN)
    with read_session(sqlite_engine) as session:
        told = session.exec(select(Notification).order_by(col(Notification.id))).all()
    assert [(one.kind, one.person_id, one.link) for one in told] == [
        ("assigned", alice.user_id, "/action?number=1"),
        ("approval_waiting", dora.user_id, "/action?number=1"),
    ]


def test_a_plan_is_sent_back_with_a_reason_that_its_history_keeps(sqlite_engine: Engine, company: Company) -> None:
    alice, dora = company.people["alice"], company.people["dora"]
    action = step(sqlite_engine, assigned(sqlite_engine, company), "analyse", alice)
    action = step(sqlite_engine, action, "plan", alice, **PLAN)
    with pytest.raises(GateFailure) as refused:
        step(sqlite_engine, action, "send_back", dora, sent_back_reason="  ")
    assert refused.value.gate == "sent_back_reason"
    action = step(sqlite_engine, action, "send_back", dora, sent_back_reason=" Which supplier? ")
    last = events(sqlite_engine)[-1]
    assert (action.state, last.verb, last.comment) == ("analysing", "send_back", "Which supplier?")
    with pytest.raises(FieldNotEditable):
        step(sqlite_engine, action, "plan", alice, sent_back_reason="not asked for here")


def test_who_was_asked_to_approve_is_no_longer_told_once_it_is_done(sqlite_engine: Engine, company: Company) -> None:
    alice, dora = company.people["alice"], company.people["dora"]
    action = step(sqlite_engine, assigned(sqlite_engine, company), "analyse", alice)
    action = step(sqlite_engine, action, "plan", alice, **PLAN)
    step(sqlite_engine, action, "approve", dora)
    with read_session(sqlite_engine) as session:
        told = session.exec(select(Notification).order_by(col(Notification.id))).all()
    assert [(one.kind, one.read_at) for one in told] == [("assigned", None), ("approval_waiting", AT)]
