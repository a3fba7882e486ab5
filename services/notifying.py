"""Tells people inside the app what waits for them; everything that goes out (mail, messages) begins from these rows."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from db.models import Notification, User


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
