"""What complaints take from customer scores in a wave (rules.md 3.6): out of the complaints, and as it is kept."""

from sqlmodel import Session, col, select

from db.models import Complaint, ComplaintWave, CustomerScore
from domain.scheme import POINT, Scheme
from domain.scores import deduction_points

COUNTING = ("verified", "closed")
"""States of a complaint that was verified."""
Taken = dict[int, tuple[int, int]]
"""customer → 1e-9 points to take, and for how many complaints."""


def deductions(session: Session, wave_id: int, scheme: Scheme) -> Taken:
    """Points by customer for the complaints of a wave's period that are verified and our responsibility.

    No access check: for services and for reads that have checked the wave.
    """
    if scheme.deductions is None:
        return {}
    statement = (
        select(Complaint.customer_id, Complaint.category)
        .join(ComplaintWave, col(ComplaintWave.complaint_id) == Complaint.id)
        .where(ComplaintWave.wave_id == wave_id, Complaint.responsibility == "ours")
        .where(col(Complaint.state).in_(COUNTING))
    )
    found: Taken = {}
    for customer, category in session.exec(statement):
        points, complaints = found.get(customer, (0, 0))
        found[customer] = points + round(deduction_points([category], scheme) * POINT), complaints + 1
    return found


def kept_deductions(session: Session, wave_id: int) -> Taken:
    """The same as the roll-ups have it."""
    kept = select(CustomerScore.customer_id, CustomerScore.deducted, CustomerScore.complaints).where(
        CustomerScore.wave_id == wave_id,
        CustomerScore.composite == 0,
        (col(CustomerScore.deducted) != 0) | (col(CustomerScore.complaints) != 0),
    )
    return {customer: (points, complaints) for customer, points, complaints in session.exec(kept)}
