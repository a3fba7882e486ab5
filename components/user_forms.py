"""The list of accounts, and the forms beside it; each returns what was asked for, the page does it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st

from components import chooser, clock, states
from components.plain_text import plain
from components.texts import _, language
from domain.accounts import Account, DepartmentName
from locales import LANGUAGES

TABLE: Final = "accounts.table"
NOTE: Final = "accounts.note"
MOST_ROWS: Final = 17
BROWSERS_LANGUAGE: Final = ""


@dataclass(frozen=True)
class Asked:
    """A verb with its values; `done` is what to say when it has worked, `password` what to show once."""

    verb: str
    values: dict[str, Any]
    done: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Choices:
    """What the forms choose from: role → its name (a message), and the departments."""

    roles: Mapping[str, str]
    departments: Sequence[DepartmentName]

    def department_names(self) -> dict[str, str]:
        """Code → name in the reader's language; "" for no department."""
        first, second = ("name_zh", "name_en") if language() == "zh_CN" else ("name_en", "name_zh")
        return {"": "–", **{d.code: getattr(d, first) or getattr(d, second) or d.code for d in self.departments}}


def table(accounts: Sequence[Account], choices: Choices) -> Account | None:
    """All accounts; the one whose row is selected."""
    departments = choices.department_names()
    rows = [
        {
            "name": account.name,
            "username": account.username,
            "role": _(choices.roles[account.role]),
            "department": departments.get(account.department_code or "", ""),
            "head": account.is_head,
            "active": account.active,
            "sign_ins": account.sign_ins,
            "seen_at": account.seen_at,
        }
        for account in accounts
    ]
    alt = _("Accounts with role and department")
    picked = chooser.chosen(accounts, rows, columns=_columns(), most_rows=MOST_ROWS, alt=alt, key=TABLE, personal=True)
    return picked[0] if picked else None


def card(account: Account | None, choices: Choices) -> Asked | None:
    """The form for the selected account, or for a new one where none is selected."""
    with states.card():
        if account is None:
            return _new(choices)
        return _change(account, choices) or _password(account) or _end(account)


def tell(asked: Asked) -> None:
    """Keeps what `told` says on the next run."""
    st.session_state[NOTE] = asked


def told() -> None:
    """Says once what was done; a new password is shown here and nowhere else."""
    asked = st.session_state.pop(NOTE, None)
    if isinstance(asked, Asked):
        st.success(asked.done, icon=":material/check:")
        if asked.password:
            st.code(asked.password, language=None)
            st.caption(_("Hand this password over now: it is not shown again. Its owner can change it."))


def _columns() -> dict[str, Any]:
    return {
        "name": st.column_config.TextColumn(_("Name"), width=70),
        "username": st.column_config.TextColumn(_("User name"), width=80),
        "role": st.column_config.TextColumn(_("Role"), width=112),
        "department": st.column_config.TextColumn(_("Department"), width=112),
        "head": st.column_config.CheckboxColumn(_("Head"), width=54),
        "active": st.column_config.CheckboxColumn(_("Active"), width=54),
        "sign_ins": st.column_config.NumberColumn(_("Sign-ins"), help=_("Browsers signed in now"), width=64),
        "seen_at": st.column_config.DatetimeColumn(
            _("Last seen"), format="YYYY-MM-DD HH:mm", timezone=clock.zone().key, width=128
        ),
    }


def _new(choices: Choices) -> Asked | None:
    states.card_title(_("New account"), _("select a row to change one"))
    with st.form("new_account", border=False, clear_on_submit=False):
        username = st.text_input(
            _("User name"), autocomplete="off", help=_("For signing in: letters a–z, digits, . _ @ + -")
        )
        values = _fields(None, choices)
        typed = _password_field()
        submitted = st.form_submit_button(_("Add account"), type="primary", width="stretch")
    if not submitted:
        return None
    password = typed or suggested_password()
    done = _("Account {name} added.", name=plain(username))
    return Asked("add", {**values, "username": username, "password": password}, done, "" if typed else password)


def _change(account: Account, choices: Choices) -> Asked | None:
    states.card_title(plain(account.name), plain(account.username))
    with st.form(f"account_{account.user_id}_{account.version}", border=False):
        values = _fields(account, choices)
        active = st.toggle(
            _("Active"), account.active, help=_("Who is not active can't sign in; everything done stays.")
        )
        submitted = st.form_submit_button(_("Save account"), type="primary", width="stretch")
    if not submitted:
        return None
    values |= {"active": active, "user_id": account.user_id, "version": account.version}
    return Asked("change", values, _("Account {name} saved.", name=plain(account.username)))


def _password(account: Account) -> Asked | None:
    with st.form(f"password_{account.user_id}", border=False, clear_on_submit=True):
        typed = _password_field()
        submitted = st.form_submit_button(_("Set password"), width="stretch")
    if not submitted:
        return None
    password = typed or suggested_password()
    values = {"user_id": account.user_id, "password": password}
    done = _("New password for {name} set; all sign-ins ended.", name=plain(account.username))
    return Asked("set_password", values, done, "" if typed else password)


def _end(account: Account) -> Asked | None:
    pressed = st.button(_("Sign out everywhere"), width="stretch", disabled=not account.sign_ins, key="end_sign_ins")
    done = _("All sign-ins of {name} ended.", name=plain(account.username))
    return Asked("end_everywhere", {"user_id": account.user_id}, done) if pressed else None


def _fields(account: Account | None, choices: Choices) -> dict[str, Any]:
    """What a new and a changed account have in common."""
    departments, roles = choices.department_names(), list(choices.roles)
    languages = {BROWSERS_LANGUAGE: _("As the browser"), **LANGUAGES}
    code = (account.department_code if account else "") or ""
    with st.container(horizontal=True):
        name = st.text_input(_("Name"), account.name if account else "")
        mail = st.text_input(_("Mail"), account.mail if account else "")
    with st.container(horizontal=True):
        role = st.selectbox(
            _("Role"),
            roles,
            roles.index(account.role if account else "viewer"),
            format_func=lambda role: _(choices.roles[role]),
        )
        chosen = st.selectbox(
            _("Language"),
            list(languages),
            list(languages).index(account.language if account else BROWSERS_LANGUAGE),
            format_func=languages.__getitem__,
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        department = st.selectbox(
            _("Department"),
            list(departments),
            list(departments).index(code if code in departments else ""),
            format_func=departments.__getitem__,
        )
        is_head = st.checkbox(_("Head of the department"), account.is_head if account else False)
    values = {"name": name, "mail": mail, "role": role, "language": chosen, "is_head": is_head}
    return {**values, "department_code": department or None}


def _password_field() -> str:
    hint = _("At least 10 characters. Leave it empty: one is made and shown once.")
    return st.text_input(_("New password"), type="password", autocomplete="new-password", help=hint)


def suggested_password() -> str:
    """A password that nobody can guess and everybody can type: four groups of four letters and digits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _place in range(4)) for _group in range(4))
