"""Which questions of a scheme's waves belong together: what was said, and what is still to be asked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from sqlalchemy import bindparam, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from db import bulk
from db.models import ItemLink, ItemRow, SchemeRow, User, Wave
from db.queries.narrowing import SHOWN_STATES, WaveInfo, may_see_scheme, waves_in
from db.rollups import Layout
from domain.access import SYSTEM, NotThere, Scope, Viewer
from domain.item_links import OF_ONE, Doubt, HasItems, HasRules, Link, doubts, followed, origins

Figures = TypeVar("Figures", bound=HasItems)
Decided = dict[str, dict[str, Link]]
"""Wave code → item code → what was said of it."""


@dataclass(frozen=True)
class Confirmed:
    """A link, who said it and when."""

    link: Link
    by: str
    at: datetime


@dataclass(frozen=True)
class Step:
    """A wave and the one before it, where the questions differ: what is to be asked, and what was said."""

    before: WaveInfo
    wave: WaveInfo
    doubts: list[Doubt]
    confirmed: list[Confirmed]


def steps(session: Session, viewer: Viewer, scheme_id: int) -> list[Step]:
    """Waves of a scheme that the viewer edits before which its questions changed, the newest first. Raises NotThere."""
    viewer.check("edit_schemes")
    if session.exec(select(SchemeRow.id).where(SchemeRow.id == scheme_id, may_see_scheme(viewer))).first() is None:
        raise NotThere
    waves = waves_in(session, Scope(viewer, scheme_id))
    said = _confirmed(session, scheme_id)
    found = []
    for before, wave in pairwise(waves):
        confirmed = said.get(wave.code, [])
        there = {one.link.item for one in confirmed}
        asked = doubts(before.layout.scheme, wave.layout.scheme) if _differ(before, wave) else []
        if asked or confirmed:
            found.append(Step(before, wave, [one for one in asked if one.item.code not in there], confirmed))
    return found[::-1]


def links_followed(
    session: Session, scope: Scope, history: Sequence[Figures], chain: Sequence[WaveInfo] = ()
) -> list[Figures]:
    """Figures of waves, oldest first, with the earlier items as those of the last wave that continue them.

    `chain` are all waves from the first to the last one, where the history lacks some. Under one and the same scheme
    version nothing was asked, and nothing is read.
    """
    waves: Sequence[HasRules] = chain or [one.wave for one in history]
    if len({wave.layout.version_id for wave in waves}) < 2:
        return list(history)
    return followed(history, decided_links(session, scope), chain)


def renamed_links(session: Session, scope: Scope) -> list[Link]:
    """The items of the scope's scheme that only have another code since some wave."""
    links = [link for said in decided_links(session, scope).values() for link in said.values()]
    return [link for link in links if link.kind == "renamed"]


def origin_ids(session: Session, wave: Wave, before_id: int, now: Layout) -> dict[int, tuple[int, ...]] | None:
    """Item of a wave → the items that it continues in an earlier wave; None where every item is simply the same.

    So it is where both run under one version, and nothing was said of an item in between.
    """
    given = {"scheme": wave.scheme_id, "before": before_id, "position": wave.position}
    ((versions, links),) = bulk.fetch(session, _BETWEEN, given)
    if versions <= 1 and not links:
        return None
    scope = Scope(SYSTEM, wave.scheme_id)
    waves = waves_in(session, scope)
    codes = [one.id for one in waves]
    if wave.id not in codes or before_id not in codes:
        return {key: (key,) for key in now.item_ids}
    chain = waves[codes.index(before_id) : codes.index(wave.id) + 1]
    there = dict(zip(chain[0].layout.scheme.item_codes, chain[0].layout.item_ids, strict=True))
    known = origins(chain, decided_links(session, scope))
    return {
        key: tuple(there[one] for one in known[code])
        for code, key in zip(now.scheme.item_codes, now.item_ids, strict=True)
    }


_EARLIER = sa_select(col(Wave.position)).where(col(Wave.id) == bindparam("before")).scalar_subquery()
_RANGE = (
    col(Wave.scheme_id) == bindparam("scheme"),
    col(Wave.position) >= _EARLIER,
    col(Wave.position) <= bindparam("position"),
)
_BETWEEN = (
    sa_select(
        func.count(col(Wave.scheme_version_id).distinct()),
        func.count(col(ItemLink.id)),
    )
    .select_from(Wave)
    .join(ItemLink, (col(ItemLink.wave_id) == Wave.id) & (col(Wave.position) > _EARLIER), isouter=True)
    .where(*_RANGE)
)


def wave_before(session: Session, wave: Wave) -> Wave | None:
    """The wave of the same scheme that questions are compared with."""
    statement = select(Wave).where(Wave.scheme_id == wave.scheme_id, Wave.position < wave.position)
    statement = statement.where(col(Wave.state).in_(SHOWN_STATES), col(Wave.is_pilot).is_(False))
    return session.exec(statement.order_by(col(Wave.position).desc()).limit(1)).first()


def _differ(before: WaveInfo, wave: WaveInfo) -> bool:
    return before.layout.version_id != wave.layout.version_id


def decided_links(session: Session, scope: Scope) -> Decided:
    """All that was said of the items of a scheme's waves."""
    scope.viewer.check("view_scores")
    return {
        wave: {one.link.item: one.link for one in confirmed}
        for wave, confirmed in _confirmed(session, scope.scheme_id).items()
    }


def _confirmed(session: Session, scheme_id: int) -> dict[str, list[Confirmed]]:
    statement = (
        select(Wave.code, ItemLink, User.name)
        .join(ItemLink, col(ItemLink.wave_id) == Wave.id)
        .join(User, col(User.id) == ItemLink.confirmed_by_id, isouter=True)
        .where(Wave.scheme_id == scheme_id)
        .order_by(col(ItemLink.id))
    )
    rows = session.exec(statement).all()
    if not rows:
        return {}
    codes = dict(session.exec(select(ItemRow.id, ItemRow.code).where(ItemRow.scheme_id == scheme_id)).all())
    found: dict[str, dict[str, Confirmed]] = defaultdict(dict)
    for wave, row, by in rows:
        item = codes[row.item_id]
        before = found[wave][item].link.earlier if item in found[wave] else ()
        earlier = () if row.kind in OF_ONE else (*before, codes[row.earlier_id])
        found[wave][item] = Confirmed(Link(item, row.kind, earlier), by or "", row.confirmed_at)
    return {wave: list(links.values()) for wave, links in found.items()}
