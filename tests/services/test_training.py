"""Who has learned enough to ask customers."""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from db.models import Training
from db.queries.layouts import layout_of_version
from db.queries.training import interviewers
from db.session import write_session
from domain.access import NotAllowed
from services import training
from tests import factories as make
from tests.factories import AT

TODAY = date(2026, 10, 12)
LESSON = {"held_on": date(2026, 9, 1), "content": "Neutral asking", "today": TODAY, "at": AT}


def test_service_2025_refuses_entries_under_80_hours_or_80_marks(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        rules = layout_of_version(session, make.scheme(session, "service-2025").id or 0).scheme
        quinn = make.viewer(make.user(session, "quinn"))
        ina = make.user(session, "ina", "interviewer").id or 0
        with pytest.raises(training.NotTrained, match="80 hours and 80 marks"):
            training.check_trained(session, ina, rules)
        training.add_lesson(session, user_id=ina, hours=60, marks=90, by=quinn, **LESSON)
        assert not training.is_trained(session, ina, rules)
        training.add_lesson(session, user_id=ina, hours=20, marks=None, by=quinn, **LESSON)
        assert training.check_trained(session, ina, rules)
        training.add_lesson(session, user_id=ina, hours=1, marks=79, by=quinn, **{**LESSON, "held_on": TODAY})
        assert not training.is_trained(session, ina, rules)  # the latest marks count


def test_other_schemes_only_tell_that_somebody_is_untrained(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        rules = layout_of_version(session, make.scheme(session).id or 0).scheme
        ina = make.user(session, "ina", "interviewer").id or 0
        assert training.check_trained(session, ina, rules) is False


def test_only_those_who_run_waves_keep_records(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        alice, bob, charlie = (
            make.viewer(make.user(session, name, role))
            for name, role in (("alice", "quality"), ("bob", "viewer"), ("charlie", "interviewer"))
        )
        training.add_lesson(session, user_id=charlie.user_id, hours=8, marks=None, by=alice, **LESSON)
        for other in (bob, charlie):
            with pytest.raises(NotAllowed):
                training.add_lesson(session, user_id=charlie.user_id, hours=8, marks=None, by=other, **LESSON)
            with pytest.raises(NotAllowed):
                interviewers(session, other)
        assert [(one.name, one.record.hours) for one in interviewers(session, alice)] == [("Charlie", 8), ("Alice", 0)]


@pytest.mark.parametrize(("hours", "marks"), [(0, None), (-1, None), (8, 101)])
def test_lessons_that_cannot_be_are_refused_here_and_by_the_database(
    engine: Engine, hours: float, marks: float
) -> None:
    with write_session(engine) as session:
        quinn = make.viewer(make.user(session, "quinn"))
        with pytest.raises(training.LessonInvalid):
            training.add_lesson(session, user_id=quinn.user_id, hours=hours, marks=marks, by=quinn, **LESSON)
    row = Training(user_id=quinn.user_id, held_on=TODAY, hours=hours, marks=marks, recorded_at=AT)
    with pytest.raises(IntegrityError), write_session(engine) as session:
        session.add(row)


def test_a_lesson_is_recorded_after_it_was_held(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        quinn = make.viewer(make.user(session, "quinn"))
        with pytest.raises(training.LessonInFuture):
            training.add_lesson(
                session,
                user_id=quinn.user_id,
                hours=8,
                marks=None,
                by=quinn,
                **{**LESSON, "held_on": date(2026, 10, 13)},
            )
