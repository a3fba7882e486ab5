"""Schemes are stored as immutable versions; their items and dimensions keep their keys over all versions."""

from datetime import datetime
from functools import cache
from pathlib import Path

from sqlmodel import Session, func, select

from db.models import Department, DimensionRow, ItemRow, SchemeRow, SchemeVersion
from domain.scheme import Scheme
from domain.scheme_file import document_hash, load
from services.audit import audit

PRESETS = Path(__file__).parents[1] / "sample_data" / "presets"


@cache
def presets() -> dict[str, str]:
    """The schemes that ship, by code: their TOML documents."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(PRESETS.glob("*.toml"))]
    return {load(text).code: text for text in texts}


def store_scheme(session: Session, *, document: str, by: int | None, at: datetime) -> SchemeVersion:
    """Stores a scheme document as the newest version of its scheme; the same document again changes nothing.

    Departments, dimensions and items that the scheme names are made where they are missing. Raises SchemeInvalid.
    """
    scheme = load(document)
    organiser = _departments(session, scheme)[scheme.organiser]
    row = session.exec(select(SchemeRow).where(SchemeRow.code == scheme.code)).first()
    row = row or SchemeRow(code=scheme.code, organiser_id=organiser)
    row.organiser_id = organiser
    session.add(row)
    session.flush()
    assert row.id is not None
    known = select(SchemeVersion).where(
        SchemeVersion.scheme_id == row.id, SchemeVersion.hash == document_hash(document)
    )
    if version := session.exec(known).first():
        return version
    _keep_codes(session, DimensionRow, row.id, [code for code in scheme.composites if code])
    _keep_codes(session, ItemRow, row.id, list(scheme.item_codes))
    number = (
        session.exec(select(func.count()).select_from(SchemeVersion).where(SchemeVersion.scheme_id == row.id)).one() + 1
    )
    version = SchemeVersion(
        scheme_id=row.id,
        number=number,
        document=document,
        hash=document_hash(document),
        created_at=at,
        created_by_id=by,
    )
    session.add(version)
    session.flush()
    audit(session, by=by, at=at, verb="store", about="scheme_version", about_id=version.id, number=number)
    return version


def _departments(session: Session, scheme: Scheme) -> dict[str, int]:
    wanted = {scheme.organiser, *(item.department for item in scheme.items)}
    found = {row.code: row for row in session.exec(select(Department))}
    for code in sorted(wanted - set(found)):
        name = scheme.department_name(code)
        found[code] = Department(code=code, name_zh=name.zh, name_en=name.en)
        session.add(found[code])
    session.flush()
    return {code: row.id for code, row in found.items() if row.id is not None}


def _keep_codes(session: Session, model: type[DimensionRow] | type[ItemRow], scheme_id: int, codes: list[str]) -> None:
    there = set(session.exec(select(model.code).where(model.scheme_id == scheme_id)))
    session.add_all(model(scheme_id=scheme_id, code=code) for code in codes if code not in there)
    session.flush()
