"""The list of API tokens, and the forms beside it; each returns what was asked for, the page does it."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from components import chooser, clock, states
from components.asked import Asked
from components.plain_text import plain
from components.texts import _
from domain.api_access import SCOPES, TokenLine
from domain.errors import N_

TABLE: Final = "api_tokens.table"
NOTE: Final = "api_tokens.note"
MOST_ROWS: Final = 15
DAYS: Final = (30, 90, 365, 730)
STATES: Final = {"valid": N_("Valid"), "expired": N_("Ended"), "revoked": N_("Revoked")}
DESCRIPTION: Final = "/api/v1/openapi.json"


def table(lines: Sequence[TokenLine]) -> TokenLine | None:
    """All tokens; the one whose row is selected."""
    if not lines:
        states.empty(":material/key:", _("No token yet."), _("A program needs one to use the API."), height=180)
        return None
    rows, alt = [_row(line) for line in lines], _("API tokens with what they may do and until when")
    picked = chooser.chosen(lines, rows, columns=_columns(), most_rows=MOST_ROWS, alt=alt, key=TABLE)
    return picked[0] if picked else None


def how_to() -> None:
    """Where programs find what they can send."""
    st.caption(
        _(
            "The description of the API for programs: {address}. A token is sent as Authorization: Bearer …",
            address=f"**{DESCRIPTION}**",  # no link: within a line of text it would be told by its colour alone
        )
    )


def card(line: TokenLine | None, schemes: Sequence[str]) -> Asked | None:
    """The form for a new token, or what can be done with the selected one."""
    with states.card():
        return _new(schemes) if line is None else _of(line)


def tell(asked: Asked, made: Any) -> None:
    """Keeps what `told` says on the next run: what was done, and a new token."""
    st.session_state[NOTE] = (asked.done, getattr(made, "token", ""))


def told() -> None:
    """Says once what was done; a new token is shown here and nowhere else."""
    done, token = st.session_state.pop(NOTE, ("", ""))
    if done:
        st.success(done, icon=":material/check:")
    if token:
        st.code(token, language=None)
        st.caption(_("Copy this token now: it is not shown again. Whoever has it can do what it is for."))


def _new(schemes: Sequence[str]) -> Asked | None:
    states.card_title(_("New token"), _("select a row to revoke one"))
    with st.form("new_token", border=False, clear_on_submit=False):
        name = st.text_input(_("For which program"), max_chars=80, autocomplete="off")
        with st.container(gap="xxsmall"):
            st.caption(_("It may"))
            scopes = [scope for scope, name in SCOPES.items() if st.checkbox(_(name), key=f"api_tokens.new.{scope}")]
        scheme = st.selectbox(_("Scheme"), ["", *schemes], format_func=lambda code: code or _("All schemes"))
        with st.container(horizontal=True):
            days = st.selectbox(_("Ends after"), DAYS, 1, format_func=lambda days: _("{n} days", n=days))
            per_minute = st.number_input(_("Requests a minute"), 1, 6_000, 120, step=10)
        submitted = st.form_submit_button(_("Make token"), type="primary", width="stretch")
    if not submitted:
        return None
    values = {"name": name, "scopes": scopes, "scheme": scheme, "days": days, "per_minute": int(per_minute)}
    return Asked("make", values, _("Token for {name} made.", name=plain(name)))


def _of(line: TokenLine) -> Asked | None:
    states.card_title(plain(line.name), plain(f"{line.hint}…"))
    st.markdown("\n".join(f"- {_(SCOPES[scope])}" for scope in line.scopes if scope in SCOPES))
    many = _("{n} requests a minute", n=line.per_minute)
    st.caption(f"{plain(line.scheme) or _('All schemes')} · {many}")
    st.caption(
        _(
            "Made by {name} on {day}.",
            name=plain(line.made_by) or "–",
            day=f"{line.made_at.astimezone(clock.zone()):%Y-%m-%d}",
        )
    )
    if line.state != "valid":
        st.info(_(STATES[line.state]), icon=":material/block:")
        return None
    sure = st.checkbox(_("The program can't use it from then on."), key=f"api_tokens.sure.{line.id}")
    pressed = st.button(_("Revoke token"), width="stretch", disabled=not sure, key="api_tokens.revoke")
    done = _("Token for {name} revoked.", name=plain(line.name))
    return Asked("revoke", {"token_id": line.id}, done) if pressed else None


def _row(line: TokenLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "hint": f"{line.hint}…",
        "state": _(STATES[line.state]),
        "scheme": line.scheme or _("All schemes"),
        "expires_at": line.expires_at,
        "used_at": line.used_at,
    }


def _columns() -> dict[str, Any]:
    zone = clock.zone().key
    return {
        "name": st.column_config.TextColumn(_("Program")),
        "hint": st.column_config.TextColumn(_("Token"), width=100),
        "state": st.column_config.TextColumn(_("Status"), width=65),
        "scheme": st.column_config.TextColumn(_("Scheme"), width=105),
        "expires_at": st.column_config.DatetimeColumn(_("Ends"), format="YYYY-MM-DD", timezone=zone, width=85),
        "used_at": st.column_config.DatetimeColumn(_("Last used"), format="YYYY-MM-DD HH:mm", timezone=zone, width=125),
    }
