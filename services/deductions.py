"""Complaints reach the waves in whose period they were verified: points and findings in the same transaction (rules.md 3.6)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlmodel import Session, col, or_, select

from db import bulk
from db.models import Complaint, ComplaintWave, CustomerScore, Finding, Wave
from db.queries.deductions import COUNTING, deductions, kept_deductions
from db.queries.layouts import layout_of_wave
from services.following import follow, refresh
from services.recording import lock_wave
from settings import settings

RULE: Final = "COMPLAINT"
COLUMNS: Final = ("wave_id", "composite", "customer_id", "deducted", "complaints")


def count_complaint(session: Session, one: Complaint, *, at: datetime) -> None:
    """A complaint was verified, or who is responsible was decided: it counts in the waves of its period from here on."""
    mine = select(ComplaintWave.wave_id).where(ComplaintWave.complaint_id == one.id)
    known = set(session.exec(mine).all())
    _link(session, [(wave, one.id or 0) for wave in _waves_of(session, one) if wave not in known])
    keep_deductions(session, session.exec(mine).all(), at=at)


def count_wave(session: Session, wave: Wave, *, at: datetime) -> None:
    """A wave has a period: the complaints that were verified in it count there, and no others."""
    mine = _complaints_of(session, wave)
    links = {
        link.complaint_id: link for link in session.exec(select(ComplaintWave).where(ComplaintWave.wave_id == wave.id))
    }
    for gone in links.keys() - mine:
        session.delete(links[gone])
    _link(session, [(wave.id or 0, key) for key in mine - links.keys()])
    if links.keys() != mine:
        keep_deductions(session, [wave.id or 0], at=at)


def adopt_complaints(session: Session, wave: Wave, *, at: datetime) -> None:
    """Complaints that were verified while no wave ran become findings of the one that opens now (rules.md 5; which one: ours).

    Not of one whose period was over by then, nor of a pilot.
    """
    if wave.is_pilot or wave.state != "open":
        return
    waiting = select(Complaint).where(col(Complaint.state).in_(COUNTING), col(Complaint.finding_id).is_(None))
    for one in session.exec(waiting.order_by(col(Complaint.id)).with_for_update()).all():
        if wave.ends_on is None or _day(one) <= wave.ends_on:
            one.wave_id, one.finding_id = wave.id, finding_of(session, one, wave, at=at).id
            session.add(one)
            session.flush()
            count_complaint(session, one, at=at)


def finding_of(session: Session, one: Complaint, wave: Wave, *, at: datetime) -> Finding:
    """A verified complaint is a finding of a running wave, which must be locked."""
    about: dict[str, Any] = {"customer_id": one.customer_id, "department_id": one.department_id}
    finding = Finding(wave_id=wave.id or 0, rule=RULE, about=f"complaint:{one.number}", appeared_at=at, **about)
    session.add(finding)
    session.flush()
    return finding


def keep_deductions(session: Session, wave_ids: Iterable[int], *, at: datetime) -> None:
    """Brings points and findings of waves up to date with their complaints; waves are locked in their order in time."""
    statement = select(Wave).where(col(Wave.id).in_(set(wave_ids))).order_by(col(Wave.scheme_id), col(Wave.position))
    for wave in session.exec(statement.execution_options(populate_existing=True)).all():
        _keep(session, wave, at)


def _keep(session: Session, wave: Wave, at: datetime) -> None:
    scheme, key = layout_of_wave(session, wave).scheme, wave.id or 0
    if scheme.deductions is None:
        return
    lock_wave(session, wave)
    wanted, kept = deductions(session, key, scheme), kept_deductions(session, key)
    changed = sorted(who for who in wanted.keys() | kept.keys() if wanted.get(who) != kept.get(who))
    if not changed:
        return
    nothing = (0, 0)
    rows = [
        (key, 0, who, *(now - was for was, now in zip(kept.get(who, nothing), wanted.get(who, nothing), strict=True)))
        for who in changed
    ]
    bulk.add_up(session, CustomerScore, COLUMNS, rows)
    if wave.state == "open":
        refresh(session, wave, at=at, customers=changed)
    follow(session, wave, at=at, customers=changed)


def _complaints_of(session: Session, wave: Wave) -> set[int]:
    """The complaints that count in a wave, in one statement however many there are."""
    statement = select(Complaint, Wave.scheme_id).join(Wave, col(Wave.id) == Complaint.wave_id, isouter=True)
    verified = session.exec(statement.where(col(Complaint.state).in_(COUNTING)))
    return {one.id or 0 for one, own in verified if _counts_in(wave, one, own)}


def _waves_of(session: Session, one: Complaint) -> list[int]:
    """The waves that a complaint counts in."""
    day = _day(one)
    in_period = (col(Wave.starts_on) <= day) & (col(Wave.ends_on) >= day)
    waves = session.exec(select(Wave).where(or_(in_period, Wave.id == one.wave_id))).all()
    own = next((wave.scheme_id for wave in waves if wave.id == one.wave_id), None)
    return sorted(wave.id or 0 for wave in waves if _counts_in(wave, one, own))


def _counts_in(wave: Wave, one: Complaint, own_scheme: int | None) -> bool:
    """In the wave whose finding it is, and in those of other schemes in whose period it was verified."""
    if wave.id == one.wave_id:
        return True
    has_period = wave.starts_on is not None and wave.ends_on is not None
    return has_period and wave.scheme_id != own_scheme and wave.starts_on <= _day(one) <= wave.ends_on  # type: ignore[operator]


def _day(one: Complaint) -> date:
    return (one.verified_at or one.recorded_at).astimezone(settings().zone).date()


def _link(session: Session, pairs: Sequence[tuple[int, int]]) -> None:
    session.add_all([ComplaintWave(wave_id=wave, complaint_id=complaint) for wave, complaint in sorted(pairs)])
    session.flush()
