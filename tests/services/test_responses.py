"""Responses: submitted, corrected, withdrawn, admitted; who may, what is kept, what is refused."""

from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from db.models import (
    Answer,
    AuditEvent,
    CohortReturn,
    CustomerReturn,
    Finding,
    Opinion,
    Response,
    Wave,
)
from db.queries import standing
from db.queries.layouts import layout_of_wave
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, NotThere, Viewer
from domain.answers import ItemUnknown, LevelUnknown, NumberOutOfRange
from domain.errors import Refusal
from services import responses
from services.closing import close_wave, void_wave
from services.invitations import InvitationAnswered, mark_undeliverable
from services.recording import WaveTakesNothing
from services.responses import ReasonMissing, ResponseIsIn, ResponseNotCounted, WeightInvalid
from tests import factories as make

ALL = {"by": SYSTEM, "at": make.AT}


@pytest.fixture
def session(sqlite_engine: Engine) -> Any:
    with write_session(sqlite_engine) as session:
        yield session


def index_of(session: Session, wave: Wave) -> float:
    session.flush()
    return float(standing.wave_scores(session, wave.id or 0, layout_of_wave(session, wave)).composites[0])


def returns_of(session: Session, wave: Wave) -> dict[str, int]:
    names = ("sent", "returned", "in_time", "late", "undeliverable", "valid", "invalid")
    sums = [func.sum(getattr(CohortReturn, name)) for name in names]
    row = session.connection().execute(select(*sums).where(CohortReturn.wave_id == wave.id)).one()
    return {name: int(n) for name, n in zip(names, row, strict=True) if n}


# Submitting


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        (("very_satisfied", "rather_satisfied", "rather_satisfied", "neutral", "very_satisfied"), 90.0),
        (("very_satisfied", "rather_satisfied", None, "neutral", "very_satisfied"), 78 / 0.85),
    ],
)
def test_the_worked_examples_of_the_rule_book_are_the_scores(session: Session, answers: Any, score: float) -> None:
    wave = make.wave(session, make.scheme(session, "weighted-half-year"), "2026-H2")
    items = layout_of_wave(session, wave).scheme.item_codes
    made = make.response(session, wave, dict(zip(items, answers, strict=True)))
    assert made.score is not None
    assert abs(made.score / 1e9 - score) < 1e-9
    assert abs(index_of(session, wave) - score) < 1e-9


def test_a_number_is_kept_in_hundredths(session: Session) -> None:
    wave = make.wave(session, make.scheme(session, "owner-residence-number"), "2026")
    made = make.response(session, wave, {"design": 97.55, "sales": 0, "service": None})
    assert sorted(session.exec(select(Answer.level).where(Answer.response_id == made.id))) == [0, 9755]
    assert made.score == 48_775_000_000


@pytest.mark.parametrize(
    ("scheme", "answers", "refusal"),
    [
        ("iatf-quarterly", {"colour": "satisfied"}, ItemUnknown),
        ("iatf-quarterly", {"price": "brilliant"}, LevelUnknown),
        ("iatf-quarterly", {"price": 4}, LevelUnknown),
        ("owner-residence-number", {"design": 100.01}, NumberOutOfRange),
        ("owner-residence-number", {"design": -1}, NumberOutOfRange),
        ("owner-residence-number", {"design": float("nan")}, NumberOutOfRange),
        ("owner-residence-number", {"design": "80"}, NumberOutOfRange),
        ("owner-residence-number", {"design": True}, NumberOutOfRange),
    ],
)
def test_an_answer_that_cannot_be_meant_is_refused_by_name(
    session: Session, scheme: str, answers: dict[str, Any], refusal: type[Refusal]
) -> None:
    wave = make.wave(session, make.scheme(session, scheme), "2026")
    with pytest.raises(refusal):
        make.response(session, wave, answers)


@pytest.mark.parametrize("weight", [-0.1, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_refused(session: Session, weight: float) -> None:
    with pytest.raises(WeightInvalid):
        make.response(session, make.wave(session), weight=weight)


def test_a_response_without_a_rating_is_invalid_and_counts_nowhere(session: Session) -> None:
    wave = make.wave(session)
    made = make.response(session, wave, {"price": None})
    assert (made.status, made.invalid_reason, made.score) == ("invalid", "no rating", None)
    assert returns_of(session, wave) == {"invalid": 1}


def test_a_response_keeps_the_segment_of_the_moment(session: Session) -> None:
    wave, customer = make.wave(session), make.customer(session, segment="OEM", region="East")
    first = make.response(session, wave, customer=customer)
    customer.segment = "Tier 1"
    second = make.response(session, wave, customer=customer)
    assert first.cohort_id != second.cohort_id


def test_opinions_are_kept_beside_the_answers(session: Session) -> None:
    customer = make.customer(session)
    made = make.response(session, make.wave(session), customer=customer, opinions=["  交货太慢  ", "", " "])
    (opinion,) = session.exec(select(Opinion))
    assert (opinion.text, opinion.response_id, opinion.customer_id) == ("交货太慢", made.id, customer.id)


def test_a_form_that_is_sent_twice_is_written_once(session: Session) -> None:
    wave = make.wave(session)
    first = make.response(session, wave, row_key="form-1")
    assert make.response(session, wave, row_key="form-1").id == first.id
    assert returns_of(session, wave) == {"valid": 1}


def test_a_form_that_is_sent_again_with_other_answers_is_refused(session: Session) -> None:
    wave = make.wave(session)
    make.response(session, wave, row_key="form-1")
    with pytest.raises(ResponseIsIn):
        make.response(session, wave, "neutral", row_key="form-1")


def test_a_void_wave_takes_nothing(session: Session) -> None:
    wave = make.wave(session)
    void_wave(session, wave=wave, reason="wrong questionnaire", **ALL)
    with pytest.raises(WaveTakesNothing):
        make.response(session, wave)


# Answering an invitation


def test_an_answer_in_time_counts_in_the_rate(session: Session) -> None:
    wave, customer = make.wave(session), make.customer(session, "C1", segment="OEM")
    invited, _ = make.invitation(session, wave, customer, channel="mail", sent_on=date(2026, 10, 12))
    made = make.response(session, wave, invitation=invited, at=datetime(2026, 10, 19, 15, 59, tzinfo=UTC))
    assert (made.customer_id, made.cohort_id, made.late) == (customer.id, invited.cohort_id, False)
    assert (invited.state, invited.returned_on, invited.in_time) == ("answered", date(2026, 10, 19), True)
    assert returns_of(session, wave) == {"sent": 1, "returned": 1, "in_time": 1, "valid": 1}
    assert session.get_one(CustomerReturn, (wave.id, customer.id)).in_time == 1


def test_one_minute_after_the_last_day_here_is_late_marked_and_still_scored(session: Session) -> None:
    """Five working days after Monday 12 October 2026 end with Monday the 19th in Shanghai, at 16:00 UTC."""
    wave = make.wave(session)
    invited, _ = make.invitation(session, wave, make.customer(session), sent_on=date(2026, 10, 12))
    made = make.response(session, wave, invitation=invited, at=datetime(2026, 10, 19, 16, 0, tzinfo=UTC))
    assert (made.late, made.status) == (True, "counted")
    assert returns_of(session, wave) == {"sent": 1, "returned": 1, "late": 1, "valid": 1}


def test_late_answers_do_not_count_where_the_scheme_says_so(session: Session) -> None:
    document = make.preset("iatf-quarterly").replace(
        "satisfied_score", "late_answers_count = false\nsatisfied_score", 1
    )
    wave = make.wave(session, make.scheme(session, document=document))
    invited, _ = make.invitation(session, wave, make.customer(session), sent_on=date(2026, 8, 3))
    made = make.response(session, wave, invitation=invited)
    assert (made.status, made.invalid_reason) == ("invalid", "late")
    assert returns_of(session, wave) == {"sent": 1, "returned": 1, "late": 1, "invalid": 1}


def test_an_invitation_answers_once(session: Session) -> None:
    wave = make.wave(session)
    invited, _ = make.invitation(session, wave, make.customer(session))
    make.response(session, wave, invitation=invited)
    with pytest.raises(InvitationAnswered):
        make.response(session, wave, invitation=invited, row_key="another")


def test_an_invitation_of_another_wave_is_not_there(session: Session) -> None:
    version = make.scheme(session)
    wave, other = make.wave(session, version, "2026-Q3"), make.wave(session, version, "2026-Q4")
    invited, _ = make.invitation(session, other, make.customer(session))
    with pytest.raises(NotThere):
        make.response(session, wave, invitation=invited)


def test_what_could_not_be_delivered_and_comes_back_anyway_counts(session: Session) -> None:
    wave = make.wave(session)
    invited, _ = make.invitation(session, wave, make.customer(session))
    mark_undeliverable(session, invitation_id=invited.id or 0, **ALL)
    make.response(session, wave, invitation=invited)
    assert returns_of(session, wave) == {"sent": 1, "returned": 1, "in_time": 1, "valid": 1}


# Correcting, withdrawing, admitting


def test_a_correction_moves_the_figures_and_keeps_the_old_levels(session: Session) -> None:
    wave = make.wave(session, make.scheme(session, "weighted-half-year"), "2026-H2")
    made = make.response(session, wave, "very_satisfied")
    assert index_of(session, wave) == 100
    corrected = {"product_quality": "rather_satisfied", "service": None}
    responses.correct(session, response_id=made.id or 0, answers=corrected, reason="misread", **ALL)
    assert abs(index_of(session, wave) - (0.5 * 80 + 0.4 * 100) / 0.9) < 1e-9
    event = session.exec(select(AuditEvent).where(AuditEvent.verb == "correct")).one()
    assert event.details["answers"] == {
        "product_quality": ["very_satisfied", "rather_satisfied"],
        "service": ["very_satisfied", None],
    }
    assert event.details["reason"] == "misread"


def test_a_correction_that_changes_nothing_leaves_no_trace(session: Session) -> None:
    made = make.response(session, make.wave(session))
    responses.correct(session, response_id=made.id or 0, answers={"price": "satisfied"}, reason="?", **ALL)
    assert session.exec(select(AuditEvent).where(AuditEvent.verb == "correct")).all() == []


def test_a_finding_clears_when_the_answer_is_corrected_and_returns_when_it_comes_back(session: Session) -> None:
    made = make.response(session, make.wave(session), customer=make.customer(session))
    for given, state, returned in (("neutral", "open", 0), ("satisfied", "cleared", 0), ("neutral", "open", 1)):
        responses.correct(session, response_id=made.id or 0, answers={"price": given}, reason="again", **ALL)
        found = session.exec(
            select(Finding).where(Finding.rule == "LOW_ANSWER").execution_options(populate_existing=True)
        ).one()
        assert (found.state, found.returned, found.cleared_at is None) == (state, returned, state == "open")


def test_completing_an_invalid_response_makes_it_count(session: Session) -> None:
    wave = make.wave(session)
    made = make.response(session, wave, {})
    asked_again = {"answers": {"price": "satisfied"}, "reason": "asked again", "how": "phone"}
    responses.correct(session, response_id=made.id or 0, **asked_again, **ALL)
    assert made.status == "counted"
    told = session.exec(select(AuditEvent).where(AuditEvent.verb == "correct")).one()
    assert told.details["how"] == "phone"
    assert told.details["answers"] == {"price": [None, "satisfied"]}, "the old value stays, beside the new one"
    assert returns_of(session, wave) == {"valid": 1}
    assert index_of(session, wave) == 80


def test_a_response_that_loses_its_last_rating_is_invalid(session: Session) -> None:
    wave = make.wave(session)
    made = make.response(session, wave, {"price": "satisfied"})
    responses.correct(session, response_id=made.id or 0, answers={"price": None}, reason="not asked", **ALL)
    assert (made.status, made.score) == ("invalid", None)
    assert returns_of(session, wave) == {"invalid": 1}


def test_a_withdrawn_response_counts_no_more_and_stays(session: Session) -> None:
    wave = make.wave(session)
    make.response(session, wave, "very_satisfied")
    made = make.response(session, wave, "satisfied")
    responses.withdraw(session, response_id=made.id or 0, reason="wish of the customer", **ALL)
    assert index_of(session, wave) == 100
    assert returns_of(session, wave) == {"valid": 1}
    assert session.exec(select(func.count()).select_from(Response)).one() == 2
    for verb in (responses.withdraw, lambda *a, **k: responses.correct(*a, answers={}, **k)):
        with pytest.raises(ResponseNotCounted):
            verb(session, response_id=made.id or 0, reason="twice", **ALL)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_change_needs_a_reason(session: Session, reason: str) -> None:
    made = make.response(session, make.wave(session))
    with pytest.raises(ReasonMissing):
        responses.withdraw(session, response_id=made.id or 0, reason=reason, **ALL)


def test_a_response_after_closing_waits_until_quality_admits_it(session: Session) -> None:
    wave = make.wave(session)
    make.response(session, wave, "very_satisfied")
    wave = close_wave(session, wave=wave, **ALL)
    made = make.response(session, wave, "satisfied")
    assert (made.status, index_of(session, wave)) == ("after_close", 100)
    responses.admit(session, response_id=made.id or 0, reason="postal delay", **ALL)
    assert index_of(session, wave) == 90
    assert make.frozen(session, session.get_one(Wave, wave.id))["index"]["score"] == 100
    with pytest.raises(ResponseNotCounted):
        responses.admit(session, response_id=made.id or 0, reason="twice", **ALL)


def test_a_correction_in_a_closed_wave_moves_live_figures_but_no_finding(session: Session) -> None:
    wave = make.wave(session)
    made = make.response(session, wave, customer=make.customer(session))
    wave = close_wave(session, wave=wave, **ALL)
    responses.correct(session, response_id=made.id or 0, answers={"price": "neutral"}, reason="typo", **ALL)
    assert index_of(session, wave) < 80
    assert session.exec(select(Finding)).all() == []


def test_a_change_in_a_closed_wave_is_seen_by_the_wave_that_compares_itself_with_it(session: Session) -> None:
    version, customer = make.scheme(session), make.customer(session)
    before, now = make.wave(session, version, "2026-Q3"), make.wave(session, version, "2026-Q4")
    made = make.response(session, before, "satisfied", customer=customer)
    close_wave(session, wave=before, **ALL)
    make.response(session, now, "satisfied", customer=customer)
    assert session.exec(select(Finding)).all() == []
    better = dict.fromkeys(layout_of_wave(session, now).scheme.item_codes, "very_satisfied")
    responses.correct(session, response_id=made.id or 0, answers=better, reason="scale was turned", **ALL)
    found = {(f.rule, f.about) for f in session.exec(select(Finding).where(Finding.state == "open"))}
    assert {("DECLINE", "index"), ("DECLINE", f"customer:{customer.id}")} <= found


# Who may


@pytest.fixture
def people(session: Session) -> dict[str, Viewer]:
    """Alice organises the scheme's waves, Bob looks on, Charlie organises another scheme's, Dora is quality."""
    version = make.scheme(session)
    organiser = session.exec(select(make.Department).where(make.Department.code == "sales")).one()
    other = make.department(session, "somewhere")
    assert version.id
    made = {
        "alice": make.user(session, "alice", "organiser", department_id=organiser.id),
        "bob": make.user(session, "bob", "viewer"),
        "charlie": make.user(session, "charlie", "organiser", department_id=other.id),
        "dora": make.user(session, "dora", "quality"),
    }
    return {name: make.viewer(user) for name, user in made.items()}


def test_alice_may_write_bob_may_not_and_charlie_does_not_see_the_wave(
    session: Session, people: dict[str, Viewer]
) -> None:
    wave = make.wave(session)
    made = make.response(session, wave, by=people["alice"])
    assert made.entered_by_id == people["alice"].user_id
    with pytest.raises(NotAllowed):
        make.response(session, wave, by=people["bob"])
    with pytest.raises(NotThere):
        make.response(session, wave, by=people["charlie"])
    for verb in (responses.withdraw, responses.admit):
        with pytest.raises(NotAllowed):
            verb(session, response_id=made.id or 0, by=people["bob"], at=make.AT, reason="?")
    with pytest.raises(NotThere):
        responses.withdraw(session, response_id=made.id or 0, by=people["charlie"], at=make.AT, reason="?")


def test_after_closing_only_quality_changes_anything(session: Session, people: dict[str, Viewer]) -> None:
    wave = make.wave(session)
    made = make.response(session, wave, {"price": "satisfied"})
    close_wave(session, wave=wave, by=people["alice"], at=make.AT)
    change = {"response_id": made.id or 0, "answers": {"price": "neutral"}, "at": make.AT, "reason": "typo"}
    with pytest.raises(NotAllowed):
        responses.correct(session, by=people["alice"], **change)
    responses.correct(session, by=people["dora"], **change)


def test_each_verb_leaves_one_audit_row(session: Session) -> None:
    wave = make.wave(session)
    made = make.response(session, wave)
    responses.correct(session, response_id=made.id or 0, answers={"price": "neutral"}, reason="typo", **ALL)
    responses.withdraw(session, response_id=made.id or 0, reason="asked for", **ALL)
    rows = session.exec(select(AuditEvent).where(AuditEvent.about == "response").order_by(AuditEvent.id))
    assert [(row.verb, row.about_id) for row in rows] == [(v, made.id) for v in ("submit", "correct", "withdraw")]


def test_nothing_is_left_when_the_last_step_fails(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = make.written(sqlite_engine, make.wave)
    monkeypatch.setattr("services.responses.audit", Mock(side_effect=RuntimeError))
    with pytest.raises(RuntimeError):
        make.written(sqlite_engine, make.response, wave, "neutral", customer=None)
    with read_session(sqlite_engine) as session:
        for model in (Response, Answer, Finding, CohortReturn):
            assert session.exec(select(func.count()).select_from(model)).one() == 0
        assert session.get_one(Wave, wave.id).version == 0
