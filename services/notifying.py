"""Tells people inside the app what waits for them; everything that goes out (mail, messages) begins from these rows."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from db.models import Notification, User
from domain.access import Viewer


def tell(
    session: Session,
    *,
    kind: str,
    to: Collection[int],
    link: str,
    facts: Mapping[str, str],
    once: str,
    at: datetime,
) -> None:
    """Writes one row for each person with an active account, in the caller's transaction; nobody is told `once` twice.

    `link` is an address inside the app ("/action?number=12"); `facts` hold only what may leave: numbers and titles.
    """
    if not to:
        return
    told = select(Notification.person_id).where(Notification.once == once)
    listed = select(User.id).where(col(User.id).in_(to), col(User.active).is_(True), col(User.id).not_in(told))
    for person in session.exec(listed.order_by(col(User.id))).all():
        row = Notification(person_id=person or 0, kind=kind, link=link, facts=dict(facts), once=once, at=at)
        session.add(row)
    session.flush()


def mark_read(session: Session, *, ids: Collection[int] | None = None, by: Viewer, at: datetime) -> int:
    """Marks one's own notifications as read, all of them without `ids`; how many were unread."""
    mine = [col(Notification.person_id) == by.user_id, col(Notification.read_at).is_(None)]
    if ids is not None:
        mine.append(col(Notification.id).in_(ids))
    return int(session.connection().execute(update(Notification).where(*mine).values(read_at=at)).rowcount)
