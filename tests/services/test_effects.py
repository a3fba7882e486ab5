"""Journey 7 below the screen: the next wave closes, actions are measured, somebody else confirms, or they go round again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Action, ActionEffect, ActionTelling, Notification, Wave
from db.queries.effects import effects, outcomes, tellings, waves_to_compare
from db.session import read_session, write_session
from domain.access import NotThere, Viewer
from domain.action_gates import GateFailure
from domain.outcomes import summary
from services import actions
from services.action_checks import FieldNotEditable
from services.closing import close_wave
from services.effects import NotMeasurable, TellingIncomplete, extend, measure_with, tell
from services.waves import open_wave
from tests.company import AT, BAD, GOOD, NEUTRAL, TODAY, WORST, Company, answer, found_company

PLAN = {
    "cause": "No buffer stock",
    "cause_category": "method",
    "countermeasure": "Buffer of 3 days",
    "countermeasure_kind": "planning",
    "containment": "Calls before shipping",
    "prevention": "Monthly review",
}
LATER = AT + timedelta(days=90)


@pytest.fixture
def company(sqlite_engine: Engine) -> Company:
    return found_company(sqlite_engine)


def verifying(engine: Engine, company: Company, *about: tuple[str, str]) -> int:
    """An action of alice's about findings of 2026-Q3, implemented and to be verified; the wave is closed."""
    with write_session(engine) as session:
        findings = [company.finding(session, *one).id or 0 for one in about or [("ITEM_BELOW", "alpha/on_time")]]
        action = actions.assign(
            session,
            finding_ids=findings,
            title="Late deliveries",
            department_id=company.departments["logistics"],
            owner_id=company.people["alice"].user_id,
            approver_id=None,
            due_on=TODAY + timedelta(days=14),
            form_key="form",
            by=company.people["dora"],
            at=AT,
        )
        close_wave(session, wave=session.get_one(Wave, company.now), by=company.people["dora"], at=AT)
    walk(engine, company, action.id or 0)
    return action.id or 0


def walk(engine: Engine, company: Company, action: int, *, again: bool = False) -> None:
    for name, verb, words in (
        *([] if again else [("alice", "analyse", {})]),
        ("alice", "plan", PLAN),
        ("gus", "approve", {}),
        ("alice", "start", {}),
        ("alice", "implement", {"evidence": "Stock report"}),
        ("alice", "verify", {}),
    ):
        step(engine, company.people[name], action, verb, **words)


def step(engine: Engine, by: Viewer, action: int, verb: str, **fields: Any) -> Action:
    with write_session(engine) as session:
        version = session.get_one(Action, action).version
        return actions.advance(session, action_id=action, version=version, verb=verb, by=by, at=LATER, **fields)


def next_wave(engine: Engine, company: Company, *on_time: int | None, code: str = "2026-Q4", usual: int = GOOD) -> Wave:
    """A later wave in which alpha answers so about delivery on time; closed."""
    with write_session(engine) as session:
        wave = open_wave(session, version=version_of(session, company), code=code, by=None, at=AT)
        answer(session, wave, company.customers["alpha"], *({"on_time": level} for level in on_time), usual=usual)
        answer(session, wave, company.customers["beta"], {"on_time": GOOD})
        return close_wave(session, wave=wave, by=company.people["erik"], at=LATER)


def version_of(session: Session, company: Company) -> Any:
    from db.models import SchemeVersion

    return session.get_one(SchemeVersion, session.get_one(Wave, company.now).scheme_version_id)


def measured(engine: Engine) -> list[ActionEffect]:
    with read_session(engine) as session:
        return list(session.exec(select(ActionEffect).order_by(ActionEffect.id)))  # type: ignore[arg-type]


def test_the_next_wave_shows_before_and_after_and_suggests_effective(sqlite_engine: Engine, company: Company) -> None:
    action = verifying(sqlite_engine, company)
    next_wave(sqlite_engine, company, GOOD, GOOD, GOOD, GOOD - 1)  # 80, 80, 80, 100: 85
    with read_session(sqlite_engine) as session:
        (effect,) = effects(session, company.people["alice"], action)
    ((one, reason),) = effect.subjects
    assert (effect.round, effect.wave, effect.verdict, effect.reason, reason) == (
        *(1, "2026-Q4", "effective", "recovered", "recovered"),
    )
    assert (one.en, one.before_wave, one.bound, one.included) == ("Alpha · On-time delivery", "2026-Q3", 70.0, True)
    assert (one.before.score, one.before.n, one.after.score, one.after.n) == (60.0, 2, 85.0, 4)
    found = one.difference
    assert found is not None
    # Welch by hand: 60 ± 40·√2/√2 of 2 answers (20, 100), 85 with sd 10 of 4: error √(1600 + 25), about one degree of freedom
    assert (found.difference, round(found.p_value or 0, 2), found.certain) == (25.0, 0.64, False)
    assert (found.low or 0) < -400 < 450 < (found.high or 0)


def test_somebody_else_confirms_what_the_figures_suggest_without_a_reason(
    sqlite_engine: Engine, company: Company
) -> None:
    action = verifying(sqlite_engine, company)
    next_wave(sqlite_engine, company, GOOD, GOOD)
    with pytest.raises(GateFailure, match="can't check the effect"):
        step(sqlite_engine, company.people["alice"], action, "close", verdict="effective")
    closed = step(sqlite_engine, company.people["erik"], action, "close", verdict="effective")
    assert (closed.state, closed.verified_by_id) == ("closed", company.people["erik"].user_id)


def test_who_overrules_the_figures_says_why_and_it_stays_in_the_history(
    sqlite_engine: Engine, company: Company
) -> None:
    action, dora = verifying(sqlite_engine, company), company.people["dora"]
    next_wave(sqlite_engine, company, NEUTRAL, NEUTRAL)  # 60: still at or under 70
    (effect,) = measured(sqlite_engine)
    assert (effect.verdict, effect.reason) == ("not_effective", "still_missed")
    with pytest.raises(GateFailure, match="suggest that it was not effective"):
        step(sqlite_engine, dora, action, "close", verdict="effective")
    closed = step(sqlite_engine, dora, action, "close", verdict="effective", verdict_reason="A strike, not our trucks")
    assert (closed.state, closed.verdict_reason) == ("closed", "A strike, not our trucks")


def test_a_second_round_is_measured_by_the_wave_after(sqlite_engine: Engine, company: Company) -> None:
    action, dora = verifying(sqlite_engine, company), company.people["dora"]
    next_wave(sqlite_engine, company, WORST, WORST)
    again = step(sqlite_engine, dora, action, "reopen", verdict="not_effective")
    assert (again.state, again.round, again.verdict, again.verdict_reason) == ("analysing", 2, "", "")
    with read_session(sqlite_engine) as session:
        (told,) = session.exec(select(Notification).where(Notification.kind == "not_effective")).all()
        assert (told.person_id, told.facts["round"]) == (company.people["alice"].user_id, "2")  # head of logistics
    walk(sqlite_engine, company, action, again=True)
    next_wave(sqlite_engine, company, GOOD, GOOD, code="2027-Q1")
    assert [(one.round, one.verdict) for one in measured(sqlite_engine)] == [(1, "not_effective"), (2, "effective")]
    with pytest.raises(GateFailure, match="suggest that it was effective"):
        step(sqlite_engine, dora, action, "reopen", verdict="not_effective")
    closed = step(sqlite_engine, dora, action, "close", verdict="effective")
    with read_session(sqlite_engine) as session:
        found = outcomes(session, dora, zone=AT.tzinfo)  # type: ignore[arg-type]
    assert (closed.state, [one.round for one in found]) == ("closed", [2])
    counts = summary(found, today=LATER.date())
    assert (counts.checks, counts.effective, counts.failed, counts.at_first) == (2, 1, 1, 0)


def test_too_few_answers_cannot_tell_and_wait_for_another_wave(sqlite_engine: Engine, company: Company) -> None:
    action, dora = verifying(sqlite_engine, company), company.people["dora"]
    next_wave(sqlite_engine, company, GOOD, None)  # one answer, two before
    (effect,) = measured(sqlite_engine)
    assert (effect.verdict, effect.reason) == ("cannot_tell", "few")
    with pytest.raises(GateFailure, match="Too few answers to tell"):
        step(sqlite_engine, dora, action, "close", verdict="effective")
    with write_session(sqlite_engine) as session:
        version = session.get_one(Action, action).version
        waits = extend(session, action_id=action, version=version, reason="One answer", by=dora, at=LATER)
        assert waits.state == "verifying"
    next_wave(sqlite_engine, company, GOOD, GOOD, code="2027-Q1")
    assert [one.verdict for one in measured(sqlite_engine)] == ["cannot_tell", "effective"]


def test_nothing_is_waited_for_where_the_figures_can_tell(sqlite_engine: Engine, company: Company) -> None:
    action, dora = verifying(sqlite_engine, company), company.people["dora"]
    with read_session(sqlite_engine) as session:
        version = session.get_one(Action, action).version
    with pytest.raises(NotMeasurable), write_session(sqlite_engine) as session:
        extend(session, action_id=action, version=version, reason="?", by=dora, at=LATER)


def test_a_wave_that_was_closed_before_is_compared_once_asked_for(sqlite_engine: Engine, company: Company) -> None:
    with write_session(sqlite_engine) as session:  # not yet in verification when the wave closes
        finding = company.finding(session, "ITEM_BELOW", "alpha/on_time").id or 0
    action = verifying(sqlite_engine, company)
    with write_session(sqlite_engine) as session:
        session.get_one(Action, action).state = "in_progress"
    wave = next_wave(sqlite_engine, company, GOOD, GOOD)
    assert (finding > 0, measured(sqlite_engine)) == (True, [])
    with write_session(sqlite_engine) as session:
        session.get_one(Action, action).state = "verifying"
    with read_session(sqlite_engine) as session:
        assert waves_to_compare(session, company.people["alice"], action) == [(wave.id, "2026-Q4")]
    for _ in range(2):
        with write_session(sqlite_engine) as session:
            measure_with(session, action_id=action, wave_id=wave.id or 0, by=company.people["erik"], at=LATER)
    assert [one.verdict for one in measured(sqlite_engine)] == ["effective"]
    with read_session(sqlite_engine) as session:
        assert waves_to_compare(session, company.people["alice"], action) == []


def test_one_subject_that_stays_bad_is_enough_for_not_effective(sqlite_engine: Engine, company: Company) -> None:
    verifying(sqlite_engine, company, ("ITEM_BELOW", "alpha/on_time"), ("CUSTOMER_BELOW", "alpha"))
    next_wave(sqlite_engine, company, GOOD, GOOD, usual=BAD)  # on time at last, and all the rest at 40
    (effect,) = measured(sqlite_engine)
    assert (effect.verdict, [one["reason"] for one in effect.subjects]) == (
        "not_effective",
        ["still_missed", "recovered"],
    )


def test_what_the_customer_was_told_is_kept_attempt_by_attempt(sqlite_engine: Engine, company: Company) -> None:
    action, alice = verifying(sqlite_engine, company), company.people["alice"]

    def attempt(outcome: str, said: str = "", hours: int = 0) -> Action:
        with write_session(sqlite_engine) as session:
            version = session.get_one(Action, action).version
            about: dict[str, Any] = {"action_id": action, "version": version, "outcome": outcome, "said": said}
            return tell(session, **about, happened_at=LATER + timedelta(hours=hours), by=alice, at=LATER)

    with pytest.raises(TellingIncomplete, match="Record first"):
        attempt("confirmed")
    with pytest.raises(TellingIncomplete, match="Write down"):
        attempt("told", " ")
    with pytest.raises(TellingIncomplete, match="not ahead"):
        attempt("not_reached", hours=1)
    attempt("not_reached", hours=-2)
    attempt("told", "Three days of buffer now", hours=-1)
    told = attempt("confirmed")
    assert (told.customer_told, told.customer_told_on, told.customer_confirmed, told.not_reached) == (
        *("Three days of buffer now", LATER.date(), True, 1),
    )
    with read_session(sqlite_engine) as session:
        rows = tellings(session, alice, action)
        assert [row.outcome for row in rows] == ["confirmed", "told", "not_reached"]
        assert len(session.exec(select(ActionTelling)).all()) == 3
        with pytest.raises(NotThere):
            tellings(session, company.people["charlie"], action)
    with pytest.raises(FieldNotEditable), write_session(sqlite_engine) as session:
        actions.edit(session, action_id=action, version=told.version, by=alice, at=LATER, not_reached=3)


def test_when_closing_fails_nothing_was_measured(
    sqlite_engine: Engine, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifying(sqlite_engine, company)

    def broken(*_args: object, **_values: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("services.closing.audit", broken)
    with pytest.raises(RuntimeError):
        next_wave(sqlite_engine, company, GOOD)
    assert measured(sqlite_engine) == []
