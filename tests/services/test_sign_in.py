"""Signing in: what streamlit-authenticator lacks, seen to be closed. Alice may write, Bob may read, Charlie may not see."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from db.models import AuditEvent, SignInAttempt, SignInSession, User
from db.session import read_session, write_session
from domain.access import NotAllowed
from domain.sign_in_limits import Limits
from services import passwords, sign_in

NOW = datetime(2026, 9, 16, 10, 42, tzinfo=UTC)
IDLE = timedelta(hours=12)
SECRET = "a secret of this installation that nobody else knows"
LIMITS = Limits(attempts=5, longest=timedelta(minutes=15))
OFFICE, ELSEWHERE = "192.0.2.7", "198.51.100.23"
PASSWORD = "three ducks on a pond"
PASSWORD_HASH = passwords.hashed(PASSWORD)


@pytest.fixture
def people(engine: Engine) -> dict[str, int]:
    """Username → id."""
    roles = {"alice": "administrator", "bob": "viewer", "charlie": "interviewer"}
    with write_session(engine) as session:
        users = [
            User(username=name, name=name.title(), password_hash=PASSWORD_HASH, role=role, created_at=NOW)
            for name, role in roles.items()
        ]
        session.add_all(users)
        session.flush()
        return {user.username: user.id or 0 for user in users}


def begin(engine: Engine, user_id: int, *, at: datetime = NOW, days: int = 7) -> sign_in.Beginning:
    with write_session(engine) as session:
        return sign_in.begin(session, user_id=user_id, at=at, days=days, secret_key=SECRET)


def who(engine: Engine, token: str, *, at: datetime = NOW) -> str | None:
    with read_session(engine) as session:
        present = sign_in.presence(session, token=token, at=at, idle=IDLE)
    return present.viewer.username if present else None


def session_id(engine: Engine, token: str) -> int:
    with read_session(engine) as session:
        present = sign_in.presence(session, token=token, at=NOW, idle=IDLE)
    assert present
    return present.session_id


def attempt(
    engine: Engine, name: str, *, at: datetime = NOW, address: str = OFFICE, known_token: str | None = None
) -> sign_in.Attempt:
    with write_session(engine) as session:
        return sign_in.attempt(session, username=name, address=address, known_token=known_token, at=at, limits=LIMITS)


def fail(engine: Engine, name: str, times: int, *, at: datetime = NOW, address: str = OFFICE) -> None:
    for _time in range(times):
        attempt(engine, name, at=at, address=address)


def redeem(engine: Engine, ticket: str, *, at: datetime = NOW) -> str | None:
    with write_session(engine) as session:
        return sign_in.redeem(session, ticket=ticket, at=at, secret_key=SECRET)


# The session


def test_a_token_says_who_is_there_and_nothing_else_does(engine: Engine, people: dict[str, int]) -> None:
    alice, bob = begin(engine, people["alice"]), begin(engine, people["bob"])
    assert who(engine, alice.token) == "alice"
    assert who(engine, bob.token) == "bob"
    assert who(engine, "") is None
    assert who(engine, alice.token[:-1]) is None
    assert who(engine, alice.ticket) is None


def test_neither_token_nor_ticket_is_stored(engine: Engine, people: dict[str, int]) -> None:
    beginning = begin(engine, people["alice"])
    with read_session(engine) as session:
        row = session.exec(select(SignInSession)).one()
    stored = row.model_dump_json()
    assert beginning.token not in stored
    assert beginning.ticket not in stored


def test_a_ticket_is_worth_the_token_once_and_for_30_seconds(engine: Engine, people: dict[str, int]) -> None:
    first, second, third = (begin(engine, people["alice"]) for _time in range(3))
    assert redeem(engine, first.ticket, at=NOW + timedelta(seconds=29)) == first.token
    assert redeem(engine, first.ticket, at=NOW + timedelta(seconds=29)) is None
    assert redeem(engine, second.ticket, at=NOW + timedelta(seconds=30)) is None
    assert redeem(engine, "", at=NOW) is None
    assert redeem(engine, third.token, at=NOW) is None


def test_a_ticket_found_in_a_log_is_worth_nothing_without_the_secret(engine: Engine, people: dict[str, int]) -> None:
    beginning = begin(engine, people["alice"])
    assert sign_in.token_for(beginning.ticket, "another secret") != beginning.token
    assert who(engine, sign_in.token_for(beginning.ticket, "another secret")) is None


def test_a_token_is_dead_after_signing_out_and_the_other_browser_stays(engine: Engine, people: dict[str, int]) -> None:
    here, there = begin(engine, people["alice"]), begin(engine, people["alice"])
    with write_session(engine) as session:
        sign_in.end(session, session_id=session_id_in(session, here), by=people["alice"], at=NOW)
    assert who(engine, here.token) is None
    assert redeem(engine, here.ticket) is None
    assert who(engine, there.token) == "alice"


def session_id_in(session: Session, beginning: sign_in.Beginning) -> int:
    found = sign_in.presence(session, token=beginning.token, at=NOW, idle=IDLE)
    assert found
    return found.session_id


def test_signing_out_everywhere_ends_all_own_sign_ins_and_nobody_elses(engine: Engine, people: dict[str, int]) -> None:
    mine = [begin(engine, people["alice"]) for _browser in range(3)]
    bobs = begin(engine, people["bob"])
    with write_session(engine) as session:
        ended = sign_in.end_everywhere(session, user_id=people["alice"], by=people["alice"], at=NOW)
    assert ended == 3
    assert [who(engine, one.token) for one in mine] == [None, None, None]
    assert who(engine, bobs.token) == "bob"


def test_only_an_administrator_signs_somebody_else_out(engine: Engine, people: dict[str, int]) -> None:
    alices = begin(engine, people["alice"])
    for stranger in ("bob", "charlie"):
        with pytest.raises(NotAllowed), write_session(engine) as session:
            sign_in.end_everywhere(session, user_id=people["alice"], by=people[stranger], at=NOW)
    assert who(engine, alices.token) == "alice"
    bobs = begin(engine, people["bob"])
    with write_session(engine) as session:
        sign_in.end_everywhere(session, user_id=people["bob"], by=people["alice"], at=NOW)
    assert who(engine, bobs.token) is None


def test_a_sign_in_ends_after_its_days_however_active(engine: Engine, people: dict[str, int]) -> None:
    beginning = begin(engine, people["alice"], days=7)
    last = NOW + timedelta(days=7)
    with write_session(engine) as session:
        sign_in.note_seen(session, session_id=session_id_in(session, beginning), at=last)
    assert who(engine, beginning.token, at=last - timedelta(seconds=1)) == "alice"
    assert who(engine, beginning.token, at=last) is None


def test_a_sign_in_ends_without_activity_and_activity_puts_that_off(engine: Engine, people: dict[str, int]) -> None:
    beginning = begin(engine, people["alice"])
    assert who(engine, beginning.token, at=NOW + IDLE) is None
    with write_session(engine) as session:
        sign_in.note_seen(session, session_id=session_id_in(session, beginning), at=NOW + timedelta(hours=1))
    assert who(engine, beginning.token, at=NOW + IDLE) == "alice"


def test_role_and_department_are_those_of_now_and_a_deactivated_account_is_out(
    engine: Engine, people: dict[str, int]
) -> None:
    beginning = begin(engine, people["bob"])
    with write_session(engine) as session:
        bob = session.get_one(User, people["bob"])
        bob.role = "quality"
    with read_session(engine) as session:
        present = sign_in.presence(session, token=beginning.token, at=NOW, idle=IDLE)
    assert present
    assert present.viewer.role == "quality"
    with write_session(engine) as session:
        session.get_one(User, people["bob"]).active = False
    assert who(engine, beginning.token) is None


def test_nobody_signs_in_whose_account_changed_while_the_password_was_checked(
    engine: Engine, people: dict[str, int]
) -> None:
    tried = attempt(engine, "bob")
    with write_session(engine) as session:
        session.get_one(User, people["bob"]).password_hash = passwords.hashed("another password")
    with pytest.raises(sign_in.SignInRefused), write_session(engine) as session:
        sign_in.begin(session, user_id=people["bob"], attempt=tried, at=NOW, days=7, secret_key=SECRET)


def test_a_sign_in_and_a_sign_out_leave_one_audit_row_each(engine: Engine, people: dict[str, int]) -> None:
    beginning = begin(engine, people["bob"])
    with write_session(engine) as session:
        sign_in.end(session, session_id=session_id_in(session, beginning), by=people["bob"], at=NOW)
    with read_session(engine) as session:
        rows = session.exec(select(AuditEvent.verb, AuditEvent.user_id).order_by(col(AuditEvent.id))).all()
    assert rows == [("sign_in", people["bob"]), ("sign_out", people["bob"])]


# Wrong passwords


def test_five_wrong_passwords_make_the_sixth_wait_a_minute(engine: Engine, people: dict[str, int]) -> None:
    fail(engine, "alice", 5)
    with pytest.raises(sign_in.TooManyAttempts, match="Try again in 1 min"):
        attempt(engine, "alice", at=NOW + timedelta(seconds=59))
    attempt(engine, "alice", at=NOW + timedelta(seconds=60))
    with pytest.raises(sign_in.TooManyAttempts, match="Try again in 2 min"):
        attempt(engine, "alice", at=NOW + timedelta(seconds=61))


def test_waiting_is_not_made_longer_by_trying(engine: Engine, people: dict[str, int]) -> None:
    fail(engine, "alice", 5)
    for seconds in range(1, 60, 7):
        with pytest.raises(sign_in.TooManyAttempts):
            attempt(engine, "alice", at=NOW + timedelta(seconds=seconds))
    assert attempt(engine, "alice", at=NOW + timedelta(seconds=60)).user_id == people["alice"]


def test_the_limit_lies_in_the_database_so_another_process_keeps_it(engine: Engine, people: dict[str, int]) -> None:
    fail(engine, "alice", 5)
    with read_session(engine) as session:
        assert session.exec(select(func.count(col(SignInAttempt.id)))).one() == 5


def test_a_stranger_elsewhere_cannot_lock_the_owner_out(engine: Engine, people: dict[str, int]) -> None:
    fail(engine, "alice", 5, address=ELSEWHERE)
    with pytest.raises(sign_in.TooManyAttempts):
        attempt(engine, "alice", address=ELSEWHERE)
    tried = attempt(engine, "alice", address=OFFICE)
    assert tried.user_id == people["alice"]
    assert tried.pause == timedelta(0)


def test_behind_one_address_a_stranger_cannot_lock_out_a_browser_that_is_known(
    engine: Engine, people: dict[str, int]
) -> None:
    known = begin(engine, people["alice"])
    with write_session(engine) as session:
        sign_in.end(session, session_id=session_id_in(session, known), by=people["alice"], at=NOW)
    fail(engine, "alice", 5)
    assert attempt(engine, "alice", known_token=known.token).user_id == people["alice"]
    bobs = begin(engine, people["bob"])
    with pytest.raises(sign_in.TooManyAttempts):
        attempt(engine, "alice", known_token=bobs.token)


def test_an_account_tried_from_many_places_gets_slower_but_never_shut(engine: Engine, people: dict[str, int]) -> None:
    for place in range(20):
        attempt(engine, "alice", address=f"203.0.113.{place}")
    assert attempt(engine, "alice", address=OFFICE).pause == timedelta(seconds=0.5)
    for place in range(40):
        attempt(engine, "alice", address=f"198.51.100.{place}")
    assert attempt(engine, "alice", address="192.0.2.8").pause == timedelta(seconds=4)
    assert attempt(engine, "bob", address="192.0.2.8").pause == timedelta(0)


def test_a_place_that_tries_many_accounts_gets_slower(engine: Engine, people: dict[str, int]) -> None:
    for number in range(50):
        attempt(engine, f"guess{number}")
    assert attempt(engine, "bob").pause == timedelta(seconds=0.5)
    assert attempt(engine, "bob", address=ELSEWHERE).pause == timedelta(0)


def test_signing_in_forgets_the_failed_tries_from_this_place_only(engine: Engine, people: dict[str, int]) -> None:
    fail(engine, "alice", 4)
    fail(engine, "alice", 5, address=ELSEWHERE)
    tried = attempt(engine, "alice")
    with write_session(engine) as session:
        sign_in.begin(session, user_id=people["alice"], attempt=tried, at=NOW, days=7, secret_key=SECRET)
    fail(engine, "alice", 5)
    with pytest.raises(sign_in.TooManyAttempts):
        attempt(engine, "alice", address=ELSEWHERE)


def test_tries_are_forgotten_after_a_day(engine: Engine, people: dict[str, int]) -> None:
    fail(engine, "alice", 5)
    assert attempt(engine, "alice", at=NOW + timedelta(days=1, seconds=1)).user_id == people["alice"]
    with read_session(engine) as session:
        assert session.exec(select(func.count(col(SignInAttempt.id)))).one() == 1


def test_an_unknown_name_meets_the_same_limits_and_is_not_kept_in_clear(engine: Engine, people: dict[str, int]) -> None:
    fail(engine, "my secret password", 5)
    with pytest.raises(sign_in.TooManyAttempts):
        attempt(engine, "my secret password")
    with read_session(engine) as session:
        stored = session.exec(select(SignInAttempt.username)).all()
    assert all("secret" not in name for name in stored)


def test_an_unknown_and_an_inactive_account_cost_a_hash_like_a_known_one(
    engine: Engine, people: dict[str, int]
) -> None:
    with write_session(engine) as session:
        session.get_one(User, people["charlie"]).active = False
    tries = {name: attempt(engine, name) for name in ("alice", "charlie", "nobody")}
    assert [tried.user_id for tried in tries.values()] == [people["alice"], None, None]
    assert tries["charlie"].password_hash != PASSWORD_HASH
    seconds = {name: checking_time(tried) for name, tried in tries.items()}
    assert seconds["nobody"] == pytest.approx(seconds["alice"], rel=0.5)
    assert seconds["charlie"] == pytest.approx(seconds["alice"], rel=0.5)


def checking_time(tried: sign_in.Attempt) -> float:
    """CPU seconds of one check, the shortest of three."""

    def once() -> float:
        begun = time.thread_time()
        passwords.is_right("wrong", tried.password_hash)
        return time.thread_time() - begun

    return min(once() for _time in range(3))


def test_tries_at_the_same_time_cannot_get_past_the_limit(engine: Engine, people: dict[str, int]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def try_once(_number: int) -> bool:
        try:
            attempt(engine, "alice")
        except sign_in.TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_once, range(16))) == 5


# Passwords


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short-123", "at least 10 characters"),
        ("x" * 73, "at most 72 bytes"),
        ("密" * 25, "at most 72 bytes"),
        ("alice-in-w", "too easy"),
        ("aaaaaaaaaaaa", "too easy"),
        (" three ducks ", "begin or end with a space"),
    ],
)
def test_a_password_that_is_weak_or_cannot_be_typed_again_is_refused(password: str, reason: str) -> None:
    with pytest.raises(passwords.PasswordRefused, match=reason):
        passwords.checked(password, username="alice-in-w")


@pytest.mark.parametrize("password", ["x1-y" * 18, "密码要长一点才安全啊", PASSWORD])
def test_72_bytes_in_any_writing_are_accepted(password: str) -> None:
    assert passwords.checked(password, username="alice") == password
    assert passwords.is_right(password, passwords.hashed(password))
