"""Schemes are stored as immutable versions; their items and dimensions keep their keys over all versions."""

from datetime import datetime
from functools import cache
from pathlib import Path

from sqlmodel import Session, func, select

from db.models import Department, DimensionRow, ItemRow, SchemeRow, SchemeVersion
from db.queries.layouts import newest_version
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.scheme import Scheme
from domain.scheme_changes import changes
from domain.scheme_draft import entries_of
from domain.scheme_file import document_hash, dump, load
from services.audit import audit

PRESETS = Path(__file__).parents[1] / "sample_data" / "presets"


class SchemeChangedMeanwhile(Refusal):
    """Somebody else saved a version after the one that was edited; `number` is the newest."""

    def __init__(self, number: int) -> None:
        super().__init__(
            N_("Somebody else has saved version {number} meanwhile. Your changes are not saved yet."), number=number
        )
        self.number = number


class NothingChanged(Refusal):
    """The version to be saved says what the newest one says."""

    def __init__(self) -> None:
        super().__init__(N_("Nothing has changed since the last version."))


@cache
def presets() -> dict[str, str]:
    """The schemes that ship, by code: their TOML documents."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(PRESETS.glob("*.toml"))]
    return {load(text).code: text for text in texts}


def presets_for(session: Session, viewer: Viewer) -> dict[str, str]:
    """The presets that the viewer may begin and that nobody has stored yet: an organiser's own department's."""
    stored = set(session.exec(select(SchemeRow.code)))
    return {
        code: text
        for code, text in presets().items()
        if code not in stored and is_own_scheme(session, load(text), viewer)
    }


def is_own_scheme(session: Session, scheme: Scheme, by: Viewer) -> bool:
    """Whether a scheme is one to store or fill for `by`: an organiser's are those of the own department.

    Both as the document says and as it is stored.
    """
    if by.only_schemes_of is None:
        return True
    stored = session.exec(select(SchemeRow.organiser_id).where(SchemeRow.code == scheme.code)).first()
    own = session.exec(select(Department.code).where(Department.id == by.only_schemes_of)).first()
    return scheme.organiser == own and stored in (None, by.only_schemes_of)


def check_organiser(session: Session, scheme: Scheme, by: Viewer) -> None:
    """Raises NotThere unless it is `is_own_scheme`."""
    if not is_own_scheme(session, scheme, by):
        raise NotThere


def save_version(session: Session, *, document: str, base: int, by: Viewer, at: datetime) -> SchemeVersion:
    """Saves an edited scheme as its next version; waves that there are keep theirs.

    `base` is the number of the version that was edited, 0 for a new scheme. Raises NotAllowed, NotThere, SchemeInvalid,
    SchemeChangedMeanwhile or NothingChanged.
    """
    by.check("edit_schemes")
    scheme = load(document)
    check_organiser(session, scheme, by)
    session.exec(select(SchemeRow).where(SchemeRow.code == scheme.code).with_for_update()).first()
    newest = newest_version(session, scheme.code)
    number = newest.number if newest else 0
    if number != base:
        raise SchemeChangedMeanwhile(number)
    if newest and not changes(entries_of(load(newest.document)), entries_of(scheme)):
        raise NothingChanged
    # the heading also tells a version that goes back to what an earlier one said from that earlier one
    text = f"# {scheme.code}, version {number + 1}\n\n{dump(scheme)}"
    return store_scheme(session, document=text, by=by.user_id or None, at=at)


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
    approval = scheme.approval
    agreeing = {*approval.countersigned_by, *([approval.approved_by] if approval.approved_by else [])}
    wanted = {scheme.organiser, *agreeing, *(item.department for item in scheme.items)}
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
