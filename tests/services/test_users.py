"""Accounts: who may change them, what is refused, and what ends a sign-in. Alice is the administrator."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from db.models import AuditEvent, Department, Fact, SignInSession, User
from db.queries.users import accounts
from db.session import read_session, write_session
from domain.access import PERMISSIONS, NotAllowed, NotThere
from services import passwords, sign_in, users

NOW = datetime(2026, 9, 16, 10, 42, tzinfo=UTC)
PASSWORD = "three ducks on a pond"
PASSWORD_HASH = passwords.hashed(PASSWORD)
NEW = {"username": "dora", "name": "Dora Ding", "password": "four geese on a lake", "role": "viewer"}


@pytest.fixture
def people(sqlite_engine: Engine) -> dict[str, int]:
    """Username → id: an administrator, a reader and somebody who sees nothing."""
    roles = {"alice": "administrator", "bob": "viewer", "charlie": "interviewer"}
    with write_session(sqlite_engine) as session:
        session.add(Department(code="LOG", name_zh="物流", name_en="Logistics"))
        rows = [
            User(username=name, name=name.title(), password_hash=PASSWORD_HASH, role=role, created_at=NOW)
            for name, role in roles.items()
        ]
        session.add_all(rows)
        session.flush()
        return {user.username: user.id or 0 for user in rows}


class AuditBroken(Exception):
    """Stands for anything that goes wrong late."""


def add(engine: Engine, by: int | None, **other: Any) -> User:
    with write_session(engine) as session:
        return users.add(session, **{**NEW, **other}, by=by, at=NOW)


def change(engine: Engine, by: int | None, user_id: int, **other: Any) -> User:
    """Saves the account as it is, but for what is named."""
    with write_session(engine) as session:
        user = session.get_one(User, user_id)
        values = {name: getattr(user, name) for name in ("name", "role", "is_head", "active", "language", "mail")}
        wanted = {"version": user.version, "department_code": None, **values, **other}
        return users.change(session, user_id=user_id, **wanted, by=by, at=NOW)


def signed_in(engine: Engine, user_id: int) -> str:
    with write_session(engine) as session:
        return sign_in.begin(session, user_id=user_id, at=NOW, days=7, secret_key="k").token


def is_in(engine: Engine, token: str) -> bool:
    with read_session(engine) as session:
        return sign_in.presence(session, token=token, at=NOW, idle=timedelta(hours=12)) is not None


def audited(engine: Engine) -> list[tuple[str, int | None, dict[str, Any]]]:
    with read_session(engine) as session:
        return [
            (row.verb, row.user_id, row.details)
            for row in session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))
            if row.about == "user"
        ]


def counted(session: Session, model: Any) -> int:
    return session.exec(select(func.count(col(model.id)))).one()


def test_an_administrator_adds_an_account_that_can_sign_in(sqlite_engine: Engine, people: dict[str, int]) -> None:
    added = add(sqlite_engine, people["alice"], username=" Dora ", role="department", department_code="LOG")
    assert added.username == "dora"
    assert passwords.is_right(NEW["password"], added.password_hash)
    assert NEW["password"] not in added.password_hash
    assert audited(sqlite_engine) == [("add", people["alice"], {"role": "department"})]


def test_the_command_line_adds_accounts_too(sqlite_engine: Engine) -> None:
    assert add(sqlite_engine, None, role="administrator").active


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_else_adds_changes_or_sets_passwords(sqlite_engine: Engine, people: dict[str, int], who: str) -> None:
    with pytest.raises(NotAllowed):
        add(sqlite_engine, people[who])
    with pytest.raises(NotAllowed):
        change(sqlite_engine, people[who], people[who], role="administrator")
    with pytest.raises(NotAllowed), write_session(sqlite_engine) as session:
        users.set_password(session, user_id=people["alice"], password="five swans in a row", by=people[who], at=NOW)
    with read_session(sqlite_engine) as session:
        assert counted(session, User) == 3
    assert audited(sqlite_engine) == []


def test_a_former_administrator_changes_nothing_any_more(sqlite_engine: Engine, people: dict[str, int]) -> None:
    second = add(sqlite_engine, people["alice"], role="administrator")
    change(sqlite_engine, people["alice"], second.id or 0, active=False)
    with pytest.raises(NotAllowed):
        add(sqlite_engine, second.id, username="eric")


def test_only_the_administrator_lists_accounts(sqlite_engine: Engine, people: dict[str, int]) -> None:
    signed_in(sqlite_engine, people["bob"])
    with read_session(sqlite_engine) as session:
        alice, bob, charlie = (session.get_one(User, people[name]) for name in ("alice", "bob", "charlie"))
        listed = accounts(session, sign_in.viewer_of(alice), now=NOW)
        assert [(one.username, one.sign_ins) for one in listed] == [("alice", 0), ("bob", 1), ("charlie", 0)]
        for stranger in (bob, charlie):
            with pytest.raises(NotAllowed):
                accounts(session, sign_in.viewer_of(stranger), now=NOW)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"username": "d"}, "3 to 64"),
        ({"username": "dora ding"}, "3 to 64"),
        ({"username": "dora/../x"}, "3 to 64"),
        ({"username": "BOB"}, "already"),
        ({"name": "  "}, "name"),
        ({"role": "boss"}, "no role"),
        ({"role": "department"}, "Choose the department"),
        ({"is_head": True}, "Choose the department"),
        ({"department_code": "X"}, "no department"),
        ({"language": "fr"}, "no language"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(
    sqlite_engine: Engine, people: dict[str, int], wrong: dict[str, Any], reason: str
) -> None:
    with pytest.raises(users.AccountInvalid, match=reason):
        add(sqlite_engine, people["alice"], **wrong)
    assert audited(sqlite_engine) == []


def test_a_weak_password_adds_nothing(sqlite_engine: Engine, people: dict[str, int]) -> None:
    with pytest.raises(passwords.PasswordRefused):
        add(sqlite_engine, people["alice"], password="short")
    with read_session(sqlite_engine) as session:
        assert counted(session, User) == 3


@pytest.mark.parametrize("changed", [{"role": "quality"}, {"department_code": "LOG"}, {"active": False}])
def test_a_change_of_rights_ends_all_sign_ins(
    sqlite_engine: Engine, people: dict[str, int], changed: dict[str, Any]
) -> None:
    bobs, alices = signed_in(sqlite_engine, people["bob"]), signed_in(sqlite_engine, people["alice"])
    change(sqlite_engine, people["alice"], people["bob"], **changed)
    assert not is_in(sqlite_engine, bobs)
    assert is_in(sqlite_engine, alices)
    verb, by, details = audited(sqlite_engine)[-1]
    assert (verb, by, details["ended"]) == ("change", people["alice"], 1)


def test_a_change_of_name_or_language_ends_nothing(sqlite_engine: Engine, people: dict[str, int]) -> None:
    bobs = signed_in(sqlite_engine, people["bob"])
    change(sqlite_engine, people["alice"], people["bob"], name="Robert", language="en", mail="bob@example.com")
    assert is_in(sqlite_engine, bobs)
    assert audited(sqlite_engine)[-1][2] == {"fields": ["language", "mail", "name"], "ended": 0}


def test_the_second_of_two_editors_is_told_and_loses_nothing_silently(
    sqlite_engine: Engine, people: dict[str, int]
) -> None:
    change(sqlite_engine, people["alice"], people["bob"], version=1, name="Robert")
    with pytest.raises(users.AccountChangedMeanwhile):
        change(sqlite_engine, people["alice"], people["bob"], version=1, name="Bobby")
    with read_session(sqlite_engine) as session:
        assert session.get_one(User, people["bob"]).name == "Robert"


@pytest.mark.parametrize("changed", [{"role": "viewer"}, {"active": False}])
def test_the_last_active_administrator_cannot_be_removed(
    sqlite_engine: Engine, people: dict[str, int], changed: dict[str, Any]
) -> None:
    inactive = add(sqlite_engine, people["alice"], role="administrator")
    change(sqlite_engine, people["alice"], inactive.id or 0, active=False)
    with pytest.raises(users.AccountInvalid, match="last active administrator"):
        change(sqlite_engine, people["alice"], people["alice"], **changed)
    change(sqlite_engine, people["alice"], inactive.id or 0, active=True)
    change(sqlite_engine, people["alice"], people["alice"], **changed)


def test_a_password_set_by_the_administrator_ends_all_sign_ins(sqlite_engine: Engine, people: dict[str, int]) -> None:
    bobs = signed_in(sqlite_engine, people["bob"])
    with write_session(sqlite_engine) as session:
        users.set_password(session, user_id=people["bob"], password="five swans in a row", by=people["alice"], at=NOW)
    assert not is_in(sqlite_engine, bobs)
    with read_session(sqlite_engine) as session:
        assert passwords.is_right("five swans in a row", session.get_one(User, people["bob"]).password_hash)
    assert "swans" not in str(audited(sqlite_engine))


def test_changing_the_own_password_keeps_this_browser_and_ends_the_others(
    sqlite_engine: Engine, people: dict[str, int]
) -> None:
    here, there = signed_in(sqlite_engine, people["bob"]), signed_in(sqlite_engine, people["bob"])
    with write_session(sqlite_engine) as session:
        kept = session.exec(select(SignInSession.id).where(SignInSession.token_hash == sign_in.fingerprint(here))).one()
        users.change_own_password(
            session, user_id=people["bob"], current=PASSWORD, new="five swans in a row", keep_session=kept, at=NOW
        )
    assert is_in(sqlite_engine, here)
    assert not is_in(sqlite_engine, there)


@pytest.mark.parametrize(
    ("current", "new", "reason"),
    [
        ("wrong", "five swans in a row", "current password is not right"),
        (PASSWORD, PASSWORD, "the same"),
        (PASSWORD, "short", "at least"),
        ("x" * 73, "five swans in a row", "72 bytes"),
    ],
)
def test_the_own_password_is_not_changed_without_the_old_one_or_to_a_weak_one(
    sqlite_engine: Engine, people: dict[str, int], current: str, new: str, reason: str
) -> None:
    with pytest.raises(passwords.PasswordRefused, match=reason), write_session(sqlite_engine) as session:
        users.change_own_password(session, user_id=people["bob"], current=current, new=new, keep_session=None, at=NOW)
    with read_session(sqlite_engine) as session:
        assert session.get_one(User, people["bob"]).password_hash == PASSWORD_HASH


def test_an_account_that_is_not_there_is_not_changed(sqlite_engine: Engine, people: dict[str, int]) -> None:
    with pytest.raises(NotThere), write_session(sqlite_engine) as session:
        users.set_password(session, user_id=999, password="five swans in a row", by=None, at=NOW)


def test_nothing_is_saved_when_the_audit_row_fails(
    sqlite_engine: Engine, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_place: object, **_names: object) -> None:
        raise AuditBroken

    monkeypatch.setattr(users, "audit", broken)
    bobs = signed_in(sqlite_engine, people["bob"])
    with pytest.raises(AuditBroken):
        change(sqlite_engine, people["alice"], people["bob"], role="quality")
    with read_session(sqlite_engine) as session:
        assert session.get_one(User, people["bob"]).role == "viewer"
    assert is_in(sqlite_engine, bobs)


@pytest.mark.parametrize("broken", [{"username": "Dora"}, {"role": "boss"}, {"username": "bob"}])
def test_the_database_itself_holds_no_impossible_account(
    sqlite_engine: Engine, people: dict[str, int], broken: dict[str, str]
) -> None:
    values = {"username": "dora", "name": "Dora", "password_hash": "x", "role": "viewer", "created_at": NOW, **broken}
    with pytest.raises(IntegrityError), write_session(sqlite_engine) as session:
        session.add(User(**values))


def test_only_the_demo_database_shows_accounts(sqlite_engine: Engine) -> None:
    listed = '[{"username": "demo", "password": "demo-2026", "role": "quality", "name": "王静"}]'
    with write_session(sqlite_engine) as session:
        session.add(Fact(name=users.DEMO_ACCOUNTS, value=listed))
        assert users.demo_accounts(session) == []
        session.add(Fact(name="demo", value="1"))
        session.flush()
        assert users.demo_accounts(session) == [users.DemoAccount("demo", "demo-2026", "quality", "王静")]


def test_every_role_has_a_name() -> None:
    assert set(users.ROLE_NAMES) == set(PERMISSIONS)
