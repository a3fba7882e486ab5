"""The account of whoever is signed in: who that is, language, password, signing out."""

from datetime import UTC, datetime

import streamlit as st

from components import access, bell, notices
from components.plain_text import plain
from components.texts import OWN_CHOICE, _, language
from db.session import write_session
from domain.access import Viewer
from domain.errors import Refusal
from locales import LANGUAGES
from services import sign_in, users


def popover(viewer: Viewer) -> None:
    """At the bottom of the sidebar: the viewer's name, and behind it what belongs to the account."""
    with st.sidebar, st.container(vertical_alignment="bottom"):
        access.keep_sign_in()
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            _account(viewer)
            bell.draw(viewer)


def _account(viewer: Viewer) -> None:
    with st.popover(plain(viewer.name), icon=":material/account_circle:", type="tertiary", width="content"):
        st.markdown(f"**{plain(viewer.name)}** :gray[{plain(viewer.username)}]")
        st.caption(_(users.ROLE_NAMES[viewer.role]))
        choose_language(viewer)
        if st.button(_("Change password"), icon=":material/key:", width="stretch"):
            change_password(viewer)
        if st.button(_("Sign out"), icon=":material/logout:", width="stretch"):
            access.sign_out()
            st.rerun()
        if st.button(_("Sign out everywhere"), width="stretch", help=_("On all browsers, this one included.")):
            access.sign_out(everywhere=True)
            st.rerun()


def choose_language(viewer: Viewer) -> None:
    """中文 or English: at once, and kept in the account."""
    chosen = st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        default=language(),
        format_func=LANGUAGES.__getitem__,
        label_visibility="collapsed",
        required=True,
        width="stretch",
        key="account_language",
    )
    if chosen and chosen != language():
        with write_session() as session:
            users.choose_language(session, user_id=viewer.user_id, language=chosen, at=datetime.now(UTC))
        st.session_state[OWN_CHOICE] = chosen
        st.rerun()


def change_password(viewer: Viewer) -> None:
    """Opens the form for a new password of one's own."""
    st.dialog(_("Change password"))(_password_form)(viewer)


def _password_form(viewer: Viewer) -> None:
    st.caption(_("At least 10 characters. Other browsers are signed out."))
    with st.form("change_password", border=False):
        current = st.text_input(_("Current password"), type="password", autocomplete="current-password")
        new = st.text_input(_("New password"), type="password", autocomplete="new-password")
        again = st.text_input(_("New password again"), type="password", autocomplete="new-password")
        submitted = st.form_submit_button(_("Save password"), type="primary")
    if not submitted:
        return
    if new != again:
        st.warning(_("The two new passwords differ."))
        return
    try:
        save_password(viewer, current, new)
    except Refusal as refusal:
        st.warning(refusal.explain(_))
        return
    notices.say(_("Password changed."))
    st.rerun()


def save_password(viewer: Viewer, current: str, new: str) -> None:
    """Changes the own password; wrong current ones are counted, for whoever finds an open screen could guess."""
    presence, now = access.current_presence(), datetime.now(UTC)
    with write_session() as session:
        tried = sign_in.attempt(
            session,
            username=viewer.username,
            address=access.network_address(),
            known_token=access.current_token(),
            at=now,
            limits=access.limits(),
        )
    with write_session() as session:
        users.change_own_password(
            session,
            user_id=viewer.user_id,
            current=current,
            new=new,
            keep_session=presence.session_id if presence else None,
            at=now,
        )
        sign_in.forget(session, tried)
