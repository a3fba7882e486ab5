"""Incentives of a wave: who is entitled, by the invitation and never by the answers (rules.md 4)."""

import secrets
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from db import bulk
from db.columns import milliseconds
from db.models import Invitation, Plan, Reward
from db.queries.responses import wave_for
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.sampling import chosen
from services.audit import audit
from services.recording import lock_wave

SEEDS = 2**31 - 1


class NoIncentive(Refusal):
    """The plan of the wave promises nothing."""

    def __init__(self) -> None:
        super().__init__(N_("The plan of this wave has no incentive."))


class DrawnAlready(Refusal):
    """Winners are drawn once."""

    def __init__(self) -> None:
        super().__init__(N_("The winners have been drawn already."))


def award(
    session: Session, *, wave_id: int, winners: int, by: Viewer, at: datetime, seed: int | None = None
) -> list[int]:
    """Entitles everybody who has answered an invitation, or so many of them drawn by a recorded seed; keys of invitations.

    Where every answer is rewarded, later calls add who has answered since. Raises NoIncentive, DrawnAlready, NotAllowed,
    NotThere.
    """
    by.check("run_waves")
    wave = wave_for(session, by, wave_id)
    lock_wave(session, wave)
    plan = session.get(Plan, wave_id, populate_existing=True)
    if plan is None or not plan.incentive_how:
        raise NoIncentive
    answered = select(Invitation.id).where(Invitation.wave_id == wave_id, Invitation.state == "answered")
    entitled = [key or 0 for key in session.exec(answered)]
    there = set(session.exec(select(Reward.invitation_id).where(Reward.wave_id == wave_id)))
    if plan.incentive_how == "draw":
        if there:
            raise DrawnAlready
        plan.incentive_seed = secrets.randbelow(SEEDS) if seed is None else seed
        session.add(plan)
        entitled = list(chosen(entitled, winners, plan.incentive_seed))
    new = sorted(set(entitled) - there)
    rows = [(wave_id, key, milliseconds(at)) for key in new]
    bulk.insert_rows(session, Reward, ("wave_id", "invitation_id", "awarded_at"), rows)
    audit(session, by=by.user_id, at=at, verb="award", about="plan", about_id=wave_id, n=len(new))
    return new


def hand_over(session: Session, *, wave_id: int, invitation_id: int, on: date, by: Viewer, at: datetime) -> None:
    """Notes that a reward was handed over. Raises NotAllowed, NotThere."""
    by.check("run_waves")
    wave_for(session, by, wave_id)
    this = (col(Reward.wave_id) == wave_id, col(Reward.invitation_id) == invitation_id)
    done = session.connection().execute(update(Reward).where(*this).values(handed_over_on=on))
    if not done.rowcount:
        raise NotThere
    audit(session, by=by.user_id, at=at, verb="hand_over", about="invitation", about_id=invitation_id)
