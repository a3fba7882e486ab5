"""Saying which question of a wave continues which earlier one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from db.models import ItemLink, ItemRow, SchemeRow, Wave
from db.queries.item_links import wave_before
from db.queries.layouts import layout_of_wave
from db.queries.narrowing import may_see_scheme
from domain.access import NotThere, Viewer
from domain.item_links import Link, checked
from services.audit import audit
from services.following import refresh


def confirm(session: Session, *, wave_id: int, links: Sequence[Link], by: Viewer, at: datetime) -> None:
    """Says what items of a wave continue, in place of what was said of them before.

    Raises NotAllowed, NotThere or LinkInvalid.
    """
    wave, before = _waves(session, wave_id, by)
    earlier, later = layout_of_wave(session, before).scheme, layout_of_wave(session, wave).scheme
    found = select(ItemRow.code, ItemRow.id).where(ItemRow.scheme_id == wave.scheme_id)
    keys = {code: key or 0 for code, key in session.exec(found)}
    for link in [checked(link, earlier, later) for link in links]:
        _forget(session, wave_id, keys[link.item])
        session.add_all(
            ItemLink(
                wave_id=wave_id,
                item_id=keys[link.item],
                earlier_id=keys[code],
                kind=link.kind,
                confirmed_at=at,
                confirmed_by_id=by.user_id or None,
            )
            for code in link.earlier or (link.item,)
        )
    session.flush()
    _compare_anew(session, wave, at)
    codes = [link.item for link in links]
    audit(session, by=by.user_id, at=at, verb="confirm", about="item_link", about_id=wave_id, items=codes)


def ask_again(session: Session, *, wave_id: int, item: str, by: Viewer, at: datetime) -> None:
    """Takes back what was said of an item; raises NotAllowed or NotThere."""
    wave, _before = _waves(session, wave_id, by)
    key = session.exec(select(ItemRow.id).where(ItemRow.scheme_id == wave.scheme_id, ItemRow.code == item)).first()
    if key is None:
        raise NotThere
    _forget(session, wave_id, key)
    _compare_anew(session, wave, at)
    audit(session, by=by.user_id, at=at, verb="ask_again", about="item_link", about_id=wave_id, items=[item])


def _compare_anew(session: Session, wave: Wave, at: datetime) -> None:
    """Findings of running waves from this one on follow, for what an item continues is what it is compared with."""
    running = select(Wave).where(Wave.scheme_id == wave.scheme_id, Wave.state == "open", Wave.position >= wave.position)
    for one in session.exec(running.order_by(col(Wave.position))).all():
        refresh(session, one, at=at, customers=())


def _waves(session: Session, wave_id: int, by: Viewer) -> tuple[Wave, Wave]:
    """The wave, and the one before it; only of a scheme that `by` edits."""
    by.check("edit_schemes")
    statement = select(Wave).join(SchemeRow).where(Wave.id == wave_id, may_see_scheme(by)).with_for_update(of=Wave)
    wave = session.exec(statement).first()
    before = wave_before(session, wave) if wave else None
    if wave is None or before is None:
        raise NotThere
    return wave, before


def _forget(session: Session, wave_id: int, item_id: int) -> None:
    session.exec(delete(ItemLink).where(col(ItemLink.wave_id) == wave_id, col(ItemLink.item_id) == item_id))
