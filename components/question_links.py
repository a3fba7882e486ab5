"""Questions from wave to wave: what must be asked where the wording or the scale changed, and what was said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

import streamlit as st

from components import address, clock, states
from components.formats import period
from components.plain_text import plain
from components.texts import _, language, ngettext
from domain.errors import N_
from domain.item_links import KINDS, OF_ONE, Doubt, Link
from domain.scheme import Item, Scheme

SAID: Final = {
    "same": N_("The same question"),
    "renamed": N_("Renamed from"),
    "split": N_("Split from"),
    "merged": N_("Merged from"),
    "rescaled": N_("The same, on a new scale"),
    "new": N_("A new question"),
}
"""Kinds of links, as the reader chooses them."""


class Wave(Protocol):
    """A wave under its scheme version."""

    @property
    def id(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def layout(self) -> Any: ...


class Confirmed(Protocol):
    """What somebody said."""

    @property
    def link(self) -> Link: ...
    @property
    def by(self) -> str: ...
    @property
    def at(self) -> datetime: ...


class Step(Protocol):
    """A wave and the one before it."""

    @property
    def before(self) -> Wave: ...
    @property
    def wave(self) -> Wave: ...
    @property
    def doubts(self) -> Sequence[Doubt]: ...
    @property
    def confirmed(self) -> Sequence[Confirmed]: ...


class Asked(NamedTuple):
    """What the reader pressed: links to confirm, or an item to be asked again, of a wave."""

    wave_id: int
    links: tuple[Link, ...] = ()
    again: str = ""


def pick(names: dict[str, str]) -> str:
    """Lets the reader choose the scheme; its code, "" where there is none."""
    if not names:
        states.empty(":material/join_inner:", _("No scheme yet"), _("Questions are compared when a scheme has waves."))
        return ""
    first = next(iter(names))
    chosen = st.selectbox(
        _("Scheme"),
        list(names),
        format_func=lambda code: names[code],
        key=address.pull("scheme", list(names), first),
        width=380,
    )
    return address.push("scheme", chosen, "")


def draw(steps: Sequence[Step]) -> Asked | None:
    """Each wave before which the questions changed; what was pressed."""
    if not steps:
        states.empty(
            ":material/join_inner:",
            _("All waves ask the same questions"),
            _("When a wave asks otherwise than the one before it, this is where the questions are matched."),
        )
    asked = None
    for step in steps:
        title = f"{period(step.before.code)} → {period(step.wave.code)}"
        open_ = len(step.doubts)
        what = (
            ngettext("{n} question to be matched", "{n} questions to be matched", open_) if open_ else _("all matched")
        )
        with states.card(title, what):
            asked = _doubts(step) or asked
            asked = _confirmed(step) or asked
    return asked


def _doubts(step: Step) -> Asked | None:
    if not step.doubts:
        return None
    earlier: Scheme = step.before.layout.scheme
    with st.form(f"questions.{step.wave.code}", border=False):
        links = [_doubt(one, earlier, step) for one in step.doubts]
        pressed = st.form_submit_button(_("Confirm what is chosen"), type="primary")
    chosen = tuple(link for link in links if link)
    if pressed and not chosen:
        states.refused(_("Choose for one question at least what it continues."))
    return Asked(step.wave.id, chosen) if pressed and chosen else None


def _doubt(one: Doubt, earlier: Scheme, step: Step) -> Link | None:
    """The two wordings side by side, and what the later one continues; None while nobody has chosen.

    Only what the wordings or the scales show is chosen beforehand.
    """
    key = f"question.{step.wave.code}.{one.item.code}"
    now, before, kind, of = st.columns([1.25, 1.25, 0.9, 1.1], gap="small", vertical_alignment="center")
    now.markdown(_wording(one.item, _("now")))
    before.markdown(
        _wording(one.before, _("before")) if one.before else f":gray[{_('no question of this code before')}]"
    )
    chosen = kind.selectbox(
        _("It is"),
        KINDS,
        None if one.proposed.kind == "new" else KINDS.index(one.proposed.kind),
        format_func=lambda code: _(SAID[code]),
        key=f"{key}.kind",
        label_visibility="collapsed",
        placeholder=_("choose"),
    )
    names = {item.code: _named(item) for item in earlier.items}
    order = list(dict.fromkeys([*one.proposed.earlier, *one.candidates, *names]))
    taken = of.multiselect(
        _("Earlier question"),
        order,
        list(one.proposed.earlier),
        format_func=lambda code: names[code],
        key=f"{key}.earlier",
        label_visibility="collapsed",
        placeholder=_("earlier question"),
    )
    return Link(one.item.code, chosen, () if chosen in OF_ONE else tuple(taken)) if chosen else None


def _confirmed(step: Step) -> Asked | None:
    pressed = None
    for one in step.confirmed:
        item = step.wave.layout.scheme.item_by_code.get(one.link.item)
        earlier = [step.before.layout.scheme.item_by_code.get(code) for code in one.link.earlier]
        names = ", ".join(plain(_named(found)) for found in earlier if found)
        name = plain(_named(item)) if item else plain(one.link.item)
        when = one.at.astimezone(clock.zone()).strftime("%Y-%m-%d")
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            said = f"**{name}** {_(SAID[one.link.kind])} {names} :gray[{plain(one.by)} · {when}]"
            st.markdown(said, width="content")
            key = f"question.again.{step.wave.code}.{one.link.item}"
            if st.button(_("Ask again"), type="tertiary", key=key):
                pressed = Asked(step.wave.id, again=one.link.item)
    return pressed


def _named(item: Item) -> str:
    return f"{item.name.in_(language())} ({item.code})"


def _wording(item: Item, when: str) -> str:
    """Both languages, as far as they are there, with the code."""
    names = " / ".join(filter(None, (item.name.zh, item.name.en)))
    return f"{plain(names)}  \n:gray[{when} · {plain(item.code)}]"
