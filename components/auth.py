"""The sign-in page. The only module that imports streamlit_authenticator: its check and its hasher, not its cookie.

The library's cookie stays valid after signing out and can be read by scripts; its counter of wrong passwords forgets.
Therefore only its controller is used, with one account read from the database for the name that was typed; what
follows (limits, session row, ticket, cookie) is services/sign_in.py.
"""

import time
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.utilities import Hasher

from components import access
from components.plain_text import plain
from components.texts import OWN_CHOICE, _, language
from db.session import read_session, write_session
from domain.errors import Refusal
from locales import LANGUAGES
from services import passwords, sign_in, users
from settings import settings


def draw() -> None:
    """The whole page of somebody who isn't signed in: form, demo accounts, language; reruns once signed in."""
    middle = st.columns([1, 1.05, 1])[1]
    with middle, st.container(key="sign_in_page"):
        st.space("large")
        st.title(f":material/monitoring: {_('Customer satisfaction')}", anchor=False)
        st.caption(_("Know how satisfied each customer is; close the loop on every problem."))
        if form():
            st.rerun()
        show_demo_accounts()
        choose_language()


def form() -> bool:
    """Asks for name and password; whether they were right. A refusal is said under the form."""
    with st.form("sign_in", clear_on_submit=False):
        username = st.text_input(_("User name"), autocomplete="username", max_chars=sign_in.LONGEST_NAME)
        password = st.text_input(_("Password"), type="password", autocomplete="current-password")
        submitted = st.form_submit_button(_("Sign in"), type="primary", width="stretch")
    if not submitted:
        return False
    try:
        remember(check(username, password))
    except Refusal as refusal:
        st.warning(refusal.explain(_), icon=":material/lock:")
        return False
    return True


def check(username: str, password: str) -> sign_in.Beginning:
    """A new sign-in, if the password is right; raises SignInRefused, TooManyAttempts or PasswordRefused."""
    passwords.check_length(password)
    begun: list[sign_in.Beginning] = []
    controller = AuthenticationController({"usernames": {}}, auto_hash=False)
    model = controller.authentication_model

    def check_in_database(name: str, entered: str) -> bool:
        beginning = try_password(name, entered)
        begun.extend([beginning] if beginning else [])
        model.credentials["usernames"][name] = {"name": name}
        return beginning is not None

    model.check_credentials = check_in_database
    controller.login(username, password)
    if not begun:
        raise sign_in.SignInRefused
    return begun[0]


def try_password(username: str, password: str) -> sign_in.Beginning | None:
    """Counts the try, compares hashes (outside any transaction; for nobody's account too), and begins a sign-in."""
    configuration = settings()
    where: dict[str, Any] = {"address": access.network_address(), "at": datetime.now(UTC)}
    with write_session() as session:
        tried = sign_in.attempt(
            session, username=username, known_token=access.cookie_token(), limits=access.limits(), **where
        )
    time.sleep(tried.pause.total_seconds())
    if not Hasher.check_pw(password, tried.password_hash) or tried.user_id is None:
        return None
    with write_session() as session:
        return sign_in.begin(
            session,
            user_id=tried.user_id,
            attempt=tried,
            browser=browser_name(),
            days=configuration.session_days,
            secret_key=configuration.secret_key,
            **where,
        )


def remember(beginning: sign_in.Beginning) -> None:
    """Signs this connection in, and has the browser fetch its cookie on the next run.

    What the library, or a reader before, left in the session is gone; a language chosen on this page is kept.
    """
    access.forget_reader()
    chosen = st.session_state.get(OWN_CHOICE)
    if chosen:
        with write_session() as session:
            users.choose_language(session, user_id=beginning.user_id, language=chosen, at=datetime.now(UTC))
    st.session_state[access.TOKEN] = beginning.token
    st.session_state[access.BEGINNING] = beginning


def browser_name() -> str:
    """What the browser calls itself, for the list of sign-ins."""
    name = st.context.headers.get("User-Agent")
    return name if isinstance(name, str) else ""


def show_demo_accounts() -> None:
    """In the demo database: who may sign in, with which password; in a new one without accounts, how to add one."""
    with read_session() as session:
        accounts, nobody = users.demo_accounts(session), not users.has_accounts(session)
    if nobody:
        st.info(_("Nobody can sign in yet. Add an account: python cli.py user add NAME"), icon=":material/terminal:")
    if not accounts:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":blue-badge[{_('Sample company')}] {_demo_line(accounts[0])}")
        if len(accounts) > 1:
            with st.popover(_("Accounts with other roles"), type="tertiary"):
                for account in accounts:
                    st.markdown(
                        f"**{_(users.ROLE_NAMES[account.role])}** {plain(account.name)}  \n{_demo_line(account)}"
                    )


def _demo_line(account: users.DemoAccount) -> str:
    return f"{_('User name')} `{account.username}` · {_('Password')} `{account.password}`"


def choose_language() -> None:
    """中文 or English, at once; kept in the account after signing in."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(_("Forgot the password? The administrator can set a new one."))
        chosen = st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            default=language(),
            format_func=LANGUAGES.__getitem__,
            label_visibility="collapsed",
            required=True,
        )
    if chosen and chosen != language():
        st.session_state[OWN_CHOICE] = chosen
        st.rerun()
