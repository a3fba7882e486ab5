"""The response-rate board: figures by hand, by group, and what each reader sees of it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.models import Invitation, Wave
from db.queries import returns as reads
from db.queries.calendars import calendar_of
from db.queries.waves import SurveyWave, survey_wave_of
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, NotThere, Viewer
from domain.returns import ReturnTally
from domain.scheme import Calendar
from services import invitations, sending
from services.calendars import remove_company_day, set_company_day
from tests import factories as make

AT = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
SENT_ON = date(2026, 10, 9)


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    with write_session(sqlite_engine) as opened:
        yield opened


@pytest.fixture
def people(session: Session) -> dict[str, Viewer]:
    elsewhere = make.department(session, "elsewhere").id
    return {
        "alice": make.viewer(make.user(session, "alice", "quality")),
        "bob": make.viewer(make.user(session, "bob", "viewer")),
        "sam": make.viewer(make.user(session, "sam", "sales")),
        "charlie": make.viewer(make.user(session, "charlie", "organiser", department_id=elsewhere)),
        "ivy": make.viewer(make.user(session, "ivy", "interviewer")),
    }


@pytest.fixture
def wave(session: Session, people: dict[str, Viewer]) -> Wave:
    """Five asked: two in time, one late, one outstanding, one undeliverable; a sixth customer in scope was not asked.

    A and B are Sam's. Business: A 600, B 200, C 100, D 50, E 50.
    """
    wave = make.wave(session)
    owner = people["sam"].user_id
    asked = {}
    for code, value, segment in (
        ("A", 600.0, "OEM"),
        ("B", 200.0, "OEM"),
        ("C", 100.0, "Tier 1"),
        ("D", 50.0, "Tier 1"),
        ("E", 50.0, "Tier 1"),
    ):
        mine = {"sales_owner_id": owner} if code in "AB" else {}
        customer = make.customer(session, code, value=value, segment=segment, **mine)
        asked[code], _ = make.invitation(session, wave, customer, channel="mail" if code != "C" else "paper")
    make.customer(session, "F")
    make.customer(session, "gone", active=False)
    make.response(session, wave, "very_satisfied", invitation=asked["A"])
    make.response(session, wave, "satisfied", invitation=asked["C"])
    late = AT + timedelta(days=90)
    make.response(session, wave, "very_satisfied", invitation=asked["D"], at=late, submitted_at=late)
    invitations.mark_undeliverable(session, invitation_id=asked["E"].id or 0, by=SYSTEM, at=AT)
    session.flush()
    return wave


def shown(session: Session, wave: Wave) -> SurveyWave:
    return survey_wave_of(session, session.get_one(Wave, wave.id, populate_existing=True))


def test_what_was_sent_came_back_in_time_late_or_not_at_all(
    session: Session, wave: Wave, people: dict[str, Viewer]
) -> None:
    board = reads.board(session, people["alice"], shown(session, wave))
    assert board.returns == ReturnTally(sent=5, returned=3, in_time=2, late=1, undeliverable=1)
    assert (board.returns.rate, board.returns.outstanding) == (0.4, 1)
    assert (board.surveyed, board.in_scope) == (5, 6)
    assert board.due_on == session.get_one(Invitation, 2).due_on


def test_who_has_answered_one_of_three_is_silent_with_two_thirds_of_the_business(
    session: Session, people: dict[str, Viewer]
) -> None:
    """900 of business, 100 points from one of three: (300 · 100 + 600 · 20) / 900 = 46.67, not "all is known"."""
    wave = make.wave(session)
    customer = make.customer(session, "A", value=900.0)
    asked = [make.invitation(session, wave, customer)[0] for _ in range(3)]
    make.response(session, wave, "very_satisfied", invitation=asked[0])
    found = reads.board(session, people["alice"], shown(session, wave)).by_value
    assert found is not None
    assert (found.low, found.high, found.silent_share) == pytest.approx((420 / 9, 100, 2 / 3))


def test_the_range_of_the_index_gives_the_silent_the_worst_and_the_best(
    session: Session, wave: Wave, people: dict[str, Viewer]
) -> None:
    """100, 80 and 100 of five: 280 / 5 = 56, or (280 + 200) / 5 = 96. By business, 250 of 1000 are silent."""
    board = reads.board(session, people["alice"], shown(session, wave))
    worst, best = 20.0, 100.0
    assert board.equal is not None
    assert board.by_value is not None
    assert board.equal.low == pytest.approx((280 + 2 * worst) / 5)
    assert board.equal.high == pytest.approx((280 + 2 * best) / 5)
    assert board.equal.silent_share == pytest.approx(0.4)
    said = 600 * 100 + 100 * 80 + 50 * 100
    assert board.by_value.low == pytest.approx((said + 250 * worst) / 1000)
    assert board.by_value.high == pytest.approx((said + 250 * best) / 1000)


def test_groups_stand_lowest_rate_first(session: Session, wave: Wave, people: dict[str, Viewer]) -> None:
    found = {by: reads.returns_by(session, people["alice"], shown(session, wave), by) for by in reads.GROUPS}
    rates = {by: [(one.name, one.returns.in_time, one.returns.sent) for one in rows] for by, rows in found.items()}
    assert rates == {
        "segment": [("Tier 1", 1, 3), ("OEM", 1, 2)],
        "owner": [("", 1, 3), ("Sam", 1, 2)],
        "channel": [("mail", 1, 4), ("paper", 1, 1)],
    }


def test_silent_customers_weigh_what_they_buy(session: Session, wave: Wave, people: dict[str, Viewer]) -> None:
    found = reads.silent_customers(session, people["alice"], shown(session, wave))
    assert [(one.customer.code, one.share) for one in found] == [("B", 0.2), ("E", 0.05)]


def test_who_has_not_answered_is_to_be_chased_with_the_reminders_so_far(
    session: Session, wave: Wave, people: dict[str, Viewer]
) -> None:
    for round_number in (1, 2):
        sending.remind(session, invitation_id=2, how="phone", form_key=f"{round_number}", by=people["alice"], at=AT)
    page = reads.chase_page(session, people["alice"], shown(session, wave))
    lines = [(one.customer.code, one.invitation.state, one.reminders) for one in page.rows if one.customer]
    assert lines == [("B", "sent", 2), ("E", "undeliverable", 0)]
    assert (page.total, page.reminded_enough) == (2, 1)
    second = reads.chase_page(session, people["alice"], shown(session, wave), offset=1, limit=1)
    assert [one.customer.code for one in second.rows if one.customer] == ["E"]


def test_invalid_and_partial_responses_are_listed_with_what_is_missing(
    session: Session, wave: Wave, people: dict[str, Viewer]
) -> None:
    make.response(session, wave, {}, customer=make.customer(session, "G"))
    make.response(session, wave, {"price": "satisfied"}, customer=make.customer(session, "H"))
    found = reads.incomplete(session, people["alice"], shown(session, wave))
    assert [(one.customer.code, one.response.status, one.answered) for one in found if one.customer] == [
        ("G", "invalid", 0),
        ("H", "counted", 1),
    ]


def test_an_anonymous_wave_shows_nobody_who_answered_and_no_small_group(
    session: Session, wave: Wave, people: dict[str, Viewer]
) -> None:
    session.get_one(Wave, wave.id).is_anonymous = True
    session.flush()
    now = shown(session, wave)
    assert reads.silent_customers(session, people["alice"], now) == []
    assert reads.chase_page(session, people["alice"], now).rows == []
    assert reads.incomplete(session, people["alice"], now) == []
    assert reads.returns_by(session, people["alice"], now, "owner") == []
    assert reads.board(session, people["alice"], now).returns.sent == 5


def test_alice_sees_all_sam_his_own_bob_no_names_and_charlie_and_ivy_nothing(
    session: Session, wave: Wave, people: dict[str, Viewer]
) -> None:
    now = shown(session, wave)
    own = reads.board(session, people["sam"], now)
    assert (own.returns.sent, own.returns.in_time, own.surveyed, own.in_scope) == (2, 1, 2, 2)
    assert [one.customer.code for one in reads.chase_page(session, people["sam"], now).rows if one.customer] == ["B"]
    assert [one.customer.code for one in reads.silent_customers(session, people["sam"], now)] == ["B"]
    assert reads.returns_by(session, people["sam"], now, "channel") == []
    assert reads.board(session, people["bob"], now).returns.sent == 5
    for read in (reads.chase_page, reads.incomplete):
        with pytest.raises(NotAllowed):
            read(session, people["bob"], now)
    for who, refusal in (("charlie", NotThere), ("ivy", NotAllowed)):
        for read in (reads.board, reads.silent_customers, reads.chase_page, reads.incomplete):
            with pytest.raises(refusal):
                read(session, people[who], now)


def test_the_companys_own_days_move_what_is_due(people: dict[str, Viewer], session: Session) -> None:
    """Rules.md 4: five working days after 2025-09-26 is 2025-10-10; with 10 October off, it is the make-up day after it."""
    alice, day = people["alice"], date(2025, 10, 10)
    assert calendar_of(session, Calendar("CN")).after(date(2025, 9, 26), 5) == day
    assert calendar_of(session, Calendar("CN")).after(date(2025, 9, 28), 5) == date(2025, 10, 11)
    set_company_day(session, day=day, is_working=False, name="Anniversary", by=alice, at=AT)
    assert calendar_of(session, Calendar("CN")).after(date(2025, 9, 26), 5) == date(2025, 10, 11)
    own = Calendar("CN", days_on=("2025-10-10",))
    assert calendar_of(session, own).after(date(2025, 9, 26), 5) == day, "the scheme's own days win"
    remove_company_day(session, day=day, by=alice, at=AT)
    assert calendar_of(session, Calendar("CN")).after(date(2025, 9, 26), 5) == day
    with pytest.raises(NotAllowed):
        set_company_day(session, day=day, is_working=False, name="", by=people["bob"], at=AT)


def test_other_countries_have_their_own_holidays(sqlite_engine: Engine) -> None:
    """Germany: 1 May and Ascension Day 2026 are off; United States: Thanksgiving."""
    with read_session(sqlite_engine) as session:
        assert calendar_of(session, Calendar("DE")).after(date(2026, 4, 30), 1) == date(2026, 5, 4)
        assert calendar_of(session, Calendar("DE")).after(date(2026, 5, 13), 1) == date(2026, 5, 15)
        assert calendar_of(session, Calendar("US")).after(date(2026, 11, 25), 1) == date(2026, 11, 27)
