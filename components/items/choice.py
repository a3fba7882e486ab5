"""What the screen of items shows: which view, which dimension, which item; all in the address."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from components import address, formats
from components.status import STATUS
from components.texts import _, language
from domain.comparing import Period, SubjectStanding
from domain.errors import N_

VIEWS: Final = {"distribution": N_("Distribution"), "trends": N_("Trends"), "segments": N_("Segments")}
FIRST: Final = "distribution"
GROUPS: Final = {"segment": N_("Segment"), "region": N_("Region"), "channel": N_("Channel")}


@dataclass(frozen=True)
class Choice:
    """The view; codes of the dimension ("" is all) and of the item looked at ("" is none); by what segments are made."""

    view: str
    dimension: str
    item: str
    by: str = "segment"

    @property
    def compared(self) -> dict[str, str]:
        """What is compared over groups: {"by", "item", "dimension"}; empty in other views."""
        if self.view != "segments":
            return {}
        return {"by": self.by, "item": self.item, "dimension": self.dimension}


def bar(
    wave: Period, n: int, dimensions: Sequence[SubjectStanding], items: Sequence[SubjectStanding], groups: Sequence[str]
) -> Choice:
    """Draws view and dimension, dimensions worst first with their scores; the item stands in the address only."""
    names = {one.code: _ranked(one) for one in dimensions}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        view = st.segmented_control(
            _("View"),
            list(VIEWS),
            required=True,
            format_func=lambda one: _(VIEWS[one]),
            key=address.pull("view", list(VIEWS), FIRST),
            label_visibility="collapsed",
        )
        dimension = st.selectbox(
            _("Dimension"),
            ["", *names],
            format_func=lambda one: names.get(one, _("All dimensions")),
            key=address.pull("dimension", ["", *names]),
            label_visibility="collapsed",
            width=230,
        )
        chosen = Choice(address.push("view", view, FIRST), address.push("dimension", dimension), _item(items))
        if chosen.view == "segments":
            chosen = _segmented(chosen, items, groups)
        st.markdown(f":gray[{formats.period(wave.code)} · n = {formats.count(n)}]", width="content")
        return chosen


def _item(items: Sequence[SubjectStanding]) -> str:
    item = st.query_params.get("item", "")
    return item if item in {one.code for one in items} else ""


def _segmented(chosen: Choice, items: Sequence[SubjectStanding], groups: Sequence[str]) -> Choice:
    names = {one.code: _ranked(one) for one in items}
    item = st.selectbox(
        _("Item"),
        ["", *names],
        format_func=lambda one: names.get(one, _("All items")),
        key=address.pull("item", ["", *names]),
        label_visibility="collapsed",
        width=250,
    )
    by = st.segmented_control(
        _("Compare by"),
        groups,
        required=True,
        format_func=lambda one: _(GROUPS[one]),
        key=address.pull("by", groups, groups[0]),
        label_visibility="collapsed",
    )
    return replace(chosen, item=address.push("item", item), by=address.push("by", by, groups[0]))


def _ranked(one: SubjectStanding) -> str:
    score = formats.shown(one.score.score, one.bound)
    return f"{one.name.in_(language())} {STATUS[one.status].sign} {score} · n={formats.small(one.score.n)}"
