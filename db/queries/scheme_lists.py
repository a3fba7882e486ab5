"""Stored schemes for those who edit them: versions, who saved them when, and which waves run under each."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from db.models import SchemeRow, SchemeVersion, User, Wave
from db.queries.narrowing import may_see_scheme
from domain.access import NotThere, Viewer


@dataclass(frozen=True)
class Version:
    """A version of a scheme; `waves` are the codes of those that run under it, newest first."""

    id: int
    number: int
    document: str
    saved_at: datetime
    saved_by: str
    waves: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SchemeHistory:
    """A scheme with its versions, the newest first."""

    id: int
    code: str
    versions: list[Version]

    @property
    def newest(self) -> Version:
        """The version that the next wave runs under."""
        return self.versions[0]


def scheme_histories(session: Session, viewer: Viewer, code: str = "") -> list[SchemeHistory]:
    """Schemes that the viewer may edit, the one saved last first; with `code`, that one only. Raises NotAllowed."""
    viewer.check("edit_schemes")
    statement = (
        select(SchemeRow, SchemeVersion, User.name)
        .join(SchemeVersion, col(SchemeVersion.scheme_id) == SchemeRow.id)
        .join(User, col(User.id) == SchemeVersion.created_by_id, isouter=True)
        .where(may_see_scheme(viewer), *([SchemeRow.code == code] if code else []))
        .order_by(col(SchemeVersion.id).desc())
    )
    waves = _waves(session)
    found: dict[str, SchemeHistory] = {}
    for row, version, name in session.exec(statement):
        history = found.setdefault(row.code, SchemeHistory(row.id or 0, row.code, []))
        key = version.id or 0
        saved = (key, version.number, version.document, version.created_at, name or "", waves.get(key, []))
        history.versions.append(Version(*saved))
    return list(found.values())


def scheme_history(session: Session, viewer: Viewer, code: str) -> SchemeHistory:
    """One scheme that the viewer may edit; raises NotThere."""
    found = scheme_histories(session, viewer, code) if code else []
    if not found:
        raise NotThere
    return found[0]


def _waves(session: Session) -> dict[int, list[str]]:
    waves: dict[int, list[str]] = defaultdict(list)
    statement = select(Wave.scheme_version_id, Wave.code).order_by(col(Wave.position).desc())
    for version, code in session.exec(statement):
        waves[version].append(code)
    return waves
