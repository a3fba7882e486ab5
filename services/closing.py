"""Waves are closed and declared void; what a closed wave showed is kept for good, whatever happens to its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from db.columns import Json
from db.models import AuditEvent, Finding, FrozenResult, Wave
from db.queries import standing
from db.queries.figures import About, as_frozen
from db.queries.layouts import layout_of_wave
from db.queries.presented import wave_figures
from db.queries.responses import wave_for
from db.queries.return_figures import return_figures
from db.queries.subjects import SubjectReader
from db.rollups import Layout
from domain.access import Viewer
from domain.errors import N_, Refusal
from domain.presented import digest
from domain.return_findings import RETURN_RULES, gaps
from services.audit import audit
from services.effects import measure
from services.following import PORTION, follow
from services.recording import lock_wave
from services.return_findings import set_window


class WaveNotOpen(Refusal):
    """Only an open wave can be closed."""

    def __init__(self, code: str) -> None:
        super().__init__(N_("Wave {wave} is not open: it was closed or declared void before."), wave=code)


class VoidReasonMissing(Refusal):
    """A wave is declared void without a reason."""

    def __init__(self) -> None:
        super().__init__(N_("Say why the wave is void; the reason is shown wherever the wave is."))


class TooFewValid(Refusal):
    """The scheme declares a wave void that has too few valid responses."""

    def __init__(self, valid: int, needed: int) -> None:
        template = N_("{valid} valid responses of {needed}: complete them, or declare the wave void.")
        super().__init__(template, valid=valid, needed=needed)


def close_wave(session: Session, *, wave: Wave, by: Viewer, at: datetime, despite: Sequence[str] = ()) -> Wave:
    """Closes an open wave: its figures as presented and its findings are frozen, and later waves compare with it.

    `despite` names what the check list still missed; it stands in the audit trail. Raises WaveNotOpen, TooFewValid where
    the scheme then wants the wave void, NotAllowed, NotThere.
    """
    by.check("run_waves")
    wave = _locked(session, wave, by)
    if wave.state != "open":
        raise WaveNotOpen(wave.code)
    layout = layout_of_wave(session, wave)
    _check_enough(session, wave, layout)
    set_window(session, wave, is_over=True, at=at)
    before = standing.previous_wave(session, wave)
    _freeze_findings(session, wave, layout)
    kept = freeze(session, wave, "closing", by=by, at=at, compared_with=before.code if before else "")
    _set(session, wave, state="closed", closed_at=at)
    follow(session, wave, at=at)
    measure(session, wave, at=at)
    audit(
        session,
        by=by.user_id,
        at=at,
        verb="close",
        about="wave",
        about_id=wave.id,
        sha256=kept.sha256,
        **_left(despite),
    )
    return wave_for(session, by, wave.id or 0)


def void_wave(session: Session, *, wave: Wave, reason: str, by: Viewer, at: datetime) -> Wave:
    """Declares a wave void: it takes nothing more, isn't shown among the others, and nothing is compared with it.

    Its rows stay. A closed one needs quality. Raises VoidReasonMissing, WaveNotOpen where it is void already,
    NotAllowed, NotThere.
    """
    by.check("run_waves")
    if not reason.strip():
        raise VoidReasonMissing
    wave = _locked(session, wave, by)
    if wave.state == "void":
        raise WaveNotOpen(wave.code)
    if wave.state == "closed":
        by.check("change_closed")
    _set(session, wave, state="void", void_reason=reason.strip())
    follow(session, wave, at=at)
    audit(session, by=by.user_id, at=at, verb="void", about="wave", about_id=wave.id)
    return wave_for(session, by, wave.id or 0)


def _check_enough(session: Session, wave: Wave, layout: Layout) -> None:
    if layout.scheme.required.void_when_missed and not wave.is_pilot:
        now = return_figures(session, wave, layout)
        if now.valid < now.needed:
            raise TooFewValid(now.valid, now.needed)


def _left(despite: Sequence[str]) -> dict[str, list[str]]:
    return {"despite": list(despite)} if despite else {}


def freeze(
    session: Session,
    wave: Wave,
    occasion: str,
    *,
    by: Viewer,
    at: datetime,
    compared_with: str = "",
    more: Mapping[str, Any] | None = None,
) -> FrozenResult:
    """Keeps the wave's figures as they are now, and `more`, with time, scheme version and hash; the caller checks and audits."""
    figures = {
        **wave_figures(session, wave),
        **(more or {}),
        "at": at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "compared_with": compared_with or None,
        "findings": findings_digest(session, wave.id or 0),
    }
    kept = FrozenResult(
        wave_id=wave.id or 0,
        scheme_version_id=wave.scheme_version_id,
        occasion=occasion,
        number=0 if occasion == "closing" else _next_number(session, wave),
        compared_with=compared_with,
        figures=figures,
        sha256=digest(figures),
        after_event=session.exec(select(func.max(AuditEvent.id))).one() or 0,
        at=at,
        by_id=by.user_id or None,
    )
    session.add(kept)
    session.flush()
    return kept


def _next_number(session: Session, wave: Wave) -> int:
    return (session.exec(select(func.max(FrozenResult.number)).where(FrozenResult.wave_id == wave.id)).one() or 0) + 1


def findings_digest(session: Session, wave_id: int) -> dict[str, Any]:
    """How many findings are open and cleared, and a hash over which and with what frozen figures."""
    columns: list[Any] = [Finding.rule, Finding.about, Finding.state, Finding.returned, Finding.frozen]
    statement = select_columns(*columns).where(col(Finding.wave_id) == wave_id)
    rows = sorted((tuple(row) for row in session.connection().execute(statement)), key=lambda row: row[:2])
    states = [row[2] for row in rows]
    return {"open": states.count("open"), "cleared": states.count("cleared"), "sha256": digest(rows)}


def _locked(session: Session, wave: Wave, by: Viewer) -> Wave:
    found = wave_for(session, by, wave.id or 0)
    lock_wave(session, found)
    return found


def _set(session: Session, wave: Wave, **values: object) -> None:
    session.connection().execute(update(Wave).where(col(Wave.id) == wave.id).values(**values))
    for name, value in values.items():
        setattr(wave, name, value)


FREEZE = update(Finding).where(col(Finding.id) == bindparam("key")).values(frozen=bindparam("figures", type_=Json))


def _freeze_findings(session: Session, wave: Wave, layout: Layout) -> None:
    """Writes into each finding what its figures were (`db.queries.figures.frozen`), or what had come back."""
    columns: list[Any] = [Finding.id, Finding.rule, Finding.customer_id, Finding.item_id, Finding.dimension_id]
    statement = select_columns(*columns).where(col(Finding.wave_id) == wave.id)
    every = list(session.connection().execute(statement))
    abouts = {row[0]: About(wave.id or 0, row[2], row[3], row[4] or 0) for row in every if row[1] not in RETURN_RULES}
    customers = sorted({about.customer_id or 0 for about in abouts.values()})
    reader, parameters = SubjectReader(session, [wave]), []
    for start in range(0, len(customers), PORTION):
        portion = set(customers[start : start + PORTION])
        mine = {key: about for key, about in abouts.items() if (about.customer_id or 0) in portion}
        known = reader.figures(mine.values())
        parameters += [{"key": key, "figures": as_frozen(known[about])} for key, about in mine.items()]
    about_returns = gaps(return_figures(session, wave, layout), layout.scheme.targets)
    parameters += [
        {"key": row[0], "figures": asdict(about_returns[row[1]])} for row in every if row[1] in about_returns
    ]
    if parameters:
        session.connection().execute(FREEZE, sorted(parameters, key=lambda p: p["key"]))
