"""Cards, key figures, and what a page says when there is nothing to show (design.md 8)."""

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.formats import DOWN, UNCERTAIN, UP, count, plain, seconds_left, shown
from components.texts import _

Meaning = Literal["better", "worse", "neutral"]
_CHIP: Final[dict[str, Any]] = {"better": "green", "worse": "red", "neutral": "gray"}
CARD: Final[dict[str, Any]] = {"border": True, "height": "stretch", "gap": "xsmall"}


class Delta(NamedTuple):
    """The chip under a key figure: its text, what it means, and the words beside it."""

    text: str
    meaning: Meaning = "neutral"
    beside: str = ""


class FieldChange(NamedTuple):
    """What somebody else has changed meanwhile: the field's name on screen, old and new value as shown."""

    field: str
    old: str
    new: str


def card(title: str = "", what: str = "") -> DeltaGenerator:
    """A bordered card with its title; draw into it with `with`."""
    box = st.container(**CARD)
    if title:
        with box:
            card_title(title, what)
    return box


def plain_card(title: str, what: str = "") -> DeltaGenerator:
    """A card as high as what is in it, where cards beside it have heights of their own."""
    box = st.container(border=True, gap="xsmall")
    with box:
        card_title(title, what)
    return box


def card_title(title: str, what: str = "") -> None:
    """One line: what the card is, and in grey what it shows. Texts from outside must have passed `plain`."""
    st.markdown(f"**{title}** :gray[{what}]" if what else f"**{title}**")


def score_delta(difference: float | None, certain: bool | None, beside: str) -> Delta | None:
    """The change of a score as a chip: an arrow and a colour only when it is certain; None without anything to compare.

    `beside` names what it is compared with.
    """
    if difference is None:
        return None
    if not certain:
        return Delta(f"{UNCERTAIN} {shown(abs(difference))}", "neutral", f"{beside} · {_('Cannot tell')}")
    arrow, meaning = (UP, "better") if difference > 0 else (DOWN, "worse")
    return Delta(f"{arrow} {shown(abs(difference), 0.0)}", meaning, beside)  # type: ignore[arg-type]


def metric_card(
    label: str, value: str, *, badge: str = "", delta: Delta | None = None, caption: str = "", more: str = ""
) -> None:
    """A key figure: label with badge (together at most 26 Latin characters at 1366), value, chip, one caption line.

    `more` is shown when the pointer rests on the question mark.
    """
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(
            f"{label} {badge}".strip(),
            value,
            delta.text if delta else None,
            delta_arrow="off",
            delta_color=_CHIP[delta.meaning] if delta else "off",
            delta_description=delta.beside or None if delta else None,
            help=more or None,
        )
        if caption:
            st.caption(caption)


def empty(
    icon: str,
    line: str,
    caption: str = "",
    button: str = "",
    *,
    key: str = "empty",
    primary: bool = True,
    height: int = 250,
) -> bool:
    """A card that says what is missing, with the one button that fills it; whether the button was pressed."""
    with st.container(
        border=True, height=height, horizontal_alignment="center", vertical_alignment="center", gap="xsmall"
    ):
        st.header(f":gray[{icon}]", anchor=False, width="content")
        st.markdown(f"**{line}**", width="content")
        if caption:
            st.caption(caption, width="content")
        return bool(button) and st.button(button, key=key, type="primary" if primary else "secondary")


def no_permission(what: str, whom: str = "") -> None:
    """What may not be seen, and whom to ask; both are sentences."""
    st.info(whom or _("Ask the administrator for a role that may see it."), title=what, icon=":material/lock:")


def unreachable(figures_from: str, reference: str, *, key: str = "try_again") -> bool:
    """The database cannot be reached; `figures_from` is the time of the figures shown. Whether to try again."""
    st.error(
        _(
            "No data is lost; the figures on this page are from {time}. Reference {reference}.",
            time=figures_from,
            reference=reference,
        )
        if figures_from
        else _("No data is lost. Reference {reference}.", reference=reference),
        title=_("The database cannot be reached"),
        icon=":material/cloud_off:",
    )
    return st.button(_("Try again"), key=key, icon=":material/refresh:")


def error(title: str, line: str, reference: str = "") -> None:
    """Something went wrong: what, what is safe, and a reference number for whoever looks into it."""
    number = _("Reference {reference}.", reference=reference) if reference else ""
    st.error(f"{line} {number}".strip(), title=title, icon=":material/error:")


def refused(line: str) -> None:
    """A form that wasn't accepted, in one sentence (it may quote what was typed)."""
    st.warning(plain(line), icon=":material/warning:")


def changed_meanwhile(who: str, when: str, changes: Sequence[FieldChange]) -> None:
    """Somebody else has changed what is being edited: field by field, old → new."""
    by = _("{who} at {time}:", who=plain(who), time=when)
    lines = [f"- **{plain(one.field)}** {plain(one.old)} → {plain(one.new)}" for one in changes]
    body = "\n".join([by, "", *lines, "", _("Your changes are not saved yet.")])
    st.warning(body, title=_("Somebody else has just changed this"), icon=":material/sync_problem:")


def waiting(title: str, height: int) -> None:
    """A card whose figures are still being read: its title stays, a skeleton of the chart's height below it."""
    with card(title):
        st.skeleton(height)


def progress(
    label: str, done: int, total: int, seconds: float | None = None, *, stop: str = "", key: str = "stop"
) -> bool:
    """Work that takes over a second: count, time left and a button to stop it; whether that was pressed."""
    counted = _("{label}: {done} of {total} rows", label=label, done=count(done), total=count(total))
    left = "" if seconds is None else _(", {left}", left=seconds_left(seconds))
    with st.container(border=True):
        st.progress(min(1.0, done / total) if total else 0.0, text=counted + left)
        return bool(stop) and st.button(stop, key=key)
