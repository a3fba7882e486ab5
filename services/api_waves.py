"""The wave that a program asks about."""

from sqlmodel import Session

from db.queries.narrowing import SHOWN_STATES
from db.queries.waves import SurveyWave, survey_wave, survey_waves
from db.session import whole_view
from domain.access import SYSTEM, NotThere
from domain.api_access import Caller


def wave_of_caller(session: Session, caller: Caller, scheme: str, code: str) -> SurveyWave:
    """A wave by its codes; raises NotThere, also for another scheme than the token's."""
    whole_view(session)
    found = survey_wave(session, SYSTEM, scheme, code)
    caller.check_scheme(found.scheme_id)
    return found


def wave_with_figures(session: Session, caller: Caller, scheme: str, code: str) -> SurveyWave:
    """The same, open or closed: planned and void waves, and pilots, have no figures. Raises NotThere."""
    found = wave_of_caller(session, caller, scheme, code)
    if found.state not in SHOWN_STATES or found.is_pilot:
        raise NotThere
    return found


def waves_of_caller(session: Session, caller: Caller, scheme: str) -> list[SurveyWave]:
    """The waves of a scheme, the newest first; raises NotThere where there are none."""
    found = [one.wave for one in survey_waves(session, SYSTEM) if one.wave.layout.scheme.code == scheme]
    if not found:
        raise NotThere
    caller.check_scheme(found[0].scheme_id)
    return found
