"""The closed loop: which steps an action has, what each needs, and that no gate is ever skipped (rules.md 6)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.action_states import (
    CAUSE_CATEGORIES,
    EDITABLE,
    FINAL,
    PATH,
    STATE_NAMES,
    TRANSITIONS,
    ActionFacts,
    ActorFacts,
    GateFailure,
    State,
    StepNotThere,
    after,
    may,
    step,
    steps_from,
)

OWNER, APPROVER, QUALITY = 1, 2, 3
owner = ActorFacts(OWNER)
approver = ActorFacts(APPROVER, may_approve=True)
quality = ActorFacts(QUALITY, may_approve=True, may_confirm=True)


def action(state: State = State.ANALYSING, **changes: object) -> ActionFacts:
    """An action in which everything is given for its next steps; tests take away what they are about."""
    complete = ActionFacts(
        owner_id=OWNER,
        due_on=date(2026, 10, 9),
        cause="Corner guards too thin",
        cause_category="material",
        countermeasure="Guards of 5 mm",
        containment="1,240 pieces in stock fitted",
        prevention="Drop test in the change procedure",
        approved_by_id=APPROVER,
        evidence="ECN-0426",
        suggested="effective",
        verdict="effective",
        verified_by_id=QUALITY,
    )
    return replace(complete, state=state.value, **changes)  # type: ignore[arg-type]


def missing(facts: ActionFacts, verb: str, actor: ActorFacts) -> set[str]:
    return {failure.gate for failure in may(facts, step(facts.state, verb), actor)}


def test_an_action_goes_from_open_to_closed() -> None:
    facts = action(State.OPEN, approved_by_id=None)
    path = [("analyse", owner), ("plan", owner), ("approve", approver), ("start", owner)]
    path += [("implement", owner), ("verify", owner), ("close", quality)]
    states = [facts.state]
    for verb, actor in path:
        facts = after(facts, verb, actor)
        states.append(facts.state)
    assert states == [state.value for state in PATH]
    assert facts.approved_by_id == APPROVER
    assert steps_from(State.CLOSED) == ()


@pytest.mark.parametrize(
    ("field", "empty", "gate"),
    [
        ("cause", "  ", "cause"),
        ("cause_category", None, "cause_category"),
        ("cause_category", "weather", "cause_category"),
        ("countermeasure", "", "countermeasure"),
        ("owner_id", None, "owner_id"),
        ("due_on", None, "due_on"),
        ("containment", "", "containment"),
        ("prevention", "\n", "prevention"),
    ],
)
def test_a_plan_without_one_of_its_parts_is_not_planned(field: str, empty: object, gate: str) -> None:
    assert missing(action(), "plan", owner) == set()
    assert missing(action(**{field: empty}), "plan", owner) == {gate}


def test_containment_and_prevention_may_be_not_applicable_with_a_reason_but_not_for_complaints() -> None:
    reasons = {"containment_not_applicable": "Nothing in stock", "prevention_not_applicable": "One-off order"}
    facts = action(containment="", prevention="", **reasons)
    assert missing(facts, "plan", owner) == set()
    assert missing(replace(facts, from_complaint=True), "plan", owner) == {"containment", "prevention"}


def test_a_plan_is_approved_by_an_approver_who_is_not_the_owner() -> None:
    planned = action(State.PLANNED)
    assert missing(planned, "approve", approver) == set()
    assert missing(planned, "approve", ActorFacts(APPROVER)) == {"approver"}
    assert missing(planned, "approve", ActorFacts(OWNER, may_approve=True)) == {"approver_is_owner"}
    assert after(planned, "approve", quality).approved_by_id == QUALITY


def test_a_chain_of_departments_approves_in_turn_and_nobody_twice() -> None:
    quality_office, sales = 7, 8
    planned = action(State.PLANNED, chain=(sales, quality_office), approved_by_id=None)
    seller = ActorFacts(5, may_approve=True, department=sales)
    head = ActorFacts(6, may_approve=True, department=quality_office)
    assert missing(planned, "sign", head) == {"not_next"}
    assert missing(planned, "approve", seller) == {"others_sign_after"}
    signed = after(planned, "sign", seller)
    assert (signed.state, signed.signed_by, signed.approved_by_id) == (State.PLANNED, (5,), None)
    assert missing(signed, "sign", head) == {"last_to_sign"}
    assert missing(signed, "approve", replace(seller, department=quality_office)) == {"signed_twice"}
    approved = after(signed, "approve", head)
    assert (approved.state, approved.approved_by_id, approved.signed_by) == (State.APPROVED, 6, (5, 6))
    assert after(replace(signed, sent_back_reason="Which supplier?"), "send_back", head).signed_by == ()
    assert missing(replace(approved, owner_id=5), "start", owner) == {"approver_is_owner"}


def test_a_plan_is_sent_back_by_an_approver_only() -> None:
    planned = action(State.PLANNED)
    assert missing(planned, "send_back", owner) == {"approver", "sent_back_reason"}
    assert missing(planned, "send_back", approver) == {"sent_back_reason"}
    assert after(replace(planned, sent_back_reason="Which supplier?"), "send_back", approver).state == State.ANALYSING


def test_the_approver_can_t_become_the_owner_behind_the_gate() -> None:
    approved = action(State.APPROVED, owner_id=APPROVER)
    assert missing(approved, "start", owner) == {"approver_is_owner"}


@pytest.mark.parametrize("verb", ["implement", "verify"])
def test_implemented_needs_evidence_as_a_text_or_a_file(verb: str) -> None:
    state = State.IN_PROGRESS if verb == "implement" else State.IMPLEMENTED
    assert missing(action(state, evidence=" "), verb, owner) == {"evidence"}
    assert missing(action(state, evidence="", evidence_files=1), verb, owner) == set()


def test_an_action_is_closed_after_an_effective_check_by_somebody_else() -> None:
    verifying = action(State.VERIFYING)
    assert missing(verifying, "close", quality) == set()
    assert missing(replace(verifying, verified_by_id=None), "close", quality) == {"verified_by_id"}
    assert missing(replace(verifying, verified_by_id=OWNER), "close", quality) == {"checker_is_owner"}
    assert missing(verifying, "close", ActorFacts(OWNER, may_confirm=True)) == {"checker_is_owner"}
    assert missing(verifying, "close", approver) == {"confirm"}
    assert missing(replace(verifying, verdict=""), "close", quality) == {"effective"}
    ineffective = replace(verifying, verdict="not_effective", suggested="not_effective")
    assert missing(ineffective, "close", quality) == {"effective"}


def test_what_a_customer_said_is_answered_before_closing() -> None:
    verifying = action(State.VERIFYING, from_opinion=True)
    told = replace(verifying, customer_told="Thicker guards from lot 40 on", customer_told_on=date(2026, 9, 18))
    assert missing(verifying, "close", quality) == {"customer_told", "customer_confirmed"}
    assert missing(told, "close", quality) == {"customer_confirmed"}
    assert missing(replace(told, not_reached=2), "close", quality) == {"customer_confirmed"}
    assert missing(replace(told, not_reached=3), "close", quality) == set()
    assert missing(replace(told, customer_confirmed=True), "close", quality) == set()
    assert missing(replace(told, customer_told_on=None, not_reached=3), "close", quality) == {"customer_told"}


def test_what_was_not_effective_begins_a_new_round_without_old_approval_evidence_and_check() -> None:
    again = after(action(State.VERIFYING, verdict="not_effective", suggested="not_effective"), "reopen", quality)
    assert (again.state, again.round) == (State.ANALYSING, 2)
    assert (again.approved_by_id, again.evidence, again.verdict, again.verified_by_id) == (None, "", "", None)
    assert again.cause == "Corner guards too thin"
    assert missing(action(State.VERIFYING), "reopen", quality) == {"not_effective"}


@pytest.mark.parametrize("state", list(State))
def test_an_action_is_cancelled_with_a_reason_and_only_before_it_is_implemented(state: State) -> None:
    before = {State.OPEN, State.ANALYSING, State.PLANNED, State.APPROVED, State.IN_PROGRESS}
    if state not in before:
        with pytest.raises(StepNotThere):
            step(state, "cancel")
        return
    assert missing(action(state), "cancel", owner) == {"cancel_reason"}
    assert after(action(state, cancel_reason="Customer left"), "cancel", owner).state == State.CANCELLED


def test_a_step_of_another_state_is_refused_in_both_languages() -> None:
    with pytest.raises(StepNotThere) as refused:
        after(action(State.ANALYSING), "approve", approver)
    assert str(refused.value) == 'This step is not possible while the action is "Analysing". Look at the action again.'
    assert (
        refused.value.explain({"Analysing": "分析中", refused.value.template: "{state}：不行"}.__getitem__)
        == "分析中：不行"
    )
    with pytest.raises(StepNotThere):
        may(action(State.ANALYSING), step(State.PLANNED, "approve"), approver)


def test_every_state_has_a_name_and_can_be_reached_and_only_the_final_ones_have_no_step() -> None:
    assert set(STATE_NAMES) == set(EDITABLE) == set(State)
    assert {transition.target for transition in TRANSITIONS} == set(State) - {State.OPEN}
    assert {state for state in State if not steps_from(state)} == FINAL
    assert all(not EDITABLE[state] for state in FINAL)
    assert {name for fields in EDITABLE.values() for name in fields} - {"approver_id", "countermeasure_kind"} <= set(
        vars(ActionFacts())
    )


def test_a_state_has_each_verb_once_and_the_main_step_comes_first() -> None:
    for state in State:
        verbs = [transition.verb for transition in steps_from(state)]
        assert len(verbs) == len(set(verbs))
    main = [steps_from(state)[0].target for state in PATH[:-1]]
    assert main == list(PATH[1:])


texts = st.sampled_from(["", " ", "said"])
people = st.sampled_from([None, 1, 2, 3])
VALUES: dict[str, st.SearchStrategy[object]] = {
    "owner_id": people,
    "due_on": st.sampled_from([None, date(2026, 10, 9)]),
    "cause": texts,
    "cause_category": st.sampled_from([None, *CAUSE_CATEGORIES]),
    "countermeasure": texts,
    "containment": texts,
    "containment_not_applicable": texts,
    "prevention": texts,
    "prevention_not_applicable": texts,
    "evidence": texts,
    "evidence_files": st.integers(0, 1),
    "check": st.sampled_from(["next_wave", "customer", "audit"]),
    "suggested": st.sampled_from(["", "effective", "not_effective", "cannot_tell"]),
    "verdict": st.sampled_from(["", "effective", "not_effective"]),
    "verdict_reason": texts,
    "verified_by_id": people,
    "customer_told": texts,
    "customer_told_on": st.sampled_from([None, date(2026, 9, 18)]),
    "customer_confirmed": st.booleans(),
    "not_reached": st.integers(0, 4),
    "cancel_reason": texts,
}
VERBS = sorted({transition.verb for transition in TRANSITIONS})
REACHED_THROUGH = {
    State.ANALYSING: {State.OPEN, State.PLANNED, State.VERIFYING},
    State.PLANNED: {State.ANALYSING, State.PLANNED},
    State.APPROVED: {State.PLANNED},
    State.IN_PROGRESS: {State.APPROVED},
    State.IMPLEMENTED: {State.IN_PROGRESS},
    State.VERIFYING: {State.IMPLEMENTED},
    State.CLOSED: {State.VERIFYING},
    State.CANCELLED: {State.OPEN, State.ANALYSING, State.PLANNED, State.APPROVED, State.IN_PROGRESS},
}


class AnyLife(RuleBasedStateMachine):
    """Any people write anything anywhere and try any step in any order; what rules.md 6 says holds all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = ActionFacts()
        self.approved_by: set[int] = set()

    @rule(data=st.data(), complaint=st.booleans(), opinion=st.booleans())
    def begins_again(self, data: st.DataObject, complaint: bool, opinion: bool) -> None:
        filled = {name: data.draw(values) for name, values in VALUES.items()}
        self.approved_by = set()
        chain = tuple(data.draw(st.lists(st.integers(7, 8), max_size=3)))
        self.facts = replace(ActionFacts(from_complaint=complaint, from_opinion=opinion, chain=chain), **filled)  # type: ignore[arg-type]

    @rule(name=st.sampled_from(sorted(VALUES)), data=st.data())
    def somebody_writes(self, name: str, data: st.DataObject) -> None:
        if self.facts.state not in FINAL:
            self.facts = replace(self.facts, **{name: data.draw(VALUES[name])})  # type: ignore[arg-type]

    @rule()
    def the_main_step_is_taken_as_it_should_be(self) -> None:
        if self.facts.state not in FINAL:
            given = {field: value for field, value in vars(action()).items() if field in VALUES}
            told = {"customer_told": "x", "customer_told_on": date(2026, 9, 18), "not_reached": 3}
            self.facts = replace(self.facts, **{**given, **told})
            self.somebody_tries(steps_from(State(self.facts.state))[0].verb, quality)

    @rule(
        verb=st.sampled_from(VERBS),
        actor=st.builds(
            ActorFacts,
            st.integers(1, 3),
            may_approve=st.booleans(),
            may_confirm=st.booleans(),
            department=st.integers(7, 8),
            stands_in=st.booleans(),
        ),
    )
    def anybody_tries_any_step(self, verb: str, actor: ActorFacts) -> None:
        self.somebody_tries(verb, actor)

    def somebody_tries(self, verb: str, actor: ActorFacts) -> None:
        before = self.facts
        try:
            self.facts = after(before, verb, actor)
        except (GateFailure, StepNotThere):
            return
        assert State(before.state) in REACHED_THROUGH[State(self.facts.state)]
        self.just_arrived(before, actor)

    def just_arrived(self, before: ActionFacts, actor: ActorFacts) -> None:
        facts, state = self.facts, State(self.facts.state)
        if state is State.APPROVED:
            assert actor.may_approve
            assert len(facts.signed_by) >= len(facts.chain)
            assert len(set(facts.signed_by)) == len(facts.signed_by)
            self.approved_by = {actor.user}
        if state in PATH[PATH.index(State.PLANNED) :] and state is not State.CANCELLED:
            assert facts.cause.strip()
            assert facts.cause_category
            assert facts.countermeasure.strip()
            assert facts.owner_id
            assert facts.due_on
            reason = "" if facts.from_complaint else facts.containment_not_applicable
            assert (facts.containment + reason).strip()
        if state in PATH[PATH.index(State.APPROVED) :]:
            assert facts.approved_by_id in self.approved_by - {facts.owner_id}
        if state in PATH[PATH.index(State.IMPLEMENTED) :]:
            assert facts.evidence.strip() or facts.evidence_files
        if state is State.CLOSED:
            assert facts.verdict == "effective"
            by_customer = facts.check == "customer" and facts.customer_confirmed
            assert facts.suggested == "effective" or facts.verdict_reason.strip() or by_customer
            assert facts.verified_by_id
            assert facts.owner_id not in {facts.verified_by_id, actor.user}
            assert actor.may_confirm
            assert not facts.from_opinion or facts.customer_confirmed or facts.not_reached >= 3
        if state is State.CANCELLED:
            assert facts.cancel_reason.strip()
        if before.state == State.VERIFYING and state is State.ANALYSING:
            assert facts.round == before.round + 1
            self.approved_by = set()

    @invariant()
    def the_round_counts_from_one(self) -> None:
        assert self.facts.round >= 1


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=40)


@given(st.sampled_from(VERBS), st.sampled_from(sorted(FINAL)))
def test_nothing_leaves_a_final_state(verb: str, state: State) -> None:
    with pytest.raises(StepNotThere):
        after(action(state), verb, quality)
