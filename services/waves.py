"""Waves are opened, closed and declared void; customers are made as surveys name them."""

import re
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, select

from db.models import SchemeRow, SchemeVersion, Wave
from domain.errors import N_, Refusal
from domain.periods import period_of, position_of
from services.audit import audit
from services.deductions import adopt_complaints, count_wave

LONGEST_CODE: Final = 64
CODE: Final = re.compile(rf"(?!.*www\.)\w[\w .\-/+]{{0,{LONGEST_CODE - 1}}}", re.IGNORECASE)


class WaveExists(Refusal):
    """The scheme has this wave already."""

    def __init__(self, code: str) -> None:
        super().__init__(N_("There is a wave {wave} of this scheme already. Choose another code."), wave=code)


class WaveCodeEmpty(Refusal):
    """A wave without a code."""

    def __init__(self) -> None:
        super().__init__(N_("A wave needs a code, such as 2026-Q3, 2026-H1, 2026-11 or 2026."))


class WaveCodeInvalid(Refusal):
    """A code that would mean something else where it stands in headings and addresses."""

    def __init__(self) -> None:
        template = N_(
            "A wave's code has at most {most} characters: letters, digits, spaces and - . / +, as in 2026-Q3."
        )
        super().__init__(template, most=LONGEST_CODE)


class WaveImported(Refusal):
    """Nobody is asked through a wave whose answers were collected elsewhere: it has no approved plan."""

    def __init__(self, code: str) -> None:
        template = N_(
            "The answers of {wave} were collected elsewhere and imported, without a plan here: nobody can be asked"
            " through it. Plan a wave with another code."
        )
        super().__init__(template, wave=code)


def check_run_here(wave: Wave) -> None:
    """Who asks customers needs an approved plan, which imported waves don't have (rules.md 8); raises WaveImported."""
    if wave.origin != "run_here":
        raise WaveImported(wave.code)


def open_wave(
    session: Session,
    *,
    version: SchemeVersion,
    code: str,
    by: int | None,
    at: datetime,
    starts_on: date | None = None,
    ends_on: date | None = None,
    planned_n: int | None = None,
    is_pilot: bool = False,
    origin: str = "imported",
) -> Wave:
    """Opens a new wave under a scheme version, without a plan: for answers that were collected elsewhere.

    Raises WaveExists, WaveCodeEmpty, WaveCodeInvalid.
    """
    wave = new_wave(
        session,
        version=version,
        code=code,
        at=at,
        starts_on=starts_on,
        ends_on=ends_on,
        planned_n=planned_n,
        is_pilot=is_pilot,
        origin=origin,
    )
    audit(session, by=by, at=at, verb="open", about="wave", about_id=wave.id)
    adopt_complaints(session, wave, at=at)
    return wave


def new_wave(
    session: Session,
    *,
    version: SchemeVersion,
    code: str,
    at: datetime,
    state: str = "open",
    starts_on: date | None = None,
    ends_on: date | None = None,
    planned_n: int | None = None,
    is_pilot: bool = False,
    is_anonymous: bool = False,
    origin: str = "run_here",
) -> Wave:
    """The row of a wave, its period by its code unless days are given; raises as `open_wave`. The caller audits."""
    code = checked_code(code)
    if session.exec(select(Wave).where(Wave.scheme_id == version.scheme_id, Wave.code == code)).first():
        raise WaveExists(code)
    period = period_of(code)
    wave = Wave(
        scheme_id=version.scheme_id,
        scheme_version_id=version.id or 0,
        code=code,
        state=state,
        origin=origin,
        starts_on=starts_on or (period[0] if period else None),
        ends_on=ends_on or (period[1] if period else None),
        position=position_of(code, starts_on),
        planned_n=planned_n,
        is_pilot=is_pilot,
        is_anonymous=is_anonymous,
        created_at=at,
    )
    session.add(wave)
    session.flush()
    count_wave(session, wave, at=at)
    return wave


def checked_code(code: str) -> str:
    """The code without outer blanks; raises WaveCodeEmpty, WaveCodeInvalid.

    >>> checked_code(" 2026-Q3 ")
    '2026-Q3'
    """
    code = code.strip()
    if not code:
        raise WaveCodeEmpty
    if not CODE.fullmatch(code):
        raise WaveCodeInvalid
    return code


def wave_of(session: Session, scheme_code: str, code: str) -> Wave | None:
    """A wave of a scheme by its code."""
    statement = select(Wave).join(SchemeRow).where(SchemeRow.code == scheme_code, Wave.code == code.strip())
    return session.exec(statement).first()
