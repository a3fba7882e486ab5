"""What people write and sign for reports: a month's analysis of causes, the review of a wave's, whether a summary is published."""

from datetime import datetime
from typing import Final, TypeVar

from sqlmodel import Session

from db.models import MonthAnalysis, PublicSummary, ReportReview
from db.queries.responses import wave_for
from domain.access import Viewer
from domain.errors import N_, Refusal
from domain.reports import MONTH, ReportNotPossible
from domain.scheme import Name
from services.audit import audit

LONGEST: Final = 5_000
Written = TypeVar("Written", MonthAnalysis, ReportReview)


class AnalysisEmpty(Refusal):
    """An analysis that says nothing, or too much."""

    def __init__(self) -> None:
        super().__init__(N_("Write at most {most} characters."), most=LONGEST)


class AnalysisChangedMeanwhile(Refusal):
    """Somebody else has saved it since it was read."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else has just changed this analysis. Look at it again, then save."))


class AnalysisSigned(Refusal):
    """What is signed stays as it is."""

    def __init__(self) -> None:
        super().__init__(N_("This analysis is signed; it does not change any more."))


class OwnSummary(Refusal):
    """Two people agree to what leaves the company."""

    def __init__(self) -> None:
        super().__init__(N_("You asked for it: somebody else has to approve."))


class NothingAsked(Refusal):
    """An approval of what nobody has asked for."""

    def __init__(self) -> None:
        super().__init__(N_("Nobody has asked for this summary to be published."))


def write_analysis(session: Session, *, month: str, said: str, version: int, by: Viewer, at: datetime) -> MonthAnalysis:
    """Saves the general manager's analysis of a month; version 0 begins it.

    Raises AnalysisEmpty, AnalysisChangedMeanwhile, AnalysisSigned, ReportNotPossible, NotAllowed.
    """
    by.check("sign_reports")
    text, one = _checked(said), _analysis(session, month, version)
    new = MonthAnalysis(month=month, version=0, written_by_id=by.user_id, written_at=at)
    return _written(session, one or new, text, by, at)


def sign_analysis(session: Session, *, month: str, version: int, by: Viewer, at: datetime) -> MonthAnalysis:
    """Signs what stands there; it doesn't change any more. Raises as `write_analysis`."""
    by.check("sign_reports")
    return _signed(session, _analysis(session, month, version), by, at)


def write_review(session: Session, *, wave_id: int, said: str, version: int, by: Viewer, at: datetime) -> ReportReview:
    """Saves the reviewer's opinion on a wave's analysis report; version 0 begins it.

    Raises AnalysisEmpty, AnalysisChangedMeanwhile, AnalysisSigned, NotAllowed, NotThere.
    """
    by.check("sign_reports")
    text, one = _checked(said), _review(session, wave_id, version, by)
    new = ReportReview(wave_id=wave_id, version=0, written_by_id=by.user_id, written_at=at)
    return _written(session, one or new, text, by, at)


def sign_review(session: Session, *, wave_id: int, version: int, by: Viewer, at: datetime) -> ReportReview:
    """Signs what stands there; it doesn't change any more. Raises as `write_review`."""
    by.check("sign_reports")
    return _signed(session, _review(session, wave_id, version, by), by, at)


def ask_to_publish(session: Session, *, wave_id: int, changed: Name, by: Viewer, at: datetime) -> PublicSummary:
    """Asks for a wave's summary to be published, with what was changed; an earlier approval falls.

    Raises AnalysisEmpty, NotAllowed, NotThere.
    """
    by.check("make_reports")
    wave_for(session, by, wave_id)
    texts = {"changed_zh": changed.zh.strip(), "changed_en": changed.en.strip()}
    if any(len(text) > LONGEST for text in texts.values()):
        raise AnalysisEmpty
    one = session.get(PublicSummary, wave_id, populate_existing=True) or PublicSummary(
        wave_id=wave_id, asked_by_id=by.user_id, asked_at=at
    )
    one.changed_zh, one.changed_en = texts["changed_zh"], texts["changed_en"]
    one.state, one.asked_by_id, one.asked_at, one.approved_by_id, one.approved_at = "asked", by.user_id, at, None, None
    return _noted(session, "ask", one, by, at)


def approve_summary(session: Session, *, wave_id: int, by: Viewer, at: datetime) -> PublicSummary:
    """Agrees that the summary leaves the company. Raises OwnSummary, NothingAsked, NotAllowed, NotThere."""
    one = _asked(session, wave_id, by)
    if one.state != "asked":
        raise NothingAsked
    if one.asked_by_id == by.user_id:
        raise OwnSummary
    one.state, one.approved_by_id, one.approved_at = "approved", by.user_id, at
    return _noted(session, "approve", one, by, at)


def withdraw_summary(session: Session, *, wave_id: int, by: Viewer, at: datetime) -> PublicSummary:
    """No summary is made any more; those that were given away stay where they are. Raises as `approve_summary`."""
    one = _asked(session, wave_id, by)
    one.state, one.approved_by_id, one.approved_at = "withdrawn", None, None
    return _noted(session, "withdraw", one, by, at)


def _analysis(session: Session, month: str, version: int) -> MonthAnalysis | None:
    """The month's row as it now is, None for version 0 where there is none."""
    if not MONTH.fullmatch(month):
        raise ReportNotPossible
    one = session.get(MonthAnalysis, month, populate_existing=True, with_for_update=True)
    _check_open(one, version)
    return one


def _review(session: Session, wave_id: int, version: int, by: Viewer) -> ReportReview | None:
    """The same of the review of a wave that the writer sees."""
    wave_for(session, by, wave_id)
    one = session.get(ReportReview, wave_id, populate_existing=True, with_for_update=True)
    _check_open(one, version)
    return one


def _check_open(one: MonthAnalysis | ReportReview | None, version: int) -> None:
    if one is not None and one.signed_at is not None:
        raise AnalysisSigned
    if (one.version if one else 0) != version:
        raise AnalysisChangedMeanwhile


def _checked(said: str) -> str:
    text = said.strip()
    if not text or len(text) > LONGEST:
        raise AnalysisEmpty
    return text


def _written(session: Session, one: Written, text: str, by: Viewer, at: datetime) -> Written:
    one.said, one.written_by_id, one.written_at = text, by.user_id, at
    return _saved(session, "save", one, by, at)


def _signed(session: Session, one: Written | None, by: Viewer, at: datetime) -> Written:
    if one is None:
        raise AnalysisEmpty
    one.signed_by_id, one.signed_at = by.user_id, at
    return _saved(session, "sign", one, by, at)


def _saved(session: Session, verb: str, one: Written, by: Viewer, at: datetime) -> Written:
    one.version += 1
    session.add(one)
    session.flush()
    if isinstance(one, MonthAnalysis):
        audit(session, by=by.user_id, at=at, verb=verb, about="month_analysis", month=one.month)
    else:
        audit(session, by=by.user_id, at=at, verb=verb, about="report_review", about_id=one.wave_id)
    return one


def _asked(session: Session, wave_id: int, by: Viewer) -> PublicSummary:
    by.check("sign_reports")
    wave_for(session, by, wave_id)
    one = session.get(PublicSummary, wave_id, populate_existing=True, with_for_update=True)
    if one is None:
        raise NothingAsked
    return one


def _noted(session: Session, verb: str, one: PublicSummary, by: Viewer, at: datetime) -> PublicSummary:
    session.add(one)
    session.flush()
    audit(session, by=by.user_id, at=at, verb=verb, about="public_summary", about_id=one.wave_id)
    return one
