"""What came of actions: measured when a wave closes, waited for, told to the customer; nothing of it is overwritten."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from db.models import Action, ActionEffect, ActionFinding, ActionTelling, Finding, User, Wave
from db.queries.action_facts import check_of, suggested
from db.queries.effect_figures import EffectReader
from db.queries.opinions import RULE as OPINION_RULE
from db.queries.responses import wave_for
from domain.access import NotThere, Viewer
from domain.action_states import State
from domain.effects import CANNOT_TELL, as_stored, effect_of
from domain.errors import N_, Refusal
from services import notifying
from services.action_changes import action_to_change, save
from services.audit import audit
from services.opinions import answered_elsewhere

TOLD, CONFIRMED, NOT_REACHED = "told", "confirmed", "not_reached"
TELLING: Final = (State.IMPLEMENTED, State.VERIFYING)
"""States in which the customer is told what was done."""
NEXT_WAVE: Final = "next_wave"


class NotMeasurable(Refusal):
    """An action that isn't being verified, or a wave that can't say anything of it."""


class TellingIncomplete(Refusal):
    """An attempt to tell the customer lacks what makes it one."""


def measure(session: Session, wave: Wave, *, at: datetime) -> list[ActionEffect]:
    """What a wave that is closing says of the actions in verification about earlier waves of its scheme.

    Only actions whose scheme has effects checked by the next wave. The wave's row must be locked.
    """
    if wave.is_pilot:
        return []
    waiting = [action for action in _verifying(session, wave) if check_of(session, action) == NEXT_WAVE]
    reader = EffectReader(session, wave) if waiting else None
    found = [_measured(session, reader, action, at) for action in waiting if reader]
    return [effect for effect in found if effect is not None]


def measure_with(session: Session, *, action_id: int, wave_id: int, by: Viewer, at: datetime) -> ActionEffect:
    """What a wave that was closed already (also a special one) says of an action; once for each wave and round.

    Raises NotThere, NotAllowed, NotMeasurable.
    """
    action, wave = action_to_change(session, action_id, by), wave_for(session, by, wave_id)
    if action.state != State.VERIFYING or wave.state != "closed" or wave.is_pilot:
        raise NotMeasurable(N_("Only a closed period can be compared, while the action is being verified."))
    effect = _measured(session, EffectReader(session, wave), action, at)
    if effect is None:
        raise NotMeasurable(N_("This period has no figures for what the action is about."))
    audit(session, by=by.user_id, at=at, verb="measure", about="action", about_id=action_id, wave=wave_id)
    return effect


def extend(session: Session, *, action_id: int, version: int, reason: str, by: Viewer, at: datetime) -> Action:
    """Waits for another period, because this one couldn't tell; the reason stands in the history.

    Raises NotThere, NotAllowed, ActionChangedMeanwhile, NotMeasurable.
    """
    action = action_to_change(session, action_id, by, version=version)
    if action.state != State.VERIFYING or suggested(session, action) != CANNOT_TELL:
        raise NotMeasurable(N_("There is nothing to wait for: the figures can tell, or none were compared yet."))
    return save(session, action, {}, verb="extend", by=by, at=at, comment=reason.strip())


def tell(
    session: Session,
    *,
    action_id: int,
    version: int,
    outcome: str,
    said: str = "",
    happened_at: datetime,
    by: Viewer,
    at: datetime,
) -> Action:
    """Records an attempt to tell the customer what was done, and what it was: told, confirmed, or not reached.

    `happened_at` is in the organisation's zone, whose day is kept. Raises NotThere, NotAllowed, ActionChangedMeanwhile,
    TellingIncomplete.
    """
    action = action_to_change(session, action_id, by, version=version)
    values = _told(action, outcome, said.strip(), happened_at, at)
    session.add(
        ActionTelling(
            action_id=action_id,
            round=action.round,
            outcome=outcome,
            said=said.strip(),
            happened_at=happened_at,
            by_id=by.user_id,
            recorded_at=at,
        )
    )
    if outcome == TOLD:
        answered: dict[str, Any] = {"text": said, "how": "action", "on": happened_at.date()}
        answered_elsewhere(session, _opinions_of(session, action_id), **answered, by=by, at=at)
    return save(session, action, values, verb="tell", by=by, at=at)


def _opinions_of(session: Session, action_id: int) -> list[int]:
    """The opinions that an action is about."""
    mine = select(Finding.about).join(ActionFinding).where(ActionFinding.action_id == action_id)
    return [int(about.partition(":")[2]) for about in session.exec(mine.where(Finding.rule == OPINION_RULE))]


def heads_of(session: Session, department_id: int) -> list[int]:
    """The heads of a department with an account in use."""
    heads = select(User.id).where(User.department_id == department_id, col(User.is_head), col(User.active))
    return [key for key in session.exec(heads.order_by(col(User.id))) if key is not None]


def quality_people(session: Session) -> list[int]:
    """Everybody of quality with an account in use."""
    found = select(User.id).where(User.role == "quality", col(User.active)).order_by(col(User.id))
    return [key for key in session.exec(found) if key is not None]


def not_effective(session: Session, action: Action, *, at: datetime) -> None:
    """Says to the department's head that an action was not effective and goes into its next round."""
    notifying.tell(
        session,
        kind="not_effective",
        to=heads_of(session, action.department_id),
        link=f"/action?number={action.number}",
        facts={"number": str(action.number), "title": action.title, "round": str(action.round + 1)},
        once=f"not_effective:{action.id}:{action.round}",
        at=at,
    )


def _told(action: Action, outcome: str, said: str, happened_at: datetime, at: datetime) -> dict[str, object]:
    """What the attempt changes of the action; raises TellingIncomplete."""
    if action.state not in TELLING:
        raise TellingIncomplete(N_("The customer is told once the action is implemented."))
    if happened_at > at:
        raise TellingIncomplete(N_("Choose a time that is not ahead."))
    if outcome == TOLD:
        if not said:
            raise TellingIncomplete(N_("Write down what the customer was told."))
        return {"customer_told": said, "customer_told_on": happened_at.date()}
    if outcome == CONFIRMED:
        if not action.customer_told:
            raise TellingIncomplete(N_("Record first what the customer was told, and when."))
        return {"customer_confirmed": True}
    if outcome == NOT_REACHED:
        return {"not_reached": action.not_reached + 1}
    raise NotThere


def _verifying(session: Session, wave: Wave) -> Sequence[Action]:
    """Actions in verification about findings of earlier waves of the same scheme, which nobody changes meanwhile."""
    earlier = (
        select(ActionFinding.action_id)
        .join(Finding)
        .join(Wave)
        .where(Wave.scheme_id == wave.scheme_id, Wave.position < wave.position)
    )
    mine = select(Action).where(Action.state == State.VERIFYING.value, col(Action.id).in_(earlier))
    return session.exec(mine.order_by(col(Action.id)).with_for_update()).all()


def _measured(session: Session, reader: EffectReader, action: Action, at: datetime) -> ActionEffect | None:
    """Keeps what the reader's wave says of an action, once for each round; None where it says nothing."""
    same = (ActionEffect.action_id == action.id, ActionEffect.wave_id == reader.wave.id)
    known = session.exec(select(ActionEffect).where(*same, ActionEffect.round == action.round)).first()
    effect = None if known else effect_of(reader.measured(action.id or 0))
    if effect is None:
        return known
    row = ActionEffect(
        action_id=action.id or 0,
        round=action.round,
        wave_id=reader.wave.id or 0,
        verdict=effect.verdict,
        reason=effect.reason,
        subjects=as_stored(effect),
        measured_at=at,
    )
    session.add(row)
    session.flush()
    return row
