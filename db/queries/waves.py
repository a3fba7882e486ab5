"""Waves in every state, as those who plan, run and answer for them see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, true
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from db.models import CohortReturn, CohortScore, SchemeRow, Wave
from db.queries.layouts import layout_of_version
from db.queries.narrowing import WaveInfo
from domain.access import NotThere, Viewer
from domain.returns import ReturnTally

RETURNS = ("sent", "returned", "in_time", "late", "invalid", "undeliverable")


@dataclass(frozen=True)
class SurveyWave(WaveInfo):
    """A wave with what running it needs; `layout.scheme` are its rules."""

    scheme_id: int
    version_id: int
    is_pilot: bool
    is_anonymous: bool
    closed_at: datetime | None
    void_reason: str
    origin: str = "run_here"

    @property
    def is_imported(self) -> bool:
        """Whether its answers were collected elsewhere: nobody is asked through it."""
        return self.origin == "imported"

    @property
    def address(self) -> dict[str, str]:
        """As it stands in the address of its page."""
        return {"scheme": self.layout.scheme.code, "wave": self.code}


@dataclass(frozen=True)
class ListedWave:
    """A wave with what came back."""

    wave: SurveyWave
    returns: ReturnTally
    valid: int


def survey_waves(session: Session, viewer: Viewer) -> list[ListedWave]:
    """Every wave in sight, the newest first; raises NotAllowed."""
    viewer.check("view_waves")
    statement = select(Wave).join(SchemeRow).where(waves_in_sight(viewer)).order_by(col(Wave.position).desc())
    waves = [survey_wave_of(session, wave) for wave in session.exec(statement)]
    tallies, valid = _returns(session, [wave.id for wave in waves]), _valid(session, [wave.id for wave in waves])
    return [ListedWave(wave, tallies.get(wave.id, ReturnTally()), valid.get(wave.id, 0)) for wave in waves]


def survey_wave(session: Session, viewer: Viewer, scheme_code: str, code: str) -> SurveyWave:
    """A wave by its address; raises NotAllowed, NotThere."""
    viewer.check("view_waves")
    named = (col(SchemeRow.code) == scheme_code.replace("\0", ""), col(Wave.code) == code.replace("\0", ""))
    found = session.exec(select(Wave).join(SchemeRow).where(*named, waves_in_sight(viewer))).first()
    if found is None:
        raise NotThere
    return survey_wave_of(session, found)


def waves_in_sight(viewer: Viewer) -> ColumnElement[bool]:
    """Condition on `scheme`: whose waves the viewer sees; an organiser those of the own department's schemes."""
    if not viewer.may("view_waves"):
        return false()
    organiser = viewer.only_schemes_of
    return true() if organiser is None else col(SchemeRow.organiser_id) == organiser


def survey_wave_of(session: Session, wave: Wave) -> SurveyWave:
    """A row as screens need it."""
    return SurveyWave(
        wave.id or 0,
        wave.code,
        wave.state,
        wave.version,
        wave.position,
        wave.starts_on,
        wave.ends_on,
        wave.planned_n,
        layout_of_version(session, wave.scheme_version_id),
        wave.scheme_id,
        wave.scheme_version_id,
        wave.is_pilot,
        wave.is_anonymous,
        wave.closed_at,
        wave.void_reason,
        wave.origin,
    )


def _returns(session: Session, waves: list[int]) -> dict[int, ReturnTally]:
    sums: list[Any] = [func.sum(col(getattr(CohortReturn, name))) for name in RETURNS]
    key = col(CohortReturn.wave_id)
    rows = session.connection().execute(sa_select(key, *sums).where(key.in_(waves)).group_by(key))
    return {row[0]: ReturnTally(*map(int, row[1:])) for row in rows}


def _valid(session: Session, waves: list[int]) -> dict[int, int]:
    key = col(CohortScore.wave_id)
    counted = sa_select(key, func.sum(col(CohortScore.n))).where(key.in_(waves), col(CohortScore.composite) == 0)
    return {row[0]: int(row[1]) for row in session.connection().execute(counted.group_by(key))}
