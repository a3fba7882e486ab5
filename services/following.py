"""Findings of a wave that compare it with the previous one follow when that one changes (rules.md 5, DECLINE)."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from sqlmodel import Session, col, select

from db.models import CustomerScore, Finding, Wave
from db.queries.layouts import layout_of_wave
from db.queries.standing import previous_wave
from db.rollups import SUMS, Group, Layout
from services.findings import Memory, keep_findings
from services.opinion_findings import keep_opinions_of_wave
from services.recording import lock_wave
from services.return_findings import keep_return_findings

PORTION = 5000
"""Customers looked at together."""


def follow(session: Session, wave: Wave, *, at: datetime, customers: Sequence[int] | None = None) -> None:
    """Brings findings up to date in open waves that compare themselves with `wave`, or did so until now.

    Waves are locked in their order in time, this one before. `customers` are those whose figures moved; None: all.
    """
    later = select(Wave).where(
        Wave.scheme_id == wave.scheme_id, Wave.state == "open", col(Wave.position) > wave.position
    )
    for following in session.exec(later.order_by(col(Wave.position)).execution_options(populate_existing=True)).all():
        before = previous_wave(session, following)
        if before is None or before.position <= wave.position:
            refresh(session, following, at=at, customers=customers)


def refresh(session: Session, wave: Wave, *, at: datetime, customers: Sequence[int] | None = None) -> None:
    """Recomputes findings of an open wave out of its roll-ups, for some customers (None: all) and the wave itself."""
    layout = layout_of_wave(session, wave)
    lock_wave(session, wave)
    if wave.state != "open":
        return
    ids = _customers(session, wave) if customers is None else sorted(customers)
    memory = Memory()
    for start in range(0, max(len(ids), 1), PORTION):
        portion = ids[start : start + PORTION]
        keep_findings(session, wave, layout, _unchanged(portion, layout), memory, at=at)
        memory.customers = None
    if wave.window_over:
        keep_return_findings(session, wave, layout, at=at)
    if customers is None:
        keep_opinions_of_wave(session, wave, at=at)


def _customers(session: Session, wave: Wave) -> list[int]:
    """Customers with figures or findings."""
    scores = select(CustomerScore.customer_id).where(CustomerScore.wave_id == wave.id, CustomerScore.composite == 0)
    findings = select(Finding.customer_id).where(Finding.wave_id == wave.id, col(Finding.customer_id).is_not(None))
    return sorted({*session.exec(scores), *(key for key in session.exec(findings.distinct()) if key is not None)})


def _unchanged(customers: Sequence[int], layout: Layout) -> Group:
    ids = np.array(customers, dtype=np.int64)
    tally = np.zeros((len(ids), len(layout.item_ids), len(layout.tally_columns)), dtype=np.int64)
    return Group(ids, tally, np.zeros((len(ids), len(layout.composite_ids), len(SUMS)), dtype=np.int64))
