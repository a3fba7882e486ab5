"""Tokens of the JSON API, as their administrators see them."""

from datetime import datetime

from sqlmodel import Session, col, select

from db.models import ApiToken, SchemeRow, User
from domain.access import Viewer
from domain.api_access import TokenLine


def api_tokens(session: Session, viewer: Viewer, *, now: datetime) -> list[TokenLine]:
    """All tokens, valid ones first, then the newest; raises NotAllowed."""
    viewer.check("manage_api")
    statement = (
        select(ApiToken, SchemeRow.code, User.name)
        .join(SchemeRow, col(SchemeRow.id) == ApiToken.scheme_id, isouter=True)
        .join(User, col(User.id) == ApiToken.created_by_id, isouter=True)
        .order_by(col(ApiToken.id).desc())
    )
    lines = [_line(row, scheme, name, now) for row, scheme, name in session.exec(statement)]
    return sorted(lines, key=lambda line: line.state != "valid")


def scheme_codes(session: Session, viewer: Viewer) -> list[str]:
    """Codes of the schemes that a token can be for; raises NotAllowed."""
    viewer.check("manage_api")
    return list(session.exec(select(SchemeRow.code).order_by(SchemeRow.code)))


def _line(row: ApiToken, scheme: str | None, made_by: str | None, now: datetime) -> TokenLine:
    state = "revoked" if row.revoked_at else "valid" if row.expires_at > now else "expired"
    return TokenLine(
        row.id or 0,
        row.name,
        row.hint,
        tuple(row.scopes),
        scheme or "",
        row.per_minute,
        made_by or "",
        row.created_at,
        row.expires_at,
        row.used_at,
        state,
    )
