"""How somebody wants to be told: everybody says so for themselves only."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from zoneinfo import available_timezones

from sqlalchemy import delete
from sqlmodel import Session, col

from db.models import ChosenChat, TellingChoice
from db.queries.deliveries import own_ways
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.telling import RHYTHMS, Wishes
from services.audit import audit

LAST_MINUTE: Final = 24 * 60 - 1


class WishesInvalid(Refusal):
    """A way of being told that there isn't; the message says which."""


def choose(session: Session, *, wishes: Wishes, chats: Collection[int], by: Viewer, at: datetime) -> None:
    """Keeps how the viewer wants to be told from now on. Raises NotAllowed, WishesInvalid, NotThere (a chat not offered)."""
    by.check("be_told")
    if wishes.rhythm not in RHYTHMS:
        raise WishesInvalid(N_("Choose at once or once a day."))
    if not all(0 <= minute <= LAST_MINUTE for minute in (wishes.digest_at, wishes.quiet_from, wishes.quiet_until)):
        raise WishesInvalid(N_("A time lies between 00:00 and 23:59."))
    if wishes.zone and wishes.zone not in available_timezones():
        raise WishesInvalid(N_("This time zone isn't known."))
    if set(chats) - own_ways(session, by).chats.keys():
        raise NotThere
    row = session.get(TellingChoice, by.user_id, with_for_update=True, populate_existing=True)
    values = vars(wishes)
    if row is None:
        session.add(TellingChoice(person_id=by.user_id, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
    session.connection().execute(delete(ChosenChat).where(col(ChosenChat.person_id) == by.user_id))
    session.add_all(ChosenChat(person_id=by.user_id, target_id=key) for key in sorted(chats))
    session.flush()
    audit(session, by=by.user_id, at=at, verb="choose_telling", about="user", about_id=by.user_id, chats=len(chats))
