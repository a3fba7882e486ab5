"""A meeting from its call to the next one: told, shown, decided, assigned, signed, sent, followed up."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import AuditEvent, Customer, FrozenResult, Meeting, MeetingMinute, Notification, Wave
from db.queries.meetings import MeetingDetail, meeting_detail, meetings
from db.queries.slides import Deck, deck
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere
from domain.meetings import USUAL_AGENDA, AgendaTooLong, Topic, TopicEmpty
from services import actions, responses
from services import meetings as verbs
from tests import factories as make
from tests.company import AT, TODAY, Company, found_company

SLIDE = {"position": 1, "key": "shown:index", "text": "Index 79.7, below target 80"}


class Scene:
    """Erik organises; Bob and Alice take part."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.company = engine, found_company(engine)
        self.people = [self.company.people[name].user_id for name in ("erik", "bob", "alice")]
        self.id = self.does(verbs.call_meeting, **self.call("first")).id

    def call(self, form_key: str, held_on: date = TODAY) -> dict[str, Any]:
        about = {"wave_id": self.company.now, "held_on": held_on, "title": "Monthly meeting"}
        return {**about, "people": self.people, "form_key": form_key}

    def does(self, verb: Any, by: str = "erik", **values: Any) -> Any:
        with write_session(self.engine) as session:
            done = verb(session, **values, by=self.company.people[by], at=AT)
            session.flush()
            return done.model_copy() if done is not None else None

    def detail(self, by: str = "erik", which: int | None = None) -> MeetingDetail:
        with read_session(self.engine) as session:
            return meeting_detail(session, self.company.people[by], which or self.id)

    def deck(self, by: str = "erik") -> Deck:
        with read_session(self.engine) as session:
            viewer = self.company.people[by]
            return deck(session, viewer, meeting_detail(session, viewer, self.id))

    def told(self, kind: str) -> set[int]:
        with read_session(self.engine) as session:
            return set(session.exec(select(Notification.person_id).where(Notification.kind == kind)))


@pytest.fixture
def scene(sqlite_engine: Engine) -> Scene:
    return Scene(sqlite_engine)


def red_item(session: Session, company: Company) -> int:
    """An action of logistics about on-time delivery, assigned by Erik."""
    finding = company.finding(session, "LOW_ANSWER", "alpha/on_time")
    people = {"owner_id": company.people["alice"].user_id, "approver_id": None}
    about = {"finding_ids": [finding.id], "title": "On time", "department_id": company.departments["logistics"]}
    by = company.people["erik"]
    return actions.assign(session, **about, **people, due_on=TODAY, form_key="a", by=by, at=AT).id or 0


def test_a_meeting_lives_from_its_call_to_the_one_that_follows_it_up(engine: Engine) -> None:
    scene = Scene(engine)
    meeting = scene.detail()
    assert [one.kind for one in meeting.topics] == list(USUAL_AGENDA)
    assert scene.told("meeting_called") == set(scene.people) - {scene.company.people["erik"].user_id}
    scene.does(verbs.show, meeting_id=scene.id, **SLIDE)
    decided = {"text": "Report every Friday", "form_key": "d", "due_on": TODAY, "owner_id": scene.people[2]}
    scene.does(verbs.decide, meeting_id=scene.id, **decided)
    with write_session(engine) as session:
        key = red_item(session, scene.company)
        verbs.note_assigned(session, meeting_id=scene.id, action_id=key, by=scene.company.people["erik"], at=AT)
    told = [(line.kind, line.text, line.owner) for line in scene.detail().minutes]
    assert told == [
        ("shown", "Index 79.7, below target 80", ""),
        ("decided", "Report every Friday", "Alice"),
        ("assigned", "On time", "Alice"),
    ]
    with pytest.raises(verbs.MinutesNotSigned):
        scene.does(verbs.send_minutes, meeting_id=scene.id)
    scene.does(verbs.sign_off, meeting_id=scene.id, version=scene.detail().version)
    scene.does(verbs.send_minutes, meeting_id=scene.id)
    assert scene.told("minutes_sent") == scene.told("meeting_called")
    with pytest.raises(verbs.MinutesSigned):
        scene.does(verbs.edit_minute, minute_id=scene.detail().minutes[0].id, text="Other")
    following = scene.does(verbs.call_meeting, **scene.call("next", date(2026, 10, 14))).id
    last = scene.detail(which=following).last
    assert [(line.kind, line.text, line.done_at) for line in last] == [
        ("decided", "Report every Friday", None),
        ("assigned", "On time", None),
    ]
    scene.does(verbs.settle_decision, minute_id=last[0].id)
    assert [line.done_at for line in scene.detail(which=following).last] == [AT, None]


def test_a_slide_is_written_once_and_follows_what_it_shows_until_somebody_edits_the_line(scene: Scene) -> None:
    scene.does(verbs.show, meeting_id=scene.id, **SLIDE)
    scene.does(verbs.show, meeting_id=scene.id, **{**SLIDE, "text": "Index 79.8"})
    (line,) = scene.detail().minutes
    assert line.text == "Index 79.8"
    scene.does(verbs.edit_minute, minute_id=line.id, text="Index nearly 80")
    scene.does(verbs.show, meeting_id=scene.id, **{**SLIDE, "text": "Index 79.9", "position": 4})
    assert [one.text for one in scene.detail().minutes] == ["Index nearly 80"]
    assert scene.detail().position == 4


def test_pinned_figures_stay_while_answers_still_come_in(scene: Scene) -> None:
    before = scene.deck().index.score
    scene.does(verbs.pin_figures, meeting_id=scene.id)
    with write_session(scene.engine) as session:
        make.response(session, session.get_one(Wave, scene.company.now), "very_dissatisfied", at=AT)
    pinned = scene.deck()
    assert (pinned.index.score, pinned.frozen_at) == (before, AT)
    assert [(one.code, one.score.n) for one in pinned.customers] == [("alpha", 2), ("beta", 2)]
    scene.does(verbs.unpin_figures, meeting_id=scene.id)
    live = scene.deck()
    assert live.index.score.n == before.n + 1
    assert live.frozen_at is None
    scene.does(verbs.pin_figures, meeting_id=scene.id)
    with read_session(scene.engine) as session:
        assert sorted(session.exec(select(FrozenResult.number))) == [1, 2]


def test_a_correction_after_pinning_changes_no_slide(scene: Scene) -> None:
    with write_session(scene.engine) as session:
        alpha = session.get_one(Customer, scene.company.customers["alpha"])
        wave = session.get_one(Wave, scene.company.now)
        make.response(session, wave, {"on_time": "very_dissatisfied"}, customer=alpha, at=AT)
    scene.does(verbs.pin_figures, meeting_id=scene.id)
    shown = scene.deck()
    with write_session(scene.engine) as session:
        first = session.exec(
            select(responses.Response.id).where(responses.Response.wave_id == scene.company.now)
        ).first()
        responses.withdraw(session, response_id=first or 0, by=scene.company.people["dora"], at=AT, reason="double")
    again = scene.deck()
    # (20 + 100 + 20) / 3 of alpha, (80 + 100) / 2 of beta
    assert [(name.en, round(score.score or 0, 2)) for name, score in shown.at_customers["on_time"]] == [
        ("Alpha", 46.67),
        ("Beta", 90.0),
    ]
    assert again.at_customers == shown.at_customers
    assert (again.index, again.items, again.dimensions, again.below) == (
        shown.index,
        shown.items,
        shown.dimensions,
        shown.below,
    )


def test_who_takes_part_reads_who_holds_writes_and_nobody_else_knows_of_it(scene: Scene) -> None:
    assert scene.detail("bob").title == "Monthly meeting"
    assert {one.code for one in scene.deck("alice").items} == {"on_time", "quantity"}
    for verb, values in ((verbs.show, SLIDE), (verbs.pin_figures, {}), (verbs.decide, {"text": "x", "form_key": "x"})):
        with pytest.raises(NotAllowed):
            scene.does(verb, "bob", meeting_id=scene.id, **values)
    for stranger in ("charlie", "ivan"):
        with pytest.raises(NotThere):
            scene.detail(stranger)
        with read_session(scene.engine) as session:
            assert meetings(session, scene.company.people[stranger]) == []
    with pytest.raises(NotThere):
        scene.does(verbs.call_meeting, "ivan", **scene.call("of another scheme"))


def test_a_form_makes_one_meeting_and_one_decision(scene: Scene) -> None:
    assert scene.does(verbs.call_meeting, **scene.call("first")).id == scene.id
    for _ in range(2):
        scene.does(verbs.decide, meeting_id=scene.id, text="Once", form_key="once")
    assert [line.text for line in scene.detail().minutes] == ["Once"]


def test_of_two_editors_the_second_is_told(scene: Scene) -> None:
    seen = scene.detail().version
    scene.does(
        verbs.edit_agenda, meeting_id=scene.id, version=seen, topics=[Topic("items"), Topic("own", "Fire drill")]
    )
    assert [one.key for one in scene.deck().slides][-1] == "own:Fire drill"
    with pytest.raises(verbs.MeetingChangedMeanwhile):
        scene.does(verbs.edit_agenda, meeting_id=scene.id, version=seen, topics=[])


@pytest.mark.parametrize(
    ("topics", "refusal"),
    [([Topic("own", " ")], TopicEmpty), ([Topic("index")] * 41, AgendaTooLong)],
    ids=["empty", "long"],
)
def test_an_agenda_that_nobody_can_follow_is_refused(
    scene: Scene, topics: list[Topic], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        scene.does(verbs.edit_agenda, meeting_id=scene.id, version=1, topics=topics)


def test_a_meeting_that_fails_half_way_leaves_nothing(scene: Scene) -> None:
    values = {**scene.call("half"), "people": [10**6]}
    with pytest.raises(NotThere):
        scene.does(verbs.call_meeting, **values)
    with read_session(scene.engine) as session:
        assert [one.form_key for one in session.exec(select(Meeting))] == ["first"]
        assert session.exec(select(MeetingMinute)).all() == []
        assert len(session.exec(select(AuditEvent).where(AuditEvent.about == "meeting")).all()) == 1
