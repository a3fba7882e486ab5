"""Response rate, coverage and number of answers become findings when the last questionnaire is due, and follow from then on."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Finding, Invitation, Wave
from db.queries.findings import finding_rows
from db.session import read_session, write_session
from domain.access import SYSTEM
from domain.return_findings import Gap, ReturnFigures, holding
from domain.scheme import Targets
from services import invitations
from services.checking import rebuild, verify
from services.closing import close_wave
from services.return_findings import judge_windows
from tests import factories as make
from tests.factories import AT

SENT, DUE, AFTER = date(2026, 10, 12), date(2026, 10, 19), date(2026, 10, 20)
"""Monday, five working days later, and the day after."""
FIGURES = ReturnFigures(sent=200, in_time=198, valid=60, surveyed=30, in_scope=100, needed=60)


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ({}, set()),  # 99 % of 200 are 198; 30 % of 100 are 30; 60 of 60
        ({"in_time": 197}, {"RATE_BELOW"}),
        ({"surveyed": 29}, {"COVERAGE_BELOW"}),
        ({"valid": 59}, {"TOO_FEW_VALID"}),
        ({"in_time": 0, "valid": 0, "window_over": False}, set()),
        ({"sent": 0, "in_time": 0}, set()),
    ],
)
def test_each_rule_holds_under_its_bound_and_after_the_window_only(more: dict[str, Any], rules: set[str]) -> None:
    targets = Targets(index=80, customer=80, response_rate=0.99, coverage=0.30)
    assert holding(replace(FIGURES, **more), targets) == rules


@pytest.fixture
def wave_id(engine: Engine) -> int:
    """Two questionnaires sent to two of three customers, three valid answers wanted; one came back in time."""
    with write_session(engine) as session:
        wave = make.wave(session, planned_n=3)
        first, second, _third = (make.customer(session) for _ in range(3))
        sent, _token = make.invitation(session, wave, first, sent_on=SENT)
        make.invitation(session, wave, second, sent_on=SENT)
        back(session, wave, sent, on=SENT)
        return wave.id or 0


def back(session: Session, wave: Wave, sent: Invitation, *, on: date) -> None:
    make.response(session, wave, invitation=sent, submitted_at=datetime.combine(on, time(3), UTC))


def findings(engine: Engine, wave_id: int) -> dict[str, str]:
    with read_session(engine) as session:
        rules = select(Finding.rule, Finding.state).where(Finding.wave_id == wave_id, Finding.about == "returns")
        return dict(session.exec(rules).all())


def test_nothing_is_judged_while_questionnaires_may_come_back(engine: Engine, wave_id: int) -> None:
    assert judge_windows(engine, today=DUE, at=AT) == []
    assert findings(engine, wave_id) == {}


def test_the_day_after_the_window_says_what_is_missing_with_numbers(engine: Engine, wave_id: int) -> None:
    assert judge_windows(engine, today=AFTER, at=AT) == [wave_id]
    assert findings(engine, wave_id) == {"RATE_BELOW": "open", "TOO_FEW_VALID": "open"}
    assert judge_windows(engine, today=AFTER, at=AT) == []
    with read_session(engine) as session:
        keys = session.exec(select(Finding.id).where(Finding.about == "returns")).all()
        rows = finding_rows(session, SYSTEM, [key or 0 for key in keys])
        assert {row.rule: row.subject.gap for row in rows} == {
            "RATE_BELOW": Gap(1, 2, 0.99),
            "TOO_FEW_VALID": Gap(1, 3),
        }


def test_late_answers_clear_what_they_make_up_for_in_the_same_transaction(engine: Engine, wave_id: int) -> None:
    judge_windows(engine, today=AFTER, at=AT)
    with write_session(engine) as session:
        wave = session.get_one(Wave, wave_id)
        for _ in range(2):
            make.response(session, wave)
    assert findings(engine, wave_id) == {"RATE_BELOW": "open", "TOO_FEW_VALID": "cleared"}


def test_sending_again_opens_the_window_and_clears_the_findings(engine: Engine, wave_id: int) -> None:
    judge_windows(engine, today=AFTER, at=AT)
    with write_session(engine) as session:
        make.invitation(session, session.get_one(Wave, wave_id), make.customer(session), sent_on=AFTER)
    assert set(findings(engine, wave_id).values()) == {"cleared"}
    judge_windows(engine, today=date(2026, 10, 28), at=AT)
    assert findings(engine, wave_id) == {"RATE_BELOW": "open", "TOO_FEW_VALID": "open"}


def test_closing_judges_and_freezes_the_figures(engine: Engine, wave_id: int) -> None:
    with write_session(engine) as session:
        close_wave(session, wave=session.get_one(Wave, wave_id), by=SYSTEM, at=AT)
    with read_session(engine) as session:
        rate = session.exec(select(Finding).where(Finding.rule == "RATE_BELOW")).one()
        assert rate.frozen == {"part": 1, "whole": 2, "bound": 0.99}
        assert list(verify(session)) == []


def test_verify_names_a_finding_that_was_taken_away_and_rebuild_brings_it_back(engine: Engine, wave_id: int) -> None:
    judge_windows(engine, today=AFTER, at=AT)
    with write_session(engine) as session:
        session.delete(session.exec(select(Finding).where(Finding.rule == "RATE_BELOW")).one())
    with read_session(engine) as session:
        assert [(one.table, one.what, one.recounted) for one in verify(session)] == [("finding", "RATE_BELOW", "open")]
    rebuild(engine, at=AT)
    assert findings(engine, wave_id)["RATE_BELOW"] == "open"


def test_a_pilot_is_not_judged(engine: Engine) -> None:
    with write_session(engine) as session:
        make.invitation(session, make.wave(session, code="pilot", is_pilot=True), sent_on=SENT)
    assert judge_windows(engine, today=AFTER, at=AT) == []


def test_an_undeliverable_one_stays_in_the_denominator(engine: Engine, wave_id: int) -> None:
    with write_session(engine) as session:
        sent = session.exec(select(Invitation).where(Invitation.state == "sent")).one()
        invitations.mark_undeliverable(session, invitation_id=sent.id or 0, by=SYSTEM, at=AT)
    judge_windows(engine, today=AFTER, at=AT)
    assert findings(engine, wave_id)["RATE_BELOW"] == "open"
