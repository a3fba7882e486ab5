"""Answers by link on both databases: exactly once, whoever presses together; and who may change a questionnaire."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Consent, Invitation, QuestionnaireRow, Response, Wave
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, NotThere
from domain.errors import Refusal
from domain.questionnaire import Extra, QuestionInvalid, questionnaire_of
from domain.scheme import Name
from domain.scheme_file import dump, load
from services import answering, questionnaires
from services.answering import Link
from services.checking import verify
from services.closing import close_wave
from services.links import open_link
from tests import factories as make
from tests.factories import AT

THREADS = 8
GIVEN = {f"i{number}": ["0"] for number in range(1, 15)}


def pressed_together(engine: Engine, link: Link) -> list[str]:
    """What each of eight threads is told that send the same form at the same moment."""
    start = Barrier(THREADS)

    def press(number: int) -> str:
        given = {**GIVEN, "opinion": [f"Thread {number}"]}
        start.wait()
        with write_session(engine) as session:
            told = answering.answer(session, link, given=given, with_gaps=False, address="here", at=AT)
        return "stored" if told.stored else told.opened.state

    with ThreadPoolExecutor(THREADS) as pool:
        return sorted(pool.map(press, range(THREADS)))


@pytest.mark.parametrize("anonymous", [False, True])
def test_eight_threads_with_the_same_token_store_exactly_one_response(engine: Engine, anonymous: bool) -> None:
    with write_session(engine) as session:
        wave = make.wave(session)
        wave.is_anonymous = anonymous
        session.add(wave)
        session.flush()
        _, token = make.invitation(session, wave, make.customer(session))
    assert pressed_together(engine, Link(token)) == ["answered"] * (THREADS - 1) + ["stored"]
    with read_session(engine) as session:
        assert len(session.exec(select(Response)).all()) == 1
        assert len(session.exec(select(Consent)).all()) == 1
        assert list(verify(session)) == []


def test_eight_threads_with_the_same_open_form_store_exactly_one_response(engine: Engine) -> None:
    with write_session(engine) as session:
        wave = make.wave(session)
        token = open_link(session, wave_id=wave.id or 0, by=SYSTEM, at=AT).rpartition("/")[2]
    link = Link(token, True, answering.new_form(token))
    assert pressed_together(engine, link) == ["answered"] * (THREADS - 1) + ["stored"]
    with read_session(engine) as session:
        assert len(session.exec(select(Response)).all()) == 1
        assert list(verify(session)) == []


def test_an_undeliverable_invitation_that_is_answered_after_all_counts_as_returned(engine: Engine) -> None:
    with write_session(engine) as session:
        wave = make.wave(session)
        wave.is_anonymous = True
        session.add(wave)
        session.flush()
        asked, token = make.invitation(session, wave, make.customer(session))
        from services.invitations import mark_undeliverable

        mark_undeliverable(session, invitation_id=asked.id or 0, by=SYSTEM, at=AT)
    with write_session(engine) as session:
        assert answering.answer(session, Link(token), given=GIVEN, with_gaps=False, address="", at=AT).stored
    with read_session(engine) as session:
        assert session.exec(select(Invitation.state)).one() == "answered"
        assert list(verify(session)) == []


@pytest.fixture
def world(sqlite_engine: Engine) -> tuple[Engine, int]:
    with write_session(sqlite_engine) as session:
        return sqlite_engine, make.wave(session).id or 0


def save(session: Session, wave_id: int, base: int = 0, *extras: Extra, **texts: Name) -> int:
    usual = {"ask_importance": False, "by": SYSTEM, "at": AT}
    return questionnaires.save(session, wave_id=wave_id, texts=texts, extras=extras, base=base, **usual).number


def test_each_change_of_a_questionnaire_is_a_version_and_the_second_editor_is_told(world: tuple[Engine, int]) -> None:
    engine, wave_id = world
    with write_session(engine) as session:
        assert questionnaires.is_ready(session, wave_id)
        assert save(session, wave_id, 0, title=Name("一", "One")) == 1
        assert save(session, wave_id, 1, title=Name("二", "Two")) == 2
    with pytest.raises(questionnaires.QuestionnaireChangedMeanwhile), write_session(engine) as session:
        save(session, wave_id, 1, title=Name("三", "Three"))
    with read_session(engine) as session:
        _, asked = questionnaires.questionnaire_for(session, SYSTEM, wave_id)
        assert asked.text("title", "zh_CN") == "二"
        assert asked.text("consent", "en").startswith("Used only to improve")
        assert len(session.exec(select(QuestionnaireRow)).all()) == 2


def test_the_consent_version_changes_with_its_text_only(world: tuple[Engine, int]) -> None:
    engine, wave_id = world

    def version() -> str:
        with read_session(engine) as session:
            return questionnaires.questionnaire_for(session, SYSTEM, wave_id)[1].consent_version

    first = version()
    with write_session(engine) as session:
        save(session, wave_id, 0, title=Name("一", "One"))
    assert version() == first
    with write_session(engine) as session:
        save(session, wave_id, 1, consent=Name("同意", "Agreed"))
    assert version() != first


@pytest.mark.parametrize(
    "wrong",
    [
        Extra("q1", "single", Name("问", "Ask"), (Name("只有一个", "Only one"),)),
        Extra("q1", "text", Name()),
        Extra("q1", "riddle", Name("问", "Ask")),
        Extra("Q 1", "text", Name("问", "Ask")),
        Extra("q1", "scenario", Name("问", "Ask"), (Name("甲"), Name("乙"))),
        Extra("q1", "number", Name("问", "Ask"), least=5, most=1),
        Extra("q1", "text", Name("问" * 301)),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(world: tuple[Engine, int], wrong: Extra) -> None:
    engine, wave_id = world
    with pytest.raises(QuestionInvalid), write_session(engine) as session:
        save(session, wave_id, 0, wrong)


def test_what_is_too_much_is_the_schemes_to_say() -> None:
    document = make.preset("iatf-quarterly").replace("satisfied_score", "most_questions = 13\nsatisfied_score", 1)
    scheme = load(document)
    assert (scheme.most_questions, scheme.most_minutes) == (13, 15)
    assert load(dump(scheme)) == scheme
    (warning,) = questionnaire_of(scheme, {}, {}).warnings
    assert warning.values == {"count": 14, "most": 13}


def test_past_thirty_questions_and_fifteen_minutes_a_questionnaire_warns(world: tuple[Engine, int]) -> None:
    engine, wave_id = world
    long = tuple(Extra(f"q{number}", "text", Name("问", "Ask")) for number in range(17))
    with write_session(engine) as session:
        save(session, wave_id, 0, *long[:16])
        _, asked = questionnaires.questionnaire_for(session, SYSTEM, wave_id)
        assert (asked.questions, asked.warnings) == (30, ())
        save(
            session,
            wave_id,
            1,
            *long,
            *(Extra(f"r{n}", "scenario", Name("问"), (Name("甲"), Name("乙")), Name("景")) for n in range(13)),
        )
        _, asked = questionnaires.questionnaire_for(session, SYSTEM, wave_id)
        assert [str(warning) for warning in asked.warnings] == [
            "44 questions: more than 30 are answered by few, and with less care."
        ]
        assert asked.minutes == 15  # 15 + 14 × 4 + 17 × 30 + 13 × 25 = 906 s


def test_alice_changes_the_questionnaire_bob_reads_it_and_charlie_does_not_see_it(world: tuple[Engine, int]) -> None:
    engine, wave_id = world
    with write_session(engine) as session:
        office = make.department(session, "elsewhere")
        alice, bob = make.viewer(make.user(session, "alice")), make.viewer(make.user(session, "bob", "viewer"))
        charlie = make.viewer(make.user(session, "charlie", "organiser", department_id=office.id))
    values = {"wave_id": wave_id, "texts": {}, "extras": (), "ask_importance": True, "base": 0, "at": AT}
    with write_session(engine) as session:
        assert questionnaires.questionnaire_for(session, bob, wave_id)[1].number == 0
        for who, refusal in ((bob, NotAllowed), (charlie, NotThere)):
            with pytest.raises(refusal):
                questionnaires.save(session, by=who, **values)
        with pytest.raises(NotThere):
            answering.as_asked(session, charlie, wave_id, today=AT.date())
        assert questionnaires.save(session, by=alice, **values).ask_importance


def test_a_closed_wave_keeps_its_questionnaire(world: tuple[Engine, int]) -> None:
    engine, wave_id = world
    with write_session(engine) as session:
        close_wave(session, wave=session.get_one(Wave, wave_id), by=SYSTEM, at=AT)
    with pytest.raises(questionnaires.WaveEnded), write_session(engine) as session:
        save(session, wave_id, 0)


def test_a_form_that_was_open_when_its_wave_closed_is_kept_for_quality_to_admit(world: tuple[Engine, int]) -> None:
    engine, wave_id = world
    with write_session(engine) as session:
        _, token = make.invitation(session, session.get_one(Wave, wave_id), make.customer(session))
    with write_session(engine) as session:
        close_wave(session, wave=session.get_one(Wave, wave_id), by=SYSTEM, at=AT)
    with write_session(engine) as session:
        later = AT + timedelta(minutes=1)
        assert answering.answer(session, Link(token), given=GIVEN, with_gaps=True, address="", at=later).stored
    with read_session(engine) as session:
        assert [one.status for one in session.exec(select(Response))] == ["after_close"]


def test_a_form_is_ours_for_its_own_link_only() -> None:
    form = answering.new_form("token")
    assert answering.is_our_form("token", form)
    for token, other in (("another", form), ("token", form[:-1]), ("token", ""), ("token", "é.x")):
        assert not answering.is_our_form(token, other)
    assert issubclass(QuestionInvalid, Refusal)
