"""Accounts: adding, changing, passwords. Whoever loses a right loses it at the next run, with all sign-ins."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from db.models import ROLES, Department, Fact, User
from domain.access import NotThere
from domain.errors import N_, Refusal
from locales import LANGUAGES
from services import passwords, sign_in
from services.audit import audit
from services.rights import check_administrator

ROLE_NAMES: Final[dict[str, str]] = {
    "administrator": N_("Administrator"),
    "quality": N_("Quality manager"),
    "organiser": N_("Organiser"),
    "interviewer": N_("Interviewer"),
    "approver": N_("Approver"),
    "department": N_("Department"),
    "sales": N_("Sales"),
    "viewer": N_("Viewer"),
}
"""Role → its name on the screen, a message."""

USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,62}[a-z0-9]")
DEMO_ACCOUNTS: Final = "demo_accounts"


class AccountInvalid(Refusal):
    """An account that can't be made or changed like this; the message says why."""


class AccountChangedMeanwhile(Refusal):
    """Somebody else saved the account after it was read."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else has just changed this account. Your changes are not saved yet."))


@dataclass(frozen=True)
class DemoAccount:
    """An account of the sample company, shown on the sign-in page of the demo database only."""

    username: str
    password: str
    role: str
    name: str = ""


def add(
    session: Session,
    *,
    username: str,
    name: str,
    password: str,
    role: str,
    department_code: str | None = None,
    is_head: bool = False,
    language: str = "",
    mail: str = "",
    by: int | None,
    at: datetime,
) -> User:
    """A new, active account. Raises AccountInvalid or PasswordRefused; `by` is None for the command line."""
    check_administrator(session, by)
    username = checked_username(session, username)
    user = User(
        username=username,
        name=checked_name(name),
        password_hash=passwords.hashed(passwords.checked(password, username=username)),
        role=checked_role(role),
        department_id=_department_id(session, department_code),
        is_head=is_head,
        language=checked_language(language),
        mail=mail.strip(),
        created_at=at,
    )
    check_department(user.role, user.department_id, is_head=is_head)
    session.add(user)
    session.flush()
    audit(session, by=by, at=at, verb="add", about="user", about_id=user.id, role=user.role)
    return user


def change(
    session: Session,
    *,
    user_id: int,
    version: int,
    name: str,
    role: str,
    department_code: str | None,
    is_head: bool,
    active: bool,
    language: str,
    mail: str,
    by: int | None,
    at: datetime,
) -> User:
    """Saves an account as it was read at `version`. A changed role, department or activity ends all its sign-ins.

    Raises AccountChangedMeanwhile, AccountInvalid, NotThere, or LastAdministrator.
    """
    check_administrator(session, by)
    user = _locked(session, user_id)
    wanted: dict[str, object] = {
        "name": checked_name(name),
        "role": checked_role(role),
        "department_id": _department_id(session, department_code),
        "is_head": is_head,
        "active": active,
        "language": checked_language(language),
        "mail": mail.strip(),
    }
    check_department(role, _department_id(session, department_code), is_head=is_head)
    changed = sorted(field for field, value in wanted.items() if getattr(user, field) != value)
    if user.role == "administrator" and user.active and not (active and role == "administrator"):
        check_not_last(session, user_id)
    _save(session, user, version, wanted)
    ended = sign_in.end_all(session, user_id=user_id, at=at) if {"role", "department_id", "active"} & {*changed} else 0
    audit(session, by=by, at=at, verb="change", about="user", about_id=user_id, fields=changed, ended=ended)
    return user


def set_password(session: Session, *, user_id: int, password: str, by: int | None, at: datetime) -> None:
    """An administrator sets a new password; it ends all of the account's sign-ins."""
    check_administrator(session, by)
    user = _locked(session, user_id)
    password_hash = passwords.hashed(passwords.checked(password, username=user.username))
    _save(session, user, user.version, {"password_hash": password_hash})
    ended = sign_in.end_all(session, user_id=user_id, at=at)
    audit(session, by=by, at=at, verb="set_password", about="user", about_id=user_id, ended=ended)


def change_own_password(
    session: Session, *, user_id: int, current: str, new: str, keep_session: int | None, at: datetime
) -> None:
    """A user changes the own password; it ends the sign-ins on other browsers. Raises PasswordRefused."""
    user = _locked(session, user_id)
    passwords.check_length(current)
    if not passwords.is_right(current, user.password_hash):
        raise passwords.PasswordRefused(N_("The current password is not right."))
    if new == current:
        raise passwords.PasswordRefused(N_("The new password is the same as the current one."))
    password_hash = passwords.hashed(passwords.checked(new, username=user.username))
    _save(session, user, user.version, {"password_hash": password_hash})
    ended = sign_in.end_all(session, user_id=user_id, at=at, but=keep_session)
    audit(session, by=user_id, at=at, verb="change_password", about="user", about_id=user_id, ended=ended)


def choose_language(session: Session, *, user_id: int, language: str, at: datetime) -> None:
    """A user chooses the language of the own screens and mails."""
    user = _locked(session, user_id)
    if user.language == language:
        return
    _save(session, user, user.version, {"language": checked_language(language)})
    audit(session, by=user_id, at=at, verb="choose_language", about="user", about_id=user_id)


def demo_accounts(session: Session) -> list[DemoAccount]:
    """Whom the sign-in page of the demo database offers; nobody in any other database."""
    is_demo, accounts = session.get(Fact, "demo"), session.get(Fact, DEMO_ACCOUNTS)
    if is_demo is None or is_demo.value != "1" or accounts is None:
        return []
    return [DemoAccount(**entry) for entry in json.loads(accounts.value)]


def check_not_last(session: Session, user_id: int) -> None:
    """Raises AccountInvalid where nobody else could manage accounts any more."""
    others = (
        select(col(User.id))
        .where(User.role == "administrator", col(User.active).is_(True), col(User.id) != user_id)
        .with_for_update()
    )
    if session.exec(others).first() is None:
        raise AccountInvalid(N_("This is the last active administrator. Make somebody else administrator first."))


def check_department(role: str, department_id: int | None, *, is_head: bool) -> None:
    """Raises AccountInvalid where a role says nothing without a department."""
    if department_id is None and (role == "department" or is_head):
        raise AccountInvalid(N_("Choose the department: this account acts for it."))


def checked_username(session: Session, username: str) -> str:
    """The user name in small letters, if it is free and can be typed by everybody."""
    name = username.strip().lower()
    if not name:
        raise AccountInvalid(N_("Enter the user name."))
    if not USERNAME.fullmatch(name):
        template = N_("A user name has 3 to 64 letters a–z, digits, or . _ @ + - between them, not “{name}”.")
        raise AccountInvalid(template, name=name)
    if session.exec(select(func.count(col(User.id))).where(User.username == name)).one():
        raise AccountInvalid(N_("There is already an account named “{name}”."), name=name)
    return name


def checked_name(name: str) -> str:
    if not name.strip():
        raise AccountInvalid(N_("Enter the person's name."))
    return name.strip()


def checked_role(role: str) -> str:
    if role not in ROLES:
        raise AccountInvalid(N_("There is no role “{role}”. Roles: {roles}."), role=role, roles=", ".join(ROLES))
    return role


def checked_language(language: str) -> str:
    """A language of the screens, or "" for the browser's."""
    if language and language not in LANGUAGES:
        raise AccountInvalid(N_("There is no language “{language}”."), language=language)
    return language


def _department_id(session: Session, code: str | None) -> int | None:
    if not code:
        return None
    found = session.exec(select(Department.id).where(Department.code == code)).first()
    if found is None:
        raise AccountInvalid(N_("There is no department “{code}”."), code=code)
    return found


def _locked(session: Session, user_id: int) -> User:
    user = session.exec(select(User).where(User.id == user_id).with_for_update()).first()
    if user is None:
        raise NotThere
    return user


def _save(session: Session, user: User, version: int, values: dict[str, object]) -> None:
    statement = update(User).where(col(User.id) == user.id, col(User.version) == version)
    saved = session.exec(statement.values(**values, version=version + 1))
    if saved.rowcount != 1:
        raise AccountChangedMeanwhile
    session.refresh(user)


def has_accounts(session: Session) -> bool:
    """Whether anybody can sign in; a new database that isn't the demo has nobody."""
    return session.exec(select(User.id).where(col(User.active)).limit(1)).first() is not None
