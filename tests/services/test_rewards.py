"""Who is entitled to an incentive: by having answered, never by what was answered."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session, select

from db.models import Plan, Reward, Wave
from db.queries.rewards import rewards
from domain.access import SYSTEM, NotAllowed, NotThere, Viewer
from services import rewards as services
from tests import factories as make
from tests.factories import AT
from tests.services.test_closing import session  # noqa: F401 - the fixture


def survey(session: Session, how: str) -> tuple[Wave, Viewer]:  # noqa: F811
    """Six invitations, of which four were answered."""
    author = make.user(session, "author")
    wave = make.wave(session)
    session.add(
        Plan(
            wave_id=wave.id or 0,
            number=1,
            form_key="f",
            author_id=author.id or 0,
            incentive="Notebook",
            incentive_how=how,
            created_at=AT,
        )
    )
    session.flush()
    for n in range(6):
        sent, _token = make.invitation(session, wave, make.customer(session))
        if n < 4:
            make.response(session, wave, invitation=sent, submitted_at=datetime(2026, 10, 12, tzinfo=UTC))
    return wave, make.viewer(author)


def test_winners_are_drawn_once_among_those_who_answered_by_a_recorded_seed(session: Session) -> None:  # noqa: F811
    wave, by = survey(session, "draw")
    won = services.award(session, wave_id=wave.id or 0, winners=2, by=by, at=AT, seed=7)
    assert len(won) == 2
    assert session.get_one(Plan, wave.id).incentive_seed == 7
    with pytest.raises(services.DrawnAlready):
        services.award(session, wave_id=wave.id or 0, winners=2, by=by, at=AT)
    services.hand_over(session, wave_id=wave.id or 0, invitation_id=won[0], on=date(2026, 10, 13), by=by, at=AT)
    assert [one.handed_over_on for one in rewards(session, SYSTEM, wave.id or 0)] == [date(2026, 10, 13), None]


def test_where_every_answer_is_rewarded_later_ones_are_added(session: Session) -> None:  # noqa: F811
    wave, by = survey(session, "answer")
    assert len(services.award(session, wave_id=wave.id or 0, winners=0, by=by, at=AT)) == 4
    assert services.award(session, wave_id=wave.id or 0, winners=0, by=by, at=AT) == []
    assert len(session.exec(select(Reward)).all()) == 4


def test_only_those_who_run_the_wave_see_and_draw(session: Session) -> None:  # noqa: F811
    wave, by = survey(session, "draw")
    other = make.department(session, "other")
    bob = make.viewer(make.user(session, "bob", "viewer"))
    charlie = make.viewer(make.user(session, "charlie", "organiser", department_id=other.id))
    for who, refusal in ((bob, NotAllowed), (charlie, NotThere)):
        with pytest.raises(refusal):
            services.award(session, wave_id=wave.id or 0, winners=1, by=who, at=AT)
        with pytest.raises(refusal):
            rewards(session, who, wave.id or 0)
    with pytest.raises(services.NoIncentive):
        services.award(session, wave_id=make.wave(session, code="2027").id or 0, winners=1, by=by, at=AT)
