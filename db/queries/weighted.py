"""Means weighted by the weights of the respondents: read from the rows, shown beside the unweighted ones."""

from dataclasses import astuple, dataclass

import numpy as np
from sqlmodel import Session, col, select

from db.models import Cohort, Customer, Response
from db.queries.narrowing import WaveInfo, of_customers, visible_items
from db.queries.recount import Window, customer_passes, windows
from db.queries.scores import shown_composites
from db.rollups import Layout
from domain.access import Scope
from domain.answers import Levels
from domain.scheme import HUNDREDTH, POINT, IntArray
from domain.scores import BoolArray, FloatArray, answer_scores


@dataclass(frozen=True)
class WeightedMeans:
    """Weighted means by composite code ("" is the index) and item code; None without an answer that has a weight.

    Scores 0–100; `mean_levels` on the scale of the levels' values; `top_two_box` shares 0–1, None on a number scale.
    """

    scores: dict[str, float | None]
    items: dict[str, float | None]
    mean_levels: dict[str, float | None]
    top_two_box: dict[str, float | None]


def weighted_means(session: Session, scope: Scope, wave: WaveInfo) -> WeightedMeans:
    """Σ w·x / Σ w over the counted responses that have a weight, in the scope's segment, region and channel.

    Grows with the responses of the wave, its memory doesn't.
    """
    layout = wave.layout
    sums = _Sums(layout)
    cohorts, customers = cohorts_in(session, scope), customers_in(session, scope)
    for portion in customer_passes(session, wave.id, layout):
        for window in windows(session, wave.id, portion, layout):
            weights = _weights(session, wave.id, window)
            chosen = window.counted & np.isfinite(weights) & np.isin(window.cohort, cohorts)
            if customers is not None:
                chosen &= np.isin(window.customer, customers)
            sums.add(window, np.where(chosen, weights, 0.0))
    return _in_sight(session, scope, layout, sums.means())


def _in_sight(session: Session, scope: Scope, layout: Layout, means: WeightedMeans) -> WeightedMeans:
    shown = visible_items(session, scope, layout)
    seen = {code for code, is_shown in zip(layout.scheme.item_codes, shown, strict=True) if is_shown}
    composites = {"", *shown_composites(layout, seen)}
    items = ({code: one for code, one in part.items() if code in seen} for part in astuple(means)[1:])
    return WeightedMeans({code: one for code, one in means.scores.items() if code in composites}, *items)


class _Sums:
    """Σ w and Σ w·x by composite and by item."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.composites = np.zeros((2, len(layout.composite_ids)))
        self.items = np.zeros((4, len(layout.item_ids)))

    def add(self, window: Window, weights: FloatArray) -> None:
        """Adds a window; a weight of 0 leaves its response out."""
        scores, answered = window.scores(self.layout), window.levels >= 0
        self.composites[0] += weights @ scores.answered
        self.composites[1] += weights @ np.where(scores.answered, scores.score / POINT, 0.0)
        self.items[0] += weights @ answered
        points: FloatArray = answer_scores(window.levels, self.layout.scheme) / POINT
        self.items[1] += weights @ points
        self.items[2] += weights @ self._values(window.levels, answered)
        self.items[3] += weights @ (answered & (window.levels < 2))

    def _values(self, levels: Levels, answered: BoolArray) -> FloatArray:
        scheme = self.layout.scheme
        if scheme.number_scale:
            return np.where(answered, levels * (HUNDREDTH / POINT), 0.0)
        return np.where(answered, np.array(scheme.level_values)[np.where(answered, levels, 0)], 0.0)

    def means(self) -> WeightedMeans:
        """What they come to."""
        scheme = self.layout.scheme
        items = [dict(zip(scheme.item_codes, _divided(row, self.items[0]), strict=True)) for row in self.items[1:]]
        top = dict.fromkeys(scheme.item_codes) if scheme.number_scale else items[2]
        scores = dict(zip(scheme.composites, _divided(self.composites[1], self.composites[0]), strict=True))
        return WeightedMeans(scores, items[0], items[1], top)


def _divided(sums: FloatArray, weights: FloatArray) -> list[float | None]:
    return [
        total / weight if weight > 0 else None for total, weight in zip(sums.tolist(), weights.tolist(), strict=True)
    ]


def _weights(session: Session, wave_id: int, window: Window) -> FloatArray:
    """Weights of a window's responses, NaN where there is none."""
    here = select(Response.id, Response.weight).where(
        Response.wave_id == wave_id, col(Response.id).between(int(window.ids[0]), int(window.ids[-1]))
    )
    found = np.full(len(window.ids), np.nan)
    rows = [(key, weight) for key, weight in session.exec(here) if weight is not None]
    if not rows:
        return found
    ids, weights = np.array([key for key, _ in rows]), np.array([weight for _, weight in rows])
    place = np.searchsorted(window.ids, ids).clip(max=len(window.ids) - 1)
    there = window.ids[place] == ids
    found[place[there]] = weights[there]
    return found


def cohorts_in(session: Session, scope: Scope) -> IntArray:
    """Cohorts of the scope's segment, region and channel."""
    wanted = {"segment": scope.segment, "region": scope.region, "channel": scope.channel}
    conditions = [col(getattr(Cohort, name)) == value for name, value in wanted.items() if value]
    return np.array(session.exec(select(Cohort.id).where(*conditions)).all(), dtype=np.int64)


def customers_in(session: Session, scope: Scope) -> IntArray | None:
    """Customers in the scope; None: all, those without a name included."""
    if not scope.by_customer:
        return None
    return np.array(session.exec(select(Customer.id).where(*of_customers(scope))).all(), dtype=np.int64)
