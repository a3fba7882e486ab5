"""The views of items: how answers spread over the levels, how scores moved, how segments differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import streamlit as st

from components import charts, formats, states, status
from components.charts import LevelCounts, Subject, WavePoint
from components.items.choice import Choice
from components.overview.charts import worst_sentence
from components.plain_text import plain
from components.texts import _, language
from domain import scores
from domain.comparing import NOBODY, SubjectStanding, WaveFigures
from domain.scheme import Scheme
from domain.scores import Score, Tally

ROW_HEIGHT, HEAD_HEIGHT = 33, 58
"""Of the distribution; all 14 items of the usual scheme end above the fold."""
LOWEST: Final = 150
"""Pixels in which a legend of two lines leaves room for the bar of one item."""
MOST_TRENDS: Final = 20
"""More small charts at once than this would slow the page down; a dimension narrows them."""


@dataclass(frozen=True)
class Groups:
    """One subject in each group of a wave, lowest first, and in the wave before."""

    name: str
    target: float
    now: Mapping[str, Score]
    before: Mapping[str, Score]


class Picked(NamedTuple):
    """What was clicked in a view: the code of an item, or a group."""

    item: str | None = None
    group: str | None = None


def groups_of(
    chosen: Choice,
    items: Sequence[SubjectStanding],
    dimensions: Sequence[SubjectStanding],
    scheme: Scheme,
    now: Mapping[str, Score],
    before: Mapping[str, Score],
) -> Groups:
    """The compared item, else dimension, else index, with its name and what it is measured by."""
    item = next((one for one in items if one.code == chosen.item), None)
    dimension = next((one for one in dimensions if one.code == chosen.dimension), None)
    if one := item or dimension:
        return Groups(one.name.in_(language()), scheme.thresholds.amber_below, now, before)
    return Groups(_("Satisfaction index"), scheme.targets.index, now, before)


def draw(
    chosen: Choice,
    items: Sequence[SubjectStanding],
    shown: Sequence[WaveFigures],
    tallies: Mapping[str, Tally],
    compared: Groups,
) -> Picked:
    """Draws the chosen view of the items."""
    scheme = shown[-1].wave.layout.scheme
    if chosen.view == "trends":
        return Picked(item=trends(items, shown, scheme))
    with states.card():
        if chosen.view == "segments":
            return Picked(group=groups(compared, scheme))
        return Picked(
            item=distribution(items, tallies, scheme, half=bool(chosen.item), key=f"distribution.{chosen.dimension}")
        )


def distribution(
    items: Sequence[SubjectStanding], tallies: Mapping[str, Tally], scheme: Scheme, *, half: bool, key: str
) -> str | None:
    """Levels of each item, worst item first, or scores with intervals on a number scale; the item that was clicked."""
    bounds = (scheme.thresholds.amber_below, scheme.thresholds.red)
    if scheme.number_scale:
        states.card_title(_("Scores of the items"), _("worst first · tick: previous period · band: 95% interval"))
        return _scores(items, *bounds, key=key)
    middle = _("centred on {level} · ", level=_middle(scheme)) if len(scheme.levels) % 2 else ""
    what = _("percent of answers · {middle}worst first · score at the right; click for details", middle=middle)
    states.card_title(_("Answers by level"), what)
    words = level_words(scheme)
    counts = [
        LevelCounts(one.code, one.name.in_(language()), tallies[one.code].levels, one.score.score, one.status)
        for one in items
        if one.score.n
    ]
    height = max(LOWEST, ROW_HEIGHT * len(counts) + HEAD_HEIGHT)
    sentence = worst_sentence(items)
    picked = charts.distribution(counts, words, alt_text=sentence, key=key, bounds=bounds, height=height, half=half)
    return picked[0] if picked else None


def level_words(scheme: Scheme) -> list[str]:
    """Names of the levels, best first."""
    return [level.name.in_(language()) for level in scheme.levels]


def _middle(scheme: Scheme) -> str:
    return formats.plain(scheme.levels[len(scheme.levels) // 2].name.in_(language()))


def _scores(items: Sequence[SubjectStanding], amber: float, red: float, *, key: str) -> str | None:
    found = [
        Subject(one.code, one.name.in_(language()), one.score, one.status, one.before.score if one.before else None)
        for one in items
    ]
    return charts.subjects(found, alt_text=worst_sentence(items), key=key, target=amber, red=red, with_n=True)


def trends(items: Sequence[SubjectStanding], shown: Sequence[WaveFigures], scheme: Scheme) -> str | None:
    """A small chart for each item, all on one scale, worst first; the item whose name was pressed."""
    amber, red = scheme.thresholds.amber_below, scheme.thresholds.red
    few = items[:MOST_TRENDS]
    said = [
        _("{n} periods", n=len(shown)),
        _("dashed: target {target}", target=f"{amber:g}"),
        _("dotted: red {red}", red=f"{red:g}"),
        _("same scale"),
        _("worst first"),
    ]
    if len(few) < len(items):
        said.append(_("{n} of {total} items; a dimension narrows them", n=len(few), total=len(items)))
    st.caption(" · ".join(said))
    points = {one.code: points_of(one.code, shown) for one in few}
    between = charts.shared_range(points.values(), amber, red)
    pressed = None
    grid = st.grid(5, min_column_width=170, gap="small")
    for one in few:
        with grid, st.container(gap="xxsmall"):
            if st.button(f"**{plain(one.name.in_(language()))}**", key=f"trend.{one.code}", type="tertiary"):
                pressed = one.code
            st.markdown(_score_line(one, amber, red))
            charts.item_trend(points[one.code], between, alt_text=worst_sentence([one]), target=amber, red=red)
    return pressed


def points_of(code: str, shown: Sequence[WaveFigures]) -> list[WavePoint]:
    """The scores of an item by wave, with their statuses."""
    found = []
    for one in shown:
        score = one.items[code].score if code in one.items else NOBODY
        status_then = scores.status(score.score, one.wave.layout.scheme)
        found.append(WavePoint(one.wave.code, one.wave.code, score, status_then, one.changed.get(code, "")))
    return found


def _score_line(one: SubjectStanding, *bounds: float) -> str:
    change = formats.change(one.change.difference, one.change.certain, words=False) if one.change else ""
    n = f"n={formats.small(one.score.n)}".replace("*", "\\*")
    return f"{status.badge(one.status)} **{formats.shown(one.score.score, *bounds)}** {change} :gray[{n}]".strip()


def groups(compared: Groups, scheme: Scheme) -> str | None:
    """One subject in each group, lowest first; the group that was clicked."""
    states.card_title(plain(compared.name), _("lowest first · tick: previous period · band: 95% interval"))
    if not compared.now:
        st.caption(_("No answers to compare."))
        return None
    rows = [
        Subject(
            code,
            code or _("Not given"),
            score,
            scores.status(score.score, scheme, target=compared.target),
            compared.before[code].score if code in compared.before else None,
        )
        for code, score in compared.now.items()
    ]
    sentence = _(
        "Lowest is {name} with {score} ({status}).",
        name=rows[0].name,
        score=formats.shown(rows[0].score.score, compared.target),
        status=status.word(rows[0].status),
    )
    red = scheme.thresholds.red
    key = f"groups.{'.'.join(compared.now)}"
    return charts.subjects(rows, alt_text=sentence, key=key, target=compared.target, red=red, with_n=True)
