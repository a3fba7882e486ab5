"""Share links: the list for whoever made them, and what one opens for whom."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, col, func, select

from db.models import Customer, Share, ShareOpening, User
from domain.access import PERMISSIONS, Guest, Viewer
from domain.scheme import Name
from domain.shares import permissions

MOST = 300


@dataclass(frozen=True)
class ShareLine:
    """A share in the list: whose it is, about what, until when, and how often it was opened. `state` is open, ended or revoked."""

    id: int
    view: str
    title: str
    customer: Name | None
    made_by: str
    made_at: datetime
    ends_at: datetime
    state: str
    has_password: bool
    with_people: bool
    seconds: int
    opened: int
    opened_at: datetime | None
    link_seed: str = field(repr=False)


@dataclass(frozen=True)
class Shared:
    """A share that can be opened now, and the reader that it makes of somebody who holds its link."""

    id: int
    view: str
    title: str
    params: dict[str, str] = field(hash=False)
    slides: tuple[str, ...]
    seconds: int
    ends_at: datetime
    viewer: Viewer


def shares(session: Session, viewer: Viewer, *, now: datetime) -> list[ShareLine]:
    """The own shares, all of them for whoever manages them; those that can be opened first, then the newest. Raises NotAllowed."""
    viewer.check("share_views")
    opened, latest = (
        select(what).where(ShareOpening.share_id == Share.id).correlate(Share).scalar_subquery()
        for what in (func.count(col(ShareOpening.id)), func.max(col(ShareOpening.at)))
    )
    everything: tuple[Any, ...] = (Share, User.name, Customer, opened, latest)
    statement: Select[Any] = (
        select(*everything)
        .join(User, col(User.id) == Share.made_by_id)
        .join(Customer, col(Customer.id) == Share.customer_id, isouter=True)
        .order_by(col(Share.id).desc())
        .limit(MOST)
    )
    if not viewer.may("manage_shares"):
        statement = statement.where(col(Share.made_by_id) == viewer.user_id)
    lines = [
        ShareLine(
            one.id or 0,
            one.view,
            one.title,
            Name(who.name_zh or who.code, who.name_en) if who else None,
            maker,
            one.made_at,
            one.ends_at,
            state_of(one, now),
            bool(one.password_hash),
            one.with_people,
            one.seconds,
            int(n),
            last,
            one.link_seed,
        )
        for one, maker, who, n, last in session.execute(statement)
    ]
    return sorted(lines, key=lambda line: line.state != "open")


def openings(session: Session, viewer: Viewer, share_id: int, *, limit: int = 20) -> list[datetime]:
    """When a share of the list was opened, the latest first; raises NotAllowed."""
    viewer.check("share_views")
    mine = select(Share.id).where(Share.id == share_id)
    if not viewer.may("manage_shares"):
        mine = mine.where(Share.made_by_id == viewer.user_id)
    statement = select(ShareOpening.at).where(col(ShareOpening.share_id).in_(mine))
    return list(session.exec(statement.order_by(col(ShareOpening.at).desc()).limit(limit)))


def state_of(share: Share, now: datetime) -> str:
    """Whether it can be opened: "open", or why not, "revoked" or "ended"."""
    if share.revoked_at is not None:
        return "revoked"
    return "open" if share.ends_at > now else "ended"


def shared_view(session: Session, share_id: int, *, now: datetime) -> tuple[Share, Shared] | None:
    """A share as it can be read now, with the rights that its maker has at this moment; None when it is over.

    No check of who asks: for `services.shares`, which has seen the token or the cookie made of it.
    """
    statement = select(Share, User).join(User, col(User.id) == Share.made_by_id).where(Share.id == share_id)
    found = session.exec(statement.execution_options(populate_existing=True)).first()
    if found is None or state_of(found[0], now) != "open" or not found[1].active or found[1].role not in PERMISSIONS:
        return None
    return found[0], Shared(
        *(share_id, found[0].view, found[0].title, dict(found[0].params), tuple(found[0].slides), found[0].seconds),
        *(found[0].ends_at, _reader(*found)),
    )


def _reader(share: Share, maker: User) -> Viewer:
    return Viewer(
        user_id=0,
        username="",
        name="",
        role=maker.role,
        department_id=maker.department_id,
        guest=Guest(
            share.id or 0,
            maker.id or 0,
            permissions(share.view, with_people=share.with_people),
            share.customer_id,
            share.item_id,
            share.meeting_id,
        ),
    )
