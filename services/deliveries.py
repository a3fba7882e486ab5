"""What people are told is put into the outbox: to each by the ways that they chose, at the time that they want it.

Somebody who is told much at the same time gets it in one message. Nothing is sent here.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, update
from sqlmodel import Session, col, or_, select

from db.models import ChatTarget, ChosenChat, Delivered, Delivery, Notification, User
from db.queries.deliveries import wishes_of
from db.session import read_session, write_session
from domain.mail_addresses import address_of
from domain.telling import Wishes, leaves_at
from settings import settings

TAKEN_AT_ONCE: Final = 500
MOST_SINGLY: Final = 3
"""More than so many things for one person at the same time go out as one message."""


def put_out(engine: Engine, *, at: datetime, zone: ZoneInfo) -> int:
    """Puts everything that was told, and isn't in it yet, into the outbox; how many things that were."""
    done = 0
    while True:
        with read_session(engine) as session:
            if session.exec(select(Notification.id).where(col(Notification.waits)).limit(1)).first() is None:
                return done
        with write_session(engine) as session:
            waiting = select(Notification).where(col(Notification.waits)).order_by(col(Notification.id))
            taken = session.exec(waiting.limit(TAKEN_AT_ONCE).with_for_update(skip_locked=True)).all()
            _put_out(session, taken, at, zone)
            keys = [one.id for one in taken]
            session.connection().execute(update(Notification).where(col(Notification.id).in_(keys)).values(waits=False))
            done += len(taken)
        if not taken:
            return done


def _put_out(session: Session, told: Sequence[Notification], at: datetime, zone: ZoneInfo) -> None:
    by_person: dict[int, list[Notification]] = defaultdict(list)
    for one in told:
        by_person[one.person_id].append(one)
    for person, theirs in sorted(by_person.items()):
        wishes = wishes_of(session, person)
        ways = _ways(session, person, wishes)
        if not ways:
            continue
        by_moment: dict[datetime, list[Notification]] = defaultdict(list)
        for one in theirs:
            by_moment[leaves_at(wishes, one.kind, at, zone)].append(one)
        for moment, together in sorted(by_moment.items()):
            for target in ways:
                _queue(session, person, target, together, moment, at)


def _ways(session: Session, person: int, wishes: Wishes) -> list[int | None]:
    """By which ways somebody wants to be told and can be: None is mail, the others are chats."""
    user = session.get_one(User, person)
    if not user.active:
        return []
    by_mail = settings().mail_server is not None and address_of(user.mail) and wishes.by_mail
    chats = select(ChosenChat.target_id).join(ChatTarget).where(ChosenChat.person_id == person, col(ChatTarget.active))
    offered = or_(col(ChatTarget.department_id).is_(None), col(ChatTarget.department_id) == user.department_id)
    return [*([None] if by_mail else []), *session.exec(chats.where(offered).order_by(col(ChosenChat.target_id)))]


def _queue(
    session: Session,
    person: int,
    target: int | None,
    told: Iterable[Notification],
    moment: datetime,
    at: datetime,
) -> None:
    """One message for each thing that may leave now, else one for all that leave at the same moment."""
    channel = f"mail:{person}" if target is None else f"chat:{target}"
    new = [one for one in told if target is None or not _is_known_to(session, target, one.once)]
    if moment > at or len(new) > MOST_SINGLY:
        groups = [(_thing(session, channel, person, moment), new)]
    else:
        groups = [(one.once, [one]) for one in new]
    for thing, together in groups:
        if not together:
            continue
        queued = session.exec(select(Delivery).where(Delivery.channel == channel, Delivery.thing == thing)).first()
        if queued is None:
            queued = Delivery(
                person_id=person, target_id=target, channel=channel, thing=thing, not_before=moment, queued_at=at
            )
            session.add(queued)
            session.flush()
        for one in together:
            session.add(Delivered(delivery_id=queued.id or 0, notification_id=one.id or 0))
        session.flush()


def _is_known_to(session: Session, target: int, once: str) -> bool:
    """Whether a chat that several people chose has this already, for another of them."""
    theirs = select(Notification.id).join(Delivered).join(Delivery).where(Notification.once == once)
    return session.exec(theirs.where(Delivery.target_id == target).limit(1)).first() is not None


def _thing(session: Session, channel: str, person: int, moment: datetime) -> str:
    """The name of a message of several things: that of the moment, with a number where one has left already."""
    name = f"digest:{person}:{moment.isoformat(timespec='seconds')}"
    begun = select(Delivery).where(Delivery.channel == channel, col(Delivery.thing).startswith(name, autoescape=True))
    known = session.exec(begun.order_by(col(Delivery.id)).with_for_update()).all()
    if known and known[-1].state == "queued" and known[-1].attempts == 0:
        return known[-1].thing
    return f"{name}#{len(known)}"
