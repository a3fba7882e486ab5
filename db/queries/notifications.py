"""What a person was told inside the app; only one's own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from db.models import Notification
from domain.access import Viewer

MOST = 100


@dataclass(frozen=True)
class NotificationLine:
    """One thing that was told; `link` is an address inside the app, `facts` what its sentence names."""

    id: int
    kind: str
    link: str
    facts: dict[str, Any]
    at: datetime
    is_read: bool


def unread(session: Session, viewer: Viewer) -> int:
    """How many things wait for the viewer."""
    mine = (Notification.person_id == viewer.user_id, col(Notification.read_at).is_(None))
    return session.exec(select(func.count(col(Notification.id))).where(*mine)).one()


def notifications(session: Session, viewer: Viewer, *, limit: int = MOST) -> list[NotificationLine]:
    """The viewer's own, the unread ones first, then the newest."""
    mine = select(Notification).where(Notification.person_id == viewer.user_id)
    newest = mine.order_by(col(Notification.read_at).is_not(None), col(Notification.id).desc()).limit(limit)
    return [
        NotificationLine(one.id or 0, one.kind, one.link, one.facts, one.at, one.read_at is not None)
        for one in session.exec(newest)
    ]
