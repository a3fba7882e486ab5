"""Scheme versions as they are used: parsed once, with the keys of their items and composites."""

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from db import bulk
from db.models import Department, DimensionRow, ItemRow, SchemeRow, SchemeVersion, Wave
from db.rollups import Layout
from domain.access import NotThere
from domain.scheme_file import load

_KNOWN: WeakKeyDictionary[Any, dict[int, Layout]] = WeakKeyDictionary()
"""Layouts by database (its pool, which all engines of a database share); a version never changes."""


def layout_of_version(session: Session, version_id: int) -> Layout:
    """A scheme version with the keys of its items; raises NotThere."""
    known = _KNOWN.setdefault(session.connection().engine.pool, {})
    if version_id not in known:
        known[version_id] = _read(session, version_id)
    return known[version_id]


def layout_of_wave(session: Session, wave: Wave) -> Layout:
    """The scheme version that a wave runs under."""
    return layout_of_version(session, wave.scheme_version_id)


def newest_version(session: Session, scheme_code: str) -> SchemeVersion | None:
    """The latest version of a scheme, None when there is no such scheme."""
    statement = (
        select(SchemeVersion)
        .join(SchemeRow, col(SchemeRow.id) == SchemeVersion.scheme_id)
        .where(SchemeRow.code == scheme_code)
        .order_by(col(SchemeVersion.number).desc())
        .limit(1)
    )
    return session.exec(statement).first()


def department_ids(session: Session) -> dict[str, int]:
    """Keys of departments by code."""
    return {code: int(key) for code, key in bulk.fetch(session, _DEPARTMENTS, {})}


_DEPARTMENTS = sa_select(col(Department.code), col(Department.id))


def _read(session: Session, version_id: int) -> Layout:
    version = session.get(SchemeVersion, version_id)
    if version is None:
        raise NotThere
    scheme = load(version.document)
    items = dict(session.exec(select(ItemRow.code, ItemRow.id).where(ItemRow.scheme_id == version.scheme_id)).all())
    found = session.exec(select(DimensionRow.code, DimensionRow.id).where(DimensionRow.scheme_id == version.scheme_id))
    composites = {"": 0, **dict(found.all())}
    return Layout(
        version_id,
        version.scheme_id,
        scheme,
        tuple(items[code] or 0 for code in scheme.item_codes),
        tuple(composites[code] or 0 for code in scheme.composites),
    )
