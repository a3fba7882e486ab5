"""Plans of waves as screens show them, and the customers that can be drawn for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from db.models import (
    Customer,
    Department,
    Plan,
    PlanCustomer,
    PlanDepartment,
    PlanMember,
    Purchase,
    SchemeRow,
    User,
    Wave,
)
from db.queries.customer_list import customers_matching
from db.queries.layouts import layout_of_version, newest_version
from db.queries.narrowing import of_customers
from db.queries.responses import wave_for
from db.queries.waves import waves_in_sight
from domain.access import SYSTEM, Scope, Viewer
from domain.customer_filters import CustomerFilter, filter_of
from domain.plans import NextWave, PlanFields, next_wave
from domain.sampling import Candidate
from domain.scheme import Name, Scheme

SHOWN_CUSTOMERS = 500


@dataclass(frozen=True)
class Signature:
    """A department of a plan: how it helps, whether it has to sign, and who signed when."""

    department_id: int
    code: str
    name: Name
    help: str
    must_sign: bool
    signed_by: str
    signed_at: datetime | None


@dataclass(frozen=True)
class PlanDetail:
    """A plan with names; `fields` is what a form begins with, `drawn` how many customers were drawn."""

    wave_id: int
    number: int
    state: str
    version: int
    fields: PlanFields
    seed: int | None
    population: int
    drawn: int
    drawn_at: datetime | None
    incentive_seed: int | None
    author_id: int
    author: str
    leader: str
    members: Mapping[str, str]
    signatures: Sequence[Signature]
    submitted_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    comment: str
    questionnaire_number: int | None

    @property
    def unsigned(self) -> list[Signature]:
        """Departments whose countersignature is still missing."""
        return [one for one in self.signatures if one.must_sign and one.signed_at is None]


def plan(session: Session, viewer: Viewer, wave_id: int) -> PlanDetail | None:
    """The plan of a wave, None where it was opened without one; raises NotAllowed, NotThere."""
    viewer.check("view_waves")
    wave = wave_for(session, viewer, wave_id)
    found = session.get(Plan, wave_id, populate_existing=True)
    if found is None:
        return None
    members = dict(session.exec(select(PlanMember.user_id, PlanMember.task).where(PlanMember.wave_id == wave_id)).all())
    signatures = _signatures(session, wave_id)
    people = _names(session, {*members, found.author_id, found.leader_id, found.approved_by_id} - {None})
    drawn = session.exec(select(func.count()).select_from(PlanCustomer).where(PlanCustomer.wave_id == wave_id)).one()
    return PlanDetail(
        wave_id,
        found.number,
        found.state,
        found.version,
        _fields(found, wave, members, {one.department_id: one.help for one in signatures}),
        found.seed,
        found.population,
        drawn,
        found.drawn_at,
        found.incentive_seed,
        found.author_id,
        people.get(found.author_id, ""),
        people.get(found.leader_id, ""),
        {people.get(key, ""): task for key, task in members.items()},
        signatures,
        found.submitted_at,
        people.get(found.approved_by_id, ""),
        found.approved_at,
        found.comment,
        found.questionnaire_number,
    )


def drawn_customers(session: Session, viewer: Viewer, wave_id: int) -> list[tuple[str, Name, str, str]]:
    """Code, name, segment and region of the customers drawn, as far as the viewer may see customers; the first 500."""
    viewer.check("view_customers")
    wave_for(session, viewer, wave_id)
    statement = (
        select(Customer)
        .join(PlanCustomer, col(PlanCustomer.customer_id) == Customer.id)
        .where(PlanCustomer.wave_id == wave_id, *of_customers(Scope(viewer, 0)))
        .order_by(col(Customer.code))
        .limit(SHOWN_CUSTOMERS)
    )
    return [(c.code, Name(c.name_zh, c.name_en), c.segment, c.region) for c in session.exec(statement)]


def candidates(session: Session, viewer: Viewer, wanted: CustomerFilter) -> list[Candidate]:
    """The customers that a filter lets through, with what strata are made of; raises NotAllowed."""
    ids = set(customers_matching(session, viewer, wanted))
    bought = dict(session.exec(select(Purchase.customer_id, func.count()).group_by(col(Purchase.customer_id))).all())
    return [
        Candidate(c.id or 0, c.segment, c.region, c.value, bought.get(c.id or 0, 0), c.since_on, c.vip)
        for c in session.exec(select(Customer).order_by(col(Customer.id)))
        if c.id in ids
    ]


def waves_to_plan(session: Session, today: date) -> list[tuple[Scheme, str]]:
    """Schemes in use, each with the wave whose planning is due; for the scheduler, which tells those who may plan it."""
    used = select(Wave.scheme_id).where(Wave.state != "void").distinct()
    in_use = select(SchemeRow.code).where(col(SchemeRow.id).in_(used))
    codes = set(session.exec(in_use))
    return [
        (one.scheme, one.next.code)
        for one in proposals(session, SYSTEM, today)
        if one.scheme.code in codes and one.next and one.next.is_due(today)
    ]


@dataclass(frozen=True)
class Proposal:
    """A scheme whose waves the viewer plans, and the wave that its cadence asks for next."""

    scheme: Scheme
    next: NextWave | None


def proposals(session: Session, viewer: Viewer, today: date) -> list[Proposal]:
    """Every scheme that the viewer may plan waves of, the one that is due first; raises NotAllowed."""
    viewer.check("run_waves")
    found = []
    for row in session.exec(select(SchemeRow).where(waves_in_sight(viewer)).order_by(col(SchemeRow.code))):
        version = newest_version(session, row.code)
        if version is None:
            continue
        last = session.exec(
            select(Wave.code)
            .where(Wave.scheme_id == row.id, Wave.state != "void", col(Wave.is_pilot).is_(False))
            .order_by(col(Wave.position).desc())
        ).first()
        scheme = layout_of_version(session, version.id or 0).scheme
        found.append(Proposal(scheme, next_wave(scheme.cadence, last, today)))
    return sorted(found, key=lambda one: (one.next is None, one.next.plan_from if one.next else today))


def _signatures(session: Session, wave_id: int) -> list[Signature]:
    statement = (
        select(PlanDepartment, Department, User.name)
        .join(Department, col(Department.id) == PlanDepartment.department_id)
        .join(User, col(User.id) == PlanDepartment.signed_by_id, isouter=True)
        .where(PlanDepartment.wave_id == wave_id)
        .order_by(col(PlanDepartment.must_sign).desc(), col(Department.code))
        .execution_options(populate_existing=True)
    )
    return [
        Signature(d.id or 0, d.code, Name(d.name_zh, d.name_en), one.help, one.must_sign, by or "", one.signed_at)
        for one, d, by in session.exec(statement)
    ]


def _names(session: Session, keys: set[int | None]) -> dict[int | None, str]:
    return dict(session.exec(select(User.id, User.name).where(col(User.id).in_(keys))).all())


def _fields(found: Plan, wave: Wave, members: Mapping[int, str], departments: Mapping[int, str]) -> PlanFields:
    same = {name: getattr(found, name) for name in PlanFields().of_table() if name not in ("methods", "filter")}
    return PlanFields(
        **same,
        methods=tuple(found.methods),
        filter=filter_of(found.filter),
        starts_on=wave.starts_on,
        ends_on=wave.ends_on,
        planned_n=wave.planned_n,
        members=members,
        departments=departments,
    )
