"""Answers by phone, paper and visit: keyed once, counted, corrected with a reason, and checked by a second person."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from db.models import AuditEvent, Consent, EntryCheck, EntrySample, HandEntry, Invitation, Response, Training, Wave
from db.queries.entries import contacts_to_enter, customers_to_enter, entries, entry, samples
from db.queries.layouts import layout_of_wave
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere
from domain.filled_forms import ExtraAnswerInvalid
from domain.questionnaire import Extra
from domain.scheme import Name
from services import questionnaires, responses
from services.checking import verify
from services.entries import (
    CheckDone,
    CustomerMissing,
    NothingRated,
    NothingToCheck,
    NotTheChecker,
    WaveNotOpen,
    check_entry,
    draw_sample,
    enter,
    settle,
)
from services.training import NotTrained
from tests import factories as make
from tests.factories import AT


class Desk:
    """A wave that asked A and B, and not C; Alice interviews, Bob looks on, Charlie sells to B, Dora runs the wave."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with write_session(engine) as session:
            wave = make.wave(session)
            roles = {
                "alice": "interviewer",
                "bob": "viewer",
                "charlie": "sales",
                "dora": "quality",
                "emil": "interviewer",
            }
            self.people = {name: make.viewer(make.user(session, name, role)) for name, role in roles.items()}
            customers = {code: make.customer(session, code) for code in "ABC"}
            customers["B"].sales_owner_id = self.people["charlie"].user_id
            self.customers = {code: one.id or 0 for code, one in customers.items()}
            self.contact = make.contact(session, customers["A"], name="Ms Wang").id or 0
            for code in "AB":
                make.invitation(session, wave, customers[code], channel="mail")
            self.wave = wave.id or 0
            self.codes = layout_of_wave(session, wave).scheme.item_codes

    def enter(self, by: str = "alice", customer: str | None = "A", given: str = "satisfied", **more: Any) -> int:
        values = {
            "wave_id": self.wave,
            "customer_id": self.customers[customer] if customer else None,
            "answers": dict.fromkeys(self.codes, given),
            "channel": "phone",
            "form_key": f"{by} {customer}",
            "at": AT,
        }
        with write_session(self.engine) as session:
            return enter(session, **{**values, **more}, by=self.people[by])

    def sample(self, by: str = "dora", size: int = 5, seed: int = 7) -> int:
        with write_session(self.engine) as session:
            drawn = draw_sample(
                session, wave_id=self.wave, size=size, seed=seed, form_key=f"{by}{size}", by=self.people[by], at=AT
            )
            return drawn.id or 0

    def check(self, sample: int, response: int, answers: dict[str, Any], by: str = "dora") -> EntryCheck:
        with write_session(self.engine) as session:
            keys = {"sample_id": sample, "response_id": response}
            return check_entry(session, **keys, answers=answers, by=self.people[by], at=AT)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


@pytest.fixture
def quick(sqlite_engine: Engine) -> Desk:
    return Desk(sqlite_engine)


def count(session: Session, model: Any) -> int:
    return len(session.exec(select(model)).all())


def test_an_entry_counts_and_answers_the_open_invitation(desk: Desk) -> None:
    key = desk.enter(contact_id=desk.contact, opinions=["Late again"], agreed=True)
    with read_session(desk.engine) as session:
        response = session.get_one(Response, key)
        kept = session.get_one(HandEntry, key)
        assert (response.status, response.respondent, response.late) == ("counted", "Ms Wang", False)
        assert (kept.channel, kept.contact_id, kept.entered_by_id) == (
            "phone",
            desk.contact,
            desk.people["alice"].user_id,
        )
        assert session.get_one(Invitation, response.invitation_id).state == "answered"
        assert session.exec(select(Consent.channel)).all() == ["phone"]
        assert list(verify(session)) == []


def test_the_same_form_saves_once(quick: Desk) -> None:
    first = quick.enter()
    assert quick.enter() == first
    assert quick.enter(given="neutral") == first, "a rerun with the same key changes nothing"
    with read_session(quick.engine) as session:
        assert count(session, Response) == count(session, HandEntry) == 1


def test_what_is_asked_beside_the_items_is_keyed_too_and_read_back_by_name(quick: Desk) -> None:
    options = (Name("质量", "Quality"), Name("价格", "Price"), Name("交付", "Delivery"))
    extras = [
        Extra("q1", "multiple", Name("看重什么", "What counts"), options),
        Extra("q2", "recommend", Name("推荐", "Recommend")),
    ]
    with write_session(quick.engine) as session:
        given = {"texts": {}, "extras": extras, "ask_importance": True, "base": 0}
        questionnaires.save(session, wave_id=quick.wave, **given, by=quick.people["dora"], at=AT)
    said = {"q1": ["1", "3"], "q2": ["9"], f"importance:{quick.codes[0]}": ["5"]}
    with pytest.raises(ExtraAnswerInvalid):
        quick.enter(extras={"q1": ["4"]})
    with pytest.raises(ExtraAnswerInvalid):
        quick.enter(extras={"q9": ["1"]})
    key = quick.enter(extras={**said, f"importance:{quick.codes[1]}": [""]})
    assert quick.enter(extras=said) == key
    with read_session(quick.engine) as session:
        beside = entry(session, quick.people["dora"], key).extras
    assert [(question.en, answer.en) for question, answer in beside] == [
        ("What counts", "Quality, Delivery"),
        ("Recommend", "9"),
        ("Product performance: importance", "5"),
    ]


def test_an_entry_that_fails_leaves_nothing(quick: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.entries.questionnaire_of_wave", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        quick.enter(agreed=True)
    with read_session(quick.engine) as session:
        assert count(session, Response) == count(session, HandEntry) == 0
        assert {one.state for one in session.exec(select(Invitation))} == {"sent"}
        assert list(verify(session)) == []


def test_an_interviewer_keys_for_the_list_and_a_seller_for_own_customers(quick: Desk) -> None:
    with pytest.raises(NotThere):
        quick.enter("alice", "C")
    with pytest.raises(NotThere):
        quick.enter("charlie", "A")
    with pytest.raises(NotAllowed):
        quick.enter("bob", "A")
    assert quick.enter("charlie", "B")
    assert quick.enter("dora", "C")
    with read_session(quick.engine) as session:

        def whom(who: str) -> list[str]:
            return [one.code for one in customers_to_enter(session, quick.people[who], quick.wave)]

        assert (whom("alice"), whom("charlie"), whom("dora")) == (["A", "B"], ["B"], ["A", "B", "C"])
        assert [
            one.name for one in contacts_to_enter(session, quick.people["alice"], quick.wave, quick.customers["A"])
        ] == ["Ms Wang"]
        with pytest.raises(NotThere):
            contacts_to_enter(session, quick.people["charlie"], quick.wave, quick.customers["A"])


def test_nobody_keys_nothing_for_nobody_or_into_a_closed_wave(quick: Desk) -> None:
    with pytest.raises(CustomerMissing):
        quick.enter(customer=None)
    with pytest.raises(NothingRated):
        quick.enter(answers=dict.fromkeys(quick.codes))
    with write_session(quick.engine) as session:
        session.get_one(Wave, quick.wave).state = "planned"
    with pytest.raises(WaveNotOpen):
        quick.enter()


def test_a_paper_that_arrives_after_closing_is_kept_and_counts_once_quality_admits_it(quick: Desk) -> None:
    with write_session(quick.engine) as session:
        wave = session.get_one(Wave, quick.wave)
        wave.state, wave.closed_at = "closed", AT
    key = quick.enter(channel="paper")
    with write_session(quick.engine) as session:
        assert session.get_one(Response, key).status == "after_close"
        responses.admit(session, response_id=key, reason="Posted in time", by=quick.people["dora"], at=AT)
        assert session.get_one(Response, key).status == "counted"


def test_an_anonymous_wave_keeps_neither_customer_nor_contact(quick: Desk) -> None:
    with write_session(quick.engine) as session:
        session.get_one(Wave, quick.wave).is_anonymous = True
    key = quick.enter(contact_id=quick.contact, respondent="Ms Wang")
    with read_session(quick.engine) as session:
        response, kept = session.get_one(Response, key), session.get_one(HandEntry, key)
        assert (response.customer_id, response.respondent, kept.contact_id) == (None, "", None)
        assert customers_to_enter(session, quick.people["dora"], quick.wave) == []


def test_an_interviewer_sees_and_corrects_own_entries_only(quick: Desk) -> None:
    key = quick.enter("alice")
    change = {"response_id": key, "answers": {"on_time": "neutral"}, "at": AT, "reason": "misheard"}
    with pytest.raises(NotThere), write_session(quick.engine) as session:
        responses.correct(session, **change, by=quick.people["emil"])
    with write_session(quick.engine) as session:
        responses.correct(session, **change, by=quick.people["alice"])
    with read_session(quick.engine) as session:
        mine = entry(session, quick.people["alice"], key)
        assert [(one.verb, one.reason, dict(one.answers)) for one in mine.history] == [
            ("submit", "", {}),
            ("correct", "misheard", {"on_time": ("satisfied", "neutral")}),
        ]
        assert mine.answers["on_time"] == "neutral"
        assert [line.changes for line in entries(session, quick.people["alice"], quick.wave)] == [1]
        assert entries(session, quick.people["emil"], quick.wave) == []
        with pytest.raises(NotThere):
            entry(session, quick.people["emil"], key)
        assert list(verify(session)) == []


def test_a_second_person_keys_a_sample_again_and_the_share_of_wrong_cells_is_told(desk: Desk) -> None:
    first, own = desk.enter("alice", "A"), desk.enter("dora", "B")
    sample = desk.sample()
    with read_session(desk.engine) as session:
        drawn = session.get_one(EntrySample, sample)
        assert (drawn.population, drawn.size, drawn.seed) == (1, 1, 7), "never one's own entry"
        assert session.get(EntryCheck, (sample, own)) is None
    again = {**dict.fromkeys(desk.codes, "satisfied"), "on_time": "neutral", "price": None}
    again = {code: given for code, given in again.items() if code in desk.codes}
    check = desk.check(sample, first, again)
    assert check.differences["on_time"] == ["satisfied", "neutral"]
    assert check.cells == 14
    with pytest.raises(CheckDone):
        desk.check(sample, first, again)
    with write_session(desk.engine) as session:
        keys = {"sample_id": sample, "response_id": first}
        settle(session, **keys, take=["on_time"], reason="the sheet says 3", by=desk.people["dora"], at=AT)
    with read_session(desk.engine) as session:
        (line,) = samples(session, desk.people["dora"], desk.wave)
        assert (line.checked, line.cells, line.wrong) == (1, 14, check.wrong)
        assert entry(session, desk.people["dora"], first).answers["on_time"] == "neutral"
        assert list(verify(session)) == []


def test_a_sample_is_the_same_for_the_same_seed_and_checked_by_who_drew_it(quick: Desk) -> None:
    keys = [quick.enter("alice", "A", form_key=str(n)) for n in range(8)]
    sample = quick.sample(size=3, seed=11)
    with read_session(quick.engine) as session:
        chosen = session.exec(select(EntryCheck.response_id).where(EntryCheck.sample_id == sample)).all()
    assert len(chosen) == 3
    assert set(chosen) < set(keys)
    with write_session(quick.engine) as session:
        other = make.viewer(make.user(session, "fritz", "quality"))
    quick.people["fritz"] = other
    with pytest.raises(NotTheChecker):
        quick.check(sample, chosen[0], {}, by="fritz")
    with pytest.raises(NotAllowed):
        quick.check(sample, chosen[0], {}, by="alice")
    quick.sample("fritz", size=50)
    with pytest.raises(NothingToCheck):
        quick.sample("dora", size=9)


def test_a_scheme_that_wants_training_refuses_entries_of_the_untrained(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        wave = make.wave(session, make.scheme(session, "service-2025"), "2026-11")
        alice = make.viewer(make.user(session, "alice", "interviewer"))
        asked = make.customer(session, "A")
        make.invitation(session, wave, asked)
        answers = make.all_same(session, wave, layout_of_wave(session, wave).scheme.levels[0].code)
        form = {"wave_id": wave.id or 0, "customer_id": asked.id, "answers": answers, "channel": "phone", "at": AT}
    with pytest.raises(NotTrained), write_session(sqlite_engine) as session:
        enter(session, **form, form_key="1", by=alice)
    with write_session(sqlite_engine) as session:
        more = {"held_on": AT.date(), "recorded_at": AT, "content": "Asking without leading"}
        session.add(Training(user_id=alice.user_id, hours=80, marks=80, **more))
    with write_session(sqlite_engine) as session:
        assert enter(session, **form, form_key="1", by=alice)


def test_the_database_refuses_a_check_without_its_counts(quick: Desk) -> None:
    first = quick.enter("alice")
    sample = quick.sample()
    with pytest.raises(IntegrityError), write_session(quick.engine) as session:
        session.get_one(EntryCheck, (sample, first)).checked_at = AT


def test_every_entry_and_sample_leaves_one_audit_row(quick: Desk) -> None:
    quick.enter("alice")
    quick.sample()
    with read_session(quick.engine) as session:
        found = session.exec(select(AuditEvent.verb, AuditEvent.about).order_by(AuditEvent.id)).all()
    assert found[-2:] == [("submit", "response"), ("draw", "entry_sample")]
