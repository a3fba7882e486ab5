"""Quality figures of whole waves beside their scores (rules.md 9), and the customers whom their figures contradict."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sqlmodel import Session, col, func, select

from db.models import Customer, QualityFigure
from db.queries.complaints import figures_in_sight, quality_figures
from db.queries.narrowing import WaveInfo
from db.queries.standing import customer_scores
from domain.access import Viewer
from domain.quality_gaps import gaps
from domain.scheme import Name


class MeanFigure(NamedTuple):
    """The mean of a figure over the `n` customers that have it in a wave, in the figure's unit."""

    wave_id: int
    code: str
    mean: float
    n: int


class Contradiction(NamedTuple):
    """A customer on target (`score` in points, after deductions) with the figures that don't fit: code → value."""

    code: str
    name: Name
    score: float
    figures: dict[str, float]


def mean_figures(session: Session, viewer: Viewer, wave_ids: Sequence[int]) -> list[MeanFigure]:
    """Figures of waves over the customers in sight; raises NotAllowed."""
    figure = QualityFigure
    statement = select(figure.wave_id, figure.code, func.avg(figure.value), func.count(col(figure.value)))
    statement = statement.where(col(figure.wave_id).in_(wave_ids), *figures_in_sight(viewer))
    statement = statement.group_by(col(figure.wave_id), col(figure.code))
    rows = session.exec(statement.order_by(col(figure.wave_id), col(figure.code)))
    return [MeanFigure(wave, code, float(mean), n) for wave, code, mean, n in rows]


def contradictions(session: Session, viewer: Viewer, wave: WaveInfo) -> list[Contradiction]:
    """Customers in sight who are content while a figure says that something is wrong, by code; raises NotAllowed."""
    figures: dict[int, dict[str, float]] = {}
    for one in quality_figures(session, viewer, wave.id):
        figures.setdefault(one.customer_id, {})[one.code] = one.value
    ids = np.array(sorted(figures), dtype=np.int64)
    scores = customer_scores(session, wave.id, ids, wave.layout) if len(ids) else np.empty(0)
    known = {int(key): float(score) for key, score in zip(ids, scores, strict=True) if not np.isnan(score)}
    wrong = {key: gaps(score, figures[key], wave.layout.scheme) for key, score in known.items()}
    rows = session.exec(select(Customer).where(col(Customer.id).in_([key for key in wrong if wrong[key]])))
    return [
        Contradiction(
            row.code,
            Name(row.name_zh, row.name_en),
            known[row.id or 0],
            {code: figures[row.id or 0][code] for code in wrong[row.id or 0]},
        )
        for row in sorted(rows, key=lambda row: row.code)
    ]
