"""Who is entitled to the incentive of a wave."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from db.models import Contact, Customer, Invitation, Reward
from db.queries.responses import wave_for
from domain.access import Viewer
from domain.scheme import Name


@dataclass(frozen=True)
class Entitled:
    """Somebody entitled, and when the reward was handed over."""

    invitation_id: int
    contact: str
    customer: Name
    handed_over_on: date | None


def rewards(session: Session, viewer: Viewer, wave_id: int) -> list[Entitled]:
    """Everybody entitled, for those who run the wave; says nothing of what was answered. Raises NotAllowed, NotThere."""
    viewer.check("run_waves")
    wave_for(session, viewer, wave_id)
    statement = (
        select(Reward, Contact.name, Customer)
        .join(Invitation, col(Invitation.id) == Reward.invitation_id)
        .join(Contact, col(Contact.id) == Invitation.contact_id, isouter=True)
        .join(Customer, col(Customer.id) == Invitation.customer_id, isouter=True)
        .where(Reward.wave_id == wave_id)
        .order_by(col(Reward.invitation_id))
    )
    return [
        Entitled(
            row.invitation_id,
            contact or "",
            Name(customer.name_zh, customer.name_en) if customer else Name(),
            row.handed_over_on,
        )
        for row, contact, customer in session.exec(statement)
    ]
