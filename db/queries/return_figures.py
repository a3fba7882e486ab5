"""What came back of a wave, out of the roll-ups, for the findings about it."""

from sqlalchemy import func, or_, union
from sqlmodel import Session, col, select

from db.models import CohortReturn, CohortScore, Customer, CustomerReturn, CustomerScore, Plan, Wave
from db.rollups import Layout
from domain.return_findings import ReturnFigures, needed


def return_figures(session: Session, wave: Wave, layout: Layout) -> ReturnFigures:
    """The figures of a wave; a handful of sums over cohorts and customers, whoever asks."""
    sums = select(func.sum(CohortReturn.sent), func.sum(CohortReturn.in_time)).where(CohortReturn.wave_id == wave.id)
    sent, in_time = (int(one or 0) for one in session.exec(sums).one())
    counted = select(func.sum(CohortScore.n)).where(CohortScore.wave_id == wave.id, CohortScore.composite == 0)
    valid = int(session.exec(counted).one() or 0)
    surveyed, in_scope = coverage_of(session, wave)
    wanted = needed(layout.scheme.required, wave.planned_n, sent)
    return ReturnFigures(sent, in_time, valid, surveyed, in_scope, wanted, wave.window_over)


def coverage_of(session: Session, wave: Wave) -> tuple[int, int]:
    """Customers that were asked or heard, and those in scope: whom the plan's filter let through, else all active ones."""
    asked = select(CustomerReturn.customer_id).where(CustomerReturn.wave_id == wave.id, col(CustomerReturn.sent) > 0)
    heard = select(CustomerScore.customer_id).where(
        CustomerScore.wave_id == wave.id, CustomerScore.composite == 0, col(CustomerScore.n) > 0
    )
    surveyed = select(func.count()).select_from(union(asked, heard).subquery())
    population = session.exec(select(Plan.population).where(Plan.wave_id == wave.id)).first()
    if not population:
        active = or_(col(Customer.active).is_(True), col(Customer.id).in_(union(asked, heard)))
        everybody = select(func.count()).select_from(Customer).where(col(Customer.merged_into_id).is_(None), active)
        population = session.exec(everybody).one()
    return session.exec(surveyed).one(), population
