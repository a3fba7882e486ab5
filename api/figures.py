"""What the JSON API shows of a wave: the same unrounded figures as the command line's, with the wave's version."""

from dataclasses import asdict
from datetime import date
from typing import Any

from db.queries.finding_report import finding_report
from db.queries.returns import board, returns_by
from db.queries.score_report import STABLE, score_report
from db.queries.waves import SurveyWave
from db.session import read_session
from domain.access import SYSTEM, Scope
from domain.api_access import Caller
from domain.returns import ReturnTally, coverage
from domain.scheme import POINT
from services.api_waves import wave_of_caller, wave_with_figures, waves_of_caller

Shown = tuple[int, dict[str, Any]]
"""Version of the wave, and the document."""


def waves(caller: Caller, scheme: str) -> Shown:
    """The waves of a scheme, the newest first. Raises NotThere."""
    with read_session() as session:
        listed = waves_of_caller(session, caller, scheme)
    return sum(wave.version for wave in listed), {"scheme": scheme, "waves": [_wave(wave) for wave in listed]}


def asked(caller: Caller, scheme: str, wave: str) -> Shown:
    """A wave, and the codes of its items and levels. Raises NotThere."""
    with read_session() as session:
        found = wave_of_caller(session, caller, scheme, wave)
    rules = found.layout.scheme
    items = [{"code": one.code, "name": one.name.in_(STABLE), "dimension": one.dimension} for one in rules.items]
    levels = [
        {"code": level.code, "name": level.name.in_(STABLE), "score": score / POINT}
        for level, score in zip(rules.levels, rules.level_scores.tolist() if rules.levels else [], strict=True)
    ]
    return found.version, {"scheme": scheme, **_wave(found), "items": items, "levels": levels}


def scores(caller: Caller, scheme: str, wave: str) -> Shown:
    """As `cli.py scores --json`. Raises NotThere."""
    with read_session() as session:
        found = wave_with_figures(session, caller, scheme, wave)
        return found.version, score_report(session, Scope(SYSTEM, found.scheme_id), found)


def findings(caller: Caller, scheme: str, wave: str, *, cleared: bool) -> Shown:
    """As `cli.py findings --json`. Raises NotThere."""
    with read_session() as session:
        found = wave_with_figures(session, caller, scheme, wave)
        listed = finding_report(session, SYSTEM, found, cleared=cleared)
    return found.version, {"wave": found.code, "scheme": scheme, "findings": listed}


def returns(caller: Caller, scheme: str, wave: str) -> Shown:
    """The response rate in all, by segment and by channel; no names. Raises NotThere."""
    with read_session() as session:
        found = wave_with_figures(session, caller, scheme, wave)
        seen = board(session, SYSTEM, found)
        groups = {f"{by}s": returns_by(session, SYSTEM, found, by) for by in ("segment", "channel")}
    share = coverage(seen.surveyed, seen.in_scope)
    return found.version, {
        "wave": found.code,
        "scheme": scheme,
        "state": found.state,
        **_tally(seen.returns),
        "target": found.layout.scheme.targets.response_rate,
        "due_on": day(seen.due_on),
        "coverage": {"surveyed": seen.surveyed, "in_scope": seen.in_scope, "share": share},
        **{by: [{"name": one.name, **_tally(one.returns)} for one in some] for by, some in groups.items()},
    }


def day(given: date | None) -> str | None:
    """A day as documents have it."""
    return None if given is None else given.isoformat()


def _wave(wave: SurveyWave) -> dict[str, Any]:
    return {
        "wave": wave.code,
        "state": wave.state,
        "starts_on": day(wave.starts_on),
        "ends_on": day(wave.ends_on),
        "planned_n": wave.planned_n,
        "is_pilot": wave.is_pilot,
        "is_anonymous": wave.is_anonymous,
        "version": wave.version,
    }


def _tally(tally: ReturnTally) -> dict[str, Any]:
    return {**asdict(tally), "rate": tally.rate}
