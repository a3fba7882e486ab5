"""Closing keeps what was shown for good; declaring void takes a wave out of every comparison."""

import json
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import AuditEvent, Finding, Wave
from db.queries.findings import finding_rows
from db.queries.layouts import layout_of_wave
from db.queries.presented import frozen_at_closing
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, NotThere
from domain.presented import digest
from services import responses
from services.closing import TooFewValid, VoidReasonMissing, WaveNotOpen, close_wave, void_wave
from tests import factories as make

ALL = {"by": SYSTEM, "at": make.AT}


@pytest.fixture
def session(sqlite_engine: Engine) -> Any:
    with write_session(sqlite_engine) as session:
        yield session


def open_findings(session: Session, wave: Wave, rule: str) -> list[str]:
    mine = select(Finding.about).where(Finding.wave_id == wave.id, Finding.rule == rule, Finding.state == "open")
    return sorted(session.exec(mine))


def test_the_figures_are_frozen_as_they_were_presented(session: Session) -> None:
    wave = make.wave(session, make.scheme(session, "weighted-half-year"), "2026-H2")
    first, second = make.customer(session), make.customer(session)
    for customer, answer in ((first, "very_satisfied"), (first, "rather_satisfied"), (second, "neutral")):
        make.response(session, wave, answer, customer=customer)
    make.response(session, wave, {})
    frozen = make.frozen(session, close_wave(session, wave=wave, **ALL))
    assert (frozen["wave"], frozen["scheme"], frozen["scheme_version"]) == ("2026-H2", "weighted-half-year", 1)
    assert (frozen["valid"], frozen["invalid"], frozen["customers"]) == (3, 1, 2)
    assert (frozen["index"]["score"], frozen["index"]["n"], frozen["index"]["sd"]) == (80.0, 3, 20.0)
    assert frozen["satisfaction_rate"] == 2 / 3
    low, high = frozen["index"]["ci95"]
    assert (round(low, 3), round(high, 3)) == (30.317, 129.683)  # 80 ± 4.30265 · 20 / √3
    assert {d["code"]: d["score"] for d in frozen["dimensions"]}["delivery"] == 80.0
    assert frozen["items"][0] == {
        "code": "product_quality",
        "score": 80.0,
        "n": 3,
        "sd": 20.0,
        "ci95": [low, high],
        "mean_level": 4.0,
        "top_two_box": 2 / 3,
    }


def test_the_hash_is_that_of_the_canonical_text(session: Session) -> None:
    wave = make.wave(session)
    make.response(session, wave)
    close_wave(session, wave=wave, **ALL)
    kept = frozen_at_closing(session, wave.id or 0)
    assert kept is not None
    text = json.dumps(kept.figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert kept.sha256 == sha256(text.encode()).hexdigest() != digest({**kept.figures, "valid": 2})
    assert (kept.at, kept.figures["at"]) == (make.AT, "2026-10-12T03:00:00.000+00:00")


def test_a_frozen_result_reads_back_unchanged_on_every_database(engine: Engine) -> None:
    with write_session(engine) as session:
        wave = make.wave(session)
        for answer in ("satisfied", "neutral", "very_dissatisfied"):
            make.response(session, wave, {"price": answer, "on_time": "satisfied"}, customer=make.customer(session))
        wave = close_wave(session, wave=wave, **ALL)
        figures = dict(make.frozen(session, wave))
    with read_session(engine) as session:
        kept = session.get_one(Wave, wave.id)
        frozen = frozen_at_closing(session, wave.id or 0)
        assert frozen is not None
        assert (frozen.figures, digest(frozen.figures)) == (figures, frozen.sha256)
        assert (kept.state, kept.closed_at) == ("closed", make.AT)


def test_findings_keep_the_figures_of_closing(session: Session) -> None:
    version, customer = make.scheme(session), make.customer(session)
    before, now = make.wave(session, version, "2026-Q3"), make.wave(session, version, "2026-Q4")
    make.response(session, before, "very_satisfied", customer=customer)
    close_wave(session, wave=before, **ALL)
    made = make.response(session, now, {"price": "neutral", "on_time": "satisfied"}, customer=customer)
    close_wave(session, wave=now, **ALL)
    responses.withdraw(session, response_id=made.id or 0, reason="asked for it", **ALL)
    found = {
        (row.rule, row.about.split("/")[-1].split(":")[0]): row.frozen
        for row in session.exec(select(Finding).where(Finding.wave_id == now.id, Finding.customer_id == customer.id))
    }
    earlier = {"before": 100.0, "before_n": 1, "before_sd": None}
    assert found["LOW_ANSWER", "item"] == {"score": 60.0, "n": 1, "sd": None, "rate": None, "low": 1, **earlier}
    # price weighs 1/2 of its dimension, on_time 1/3 of its: (60/2 + 80/3) / (1/2 + 1/3)
    whole = {"score": 68.0, "n": 1, "sd": None, "rate": 0.0, "low": 0, **earlier}
    assert found["CUSTOMER_BELOW", "customer"] == whole
    index = session.exec(select(Finding).where(Finding.rule == "INDEX_BELOW")).one()
    assert (index.state, index.frozen) == ("open", whole)
    (row,) = finding_rows(
        session, SYSTEM, [index.id or 0]
    )  # the answer was withdrawn; the list shows what was presented
    known = row.subject.known
    assert (known.score.score, known.score.n, known.status, known.previous_wave) == (68.0, 1, "red", "2026-Q3")


def test_the_wave_after_it_compares_itself_from_then_on(session: Session) -> None:
    version = make.scheme(session)
    before, now = make.wave(session, version, "2026-Q3"), make.wave(session, version, "2026-Q4")
    make.response(session, before, "very_satisfied")
    make.response(session, now, "satisfied")
    assert open_findings(session, now, "DECLINE") == []
    close_wave(session, wave=before, **ALL)
    assert "index" in open_findings(session, now, "DECLINE")


def test_nothing_is_compared_with_a_void_wave(session: Session) -> None:
    version = make.scheme(session)
    before, now = make.wave(session, version, "2026-Q3"), make.wave(session, version, "2026-Q4")
    make.response(session, before, "very_satisfied")
    close_wave(session, wave=before, **ALL)
    make.response(session, now, "satisfied")
    assert "index" in open_findings(session, now, "DECLINE")
    void_wave(session, wave=before, reason="wrong addresses", **ALL)
    assert open_findings(session, now, "DECLINE") == []


def test_a_pilot_is_never_compared_with(session: Session) -> None:
    version = make.scheme(session)
    pilot = make.wave(session, version, "2026-Q3", is_pilot=True)
    make.response(session, pilot, "very_satisfied")
    close_wave(session, wave=pilot, **ALL)
    now = make.wave(session, version, "2026-Q4")
    make.response(session, now, "satisfied")
    assert open_findings(session, now, "DECLINE") == []


def test_a_wave_is_compared_with_the_scores_of_its_predecessors_own_scheme_version(session: Session) -> None:
    """What was worth 80 points then stays 80, whatever the level is worth now."""
    document = make.preset("iatf-quarterly")
    before = make.wave(session, make.scheme(session, document=document), "2026-Q3")
    make.response(session, before, {"price": "satisfied"})
    close_wave(session, wave=before, **ALL)
    dearer = document.replace('en = "Satisfied",         points = 80', 'en = "Satisfied",         points = 90')
    assert dearer != document
    now = make.wave(session, make.scheme(session, document=dearer), "2026-Q4")
    make.response(session, now, {"price": "satisfied"})
    assert open_findings(session, now, "DECLINE") == []


def test_an_item_that_is_new_has_nothing_to_compare_with(session: Session) -> None:
    document = make.preset("iatf-quarterly")
    before = make.wave(session, make.scheme(session, document=document), "2026-Q3")
    make.response(session, before, "very_satisfied")
    close_wave(session, wave=before, **ALL)
    now = make.wave(session, make.scheme(session, document=document.replace('"information"', '"parcels"')), "2026-Q4")
    assert "parcels" in layout_of_wave(session, now).scheme.item_codes
    make.response(session, now, "satisfied")
    layout = layout_of_wave(session, now)
    compared = {about for about in open_findings(session, now, "DECLINE") if about.startswith("item")}
    new = layout.item_ids[layout.scheme.item_codes.index("parcels")]
    assert compared == {f"item:{key}" for key in layout.item_ids if key != new}


def test_a_closed_wave_is_not_closed_again_and_a_void_one_not_voided(session: Session) -> None:
    wave = close_wave(session, wave=make.wave(session), **ALL)
    with pytest.raises(WaveNotOpen):
        close_wave(session, wave=wave, **ALL)
    wave = void_wave(session, wave=wave, reason="nobody asked", **ALL)
    assert (wave.state, wave.void_reason) == ("void", "nobody asked")
    with pytest.raises(WaveNotOpen):
        void_wave(session, wave=wave, reason="again", **ALL)


def test_a_void_wave_needs_a_reason(session: Session) -> None:
    with pytest.raises(VoidReasonMissing):
        void_wave(session, wave=make.wave(session), reason=" ", **ALL)


def test_alice_closes_bob_may_not_charlie_does_not_see_it_and_only_quality_voids_a_closed_one(
    session: Session,
) -> None:
    wave = make.wave(session)
    organiser = session.exec(select(make.Department).where(make.Department.code == "sales")).one()
    elsewhere = make.department(session, "elsewhere")
    alice = make.viewer(make.user(session, "alice", "organiser", department_id=organiser.id))
    bob = make.viewer(make.user(session, "bob", "viewer"))
    charlie = make.viewer(make.user(session, "charlie", "organiser", department_id=elsewhere.id))
    for person, refusal in ((bob, NotAllowed), (charlie, NotThere)):
        with pytest.raises(refusal):
            close_wave(session, wave=wave, by=person, at=make.AT)
    wave = close_wave(session, wave=wave, by=alice, at=make.AT)
    with pytest.raises(NotAllowed):
        void_wave(session, wave=wave, reason="?", by=alice, at=make.AT)


def test_a_wave_that_misses_its_number_is_completed_or_void_where_the_scheme_says_so(session: Session) -> None:
    wave = make.wave(session, make.scheme(session, "owner-residence"), "2026", planned_n=3)
    make.response(session, wave)
    make.response(session, wave)
    with pytest.raises(TooFewValid):
        close_wave(session, wave=wave, **ALL)
    make.response(session, wave)
    assert close_wave(session, wave=wave, **ALL).state == "closed"


def test_elsewhere_too_few_answers_are_a_finding_and_no_obstacle(session: Session) -> None:
    wave = make.wave(session, planned_n=3)
    make.response(session, wave)
    assert close_wave(session, wave=wave, despite=["Enough valid responses"], **ALL).state == "closed"
    assert open_findings(session, wave, "TOO_FEW_VALID") == ["returns"]
    said = session.exec(select(AuditEvent).where(AuditEvent.verb == "close")).one().details
    assert said["despite"] == ["Enough valid responses"]
