"""The two charts of an overview: the index over time, and the dimensions (or items) of the period."""

from collections.abc import Sequence

import streamlit as st

from components import charts, formats, states, status
from components.charts import Returns, Subject, WavePoint, changed_of_several
from components.texts import _, language
from domain import scores
from domain.comparing import Period, SubjectStanding, WaveFigures
from domain.overview import SegmentReturns

MOST_ITEMS = 6
HEIGHT = 176


def trend(shown: Sequence[WaveFigures], index: SubjectStanding, *, key: str) -> str | None:
    """The index by period; the code of another period that was clicked."""
    states.card_title(_("Satisfaction index by period"), _("band: 95% interval"))
    scheme = shown[-1].wave.layout.scheme
    points = [
        WavePoint(
            one.wave.code,
            one.wave.code,
            one.index,
            scores.status(one.index.score, one.wave.layout.scheme, target=one.wave.layout.scheme.targets.index),
            changed_of_several(one.changed),
        )
        for one in shown
    ]
    picked = charts.trend(
        points,
        alt_text=index_sentence(index, scheme.targets.index),
        key=key,
        target=scheme.targets.index,
        height=HEIGHT,
    )
    return picked if picked != shown[-1].wave.code else None


def index_sentence(index: SubjectStanding, target: float) -> str:
    """The finding: "Index 79.6, below target 80, no clear change"; a red one is below its target as well."""
    score = formats.shown(index.score.score, index.bound, target)
    place = _("below target {target}") if index.status in ("red", "amber") else _("on target {target}")
    said = [_("Index {score}", score=score), place.format(target=f"{target:g}")]
    if index.change:
        word = formats.change_word(index.change.difference, index.change.certain)
        said.append(word if index.change.certain else _("no clear change"))
    return ", ".join(said)


def subjects(
    dimensions: Sequence[SubjectStanding],
    items: Sequence[SubjectStanding],
    before: Period | None,
    *,
    red: float,
    key: str,
) -> dict[str, str]:
    """The dimensions, worst first, or the worst items where no dimension is in sight; {"dimension": code} of a click."""
    kind, shown = ("dimension", dimensions) if dimensions else ("item", items[:MOST_ITEMS])
    title = _("Dimension scores") if kind == "dimension" else _("Item scores")
    states.card_title(title, _("tick: {period}", period=formats.period_short(before.code)) if before else "")
    amber = [one.bound for one in shown if one.status != "red"]
    code = charts.subjects(
        [
            Subject(one.code, one.name.in_(language()), one.score, one.status, one.before.score if one.before else None)
            for one in shown
        ],
        alt_text=worst_sentence(shown),
        key=key,
        target=amber[0] if amber else None,
        red=red,
        with_n=True,
        height=HEIGHT if len(shown) <= 6 else None,
    )
    return {} if code is None else {kind: code}


def worst_sentence(standings: Sequence[SubjectStanding]) -> str:
    """The finding: which is lowest, and how it stands."""
    if not standings:
        return _("No scores.")
    worst = standings[0]
    return _(
        "Lowest is {name} with {score} ({status}).",
        name=worst.name.in_(language()),
        score=formats.shown(worst.score.score, worst.bound),
        status=status.word(worst.status),
    )


def response_rates(segments: Sequence[SegmentReturns], target: float | None, *, key: str) -> str | None:
    """Response rate of each segment, lowest first; the segment that was clicked."""
    states.card_title(_("Response rate by segment"))
    if not segments:
        st.caption(_("No questionnaires were sent from here"))
        return None
    groups = [
        Returns(one.segment, one.segment or _("No segment"), one.returns.sent, one.returns.in_time) for one in segments
    ]
    lowest = groups[0]
    sentence = _(
        "Lowest response rate: {name}, {share}.", name=lowest.name, share=formats.share(lowest.in_time, lowest.sent)
    )
    return charts.response_rates(groups, alt_text=sentence, key=key, target=target)
