"""Complaint rate, part fault and repair rate of customers in a wave's period, entered to stand beside the scores (rules.md 9)."""

from datetime import datetime

from sqlmodel import Session, select

from db.models import Customer, QualityFigure, SchemeRow, Wave
from domain.access import NotThere, Viewer
from domain.complaints import FIGURES
from domain.errors import N_, Refusal
from services.audit import audit


class FigureNegative(Refusal):
    """A rate under zero."""

    def __init__(self) -> None:
        super().__init__(N_("A rate can't be negative."))


def enter_figure(
    session: Session, *, wave_id: int, customer_id: int, code: str, value: float | None, by: Viewer, at: datetime
) -> QualityFigure | None:
    """Enters, changes or (None) takes away a figure; raises FigureNegative, NotAllowed, NotThere."""
    by.check("edit_figures")
    wave, customer = session.get(Wave, wave_id), session.get(Customer, customer_id)
    if wave is None or customer is None or code not in FIGURES:
        raise NotThere
    if by.only_schemes_of not in (None, session.get_one(SchemeRow, wave.scheme_id).organiser_id):
        raise NotThere
    if value is not None and value < 0:
        raise FigureNegative
    here = (QualityFigure.wave_id == wave_id, QualityFigure.customer_id == customer_id, QualityFigure.code == code)
    known = session.exec(select(QualityFigure).where(*here)).first()
    if value is None:
        if known is not None:
            session.delete(known)
        known = None
    else:
        known = known or QualityFigure(wave_id=wave_id, customer_id=customer_id, code=code, value=value, entered_at=at)
        known.value, known.entered_at, known.entered_by_id = value, at, by.user_id or None
        session.add(known)
    session.flush()
    audit(
        session,
        by=by.user_id,
        at=at,
        verb="enter",
        about="quality_figure",
        about_id=wave_id,
        customer=customer_id,
        code=code,
    )
    return known
