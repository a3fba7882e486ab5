"""Signing in and out. Everything is in the database, so that it holds for all replicas and survives a restart.

A sign-in is a row of SignInSession. Its token is made out of a one-time ticket with the installation's secret: the
browser fetches /auth/keep with the ticket and is given the token as an HttpOnly cookie. Only hashes of both are stored.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, func, or_, select

from db.models import SignInAttempt, SignInSession, User
from domain.access import PERMISSIONS, Viewer
from domain.errors import N_, Refusal
from domain.sign_in_limits import MEMORY, Limits, pause
from services import passwords
from services.audit import audit
from services.rights import check_administrator

TICKET_LIFE = timedelta(seconds=30)
SEEN_EVERY = timedelta(minutes=2)
"""How stale `seen_at` may get, so that a reader isn't a writer on every run."""
LONGEST_NAME = 64


class TooManyAttempts(Refusal):
    """The next try for this account from this place has to wait."""


class SignInRefused(Refusal):
    """The name or the password is wrong, or the account is not active: all three look the same."""

    def __init__(self) -> None:
        super().__init__(N_("The user name or the password is not right."))


@dataclass(frozen=True)
class Attempt:
    """One try, already counted as failed; `user_id` is None where nobody may sign in under this name."""

    username: str
    place: str
    user_id: int | None
    password_hash: str
    pause: timedelta


@dataclass(frozen=True)
class Beginning:
    """A new sign-in: the token says who asks, the ticket lets the browser have it as a cookie, once."""

    user_id: int
    token: str = field(repr=False)
    ticket: str = field(repr=False)
    until: datetime


@dataclass(frozen=True)
class Presence:
    """Who is signed in, by which sign-in, and whether it is time to note that they were seen."""

    viewer: Viewer
    session_id: int
    is_stale: bool


def attempt(
    session: Session, *, username: str, address: str, known_token: str | None, at: datetime, limits: Limits
) -> Attempt:
    """Counts a try before the password is looked at, so that tries at the same time can't get past the limit.

    Tries are counted per account and place: the network address, or the browser that the account's owner signed in
    with before (it still holds the token), so that a stranger can't lock the owner out. Raises TooManyAttempts.
    """
    name = username.strip().lower()
    user = session.exec(select(User).where(User.username == name).with_for_update()).first()
    account = name if user else f"?{fingerprint(name)[:32]}"
    place = _place(session, user, known_token) or address
    forget_tries(session, account, place, before=at - MEMORY)
    failed, last = session.exec(tries(SignInAttempt.username == account, SignInAttempt.address == place)).one()
    wait = limits.wait(failed)
    if last is not None and at < last + wait:
        minutes = -((at - last - wait) // timedelta(minutes=1))
        raise TooManyAttempts(N_("Too many wrong passwords. Try again in {minutes} min."), minutes=minutes)
    of_account = session.exec(tries(SignInAttempt.username == account)).one()[0]
    of_address = session.exec(tries(SignInAttempt.address == place)).one()[0] if place else 0
    session.add(SignInAttempt(username=account, address=place, at=at))
    is_known = user is not None and user.active
    return Attempt(
        username=account,
        place=place,
        user_id=user.id if user and is_known else None,
        password_hash=user.password_hash if user and is_known else passwords.nobodys_hash(),
        pause=timedelta(0) if place.startswith("browser:") else pause(of_account, of_address),
    )


def begin(
    session: Session,
    *,
    user_id: int,
    attempt: Attempt | None = None,
    address: str = "",
    browser: str = "",
    at: datetime,
    days: int,
    secret_key: str,
) -> Beginning:
    """A new sign-in of a user whose password was right; forgets the failed tries from this place.

    Raises SignInRefused when the account was changed while the password was being checked.
    """
    user = session.get(User, user_id)
    if user is None or not user.active or (attempt and attempt.password_hash != user.password_hash):
        raise SignInRefused
    if attempt:
        forget(session, attempt)
    ticket = secrets.token_urlsafe(32)
    token = token_for(ticket, secret_key)
    row = SignInSession(
        token_hash=fingerprint(token),
        user_id=user_id,
        ticket_hash=fingerprint(ticket),
        ticket_until=at + TICKET_LIFE,
        created_at=at,
        seen_at=at,
        expires_at=at + timedelta(days=days),
        address=address,
        browser=browser[:200],
    )
    session.add(row)
    session.flush()
    audit(session, by=user_id, at=at, verb="sign_in", about="sign_in_session", about_id=row.id)
    return Beginning(user_id=user_id, token=token, ticket=ticket, until=at + TICKET_LIFE)


def forget(session: Session, attempt: Attempt) -> None:
    """The password was right: the failed tries for this account from this place count no more."""
    forget_tries(session, attempt.username, attempt.place, before=None)


def redeem(session: Session, *, ticket: str, at: datetime, secret_key: str) -> str | None:
    """The token that belongs to a ticket, once; None for a ticket that is unknown, used or too old."""
    statement = (
        update(SignInSession)
        .where(col(SignInSession.ticket_hash) == fingerprint(ticket))
        .where(col(SignInSession.ticket_until) > at, col(SignInSession.ended_at).is_(None))
        .values(ticket_hash=None, ticket_until=None)
    )
    return token_for(ticket, secret_key) if _changed(session, statement) else None


def presence(session: Session, *, token: str, at: datetime, idle: timedelta) -> Presence | None:
    """Who holds the token, with the role, department and activity of this moment; None when the sign-in is over."""
    statement = (
        select(SignInSession, User)
        .join(User, col(User.id) == SignInSession.user_id)
        .where(SignInSession.token_hash == fingerprint(token), col(SignInSession.ended_at).is_(None))
        .where(SignInSession.expires_at > at, SignInSession.seen_at > at - idle, col(User.active).is_(True))
    )
    found = session.exec(statement).first()
    if found is None or found[1].role not in PERMISSIONS:
        return None
    row, user = found
    assert row.id is not None
    return Presence(viewer=viewer_of(user), session_id=row.id, is_stale=at - row.seen_at > SEEN_EVERY)


def viewer_of(user: User) -> Viewer:
    """The account as the one who asks."""
    return Viewer(
        user_id=user.id or 0,
        username=user.username,
        name=user.name,
        role=user.role,
        department_id=user.department_id,
        language=user.language,
    )


def note_seen(session: Session, *, session_id: int, at: datetime) -> None:
    """Puts off the end for want of activity; no audit row, since nothing is done."""
    session.exec(update(SignInSession).where(col(SignInSession.id) == session_id).values(seen_at=at))


def end(session: Session, *, session_id: int, by: int, at: datetime) -> None:
    """Signs out on one browser."""
    statement = update(SignInSession).where(col(SignInSession.id) == session_id, col(SignInSession.ended_at).is_(None))
    _changed(session, statement.values(ended_at=at, ticket_hash=None, ticket_until=None))
    audit(session, by=by, at=at, verb="sign_out", about="sign_in_session", about_id=session_id)


def end_everywhere(session: Session, *, user_id: int, by: int | None, at: datetime) -> int:
    """Signs a user out on all browsers and says on how many: the user's own wish, or an administrator's."""
    if by != user_id:
        check_administrator(session, by)
    ended = end_all(session, user_id=user_id, at=at)
    audit(session, by=by, at=at, verb="sign_out_everywhere", about="user", about_id=user_id, ended=ended)
    return ended


def end_all(session: Session, *, user_id: int, at: datetime, but: int | None = None) -> int:
    """Ends all sign-ins of a user except `but`, as a part of another verb, which audits it; says how many."""
    statement = update(SignInSession).where(
        col(SignInSession.user_id) == user_id,
        col(SignInSession.ended_at).is_(None),
        col(SignInSession.id) != (but or 0),
    )
    return _changed(session, statement.values(ended_at=at, ticket_hash=None, ticket_until=None))


def fingerprint(secret: str) -> str:
    """What is stored of a token or a ticket: both are random, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_for(ticket: str, secret_key: str) -> str:
    """The token that a ticket stands for; a ticket found in a log is worth nothing without the installation's key."""
    return hmac.new(secret_key.encode(), ticket.encode(), hashlib.sha256).hexdigest()


def _place(session: Session, user: User | None, known_token: str | None) -> str:
    """The browser that this account was signed in with before, "" where it is another's or unknown."""
    if user is None or not known_token:
        return ""
    statement = select(SignInSession.id).where(
        SignInSession.token_hash == fingerprint(known_token), SignInSession.user_id == user.id
    )
    known = session.exec(statement).first()
    return f"browser:{known}" if known else ""


def tries(*conditions: Any) -> Any:
    """Reads how many tries are written down under these conditions, and when the last one was."""
    return select(func.count(col(SignInAttempt.id)), func.max(col(SignInAttempt.at))).where(*conditions)


def forget_tries(session: Session, account: str, place: str, *, before: datetime | None) -> None:
    """Deletes failed tries: of the account at the place, or, with `before`, all older ones of either."""
    of_account, of_place = col(SignInAttempt.username) == account, col(SignInAttempt.address) == place
    if before is None:
        session.exec(delete(SignInAttempt).where(of_account, of_place))
    else:
        session.exec(delete(SignInAttempt).where(or_(of_account, of_place), col(SignInAttempt.at) < before))


def _changed(session: Session, statement: Any) -> int:
    return int(session.exec(statement).rowcount)
