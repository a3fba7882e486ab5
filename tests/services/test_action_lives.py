"""Any people call any verb of actions in any order: no gate is skipped, no event is lost (rules.md 6)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from db.models import Action, ActionEffect, ActionEvent, ActionFile, ActionFinding, Finding
from db.queries import action_facts
from db.session import engine_for, read_session, write_session
from domain.action_gates import GateFailure
from domain.action_states import TRANSITIONS, State
from domain.errors import Refusal
from domain.scheme import ActionRules
from services import actions, effects, evidence
from services.action_bulk import change_many
from tests import databases
from tests.company import AT, TODAY, Company, found_company
from tests.services.test_actions import DUE, PLAN, assigned

VERBS = sorted({one.verb for one in TRANSITIONS})
FIELDS: dict[str, dict[str, Any]] = {
    "plan": PLAN,
    "implement": {"evidence": "ECN-0426"},
    "cancel": {"cancel_reason": "Customer left"},
    "send_back": {"sent_back_reason": "Which supplier?"},
    "close": {"verdict": "effective", "verdict_reason": "seen at the customer"},
    "reopen": {"verdict": "not_effective", "verdict_reason": "still late"},
}


class Lives(RuleBasedStateMachine):
    """One action in a company of its own; `wrote` counts what the services said they had saved."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.engine = engine_for(databases.sqlite_database(Path(self.folder.name)))
        self.company = found_company(self.engine)
        self.action_id = assigned(self.engine, self.company).id or 0
        self.wrote, self.approved_by, self.checked_by = 1, 0, 0

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()

    def person(self, number: int) -> Any:
        people = list(self.company.people.values())
        return people[number % len(people)]

    def now(self, session: Session) -> Action:
        return session.get_one(Action, self.action_id)

    def attempt(self, does: Any) -> bool:
        """Whether the call was let through; a refusal leaves nothing behind."""
        try:
            with write_session(self.engine) as session:
                before = self.now(session).version
                does(session, before)
                session.flush()
                session.expire_all()
                self.wrote += self.now(session).version - before
        except Refusal:
            return False
        return True

    @rule(verb=st.sampled_from(VERBS), who=st.integers(0, 20), filled=st.booleans())
    def somebody_takes_a_step(self, verb: str, who: int, filled: bool) -> None:
        by = self.person(who)
        fields = FIELDS.get(verb, {}) if filled else {}
        given = {"action_id": self.action_id, "verb": verb, "by": by, "at": AT, **fields}
        if self.attempt(lambda session, version: actions.advance(session, version=version, **given)):
            self.approved_by = by.user_id if verb == "approve" else self.approved_by
            self.checked_by = by.user_id if verb in ("close", "reopen") else self.checked_by

    @rule(steps=st.integers(1, 7), forgets=st.integers(0, 7))
    def things_go_as_they_should(self, steps: int, forgets: int) -> None:
        """So many main steps by the right people, who once forget what the step needs."""
        alice, dora = self.company.people["alice"], self.company.people["dora"]
        for number in range(steps):
            with read_session(self.engine) as session:
                state = State(self.now(session).state)
            found = next((one for one in TRANSITIONS if one.source is state), None)
            if found is None:
                return
            by = dora if found.verb in ("approve", "close") else alice
            fields = FIELDS.get(found.verb, {}) if number != forgets else {}
            given = {"action_id": self.action_id, "verb": found.verb, "by": by, "at": AT, **fields}
            if self.attempt(lambda session, version, given=given: actions.advance(session, version=version, **given)):
                self.approved_by = by.user_id if found.verb == "approve" else self.approved_by
                self.checked_by = by.user_id if found.verb == "close" else self.checked_by

    @rule(
        who=st.integers(0, 20),
        name=st.sampled_from(
            ["cause", "countermeasure", "evidence", "verdict", "owner_id", "title", "state", "approved_by_id"]
        ),
        owner=st.integers(0, 20),
    )
    def somebody_writes(self, who: int, name: str, owner: int) -> None:
        value = self.person(owner).user_id if name.endswith("_id") else "effective" if name == "verdict" else "text"
        given = {"action_id": self.action_id, "by": self.person(who), "at": AT, name: value}
        self.attempt(lambda session, version: actions.edit(session, version=version, **given))

    @rule(who=st.integers(0, 20))
    def somebody_adds_a_file(self, who: int) -> None:
        given = {"action_id": self.action_id, "by": self.person(who), "at": AT, "name": "a.pdf", "content": b"%PDF-1.7"}
        self.attempt(lambda session, version: evidence.add_file(session, version=version, **given))

    @rule(who=st.integers(0, 20))
    def somebody_gives_it_another_date(self, who: int) -> None:
        given = {"due_on": DUE + timedelta(days=who), "by": self.person(who), "at": AT}
        self.attempt(lambda session, version: change_many(session, versions={self.action_id: version}, **given))

    @rule(who=st.integers(0, 20), outcome=st.sampled_from(["told", "confirmed", "not_reached"]))
    def somebody_tells_the_customer(self, who: int, outcome: str) -> None:
        given = {"action_id": self.action_id, "by": self.person(who), "at": AT, "happened_at": AT}
        self.attempt(
            lambda session, version: effects.tell(session, version=version, outcome=outcome, said="fixed", **given)
        )

    @invariant()
    def what_is_reached_has_passed_its_gates(self) -> None:
        with read_session(self.engine) as session:
            action = self.now(session)
            path = list(State)
            place = path.index(State(action.state))
            if action.state == "cancelled":
                assert action.cancel_reason
                return
            if place >= path.index(State.PLANNED):
                assert action.cause
                assert action.cause_category
                assert action.countermeasure
                assert action.containment
                assert action.prevention
            if place >= path.index(State.APPROVED):
                assert action.approved_by_id == self.approved_by
            if place >= path.index(State.IN_PROGRESS):
                assert action.approved_by_id != action.owner_id or action.state == "in_progress"
            if place >= path.index(State.IMPLEMENTED):
                files = select(ActionFile).where(ActionFile.action_id == action.id)
                assert action.evidence or session.exec(files).first()
            if action.state == "closed":
                assert (action.verdict, action.verified_by_id) == ("effective", self.checked_by)
                assert action.owner_id != self.checked_by

    @invariant()
    def no_event_is_lost(self) -> None:
        with read_session(self.engine) as session:
            action = self.now(session)
            statement = select(ActionEvent).where(ActionEvent.action_id == self.action_id).order_by(col(ActionEvent.id))
            events = session.exec(statement).all()
        assert len(events) == self.wrote == action.version
        state = "open"
        for event in events[1:]:
            assert event.from_state == state
            state = event.to_state
        assert state == action.state


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=6, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


class Stop(NamedTuple):
    """A step that `gate` stops, or "" that nothing does; all before it goes as it should.

    `fields` are given with the step instead of the usual ones, `row` stood in the action behind the gates (people by
    name), `about` is the rule of its finding, `measured` what a later wave suggests, `chain` approves, `signed` did.
    """

    gate: str
    verb: str
    by: str = ""
    fields: dict[str, Any] | None = None
    row: dict[str, Any] | None = None
    about: str = ""
    measured: str = ""
    chain: tuple[str, ...] = ("quality",)
    signed: str = ""
    check: str = "next_wave"
    file: bool = False


def without(verb: str, *names: str, **other: str) -> dict[str, Any]:
    return {name: value for name, value in FIELDS[verb].items() if name not in names} | other


MAIN = {"analyse": "alice", "plan": "alice", "approve": "dora", "start": "alice", "implement": "alice"} | {
    "verify": "alice",
    "close": "dora",
}
IN_TURN = ("sales", "quality")
"""Gus is of sales here, Dora of quality, which stands in for any department."""
TOLD = {"customer_told": "Fixed", "customer_told_on": TODAY}
CONFIRMED = TOLD | {"customer_confirmed": True}
UNGROUNDED = without("close", "verdict_reason")
NOT_NEEDED = {"containment_not_applicable": "Sold out", "prevention_not_applicable": "One-off order"}
STOPS = {
    "nothing": Stop("", "close"),
    **{f"a plan without {name}": Stop(name, "plan", fields=without("plan", name)) for name in PLAN},
    "a plan of another category": Stop("cause_category", "plan", row={"cause_category": ""}, fields={"cause": "x"}),
    "what is not applicable": Stop("", "plan", fields=without("plan", "containment", "prevention", **NOT_NEEDED)),
    "a complaint without containment": Stop(
        "containment", "plan", fields=without("plan", "containment", **NOT_NEEDED), about="COMPLAINT"
    ),
    "a complaint without prevention": Stop(
        "prevention", "plan", fields=without("plan", "prevention", **NOT_NEEDED), about="COMPLAINT"
    ),
    **{f"{verb} without cause": Stop("cause", verb, row={"cause": ""}) for verb in list(MAIN)[2:]},
    "signing without cause": Stop("cause", "sign", "dora", row={"cause": ""}, chain=IN_TURN),
    "approved by nobody who may": Stop("approver", "approve", "erik"),
    "approved by the owner": Stop("approver_is_owner", "approve", row={"owner_id": "dora"}),
    "signed by the owner": Stop("approver_is_owner", "sign", "dora", row={"owner_id": "dora"}, chain=IN_TURN),
    "not the first's turn": Stop("not_next", "sign", "gus", chain=("quality", "sales")),
    "not the second's turn": Stop("not_next", "approve", "gus", chain=IN_TURN, signed="gus"),
    "signed twice": Stop("signed_twice", "approve", chain=IN_TURN, signed="dora"),
    "signed in turn": Stop("", "approve", chain=IN_TURN, signed="gus"),
    "others sign": Stop("others_sign_after", "approve", chain=IN_TURN),
    "nobody signs after": Stop("last_to_sign", "sign", "dora", chain=IN_TURN, signed="gus"),
    "sent back by the owner": Stop("approver", "send_back", "alice"),
    "sent back for no reason": Stop("sent_back_reason", "send_back", "dora", fields={}),
    **{
        f"{verb} without approval": Stop("approved_by_id", verb, row={"approved_by_id": None})
        for verb in ("start", "implement", "verify", "close")
    },
    "started by who approved": Stop("approver_is_owner", "start", row={"owner_id": "dora"}),
    "started by who approved without a turn": Stop(
        "approver_is_owner", "start", row={"owner_id": "gus", "approved_by_id": "gus"}
    ),
    "started by who signed": Stop("approver_is_owner", "start", row={"owner_id": "gus"}, chain=IN_TURN, signed="gus"),
    "implemented with a file": Stop("", "implement", fields={}, file=True),
    "implemented without evidence": Stop("evidence", "implement", fields={}),
    **{f"{verb} without evidence": Stop("evidence", verb, row={"evidence": " "}) for verb in ("verify", "close")},
    "closed unchecked": Stop("verified_by_id", "close", fields={}),
    "reopened unchecked": Stop("verified_by_id", "reopen", "dora", fields={}),
    "closed after the owner's check": Stop(
        "checker_is_owner", "close", fields={}, row=FIELDS["close"] | {"verified_by_id": "alice"}
    ),
    "closed by the owner": Stop(
        "checker_is_owner", "close", "alice", fields={}, row=FIELDS["close"] | {"verified_by_id": "dora"}
    ),
    "closed by an approver": Stop("confirm", "close", "gus"),
    "reopened by an approver": Stop("confirm", "reopen", "gus"),
    "closed as not effective": Stop("effective", "close", fields=FIELDS["reopen"]),
    "reopened as effective": Stop("not_effective", "reopen", "dora", fields=FIELDS["close"]),
    "closed unmeasured": Stop("verdict_reason", "close", fields=UNGROUNDED),
    "closed against the figures": Stop("verdict_reason", "close", fields=UNGROUNDED, measured="not_effective"),
    "closed by the figures": Stop("", "close", fields=UNGROUNDED, measured="effective"),
    "reopened unmeasured": Stop("verdict_reason", "reopen", "dora", fields={"verdict": "not_effective"}),
    "confirmed by the customer": Stop("", "close", fields=UNGROUNDED, row=CONFIRMED, check="customer"),
    "not confirmed by the customer": Stop("verdict_reason", "close", fields=UNGROUNDED, row=TOLD, check="customer"),
    "confirmed, and to be measured": Stop("verdict_reason", "close", fields=UNGROUNDED, row=CONFIRMED),
    "confirmed, and not effective": Stop(
        "verdict_reason", "reopen", "dora", fields={"verdict": "not_effective"}, row=CONFIRMED, check="customer"
    ),
    "a customer who wasn't told": Stop(
        "customer_told", "close", row={"customer_told_on": TODAY, "not_reached": 3}, about="OPINION"
    ),
    "a customer told at no time": Stop(
        "customer_told", "close", row={"customer_told": "Fixed", "not_reached": 3}, about="OPINION"
    ),
    "a customer not reached twice": Stop("customer_confirmed", "close", row=TOLD | {"not_reached": 2}, about="OPINION"),
    "a customer not reached thrice": Stop("", "close", row=TOLD | {"not_reached": 3}, about="OPINION"),
    "a customer who complained": Stop("customer_told", "close", about="COMPLAINT"),
    "a customer who confirmed": Stop("", "close", row=CONFIRMED, about="OPINION"),
    **{
        f"cancelled {name} for no reason": Stop("cancel_reason", "cancel", "alice", fields={}, row={"state": name})
        for name in ("open", "analysing", "planned", "approved", "in_progress")
    },
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Company]]:
    """One company for all that is stopped: nothing of it is kept."""
    engine = engine_for(databases.sqlite_database(tmp_path_factory.mktemp("lives")))
    yield engine, found_company(engine)
    engine.dispose()


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
def test_each_gate_stops_a_life_where_one_thing_is_missing(
    lived: tuple[Engine, Company], monkeypatch: pytest.MonkeyPatch, stop: Stop
) -> None:
    engine, company = lived
    rules = ActionRules(approvers=stop.chain, effectiveness=stop.check)
    monkeypatch.setattr(action_facts, "_rules_of", lambda *_: rules)
    people = company.people | {"gus": replace(company.people["gus"], department_id=company.departments["sales"])}
    with read_session(engine) as session:
        action = begun(session, company, stop)
        for verb, by in before(stop):
            action = taken(session, action, verb, people[by], FIELDS.get(verb, {}))
        if stop.file:
            given = {"by": people["alice"], "at": AT, "name": "a.pdf", "content": b"%PDF-1.7"}
            evidence.add_file(session, action_id=action.id or 0, version=action.version, **given)
        for name, value in (stop.row or {}).items():
            setattr(action, name, people[value].user_id if value in people else value)
        by = people[stop.by or MAIN[stop.verb]]
        fields = FIELDS.get(stop.verb, {}) if stop.fields is None else stop.fields
        assert stopped_by(session, action, stop.verb, by, fields) == stop.gate


def begun(session: Session, company: Company, stop: Stop) -> Action:
    """An action of Alice about a finding; kept by nobody, as the session is never committed."""
    action = Action(
        number=1,
        form_key="form",
        title="Late deliveries",
        department_id=company.departments["logistics"],
        owner_id=company.people["alice"].user_id,
        due_on=DUE,
        wave_id=company.now,
        created_at=AT,
        created_by_id=company.people["dora"].user_id,
    )
    session.add(action)
    session.flush()
    if stop.about:
        finding = Finding(wave_id=company.now, rule=stop.about, about="told:1", appeared_at=AT)
        session.add(finding)
        session.flush()
        session.add(ActionFinding(action_id=action.id or 0, finding_id=finding.id or 0))
    if stop.measured:
        known = {"action_id": action.id or 0, "round": 1, "wave_id": company.now, "measured_at": AT}
        session.add(ActionEffect(**known, verdict=stop.measured, reason="", subjects=[]))
    return action


def before(stop: Stop) -> list[tuple[str, str]]:
    """The steps until the one that is stopped, each with who takes it."""
    if stop.verb == "cancel":
        return []
    until = {"sign": "approve", "send_back": "approve", "reopen": "close"}.get(stop.verb, stop.verb)
    steps = list(MAIN.items())[: list(MAIN).index(until)]
    return steps[:2] + ([("sign", stop.signed)] if stop.signed else []) + steps[2:]


def stopped_by(session: Session, action: Action, verb: str, by: Any, fields: dict[str, Any]) -> str:
    """The first gate in the way of a step, empty where it was taken."""
    try:
        taken(session, action, verb, by, fields)
    except GateFailure as failure:
        return failure.gate
    return ""


def taken(session: Session, action: Action, verb: str, by: Any, fields: dict[str, Any]) -> Action:
    given = {"action_id": action.id or 0, "version": action.version, "verb": verb, "by": by, "at": AT}
    return actions.advance(session, **given, **fields)
