"""What an import can go into, and how the same file was read before."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from db.models import ImportRun, SchemeRow, SchemeVersion, StoredMapping, Wave
from db.queries.narrowing import may_see_scheme
from domain.access import Viewer


@dataclass(frozen=True)
class StoredScheme:
    """A stored scheme in its newest version, with the codes of its open waves, newest first."""

    code: str
    document: str
    waves: list[str]


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
    waves = select(Wave.scheme_id, Wave.code).where(Wave.state == "open").order_by(col(Wave.position).desc())
    open_waves = session.exec(waves).all()
    return [
        StoredScheme(row.code, document, [code for scheme_id, code in open_waves if scheme_id == row.id])
        for row, document in session.exec(statement)
    ]


def stored_mapping(session: Session, viewer: Viewer, scheme_code: str, fingerprint: str) -> str | None:
    """The mapping last used for a file with these columns under a scheme, as TOML."""
    viewer.check("import")
    statement = (
        select(StoredMapping.document)
        .join(SchemeRow, col(SchemeRow.id) == StoredMapping.scheme_id)
        .where(SchemeRow.code == scheme_code, StoredMapping.fingerprint == fingerprint, may_see_scheme(viewer))
    )
    return session.exec(statement).first()


@dataclass(frozen=True)
class PastImport:
    """A file that went into a wave."""

    run: ImportRun
    wave: str
    scheme: str


def past_imports(session: Session, viewer: Viewer, *, limit: int = 10) -> list[PastImport]:
    """The newest imports into schemes that the viewer may import into."""
    viewer.check("import")
    statement = (
        select(ImportRun, Wave.code, SchemeRow.code)
        .join(Wave, col(Wave.id) == ImportRun.wave_id)
        .join(SchemeRow, col(SchemeRow.id) == Wave.scheme_id)
        .where(may_see_scheme(viewer))
        .order_by(col(ImportRun.started_at).desc())
        .limit(limit)
    )
    return [PastImport(run, wave, scheme) for run, wave, scheme in session.exec(statement)]
