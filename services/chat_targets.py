"""Chats that messages may go to: only what an administrator has listed; and messages that are sent again on a decision."""

from datetime import datetime
from functools import partial

from sqlalchemy import update
from sqlmodel import Session, col, select

from db.models import CHAT_KINDS, ChatTarget, Delivery, Department
from db.session import AFTER_COMMIT
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from locales import translator
from services import chats
from services.audit import audit
from services.mail_texts import one_line
from services.notice_texts import TEST

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_SECRET = 60, 600, 200


class ChatInvalid(Refusal):
    """A chat that can't be listed like this; the message says why."""


class ChatRefused(Refusal):
    """The chat's service hasn't taken a message."""

    def __init__(self, reason: str) -> None:
        super().__init__(N_("The chat has not taken the message: {reason}"), reason=reason)


class DeliveryNotInDoubt(Refusal):
    """Only an unclear or failed message can be sent again."""

    def __init__(self) -> None:
        super().__init__(N_("This message can't be sent again: it has arrived, waits already, or nobody wants it."))


def add_chat(
    session: Session,
    *,
    name: str,
    kind: str,
    address: str,
    secret: str = "",
    department_id: int | None = None,
    with_titles: bool = False,
    by: Viewer,
    at: datetime,
) -> ChatTarget:
    """Lists a chat; where the address leads is looked up now and again for each message.

    Raises NotAllowed, ChatInvalid, NotThere (department), ChatAddressRefused, ChatUnreachable (no such host).
    """
    by.check("manage_messages")
    name, address, secret = one_line(name)[:LONGEST_NAME], address.strip(), secret.strip()
    if not name or kind not in CHAT_KINDS:
        raise ChatInvalid(N_("A chat needs a name and a kind."))
    if session.exec(select(ChatTarget.id).where(ChatTarget.name == name)).first() is not None:
        raise ChatInvalid(N_("There is a chat of this name already."))
    if len(address) > LONGEST_ADDRESS or len(secret) > LONGEST_SECRET or not secret.isprintable():
        raise ChatInvalid(N_("Address or secret are too long to be right."))
    if secret and kind != "dingtalk":
        raise ChatInvalid(N_("Only robots of 钉钉 sign with a secret here."))
    if department_id is not None and session.get(Department, department_id) is None:
        raise NotThere
    chats.place_of(address)
    row = ChatTarget(name=name, kind=kind, address=address, secret=secret, created_at=at)
    row.department_id, row.with_titles, row.created_by_id = department_id, with_titles, by.user_id or None
    session.add(row)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="add", about="chat_target", about_id=row.id, kind=kind)
    return row


def end_chat(session: Session, *, target_id: int, by: Viewer, at: datetime) -> None:
    """From now on nothing goes there, what waits included; its address is forgotten. Raises NotAllowed, NotThere."""
    row = _target(session, target_id, by)
    if not row.active:
        return
    row.active, row.address, row.secret = False, "", ""
    row.name = f"{row.name} ({row.id})"
    session.add(row)
    session.flush()
    waiting = update(Delivery).where(col(Delivery.target_id) == target_id, col(Delivery.state) == "queued")
    session.connection().execute(waiting.values(state="dropped", ended_at=at))
    audit(session, by=by.user_id, at=at, verb="end", about="chat_target", about_id=target_id)


def try_chat(session: Session, *, target_id: int, by: Viewer, at: datetime) -> None:
    """Posts one line to see whether it arrives, once the transaction is over: nobody waits for a chat's service.

    Raises NotAllowed, NotThere; after the commit ChatRefused, ChatUnreachable.
    """
    row = _target(session, target_id, by)
    if not row.active:
        raise NotThere
    audit(session, by=by.user_id, at=at, verb="try", about="chat_target", about_id=target_id)
    line = translator(by.language or "en").gettext(TEST)
    post = partial(_post, row.kind, row.address, row.secret, line)
    session.info.setdefault(AFTER_COMMIT, []).append(post)


def _post(kind: str, address: str, secret: str, line: str) -> None:
    outcome = chats.post(kind, address, secret, line)
    if outcome.state != "sent":
        raise ChatRefused(outcome.reason)


def send_again(session: Session, *, delivery_id: int, by: Viewer, at: datetime) -> Delivery:
    """Queues an unclear or failed message once more: somebody has decided that it may arrive twice.

    Raises NotAllowed, NotThere, DeliveryNotInDoubt.
    """
    by.check("manage_messages")
    row = session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotThere
    target = session.get(ChatTarget, row.target_id) if row.target_id else None
    if row.state not in ("unclear", "failed") or (target is not None and not target.active):
        raise DeliveryNotInDoubt
    row.state, row.attempts, row.reason, row.ended_at, row.not_before = "queued", 0, "", None, at
    session.add(row)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="send_again", about="delivery", about_id=delivery_id)
    return row


def _target(session: Session, target_id: int, by: Viewer) -> ChatTarget:
    by.check("manage_messages")
    row = session.get(ChatTarget, target_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotThere
    return row
