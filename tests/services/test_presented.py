"""What was presented stays beside what holds now: every change after closing is told, with its reason and its effect."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.models import FrozenResult, Response, Wave
from db.queries.presented import Presented, frozen_at_closing, presented
from db.session import read_session, write_session
from domain.access import SYSTEM, NotThere
from domain.presented import Line, changed
from services import responses
from services.closing import close_wave
from services.customer_merging import merge
from services.schemes import store_scheme
from tests import factories as make

ALL = {"by": SYSTEM, "at": make.AT}


class Scene:
    """Closed at 80: C1 very satisfied (100), C2 neutral (60); C3 said "very dissatisfied" (20) a day too late."""

    def __init__(self, engine: Engine, code: str = "weighted-half-year", period: str = "2026-H2") -> None:
        self.engine = engine
        with write_session(engine) as session:
            wave = make.wave(session, make.scheme(session, code), period)
            self.wave_id, self.customers = wave.id or 0, [make.customer(session, f"C{n}") for n in (1, 2, 3)]
        self.first, self.second = (self.answer(n, said) for n, said in ((0, "very_satisfied"), (1, "neutral")))
        self.does(close_wave)
        self.late = self.answer(2, "very_dissatisfied")

    def answer(self, customer: int, said: str) -> int:
        with write_session(self.engine) as session:
            wave, who = session.get_one(Wave, self.wave_id), session.merge(self.customers[customer])
            return make.response(session, wave, said, customer=who, segment="Large").id or 0

    def does(self, verb: Any, **values: Any) -> None:
        with write_session(self.engine) as session:
            given = {"wave": session.get_one(Wave, self.wave_id)} if verb is close_wave else {}
            verb(session, **given, **values, **ALL)

    def found(self, viewer: Any = SYSTEM) -> Presented:
        with read_session(self.engine) as session:
            found = presented(session, viewer, self.wave_id)
        assert found is not None
        return found


def moved(found: Presented, kind: str) -> list[Line]:
    return [line for line in changed(found.lines) if line.kind == kind]


def test_nothing_has_changed_right_after_closing(engine: Engine) -> None:
    scene = Scene(engine)
    found = scene.found()
    assert (changed(found.lines), found.is_intact, found.scheme_version) == ([], True, 1)
    assert [(one.verb, one.before) for one in found.changes] == [("submit", None)]


def test_every_change_is_told_with_its_reason_and_its_effect_on_the_index(engine: Engine) -> None:
    scene = Scene(engine)
    scene.does(responses.correct, response_id=scene.second, answers={"delivery": "neutral"}, reason="nothing new")
    scene.does(responses.admit, response_id=scene.late, reason="the post was late")
    scene.does(responses.correct, response_id=scene.second, answers={"delivery": "rather_satisfied"}, reason="mistyped")
    scene.does(responses.withdraw, response_id=scene.first, reason="asked for it")
    found = scene.found()
    told = [(one.verb, one.reason, one.before, one.after) for one in found.changes if one.before is not None]
    # (100 + 60) / 2 = 80; with 20: 60; 60 of delivery, 15 %, becomes 80: 63, so 61; without the 100: (63 + 20) / 2
    assert told == [
        ("admit", "the post was late", 80.0, 60.0),
        ("correct", "mistyped", 60.0, pytest.approx(61.0)),
        ("withdraw", "asked for it", pytest.approx(61.0), 41.5),
    ]
    assert moved(found, "index") == [Line("index", "", 80.0, 2, 41.5, 2)]
    delivery = next(line for line in moved(found, "item") if line.code == "delivery")
    assert [one.verb for one in found.changes if one.explains(delivery)] == ["admit", "correct", "withdraw"]
    packaging = next(line for line in moved(found, "item") if line.code == "packaging")
    assert [one.verb for one in found.changes if one.explains(packaging)] == ["admit", "withdraw"]
    second = next(line for line in moved(found, "customer") if line.code == "C2")
    assert [one.reason for one in found.changes if one.explains(second)] == ["mistyped"]
    assert [line.code for line in moved(found, "segment")] == ["Large"]


def test_the_index_over_customers_is_retraced_as_well(sqlite_engine: Engine) -> None:
    """C1 100 and C2 0: 50; C3 is admitted with 0, C2's answer is withdrawn."""
    scene = Scene(sqlite_engine, "machinery-14", "2026-Q4")
    before = scene.found().lines[0].then
    scene.does(responses.admit, response_id=scene.late, reason="late")
    scene.does(responses.withdraw, response_id=scene.second, reason="wrong customer")
    found = scene.found()
    effects = [(one.before, one.after) for one in found.changes if one.before is not None]
    assert effects[0][0] == before
    assert effects[-1][1] == pytest.approx(found.lines[0].now)
    assert effects[0][1] == effects[1][0]


def test_merged_customers_explain_why_one_line_became_another(sqlite_engine: Engine) -> None:
    scene = Scene(sqlite_engine)
    one, other = (customer.id or 0 for customer in scene.customers[:2])
    scene.does(merge, kept_id=one, merged_id=other)
    found = scene.found()
    assert moved(found, "customer") == [
        Line("customer", "C1", 100.0, 1, 80.0, 2),
        Line("customer", "C2", 60.0, 1, None, 0),
    ]
    assert [one.verb for one in found.changes if one.explains(moved(found, "customer")[0])] == ["merge"]


def test_a_department_sees_its_own_items_a_seller_nothing_and_a_stranger_no_wave(sqlite_engine: Engine) -> None:
    scene = Scene(sqlite_engine)
    with write_session(sqlite_engine) as session:
        logistics = make.department(session, "logistics_x")
        alice = make.viewer(make.user(session, "alice", "department", department_id=logistics.id))
        bob = make.viewer(make.user(session, "bob", "sales"))
        charlie = make.viewer(make.user(session, "charlie", "organiser", department_id=logistics.id))
    scene.does(responses.admit, response_id=scene.late, reason="late")
    kinds = {line.kind for line in scene.found(alice).lines}
    assert kinds == {"index", "satisfaction_rate", "response_rate", "segment"}
    with read_session(sqlite_engine) as session:
        assert presented(session, bob, scene.wave_id) is None
        with pytest.raises(NotThere):
            presented(session, charlie, scene.wave_id)


def test_a_scheme_changed_later_changes_nothing_that_was_presented(sqlite_engine: Engine) -> None:
    scene = Scene(sqlite_engine)
    with write_session(sqlite_engine) as session:
        document = make.preset("weighted-half-year").replace("weight = 50", "weight = 49", 1)
        store_scheme(session, document=document, by=None, at=make.AT)
    assert (changed(scene.found().lines), scene.found().scheme_version) == ([], 1)


def test_a_changed_document_is_no_longer_intact(sqlite_engine: Engine) -> None:
    scene = Scene(sqlite_engine)
    with write_session(sqlite_engine) as session:
        kept = frozen_at_closing(session, scene.wave_id)
        assert isinstance(kept, FrozenResult)
        kept.figures = {**kept.figures, "valid": 3}
    assert not scene.found().is_intact


def test_waiting_answers_are_not_counted(sqlite_engine: Engine) -> None:
    scene = Scene(sqlite_engine)
    with read_session(sqlite_engine) as session:
        assert _status(session, scene.late) == "after_close"
    assert not moved(scene.found(), "index")


def _status(session: Session, key: int) -> str:
    return session.get_one(Response, key).status
