"""Any people call any verb of actions in any order: no gate is skipped, no event is lost (rules.md 6)."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlmodel import Session, col, select

from db.models import Action, ActionEvent, ActionFile
from db.session import engine_for, read_session, write_session
from domain.action_states import TRANSITIONS, State
from domain.errors import Refusal
from services import actions, effects, evidence
from services.action_bulk import change_many
from tests import databases
from tests.company import AT, found_company
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
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
