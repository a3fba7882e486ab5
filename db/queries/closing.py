"""Where a wave stands before it closes, and the answers that came after."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.models import Customer, Invitation, Reminder, Response
from db.queries.layouts import layout_of_wave
from db.queries.narrowing import of_customers
from db.queries.responses import wave_for
from db.queries.return_figures import return_figures
from domain.access import Scope, Viewer
from domain.closing import REMINDERS, ClosingFacts
from domain.scheme import Name

SHOWN = 200


@dataclass(frozen=True)
class LateAnswer:
    """An answer that came after closing; without a customer in anonymous waves and open ones. `score` in 1e-9 points."""

    response_id: int
    received_at: datetime
    customer: Name | None
    score: int | None


def closing_facts(session: Session, viewer: Viewer, wave_id: int, *, today: date) -> ClosingFacts:
    """What the check list looks at; raises NotAllowed, NotThere."""
    viewer.check("view_scores")
    wave = wave_for(session, viewer, wave_id)
    layout = layout_of_wave(session, wave)
    returned = return_figures(session, wave, layout)
    mine = (Invitation.wave_id == wave_id, Invitation.state == "sent")
    open_ones = session.exec(select(func.count()).select_from(Invitation).where(*mine)).one()
    last = session.exec(select(func.max(Invitation.due_on)).where(Invitation.wave_id == wave_id)).one()
    often = (
        select(Reminder.invitation_id)
        .join(Invitation, col(Invitation.id) == Reminder.invitation_id)
        .where(*mine)
        .group_by(col(Reminder.invitation_id))
        .having(func.count() >= REMINDERS)
    )
    reminded = session.exec(select(func.count()).select_from(often.subquery())).one()
    return ClosingFacts(
        today,
        last or wave.ends_on,
        returned.sent,
        open_ones,
        reminded,
        returned.valid,
        returned.needed,
        layout.scheme.required.void_when_missed,
    )


def late_answers(session: Session, viewer: Viewer, wave_id: int) -> list[LateAnswer]:
    """Answers that wait to be admitted, as far as the viewer may see single answers; the newest first."""
    viewer.check("view_personal")
    wave = wave_for(session, viewer, wave_id)
    statement = (
        select(Response, Customer)
        .join(Customer, col(Customer.id) == Response.customer_id, isouter=True)
        .where(Response.wave_id == wave_id, Response.status == "after_close")
        .order_by(col(Response.id).desc())
        .limit(SHOWN)
    )
    if viewer.only_customers_of is not None:
        statement = statement.where(*of_customers(Scope(viewer, 0)))
    return [
        LateAnswer(
            row.id or 0,
            row.received_at,
            Name(customer.name_zh, customer.name_en) if customer and not wave.is_anonymous else None,
            row.score,
        )
        for row, customer in session.exec(statement)
    ]
