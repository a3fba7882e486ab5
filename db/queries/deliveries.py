"""How people want to be told, and what became of the messages: one's own wishes, and for administrators what is in doubt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, func, or_, select

from db.models import ChatTarget, ChosenChat, Delivered, Delivery, Department, TellingChoice, User
from domain.access import Viewer
from domain.mail_addresses import address_of
from domain.scheme import Name
from domain.telling import Wishes

WITH_TROUBLE: Final = ("unclear", "failed")


@dataclass(frozen=True)
class OwnWays:
    """What the viewer chose; `mail` is the account's address ("" without a usable one), `chats` those offered, id → name."""

    wishes: Wishes
    mail: str
    chats: dict[int, str]
    chosen: tuple[int, ...]


@dataclass(frozen=True)
class ChatLine:
    """A chat as its administrator sees it: of the address only the host and the last characters."""

    id: int
    name: str
    kind: str
    hint: str
    has_secret: bool
    department: Name | None
    with_titles: bool
    active: bool
    chosen_by: int


@dataclass(frozen=True)
class DeliveryLine:
    """A message that may not have arrived: for whom, by which chat ("": by mail), how many things, and why."""

    id: int
    person: str
    chat: str
    things: int
    state: str
    reason: str
    at: datetime


def wishes_of(session: Session, person: int) -> Wishes:
    """How somebody wants to be told; the defaults where nothing was chosen."""
    row = session.get(TellingChoice, person)
    if row is None:
        return Wishes()
    return Wishes(row.by_mail, row.rhythm, row.digest_at, row.quiet_from, row.quiet_until, row.zone)


def own_ways(session: Session, viewer: Viewer) -> OwnWays:
    """The viewer's own; raises NotAllowed."""
    viewer.check("be_told")
    user = session.get(User, viewer.user_id)
    of_theirs = or_(col(ChatTarget.department_id).is_(None), col(ChatTarget.department_id) == viewer.department_id)
    offered = select(ChatTarget.id, ChatTarget.name).where(col(ChatTarget.active), of_theirs)
    chats = {key or 0: name for key, name in session.exec(offered.order_by(col(ChatTarget.name)))}
    chosen = session.exec(select(ChosenChat.target_id).where(ChosenChat.person_id == viewer.user_id)).all()
    mail = (address_of(user.mail) if user else None) or ""
    return OwnWays(wishes_of(session, viewer.user_id), mail, chats, tuple(key for key in chats if key in chosen))


def chat_targets(session: Session, viewer: Viewer) -> list[ChatLine]:
    """All chats, those in use first; raises NotAllowed."""
    viewer.check("manage_messages")
    chosen = select(func.count()).where(col(ChosenChat.target_id) == ChatTarget.id).scalar_subquery()
    statement = select(ChatTarget, Department, chosen).join(
        Department, col(Department.id) == ChatTarget.department_id, isouter=True
    )
    rows = session.exec(statement.order_by(col(ChatTarget.active).desc(), col(ChatTarget.name))).all()
    return [
        ChatLine(
            one.id or 0,
            one.name,
            one.kind,
            hint(one.address),
            bool(one.secret),
            Name(department.name_zh, department.name_en) if department else None,
            one.with_titles,
            one.active,
            n,
        )
        for one, department, n in rows
    ]


def hint(address: str) -> str:
    """What tells an address from others, and gives nobody access.

    >>> hint("https://hooks.example.com/services/T00/B00/s3cr3tkey")
    'hooks.example.com/…tkey'
    """
    host = address.partition("://")[2].partition("/")[0]
    return f"{host}/…{address[-4:]}"


def deliveries_with_trouble(session: Session, viewer: Viewer, *, limit: int = 200) -> list[DeliveryLine]:
    """Messages of which nobody knows whether they arrived, and those that were given up, newest first; raises NotAllowed."""
    viewer.check("manage_messages")
    things = select(func.count()).where(col(Delivered.delivery_id) == Delivery.id).scalar_subquery()
    statement = (
        select(Delivery, User.name, ChatTarget.name, things)
        .join(User, col(User.id) == Delivery.person_id)
        .join(ChatTarget, col(ChatTarget.id) == Delivery.target_id, isouter=True)
        .where(col(Delivery.state).in_(WITH_TROUBLE))
        .order_by(col(Delivery.id).desc())
        .limit(limit)
    )
    return [
        DeliveryLine(one.id or 0, person, chat or "", n, one.state, one.reason, one.ended_at or one.queued_at)
        for one, person, chat, n in session.exec(statement)
    ]


def delivery_counts(session: Session, viewer: Viewer) -> dict[str, int]:
    """State → how many messages; raises NotAllowed."""
    viewer.check("manage_messages")
    return dict(session.exec(select(Delivery.state, func.count()).group_by(col(Delivery.state))).all())
