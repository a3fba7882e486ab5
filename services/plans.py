"""Waves are planned, countersigned, approved and then opened (rules.md 8); customers are drawn for them."""

import secrets
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, func, select

from db import bulk
from db.models import Plan, PlanCustomer, PlanDepartment, PlanMember, SchemeVersion, User, Wave
from db.queries.layouts import department_ids, layout_of_version, layout_of_wave, newest_version
from db.queries.plans import PlanDetail, candidates, plan
from db.queries.responses import wave_for
from domain.access import NotAllowed, NotThere, Viewer
from domain.errors import N_, Refusal
from domain.periods import period_of, position_of
from domain.plans import EDITABLE, PlanFields, PlanIncomplete, carried_over, checked, may_approve, missing
from domain.sampling import Sample, drawn
from services.audit import audit
from services.deductions import adopt_complaints, count_wave
from services.questionnaires import is_ready, newest_questionnaire
from services.recording import lock_wave
from services.waves import checked_code, new_wave

SEEDS = 2**31 - 1


class PlanChangedMeanwhile(Refusal):
    """Somebody else saved the plan since it was read."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else has changed this plan since you opened it. Look at it again."))


class PlanNotEditable(Refusal):
    """The plan waits for agreement, or has it."""

    def __init__(self) -> None:
        super().__init__(N_("This plan has been submitted. It can be changed after it was sent back."))


class WaveBegun(Refusal):
    """The plan of a wave that takes answers already."""

    def __init__(self) -> None:
        super().__init__(N_("The wave has begun: its plan stays as it was, only the questionnaire can still change."))


class PlanNotSubmitted(Refusal):
    """Nobody asks for an agreement at the moment."""

    def __init__(self) -> None:
        super().__init__(N_("This plan doesn't wait for agreement."))


class SignaturesMissing(Refusal):
    """Departments that the scheme names have not countersigned yet."""

    def __init__(self, departments: str) -> None:
        super().__init__(N_("Countersignatures are still missing: {departments}."), departments=departments)


class NotForAuthor(Refusal):
    """Who wrote a plan doesn't approve it, nor does somebody whom the scheme doesn't name."""

    def __init__(self) -> None:
        super().__init__(
            N_("A plan is approved by somebody else than its author, of the department that the scheme names.")
        )


class PlanNotApproved(Refusal):
    """A wave can only open when its plan is approved."""

    def __init__(self) -> None:
        super().__init__(N_("This wave can't open yet: its plan isn't approved."))


class QuestionnaireNotReady(Refusal):
    """A plan is approved with its questionnaire; this one can't be asked yet."""

    def __init__(self) -> None:
        super().__init__(N_("The questionnaire can't be asked yet: look at it under Questionnaire."))


class ReasonMissing(Refusal):
    """A plan is sent back without saying why."""

    def __init__(self) -> None:
        super().__init__(N_("Say what has to be changed."))


def plan_wave(
    session: Session,
    *,
    version: SchemeVersion,
    code: str,
    wanted: PlanFields,
    form_key: str,
    by: Viewer,
    at: datetime,
    is_pilot: bool = False,
    is_anonymous: bool = False,
) -> Wave:
    """Makes a planned wave with its plan as a draft; the same form key gives the wave that is there already.

    Raises NotAllowed, NotThere, WaveExists and what `domain.plans.checked` raises.
    """
    by.check("run_waves")
    known = session.exec(select(Plan).where(Plan.form_key == form_key)).first()
    if known:
        return wave_for(session, by, known.wave_id)
    wanted = checked(wanted)
    wave = new_wave(
        session,
        version=version,
        code=code,
        at=at,
        state="planned",
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
        planned_n=wanted.planned_n,
        is_pilot=is_pilot,
        is_anonymous=is_anonymous,
    )
    wave_for(session, by, wave.id or 0)
    number = (session.exec(select(func.max(Plan.number))).one() or 0) + 1
    values: dict[str, Any] = wanted.of_table()
    session.add(
        Plan(wave_id=wave.id or 0, number=number, form_key=form_key, author_id=by.user_id, created_at=at, **values)
    )
    session.flush()
    _set_people(session, wave, wanted)
    audit(session, by=by.user_id, at=at, verb="plan", about="wave", about_id=wave.id)
    return wave


def plan_like_last(
    session: Session,
    *,
    scheme: str,
    code: str,
    form_key: str,
    by: Viewer,
    at: datetime,
    is_pilot: bool = False,
    is_anonymous: bool = False,
) -> Wave:
    """A planned wave of a scheme's newest version, its plan that of the last wave, the days moved. Raises as `plan_wave`."""
    version, period = newest_version(session, scheme), period_of(checked_code(code))
    if version is None:
        raise NotThere
    last = _last_plan(session, by, version.scheme_id)
    wanted = last.fields if last else PlanFields(leader_id=by.user_id or None)
    wanted = carried_over(wanted, *period) if period else replace(wanted, starts_on=None, ends_on=None)
    flags = {"is_pilot": is_pilot, "is_anonymous": is_anonymous}
    return plan_wave(session, version=version, code=code, wanted=wanted, form_key=form_key, by=by, at=at, **flags)


def _last_plan(session: Session, by: Viewer, scheme_id: int) -> PlanDetail | None:
    mine = select(Plan.wave_id).join(Wave, col(Wave.id) == Plan.wave_id).where(Wave.scheme_id == scheme_id)
    last = session.exec(mine.where(col(Wave.is_pilot).is_(False)).order_by(col(Wave.position).desc())).first()
    return plan(session, by, last) if last else None


def edit_plan(session: Session, *, wave_id: int, version: int, wanted: PlanFields, by: Viewer, at: datetime) -> None:
    """Saves a draft, or a plan that was sent back; what was drawn stays unless the sampling changed.

    Raises NotAllowed, NotThere, PlanNotEditable, WaveBegun, PlanChangedMeanwhile and what `domain.plans.checked` raises.
    """
    wave, found = _locked(session, wave_id, by, version)
    _check_editable(wave, found)
    wanted = checked(wanted)
    values = wanted.of_table()
    if any(getattr(found, name) != values[name] for name in ("sampling", "stratum", "size", "filter")):
        _forget_draw(session, found)
    for name, value in values.items():
        setattr(found, name, value)
    session.add(found)
    values = {name: getattr(wanted, name) for name in ("starts_on", "ends_on", "planned_n")}
    values["position"] = position_of(wave.code, wanted.starts_on)
    session.connection().execute(update(Wave).where(col(Wave.id) == wave_id).values(**values))
    session.expire(wave)
    session.flush()
    count_wave(session, wave, at=at)
    _set_people(session, wave, wanted)
    audit(session, by=by.user_id, at=at, verb="edit", about="plan", about_id=wave_id)


def draw(
    session: Session, *, wave_id: int, version: int, by: Viewer, at: datetime, today: date, seed: int | None = None
) -> Sample:
    """Draws the plan's customers anew, by a new seed unless one is given; the seed is recorded.

    Raises NotAllowed, NotThere, PlanNotEditable, WaveBegun, PlanChangedMeanwhile.
    """
    wave, found = _locked(session, wave_id, by, version)
    _check_editable(wave, found)
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    wanted = _detail(session, by, wave_id).fields
    there = candidates(session, by, wanted.filter)
    sample = drawn(there, how=wanted.sampling, size=wanted.size, seed=seed, by=wanted.stratum, today=today)
    session.connection().execute(delete(PlanCustomer).where(col(PlanCustomer.wave_id) == wave_id))
    bulk.insert_rows(session, PlanCustomer, ("wave_id", "customer_id"), [(wave_id, key) for key in sample.ids])
    found.seed, found.population, found.drawn_at = seed, len(there), at
    session.add(found)
    audit(session, by=by.user_id, at=at, verb="draw", about="plan", about_id=wave_id, seed=seed, n=len(sample.ids))
    return sample


def submit_plan(session: Session, *, wave_id: int, version: int, by: Viewer, at: datetime) -> None:
    """Asks the departments and the approver to agree; earlier signatures are void. Raises PlanIncomplete and as `edit_plan`."""
    wave, found = _locked(session, wave_id, by, version)
    if found.state not in EDITABLE:
        raise PlanNotEditable
    detail = _detail(session, by, wave_id)
    needs = missing(detail.fields, detail.drawn, customers_named=layout_of_wave(session, wave).scheme.customers_named)
    if needs:
        raise PlanIncomplete(N_("The plan still needs {first} ({n} entries in all)."), first=needs[0], n=len(needs))
    found.state, found.submitted_at, found.comment = "submitted", at, ""
    session.add(found)
    signed = update(PlanDepartment).where(col(PlanDepartment.wave_id) == wave_id)
    session.connection().execute(signed.values(signed_by_id=None, signed_at=None))
    audit(session, by=by.user_id, at=at, verb="submit", about="plan", about_id=wave_id)


def countersign(session: Session, *, wave_id: int, version: int, by: Viewer, at: datetime) -> None:
    """The head of a department, or an approver of it, agrees for it. Raises NotAllowed, NotThere, PlanNotSubmitted."""
    _wave, found = _locked(session, wave_id, by, version, permission="view_waves")
    if not may_sign(session, by):
        raise NotAllowed("countersign")
    if found.state != "submitted":
        raise PlanNotSubmitted
    mine = (col(PlanDepartment.wave_id) == wave_id, col(PlanDepartment.department_id) == by.department_id)
    signed = session.connection().execute(
        update(PlanDepartment).where(*mine).values(signed_by_id=by.user_id, signed_at=at)
    )
    if signed.rowcount != 1:
        raise NotAllowed("countersign")
    audit(session, by=by.user_id, at=at, verb="countersign", about="plan", about_id=wave_id)


def approve_plan(session: Session, *, wave_id: int, version: int, by: Viewer, at: datetime) -> None:
    """Approves a countersigned plan. Raises NotAllowed, NotThere, PlanNotSubmitted, NotForAuthor, SignaturesMissing,
    QuestionnaireNotReady.
    """
    wave, found = _locked(session, wave_id, by, version, permission="approve")
    if found.state != "submitted":
        raise PlanNotSubmitted
    if not may_approve(found.author_id, approver_of(session, wave), user_id=by.user_id, department_id=by.department_id):
        raise NotForAuthor
    _check_signatures(_detail(session, by, wave_id))
    if not is_ready(session, wave_id):
        raise QuestionnaireNotReady
    found.state, found.approved_by_id, found.approved_at = "approved", by.user_id, at
    found.questionnaire_number = newest_questionnaire(session, wave).number
    session.add(found)
    audit(session, by=by.user_id, at=at, verb="approve", about="plan", about_id=wave_id)


def return_plan(session: Session, *, wave_id: int, version: int, comment: str, by: Viewer, at: datetime) -> None:
    """Sends a submitted plan back with a reason. Raises ReasonMissing, NotAllowed, NotThere, PlanNotSubmitted."""
    may = "approve" if by.may("approve") else "view_waves"
    _wave, found = _locked(session, wave_id, by, version, permission=may)
    if may != "approve" and not (may_sign(session, by) and _has_department(session, wave_id, by.department_id)):
        raise NotAllowed("approve")
    if found.state != "submitted":
        raise PlanNotSubmitted
    if not comment.strip():
        raise ReasonMissing
    found.state, found.comment = "returned", comment.strip()
    session.add(found)
    audit(session, by=by.user_id, at=at, verb="return", about="plan", about_id=wave_id)


def open_planned(session: Session, *, wave_id: int, by: Viewer, at: datetime) -> Wave:
    """Opens a wave whose plan is approved and countersigned. Raises PlanNotApproved, SignaturesMissing, NotAllowed, NotThere."""
    by.check("run_waves")
    wave = wave_for(session, by, wave_id)
    lock_wave(session, wave)
    detail = plan(session, by, wave_id)
    if wave.state != "planned" or detail is None or detail.state != "approved":
        raise PlanNotApproved
    _check_signatures(detail)
    session.connection().execute(update(Wave).where(col(Wave.id) == wave_id).values(state="open"))
    audit(session, by=by.user_id, at=at, verb="open", about="wave", about_id=wave_id)
    opened = wave_for(session, by, wave_id)
    adopt_complaints(session, opened, at=at)
    return opened


def _check_editable(wave: Wave, found: Plan) -> None:
    if wave.state != "planned":
        raise WaveBegun
    if found.state not in EDITABLE:
        raise PlanNotEditable


def may_sign(session: Session, by: Viewer) -> bool:
    """Whether somebody signs for the own department: its head, or an approver of it."""
    user = session.get(User, by.user_id, populate_existing=True)
    return (
        user is not None
        and user.department_id is not None
        and user.active
        and (user.is_head or user.role == "approver")
    )


def approver_of(session: Session, wave: Wave) -> int | None:
    """The department that the scheme lets approve, None where any approver may."""
    code = layout_of_wave(session, wave).scheme.approval.approved_by
    return department_ids(session).get(code) if code else None


def _locked(
    session: Session, wave_id: int, by: Viewer, version: int, *, permission: str = "run_waves"
) -> tuple[Wave, Plan]:
    """The wave and its plan, one version further and locked; raises NotAllowed, NotThere, PlanChangedMeanwhile."""
    by.check(permission)
    wave = wave_for(session, by, wave_id)
    this = (col(Plan.wave_id) == wave_id, col(Plan.version) == version)
    taken = session.connection().execute(update(Plan).where(*this).values(version=version + 1))
    found = session.get(Plan, wave_id, populate_existing=True)
    if found is None:
        raise NotThere
    if not taken.rowcount:
        raise PlanChangedMeanwhile
    session.connection().execute(update(Wave).where(col(Wave.id) == wave_id).values(version=Wave.version + 1))
    return wave, found


def _detail(session: Session, by: Viewer, wave_id: int) -> PlanDetail:
    found = plan(session, by, wave_id)
    if found is None:
        raise NotThere
    return found


def _check_signatures(detail: PlanDetail) -> None:
    if detail.unsigned:
        raise SignaturesMissing(", ".join(one.name.zh or one.name.en or one.code for one in detail.unsigned))


def _has_department(session: Session, wave_id: int, department_id: int | None) -> bool:
    return session.get(PlanDepartment, (wave_id, department_id or 0)) is not None


def _forget_draw(session: Session, found: Plan) -> None:
    session.connection().execute(delete(PlanCustomer).where(col(PlanCustomer.wave_id) == found.wave_id))
    found.seed, found.population, found.drawn_at = None, 0, None


def _set_people(session: Session, wave: Wave, wanted: PlanFields) -> None:
    """Members and departments as wanted; those that the scheme names sign, whether they help or not."""
    wave_id, known = wave.id or 0, department_ids(session)
    approval = layout_of_version(session, wave.scheme_version_id).scheme.approval
    signing = {known[code] for code in approval.countersigned_by if code in known}
    _replace(session, PlanMember, wave_id, [(wave_id, key, task) for key, task in sorted(wanted.members.items())])
    helping = signing | set(wanted.departments)
    rows = [(wave_id, key, wanted.departments.get(key, ""), key in signing) for key in sorted(helping)]
    _replace(session, PlanDepartment, wave_id, rows)


def _replace(session: Session, model: type[PlanMember] | type[PlanDepartment], wave_id: int, rows: list[Any]) -> None:
    session.connection().execute(delete(model).where(col(model.wave_id) == wave_id))
    names = ("wave_id", "user_id", "task") if model is PlanMember else ("wave_id", "department_id", "help", "must_sign")
    bulk.insert_rows(session, model, names, rows)
