"""The questionnaire of a wave: what its scheme asks, with texts and extra questions that are kept version by version."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from db.models import Plan, PlanDepartment, QuestionnaireRow, SchemeRow, Wave
from db.queries.layouts import layout_of_wave
from db.queries.waves import waves_in_sight
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.period_names import period_name
from domain.questionnaire import TEXTS, Extra, Questionnaire, check_options_differ, questionnaire_of
from domain.scheme import Name, Scheme
from locales import LANGUAGES, translator
from services.audit import audit
from services.recording import lock_wave
from settings import settings

TITLE: Final = N_("Satisfaction survey, {period}")
PURPOSE: Final = N_("We ask so that we can improve what matters to you.")
CONSENT: Final = N_("Used only to improve our products and service; anonymised after {years} years.")


class QuestionnaireChangedMeanwhile(Refusal):
    """Somebody else saved a version after the one that was edited."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else has just changed this questionnaire. Your changes are not saved yet."))


class WaveEnded(Refusal):
    """The questionnaire of a wave that takes no answers any more stays as it was."""

    def __init__(self) -> None:
        super().__init__(N_("This wave has ended: its questionnaire stays as it was asked."))


def questionnaire_of_wave(session: Session, wave: Wave) -> Questionnaire:
    """What the wave asks now: the version that its plan was approved with, the newest one where none was."""
    agreed = col(Plan.questionnaire_number)
    saved = select(QuestionnaireRow).join(Plan, col(Plan.wave_id) == QuestionnaireRow.wave_id, isouter=True)
    newest = saved.where(QuestionnaireRow.wave_id == wave.id, or_(agreed.is_(None), QuestionnaireRow.number <= agreed))
    return _as_saved(session, wave, session.exec(newest.order_by(col(QuestionnaireRow.number).desc()).limit(1)).first())


def newest_questionnaire(session: Session, wave: Wave) -> Questionnaire:
    """What was saved last; it may still wait for agreement."""
    newest = select(QuestionnaireRow).where(QuestionnaireRow.wave_id == wave.id)
    return _as_saved(session, wave, session.exec(newest.order_by(col(QuestionnaireRow.number).desc()).limit(1)).first())


def _as_saved(session: Session, wave: Wave, row: QuestionnaireRow | None) -> Questionnaire:
    scheme = layout_of_wave(session, wave).scheme
    document: Mapping[str, Any] = row.document if row else {}
    return questionnaire_of(scheme, document, default_texts(scheme, wave.code), row.number if row else 0)


def questionnaire_for(
    session: Session, viewer: Viewer, wave_id: int, *, newest: bool = False
) -> tuple[Wave, Questionnaire]:
    """A wave in the viewer's sight and what it asks, or what was saved last; raises NotAllowed, NotThere."""
    viewer.check("view_waves")
    found = session.exec(select(Wave).join(SchemeRow).where(Wave.id == wave_id, waves_in_sight(viewer))).first()
    if found is None:
        raise NotThere
    return found, (newest_questionnaire if newest else questionnaire_of_wave)(session, found)


def is_ready(session: Session, wave_id: int) -> bool:
    """Whether the questionnaire as it was saved last can be asked: it has items, and every extra question stands as it must."""
    wave = session.get(Wave, wave_id)
    if wave is None:
        return False
    try:
        return bool(newest_questionnaire(session, wave).scheme.items)
    except Refusal:
        return False


def save(
    session: Session,
    *,
    wave_id: int,
    texts: Mapping[str, Name],
    extras: Sequence[Extra],
    ask_importance: bool,
    base: int,
    by: Viewer,
    at: datetime,
) -> Questionnaire:
    """Saves the next version of a wave's questionnaire; `base` is the number of the version that was edited.

    Where its plan was submitted or approved, that has to happen anew: a changed questionnaire is asked when it is
    approved, until then the version before. Texts that are as they would be anyway aren't stored, and a save that
    changes nothing leaves everything as it is. Raises QuestionInvalid, QuestionnaireChangedMeanwhile,
    WaveEnded, NotAllowed, NotThere.
    """
    by.check("run_waves")
    wave, before = questionnaire_for(session, by, wave_id)
    lock_wave(session, wave)
    if wave.state not in ("planned", "open"):
        raise WaveEnded
    before = newest_questionnaire(session, wave)
    if before.number != base:
        raise QuestionnaireChangedMeanwhile
    scheme = before.scheme
    defaults = default_texts(scheme, wave.code)
    own = {name: texts[name] for name in TEXTS if name in texts and texts[name] != defaults[name]}
    check_options_differ(extra for extra in extras if extra not in before.extras)
    after = Questionnaire(scheme, own, tuple(extras), base + 1, ask_importance, before.ask_earlier)
    checked = questionnaire_of(scheme, after.document, defaults, base + 1)
    if checked.document == before.document:
        return before
    row = QuestionnaireRow(
        wave_id=wave_id, number=base + 1, document=after.document, created_at=at, created_by_id=by.user_id or None
    )
    session.add(row)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="save", about="questionnaire", about_id=row.id, number=base + 1)
    _withdraw_agreement(session, wave_id, by, at)
    return checked


def _withdraw_agreement(session: Session, wave_id: int, by: Viewer, at: datetime) -> None:
    """What was agreed to is another questionnaire (rules.md 8): the plan is a draft again until it is submitted anew."""
    agreed = (col(Plan.wave_id) == wave_id, col(Plan.state).in_(("submitted", "approved")))
    anew = {"state": "draft", "approved_by_id": None, "approved_at": None, "submitted_at": None}
    if session.connection().execute(update(Plan).where(*agreed).values(version=Plan.version + 1, **anew)).rowcount:
        signed = update(PlanDepartment).where(col(PlanDepartment.wave_id) == wave_id)
        session.connection().execute(signed.values(signed_by_id=None, signed_at=None))
        audit(session, by=by.user_id, at=at, verb="withdraw", about="plan", about_id=wave_id)


def default_texts(scheme: Scheme, code: str) -> dict[str, Name]:
    """The texts where nobody wrote others, in both languages."""
    sender = parseaddr(settings().mail_server.sender)[0] if settings().mail_server else ""  # type: ignore[union-attr]
    years = scheme.retention_years
    return {
        "organisation": Name(zh=sender, en=sender),
        "title": _both(TITLE, lambda language: {"period": period_name(code, language)}),
        "purpose": _both(PURPOSE, lambda _language: {}),
        "consent": _both(CONSENT, lambda _language: {"years": years}),
        "thanks": Name(),
    }


def _both(message: str, values: Any) -> Name:
    said = {language: translator(language).gettext(message).format(**values(language)) for language in LANGUAGES}
    return Name(zh=said["zh_CN"], en=said["en"])
