"""Who looks at a page, and whether they may: every page begins with `viewer = access.require("…")`."""

from datetime import UTC, datetime, timedelta
from typing import Final

import streamlit as st

from components import states, ways
from components.texts import OWN_CHOICE, _, settle
from db.queries.shares import Shared
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import N_
from domain.sign_in_limits import Limits
from services import shares, sign_in
from services.audit import audit
from settings import settings

COOKIE: Final = "satisfaction_session"
TOKEN: Final = "sign_in_token"  # noqa: S105 - its name
"""Where the server keeps the token of a browser that signed in after it connected (the cookies that Streamlit knows are
those of the connection). Only code of ours writes session_state; tests of screens put a token from
`services.sign_in.begin` here, which is what signing in does. The token is looked up in the database on every run."""
BEGINNING: Final = "sign_in_beginning"
SEEN: Final = "access.seen"


WHOM_TO_ASK: Final = {
    permission: (N_("No permission to see customers."), N_("For the customer list, ask the quality manager."))
    for permission in ("view_customers", "edit_customers")
}
"""Permission → what may not be seen and whom to ask, messages; the administrator for everything else."""


def require(permission: str) -> Viewer:  # noqa: RET503 - st.stop() does not return
    """The viewer, if signed in and allowed; otherwise draws the sign-in, or says whom to ask, and stops the page."""
    viewer = current_viewer()
    if viewer is not None and viewer.may(permission):
        return viewer
    if viewer is None and not ways.are_closed():
        ask_to_sign_in()
    elif viewer is not None:
        what, whom = WHOM_TO_ASK.get(permission, (N_("Your role does not include this page."), ""))
        states.no_permission(_(what), _(whom))
    st.stop()


def current_viewer() -> Viewer | None:
    """Who is signed in here, read from the database now; None for a stranger and for a sign-in that has ended.

    While a shared view is shown it is the reader of the share, whoever is signed in to this browser.
    """
    if ways.are_closed():
        found = current_share()
        return found.viewer if found else None
    presence = current_presence()
    return presence.viewer if presence else None


def current_presence() -> sign_in.Presence | None:
    """Like `current_viewer`, with the sign-in itself."""
    token = current_token()
    if not token:
        return None
    now = datetime.now(UTC)
    with read_session() as session:
        found = sign_in.presence(session, token=token, at=now, idle=timedelta(minutes=settings().session_idle_minutes))
    if found and found.is_stale:
        with write_session() as session:
            sign_in.note_seen(session, session_id=found.session_id, at=now)
    return found


def current_share() -> Shared | None:
    """The share that this run shows, read from the database now; None when it is over, or the browser has no grant for it."""
    share_id = st.session_state.get(ways.SHARE, 0)
    grant = st.context.cookies.get(shares.cookie_of(share_id)) if share_id else None
    if not isinstance(grant, str):
        return None
    with read_session() as session:
        return shares.guest(session, share_id=share_id, grant=grant, at=datetime.now(UTC))


def read_as(share_id: int | None) -> None:
    """This run shows a share, or what the one who is signed in may see; nothing that the other was shown is kept."""
    if st.session_state.get(ways.SHARE) != share_id:
        forget_reader()
    if share_id is not None:
        st.session_state[ways.SHARE] = share_id


def current_token() -> str | None:
    """The token of this run: from signing in during this connection, else from the browser's cookie."""
    return st.session_state.get(TOKEN) or cookie_token()


def cookie_token() -> str | None:
    """The token in the browser's cookie; in tests of screens, where cookies are a mock, None."""
    token = st.context.cookies.get(COOKIE)
    return token if isinstance(token, str) else None


def ask_to_sign_in() -> None:
    """Draws the sign-in page. Imported late: streamlit_authenticator must not be loaded before the server runs."""
    from components import auth

    auth.draw()


def keep_sign_in() -> None:
    """Lets the browser fetch its cookie, once, after a sign-in; a picture can do that without a script."""
    beginning = st.session_state.get(BEGINNING)
    if beginning is None:
        return
    if datetime.now(UTC) < beginning.until:
        st.html(f'<img src="/auth/keep?t={beginning.ticket}" alt="" style="display:none">')
    else:
        del st.session_state[BEGINNING]


def limits() -> Limits:
    """How many wrong passwords this installation allows before the next try has to wait."""
    return Limits(settings().sign_in_attempts, timedelta(minutes=settings().sign_in_lock_minutes))


def network_address() -> str:
    """Where the browser connects from, as far as that is known; "" for this machine."""
    address = st.context.ip_address
    return address if isinstance(address, str) else ""


def forget_reader() -> None:
    """Empties the session but for the language: what one reader chose or was shown is not the next one's."""
    chosen = st.session_state.get(OWN_CHOICE)
    st.session_state.clear()
    st.session_state[OWN_CHOICE] = chosen


def adopt_language(viewer: Viewer) -> None:
    """The account's language, unless another one was chosen since the page was opened."""
    if viewer.language and not st.session_state.get(OWN_CHOICE):
        st.session_state[OWN_CHOICE] = viewer.language
        settle()


def note_view(viewer: Viewer, about: str, about_id: int) -> None:
    """Writes down that the reader was shown personal data of something, once in a session (rules.md 11)."""
    seen = st.session_state.setdefault(SEEN, set())
    if (viewer.user_id, about, about_id) not in seen:
        with write_session() as session:
            audit(
                session,
                by=viewer.user_id,
                at=datetime.now(UTC),
                verb="view",
                about=about,
                about_id=about_id,
                **through(viewer),
            )
        seen.add((viewer.user_id, about, about_id))


def through(viewer: Viewer) -> dict[str, int]:
    """By which share something was seen, for the audit trail; nobody's name stands there then."""
    return {"share": viewer.guest.share_id} if viewer.guest else {}


def sign_out(*, everywhere: bool = False) -> None:
    """Ends this sign-in, or all of this user's, and forgets what the session held."""
    presence = current_presence()
    if presence:
        now, user_id = datetime.now(UTC), presence.viewer.user_id
        with write_session() as session:
            if everywhere:
                sign_in.end_everywhere(session, user_id=user_id, by=user_id, at=now)
            else:
                sign_in.end(session, session_id=presence.session_id, by=user_id, at=now)
    forget_reader()
