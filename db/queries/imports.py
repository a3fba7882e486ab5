"""What an import can go into, and how the same file was read before."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, func, select

from db.models import ImportRun, SchemeRow, SchemeVersion, StoredMapping, Wave
from db.queries.narrowing import may_see_scheme
from domain.access import Viewer


@dataclass(frozen=True)
class StoredScheme:
    """A stored scheme in its newest version, with the codes of its open waves, newest first, and of the others."""

    code: str
    document: str
    waves: list[str]
    other_waves: dict[str, str] = field(default_factory=dict)
    """Code → state of waves that aren't open."""
    documents: dict[str, str] = field(default_factory=dict)
    """Code → document of waves that run under an earlier version."""


def stored_schemes(session: Session, viewer: Viewer) -> list[StoredScheme]:
    """Schemes that the viewer may import into, the one used last first."""
    viewer.check("import")
    newest = select(func.max(SchemeVersion.id)).group_by(col(SchemeVersion.scheme_id))
    statement = (
        select(SchemeRow, SchemeVersion.document)
        .join(SchemeVersion, col(SchemeVersion.scheme_id) == SchemeRow.id)
        .where(col(SchemeVersion.id).in_(newest), may_see_scheme(viewer))
        .order_by(col(SchemeVersion.id).desc())
    )
    waves = select(Wave.scheme_id, Wave.code, Wave.state).order_by(col(Wave.position).desc())
    every = session.exec(waves).all()
    older = select(Wave.scheme_id, Wave.code, SchemeVersion.document)
    older = older.join(SchemeVersion, col(SchemeVersion.id) == Wave.scheme_version_id)
    earlier = session.exec(older.where(col(SchemeVersion.id).not_in(newest))).all()
    return [
        StoredScheme(
            row.code,
            document,
            [code for scheme_id, code, state in every if scheme_id == row.id and state == "open"],
            {code: state for scheme_id, code, state in every if scheme_id == row.id and state != "open"},
            {code: text for scheme_id, code, text in earlier if scheme_id == row.id},
        )
        for row, document in session.exec(statement)
    ]


@dataclass(frozen=True)
class KnownMapping:
    """How a file with the same columns was read before: as TOML, when, and which file that was."""

    document: str
    used_at: datetime
    file_name: str


def known_mappings(session: Session, viewer: Viewer, fingerprint: str) -> dict[str, KnownMapping]:
    """Scheme code → the mapping last used under it for a file with these columns; the newest first."""
    viewer.check("import")
    statement = (
        select(SchemeRow.code, StoredMapping)
        .join(SchemeRow, col(SchemeRow.id) == StoredMapping.scheme_id)
        .where(StoredMapping.fingerprint == fingerprint, may_see_scheme(viewer))
        .order_by(col(StoredMapping.used_at).desc())
    )
    return {code: KnownMapping(row.document, row.used_at, row.name) for code, row in session.exec(statement)}


@dataclass(frozen=True)
class PastImport:
    """A file that went into a wave."""

    run: ImportRun
    wave: str
    scheme: str


def past_imports(session: Session, viewer: Viewer, *, sha256: str = "", limit: int = 10) -> list[PastImport]:
    """The newest imports into schemes that the viewer may import into; with `sha256`, of the very same file."""
    viewer.check("import")
    statement = (
        select(ImportRun, Wave.code, SchemeRow.code)
        .join(Wave, col(Wave.id) == ImportRun.wave_id)
        .join(SchemeRow, col(SchemeRow.id) == Wave.scheme_id)
        .where(may_see_scheme(viewer), *([ImportRun.file_sha256 == sha256] if sha256 else []))
        .order_by(col(ImportRun.started_at).desc())
        .limit(limit)
    )
    return [PastImport(run, wave, scheme) for run, wave, scheme in session.exec(statement)]
