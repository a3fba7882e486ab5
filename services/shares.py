"""Share links: made, revoked, and opened by people who have no account.

A link's token is made of a seed with the installation's secret, and only its hash is stored (docs/adr/0006). Whoever
brings it, and the password where there is one, is given a grant: an HMAC over the share that its browser keeps as an
HttpOnly cookie. Token and grant are worth nothing once the share has ended, is revoked, or its maker's account is not active.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from db.models import ItemRow, SchemeRow, Share, ShareOpening, SignInAttempt
from db.queries.customers import customer_by_code
from db.queries.meetings import meeting_for
from db.queries.narrowing import schemes_in_sight, visible_items, waves_in
from db.queries.shares import Shared, shared_view
from db.queries.waves import survey_wave
from domain.access import NotThere, Scope, Viewer
from domain.errors import N_, Refusal
from domain.shares import LONGEST_TITLE, LONGEST_TURN, MOST_DAYS, OF_SLIDES, SHORTEST_TURN, VIEWS, held
from domain.sign_in_limits import MEMORY, Limits
from services import passwords
from services.audit import audit
from services.links import new_seed, token_hash, token_of
from services.sign_in import forget_tries, tries
from settings import settings

COOKIE: Final = "satisfaction_share_"
"""And the share's number: a browser may hold several, and none of them is a sign-in."""
STRANGER: Final = "?share"
"""Account under which tokens are counted that open nothing; no user name begins with a question mark."""
UNKNOWN_TOKENS: Final = 20
"""So many from one address before the next one has to wait."""


class ShareInvalid(Refusal):
    """A share that can't be made like this; the message says why."""


class LinkLeadsNowhere(Refusal):
    """Unknown, ended or revoked: all look the same."""

    def __init__(self) -> None:
        super().__init__(N_("This link leads nowhere"))


class TooManyTries(Refusal):
    """The next try from this place has to wait."""

    def __init__(self) -> None:
        super().__init__(N_("Too many tries. Please wait a while."))


class PasswordWrong(Refusal):
    """Not the password of this link."""

    def __init__(self) -> None:
        super().__init__(N_("The password is not right."))


@dataclass(frozen=True)
class Door:
    """A share whose token was right: whether a password is asked, and its hash."""

    share_id: int
    password_hash: str


@dataclass(frozen=True)
class Grant:
    """What a browser is given: which share, the cookie's value, and how long it is worth something."""

    share_id: int
    value: str
    seconds: int


def make_share(
    session: Session,
    *,
    view: str,
    address: Mapping[str, str],
    ends_at: datetime,
    title: str = "",
    password: str = "",
    with_people: bool = False,
    slides: Sequence[str] = (),
    seconds: int = 0,
    form_key: str,
    by: Viewer,
    at: datetime,
) -> Share:
    """A share of a view with the filters of its address; the same form key gives the share that is there already.

    Raises ShareInvalid, PasswordRefused, NotAllowed and NotThere for what its maker doesn't see.
    """
    by.check("share_views")
    password_hash = passwords.hashed(passwords.checked(password, username="")) if password else ""
    if view not in VIEWS:
        raise NotThere
    by.check(VIEWS[view].needs)
    if with_people:
        by.check("view_personal")
    if not at < ends_at <= at + timedelta(days=MOST_DAYS):
        raise ShareInvalid(N_("Choose a day within the next {days} days."), days=MOST_DAYS)
    if seconds and not SHORTEST_TURN <= seconds <= LONGEST_TURN:
        raise ShareInvalid(N_("A slide stands {least} to {most} seconds."), least=SHORTEST_TURN, most=LONGEST_TURN)
    if known := session.exec(select(Share).where(Share.form_key == form_key, Share.made_by_id == by.user_id)).first():
        return known
    params = held(view, address)
    seed = new_seed()
    one = Share(
        form_key=form_key,
        token_hash=token_hash(token_of(seed, opens="share")),
        link_seed=seed,
        view=view,
        title=title.strip()[:LONGEST_TITLE],
        params=params,
        slides=list(slides) if view in OF_SLIDES else [],
        seconds=seconds if view in OF_SLIDES else 0,
        with_people=with_people,
        password_hash=password_hash,
        made_at=at,
        made_by_id=by.user_id,
        ends_at=ends_at,
    )
    _fix(session, one, params, by)
    session.add(one)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="share", about="share", about_id=one.id, view=view, people=with_people)
    return one


def _fix(session: Session, one: Share, params: dict[str, str], by: Viewer) -> None:
    """Writes the only customer, item or meeting into a share, from keys that its maker sees; raises NotThere."""
    if one.view == "meeting":
        number = params.get("meeting", "")
        one.meeting_id = meeting_for(session, by, int(number) if number.isdecimal() else 0).id
        return
    if one.view == "presented":
        survey_wave(session, by, params.get("scheme", ""), params.get("wave", ""))
        return
    scheme = _scheme(session, by, params.get("scheme", ""))
    params["scheme"] = scheme.code
    code = params.get("code") or params.get("customer")
    if one.view == "customer" or code:
        one.customer_id = customer_by_code(session, by, code or "").id
    if one.view == "item":
        one.item_id = _item(session, by, scheme, params.get("item", ""))
    one.params = params


def _scheme(session: Session, by: Viewer, code: str) -> SchemeRow:
    """The scheme of that code that the viewer sees, or the one in front where none is named."""
    found = [row for row in schemes_in_sight(session, by) if code in ("", row.code)]
    if not found:
        raise NotThere
    return found[0]


def _item(session: Session, by: Viewer, scheme: SchemeRow, code: str) -> int:
    scope = Scope(by, scheme.id or 0)
    for wave in reversed(waves_in(session, scope)):
        codes = wave.layout.scheme.item_codes
        if code in codes and visible_items(session, scope, wave.layout)[codes.index(code)]:
            return session.get_one(ItemRow, wave.layout.item_ids[codes.index(code)]).id or 0
    raise NotThere


def cookie_of(share_id: int) -> str:
    """Name of the cookie that opens a share."""
    return f"{COOKIE}{share_id}"


def link_to(link_seed: str) -> str:
    """The address of a share, from the configured base URL only."""
    return f"{settings().base_url}/s/{token_of(link_seed, opens='share')}"


def revoke_share(session: Session, *, share_id: int, by: Viewer, at: datetime) -> None:
    """Ends a share at once: the own one, or anybody's for whoever manages them. Raises NotAllowed, NotThere."""
    by.check("share_views")
    one = session.get(Share, share_id)
    if one is None or not (one.made_by_id == by.user_id or by.may("manage_shares")):
        raise NotThere
    mine = update(Share).where(col(Share.id) == share_id, col(Share.revoked_at).is_(None))
    if session.exec(mine.values(revoked_at=at, revoked_by_id=by.user_id)).rowcount:
        audit(session, by=by.user_id, at=at, verb="revoke", about="share", about_id=share_id)


def knock(session: Session, *, token: str, place: str, at: datetime) -> Door:
    """What a token opens; one that opens nothing is counted for the address that it came from.

    Raises TooManyTries before it looks, LinkLeadsNowhere for a token that is unknown or whose share is over.
    """
    _wait(session, STRANGER, place, Limits(UNKNOWN_TOKENS, timedelta(minutes=settings().sign_in_lock_minutes)), at)
    share_id = session.exec(select(Share.id).where(Share.token_hash == token_hash(token))).first()
    found = shared_view(session, share_id or 0, now=at)
    if found is None:
        session.add(SignInAttempt(username=STRANGER, address=place, at=at))
        session.flush()
        raise LinkLeadsNowhere
    return Door(share_id or 0, found[0].password_hash)


def count_try(session: Session, *, door: Door, place: str, at: datetime) -> None:
    """Counts a password before it is looked at; raises TooManyTries."""
    limits = Limits(settings().sign_in_attempts, timedelta(minutes=settings().sign_in_lock_minutes))
    _wait(session, _account(door.share_id), place, limits, at)
    session.add(SignInAttempt(username=_account(door.share_id), address=place, at=at))


def admit(session: Session, *, door: Door, place: str, at: datetime) -> Grant:
    """Lets a browser in that brought the token, and the password where one is asked; raises LinkLeadsNowhere."""
    found = shared_view(session, door.share_id, now=at)
    if found is None or found[0].password_hash != door.password_hash:
        raise LinkLeadsNowhere
    if door.password_hash:
        forget_tries(session, _account(door.share_id), place, before=None)
    session.add(ShareOpening(share_id=door.share_id, at=at))
    return Grant(door.share_id, _grant(found[0]), max(1, int((found[0].ends_at - at).total_seconds())))


def guest(session: Session, *, share_id: int, grant: str, at: datetime) -> Shared | None:
    """What the holder of a grant reads now; None where it isn't one, or the share is over."""
    found = shared_view(session, share_id, now=at)
    if found is None or not hmac.compare_digest(_grant(found[0]).encode(), grant.encode()):
        return None
    return found[1]


def _grant(share: Share) -> str:
    """What a browser keeps: it changes with the token and the password, and can't be made without the secret."""
    said = f"share-grant:{share.id}:{share.token_hash}:{share.password_hash}"
    return hmac.new(settings().secret_key.encode(), said.encode(), "sha256").hexdigest()


def _account(share_id: int) -> str:
    return f"{STRANGER}:{share_id}"


def _wait(session: Session, account: str, place: str, limits: Limits, at: datetime) -> None:
    forget_tries(session, account, place, before=at - MEMORY)
    failed, last = session.exec(tries(SignInAttempt.username == account, SignInAttempt.address == place)).one()
    if last is not None and at < last + limits.wait(failed):
        raise TooManyTries
