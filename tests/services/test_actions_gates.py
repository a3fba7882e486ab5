"""No way round the gates: random people try random things in random order."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as some
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from db.models import Action, ActionEvent, AuditEvent
from db.session import engine_for, read_session, write_session
from domain.access import Viewer
from domain.action_states import PATH, TRANSITIONS
from domain.errors import Refusal
from services import actions
from tests import databases
from tests.company import AT, PEOPLE, TODAY, Company, found_company

PLAN = {
    "cause": "No buffer stock",
    "cause_category": "method",
    "countermeasure": "Buffer of 3 days",
    "containment": "Calls before shipping",
    "prevention": "Monthly review",
}
TEXTS: dict[str, Sequence[Any]] = {
    **{name: ("", value) for name, value in PLAN.items()},
    "evidence": ("", "Stock report"),
    "verdict": ("", "effective", "not_effective"),
    "verdict_reason": ("", "No complaint since"),
    "cancel_reason": ("", "Measured wrongly"),
    "title": ("", "Late deliveries"),
}
WORDS = some.fixed_dictionaries({}, optional={name: some.sampled_from(values) for name, values in TEXTS.items()})
VERBS = sorted({step.verb for step in TRANSITIONS} | {"edit", "comment", "give"})
TRY = some.tuples(some.sampled_from(sorted(PEOPLE)), some.sampled_from(VERBS), WORDS, some.sampled_from(sorted(PEOPLE)))
ALLOWED = {(step.source.value, step.target.value) for step in TRANSITIONS}


def attempt(session: Session, company: Company, action: Action, this: tuple[str, str, dict[str, Any], str]) -> None:
    """One try of one person; a version that is always right, because gates and not locks are looked at here."""
    name, verb, words, other = this
    whom: dict[str, Any] = {"action_id": action.id or 0, "by": company.people[name], "at": AT}
    if verb == "comment":
        actions.comment(session, text=words.get("title", ""), **whom)
    elif verb == "edit":
        actions.edit(session, version=action.version, **words, **whom)
    elif verb == "give":
        actions.edit(session, version=action.version, owner_id=company.people[other].user_id, **whom)
    else:
        actions.advance(session, version=action.version, verb=verb, **words, **whom)


def the_helpful_way(company: Company) -> list[tuple[str, str, dict[str, Any], str]]:
    """What a willing company would do; random tries stand between these, so that late states are met too."""
    return [
        ("alice", "analyse", {}, ""),
        ("alice", "plan", PLAN, ""),
        ("gus", "approve", {}, ""),
        ("alice", "start", {}, ""),
        ("alice", "implement", {"evidence": "Stock report"}, ""),
        ("alice", "verify", {}, ""),
        ("dora", "close", {"verdict": "effective", "verdict_reason": "No complaint since"}, ""),
    ]


def walk(engine: Engine, company: Company, tries: Sequence[tuple[str, str, dict[str, Any], str]]) -> Action:
    with write_session(engine) as session:
        action = actions.assign(
            session,
            title="Late deliveries",
            department_id=company.departments["logistics"],
            owner_id=company.people["alice"].user_id,
            approver_id=None,
            due_on=TODAY + timedelta(days=14),
            form_key=f"form {session.exec(select(Action.id)).all()}",
            by=company.people["dora"],
            at=AT,
        )
    for this in tries:
        before = action
        with read_session(engine) as session:
            action = session.get_one(Action, action.id)
        try:
            with write_session(engine) as session:
                attempt(session, company, action, this)
        except Refusal:
            with read_session(engine) as session:
                assert session.get_one(Action, action.id).model_dump() == action.model_dump(), before
    with read_session(engine) as session:
        return session.get_one(Action, action.id)


def check_history(engine: Engine, company: Company, action: Action) -> list[str]:
    """The states that the action went through, after comparing it with its events."""
    with read_session(engine) as session:
        history = select(ActionEvent).where(ActionEvent.action_id == action.id).order_by(col(ActionEvent.id))
        events = session.exec(history).all()
        audits = session.exec(
            select(AuditEvent).where(AuditEvent.about_id == action.id, AuditEvent.about == "action")
        ).all()
    assert len(audits) == len(events)
    assert action.version == len([event for event in events if event.verb != "comment"])
    state, fields = "open", {"round": 1}
    for event in events[1:]:
        assert event.from_state == state
        assert event.to_state == state or (state, event.to_state) in ALLOWED
        state = event.to_state
        for name, (old, new) in event.changes.items():
            assert fields.get(name, old) == old, name
            fields[name] = new
    assert state == action.state
    assert {name: value for name, value in fields.items() if getattr(action, name) != value} == {}
    states = [event.to_state for event in events]
    check_gates(company.people, action, states)
    return states


def check_gates(people: dict[str, Viewer], action: Action, states: list[str]) -> None:
    if action.state in PATH[PATH.index("planned") :]:
        assert all(getattr(action, name) for name in PLAN)
    if action.state in PATH[PATH.index("approved") :]:
        approver = next(viewer for viewer in people.values() if viewer.user_id == action.approved_by_id)
        assert approver.may("approve")
        assert "planned" in states
    if action.state in PATH[PATH.index("implemented") :]:
        assert action.evidence
    if action.state == "closed":
        assert action.owner_id not in (action.approved_by_id, action.verified_by_id)
        assert (action.verdict, action.verdict_reason) == ("effective", "No complaint since")  # nothing was measured
        assert [state for state in PATH if state not in states] == []


def test_no_sequence_of_calls_by_anybody_skips_a_gate_and_every_change_has_its_event(tmp_path: Path) -> None:
    engine = engine_for(databases.sqlite_database(tmp_path))
    company = found_company(engine)
    reached: set[str] = set()

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        phases=[Phase.generate],
    )
    @example([[]] * len(PATH[1:]), len(PATH))
    @given(some.lists(some.lists(TRY, max_size=4), min_size=7, max_size=7), some.integers(0, 7))
    def play(between: list[list[tuple[str, str, dict[str, Any], str]]], helpful: int) -> None:
        tries = []
        for place, (good, others) in enumerate(zip(the_helpful_way(company), between, strict=True)):
            tries += [*others, *([good] if place < helpful else [])]
        action = walk(engine, company, tries)
        reached.update(check_history(engine, company, action))

    play()
    engine.dispose()
    assert reached >= set(PATH)
