"""Tokens of the JSON API: made, revoked and used. Of a token only the hash is kept; it is shown once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final

from sqlalchemy import case, update
from sqlmodel import Session, col, select

from db.models import ApiToken, SchemeRow
from domain.access import NotThere, Viewer
from domain.api_access import SCOPES, Caller, TokenInvalid, TooManyRequests
from domain.errors import N_, Refusal
from services.audit import audit
from services.links import token_hash

BEGINNING: Final = "cs_"
"""How every token begins, so that one that has leaked is recognised."""
SHOWN: Final = len(BEGINNING) + 6
"""So many characters of a token are kept to tell it from others."""
LONGEST_NAME: Final = 80
MOST_DAYS: Final = 730
MOST_PER_MINUTE: Final = 6_000
MINUTE: Final = 60


class TokenEntryInvalid(Refusal):
    """A token that can't be made like this; the message says why."""


@dataclass(frozen=True)
class Made:
    """A new token, which nobody can be shown again."""

    id: int
    token: str = field(repr=False)


def make(
    session: Session,
    *,
    name: str,
    scopes: Sequence[str],
    scheme: str,
    days: int,
    per_minute: int,
    by: Viewer,
    at: datetime,
) -> Made:
    """A new token, for one scheme by its code or ("") for all. Raises TokenEntryInvalid, NotThere, NotAllowed."""
    by.check("manage_api")
    name = " ".join(name.replace("\0", "").split())[:LONGEST_NAME]
    if not name:
        raise TokenEntryInvalid(N_("Say which program the token is for."))
    if not scopes or set(scopes) - SCOPES.keys():
        raise TokenEntryInvalid(N_("Choose what the token may be used for."))
    if not 1 <= days <= MOST_DAYS:
        raise TokenEntryInvalid(N_("A token ends after 1 to {most} days."), most=MOST_DAYS)
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise TokenEntryInvalid(N_("A token may be used 1 to {most} times in a minute."), most=MOST_PER_MINUTE)
    token = f"{BEGINNING}{token_urlsafe(32)}"
    row = ApiToken(
        name=name,
        hint=token[:SHOWN],
        token_hash=token_hash(token),
        scopes=[scope for scope in SCOPES if scope in scopes],
        scheme_id=_scheme_id(session, scheme) if scheme else None,
        per_minute=per_minute,
        created_at=at,
        created_by_id=by.user_id or None,
        expires_at=at + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="make", about="api_token", about_id=row.id, scopes=row.scopes)
    return Made(row.id or 0, token)


def revoke(session: Session, *, token_id: int, by: Viewer, at: datetime) -> None:
    """Ends a token at once; once more changes nothing. Raises NotAllowed, NotThere."""
    by.check("manage_api")
    row = session.get(ApiToken, token_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotThere
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by_id = at, by.user_id or None
    session.flush()
    audit(session, by=by.user_id, at=at, verb="revoke", about="api_token", about_id=token_id)


def admitted(session: Session, *, token: str, at: datetime) -> Caller:
    """Who holds a token, whose use is counted: the count is in the database, so that it holds for all replicas.

    Raises TokenInvalid, TooManyRequests.
    """
    minute = int(at.timestamp()) // MINUTE
    again = col(ApiToken.minute) == minute
    statement = (
        update(ApiToken)
        .where(col(ApiToken.token_hash) == token_hash(token))
        .where(col(ApiToken.revoked_at).is_(None), col(ApiToken.expires_at) > at)
        .values(used=case((again, col(ApiToken.used) + 1), else_=1), minute=minute, used_at=at)
        .returning(
            col(ApiToken.id),
            col(ApiToken.scopes),
            col(ApiToken.scheme_id),
            col(ApiToken.per_minute),
            col(ApiToken.used),
        )
    )
    found = session.connection().execute(statement).one_or_none()
    if found is None:
        raise TokenInvalid
    key, scopes, scheme_id, per_minute, used = found
    if used > per_minute:
        raise TooManyRequests(per_minute, (minute + 1) * MINUTE - int(at.timestamp()))
    return Caller(key or 0, frozenset(scopes), scheme_id)


def _scheme_id(session: Session, code: str) -> int:
    found = session.exec(select(SchemeRow.id).where(SchemeRow.code == code.replace("\0", ""))).first()
    if found is None:
        raise NotThere
    return found
