"""Questions that aren't rated: how often each option was chosen."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components import drawn, formats, states
from components.plain_text import plain
from components.texts import _, language
from domain.choice_counts import ChoiceCounts

ROW, HEAD = 28, 34
MOST_SHOWN: Final = 8
"""Options that a card shows at once; the others by scrolling."""


def alone(asked: Sequence[ChoiceCounts]) -> None:
    """Of a wave without a single rating: says so, draws the choices and ends the page; nothing where there are none."""
    if not asked:
        return
    st.caption(_("No ratings in this period: its choices are counted, there is no score."))
    draw(asked)
    st.stop()


def draw(asked: Sequence[ChoiceCounts]) -> None:
    """A card for each question, two beside each other; nothing without questions."""
    if not asked:
        return
    states.card_title(_("Choice questions"), _("share of those who answered"))
    for start in range(0, len(asked), 2):
        pair = asked[start : start + 2]
        for place, one in zip(st.columns(2, gap="small"), pair, strict=False):
            with place:
                _card(one)


def _card(one: ChoiceCounts) -> None:
    several = [_("several answers possible")] if one.is_multiple else []
    what = " · ".join([f"n = {formats.count(one.answered)}", *several])
    title = plain(one.text.in_(language()))
    with states.card(title, what):
        drawn.table(
            [
                {"option": option.in_(language()), "share": 100 * share, "n": n}
                for (option, n), share in zip(one.options, one.shares, strict=True)
            ],
            hide_index=True,
            row_height=ROW,
            height=ROW * min(MOST_SHOWN, len(one.options)) + HEAD,
            column_config={
                "option": st.column_config.TextColumn(_("Option"), width=210),
                "share": st.column_config.ProgressColumn(
                    _("Share"), format="%.1f%%", min_value=0, max_value=100, width=150, color="blue"
                ),
                "n": st.column_config.NumberColumn(_("Chosen"), width=70),
            },
            alt=_("How often each option of “{question}” was chosen", question=title),
        )
