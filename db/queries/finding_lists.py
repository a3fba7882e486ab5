"""Which findings a screen lists, worst first, and a page of them with their figures.

A subject is what findings are about; a group is an item, a dimension or the overall score with all its customers. The
database adds up groups and sorts the customers in them, so that a page costs the same for thirty customers and thousands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, Subquery, and_, case, cast, false, func, or_
from sqlmodel import Session, col, select

from db.models import Action, ActionFinding, Customer, CustomerScore, CustomerTally, Finding
from db.queries.figures import About, figures
from db.queries.findings import finding_rows
from db.queries.narrowing import WaveInfo, of_customers, waves_in
from db.queries.sight import findings_in_sight
from domain.access import SYSTEM, Scope
from domain.return_findings import RETURN_RULES
from domain.scheme import POINT, Scheme
from domain.scores import status
from domain.subjects import WORDED, FindingPage

PAGE = 50
OVERALL = "overall"
"""The group of what is about no item and no dimension: the index, and customers' overall scores."""
WORST_FIRST = {"red": 0, "amber": 1, "ok": 2, None: 3}
WITHOUT_SCORE = (*RETURN_RULES, "SATISFACTION_RATE_BELOW", "OPINION", "COMPLAINT", "VISIT_DEFECT")
"""Rules that no score shows: what they find stands behind the last amber score, before what is on target."""
BEHIND_ALL = 101.0


@dataclass(frozen=True)
class _Part:
    """A group's subject of the whole wave, or its customers: how many subjects and findings, the lowest score."""

    item_id: int | None
    composite: int
    whole: bool
    subjects: int
    findings: int
    lowest: float | None
    is_missed: bool
    """Whether a rule without a score holds."""

    @property
    def group(self) -> tuple[int | None, int]:
        return self.item_id, self.composite


def findings(
    session: Session,
    scope: Scope,
    *,
    states: Sequence[str] = ("open",),
    rules: Sequence[str] = (),
    only_unassigned: bool = False,
    level: str = "",
    folded: bool = False,
    group: str = "",
    offset: int = 0,
    limit: int = PAGE,
) -> FindingPage:
    """Findings of the last wave of the scope: an item and its customers together, the worst first.

    No rules means all but LOW_ANSWER, which nearly every customer has; `level` "wave" leaves those of the whole wave,
    "customer" those at single customers; `folded` shows one subject of each group, that of the whole wave where there is
    one, else the lowest; `group` leaves one group: an item's code, or OVERALL. `offset` and `limit` count subjects.
    """
    scope.viewer.check("view_findings")
    waves = waves_in(session, scope)[-1:]
    if not waves:
        return FindingPage([], 0, 0, 0, {})
    wanted = [*_wanted(scope, waves[0], states, rules), *_of_group(waves[0], group)]
    subjects = _subjects(waves[0], wanted)
    free, handled = _parts(session, subjects)
    everything = _together(free, handled)
    free_here, all_here = (
        [part for part in some if not level or part.whole == (level == "wave")] for some in (free, everything)
    )
    parts = free_here if only_unassigned else all_here
    listed = _worst_first(session, waves[0], _folded(parts) if folded else parts)
    shown = _shown(session, subjects, listed, waves[0], only_unassigned, offset, limit)
    return FindingPage(
        finding_rows(session, scope.viewer, _ids(session, wanted, shown)),
        sum(part.findings for part in parts),
        sum(part.subjects for part in listed),
        sum(part.subjects for part in free_here),
        {part.item_id: part.subjects for part in everything if not part.whole},
    )


def _folded(parts: Sequence[_Part]) -> list[_Part]:
    """One subject of each group: the whole wave's where there is one, else the lowest customer's."""
    found = {part.group: part for part in sorted(parts, key=lambda part: part.whole)}
    return [replace(part, subjects=1) for part in found.values()]


def _of_group(wave: WaveInfo, group: str) -> list[ColumnElement[bool]]:
    """Conditions on `finding` that leave one group; a code that isn't there leaves nothing."""
    if not group:
        return []
    if group == OVERALL:
        return [col(Finding.item_id).is_(None), col(Finding.dimension_id).is_(None)]
    codes = dict(zip(wave.layout.scheme.item_codes, wave.layout.item_ids, strict=True))
    return [col(Finding.item_id) == codes.get(group, 0)]


def _wanted(scope: Scope, wave: WaveInfo, states: Sequence[str], rules: Sequence[str]) -> list[ColumnElement[bool]]:
    """Conditions on `finding`; segment and region are the customer's, so that findings of the whole wave drop out."""
    conditions = [
        col(Finding.wave_id) == wave.id,
        col(Finding.state).in_(states),
        col(Finding.rule).in_(rules) if rules else col(Finding.rule) != "LOW_ANSWER",
        *findings_in_sight(scope.viewer),
    ]
    if scope.department_id is not None:
        conditions.append(col(Finding.department_id) == scope.department_id)
    if scope.customer_id is not None or scope.segment or scope.region:
        filters = {"segment": scope.segment, "region": scope.region, "customer_id": scope.customer_id}
        free = Scope(SYSTEM, scope.scheme_id, **filters)  # type: ignore[arg-type]
        conditions.append(col(Finding.customer_id).in_(select(Customer.id).where(*of_customers(free))))
    return conditions


def _subjects(wave: WaveInfo, wanted: Sequence[ColumnElement[bool]]) -> Subquery:
    """One row per subject: its keys, whether an action that isn't cancelled handles it, its findings, a customer's score."""
    live = select(ActionFinding.finding_id).join(Action).where(col(Action.state) != "cancelled")
    handled = case((col(Finding.id).in_(live), 1), else_=0)
    keys: tuple[Any, ...] = (Finding.item_id, Finding.dimension_id, Finding.customer_id)
    tally = and_(
        col(CustomerTally.wave_id) == Finding.wave_id,
        col(CustomerTally.customer_id) == Finding.customer_id,
        col(CustomerTally.item_id) == Finding.item_id,
    )
    overall = and_(
        col(CustomerScore.wave_id) == Finding.wave_id,
        col(CustomerScore.customer_id) == Finding.customer_id,
        col(CustomerScore.composite) == 0,
        col(Finding.item_id).is_(None),
    )
    columns: list[Any] = [
        *keys,
        func.max(handled).label("handled"),
        func.count().label("findings"),
        func.max(case((col(Finding.rule).in_(WITHOUT_SCORE), 1), else_=0)).label("missed"),
        func.max(_score(wave.layout.scheme)).label("score"),
    ]
    statement: Select[Any] = select(*columns).select_from(Finding)
    statement = statement.join(CustomerTally, tally, isouter=True).join(CustomerScore, overall, isouter=True)
    return statement.where(*wanted).group_by(*keys).subquery()


def _score(scheme: Scheme) -> ColumnElement[Any]:
    """A customer's score, or an item's at a customer, near enough to sort by."""
    if scheme.number_scale:
        of_item = cast(CustomerTally.total, Float) / 100
    else:
        scores = scheme.level_scores.tolist()
        of_item = sum(getattr(CustomerTally, f"n{at}") * (score / POINT) for at, score in enumerate(scores))
    return func.coalesce(
        of_item / func.nullif(CustomerTally.n, 0),
        cast(CustomerScore.total, Float) / POINT / func.nullif(CustomerScore.n, 0)
        - cast(CustomerScore.deducted, Float) / POINT,
    )


def _parts(session: Session, subjects: Subquery) -> tuple[list[_Part], list[_Part]]:
    """Parts of the subjects without an action, and of those with one."""
    of = subjects.c
    whole = case((of.customer_id.is_(None), 1), else_=0)
    keys: list[Any] = [of.item_id, of.dimension_id, whole, of.handled]
    columns = [*keys, func.count(), func.sum(of.findings), func.min(of.score), func.max(of.missed)]
    statement: Select[Any] = select(*columns).group_by(*keys)
    found: tuple[list[_Part], list[_Part]] = ([], [])
    for item, dimension, is_whole, handled, n, all_, low, missed in session.execute(statement):
        found[handled].append(_Part(item, dimension or 0, bool(is_whole), int(n), int(all_), low, bool(missed)))
    return found


def _together(free: Sequence[_Part], handled: Sequence[_Part]) -> list[_Part]:
    found: dict[tuple[Any, ...], _Part] = {}
    for part in (*free, *handled):
        key = (*part.group, part.whole)
        if key in found:
            one = found[key]
            lowest = min((low for low in (one.lowest, part.lowest) if low is not None), default=None)
            part = replace(
                part,
                subjects=one.subjects + part.subjects,
                findings=one.findings + part.findings,
                lowest=lowest,
                is_missed=one.is_missed or part.is_missed,
            )
        found[key] = part
    return list(found.values())


def _worst_first(session: Session, wave: WaveInfo, parts: Sequence[_Part]) -> list[_Part]:
    """Groups by their worst status, the whole wave before a customer; in each group the whole wave first."""
    abouts = {About(wave.id, None, part.item_id, part.composite): part for part in parts if part.whole}
    known = figures(session, abouts, {wave.id: wave.layout}, {})
    scheme = wave.layout.scheme
    places: dict[tuple[int | None, int], tuple[int, float]] = {}
    for part in parts:
        if part.whole:
            one = known[About(wave.id, None, part.item_id, part.composite)]
            place = (2 * WORST_FIRST[one.status], one.score.score or 0.0)
        else:
            target = scheme.thresholds.amber_below if part.item_id else scheme.targets.customer
            place = (2 * WORST_FIRST[status(part.lowest, scheme, target=target)] + 1, part.lowest or 0.0)
        if part.is_missed:
            place = min(place, (2 * WORST_FIRST["amber"] + 1, BEHIND_ALL))
        places[part.group] = min(places.get(part.group, place), place)
    return sorted(parts, key=lambda p: (places[p.group], p.item_id or 0, p.composite, not p.whole))


def _shown(
    session: Session,
    subjects: Subquery,
    parts: Sequence[_Part],
    wave: WaveInfo,
    only_free: bool,
    offset: int,
    limit: int,
) -> list[About]:
    """The subjects of a page; customers of a group by their score, the lowest first."""
    cuts: list[tuple[_Part, int, int]] = []
    for part in parts:
        first = min(max(offset, 0), part.subjects)
        last = min(max(offset + limit, 0), part.subjects)
        cuts.append((part, first, last))
        offset -= part.subjects
    customers = _customers(session, subjects, [cut for cut in cuts if not cut[0].whole and cut[1] < cut[2]], only_free)
    return [
        About(wave.id, customer, part.item_id, part.composite)
        for part, first, last in cuts
        if first < last
        for customer in ([None] if part.whole else customers[part.item_id])
    ]


def _customers(
    session: Session, subjects: Subquery, cuts: Sequence[tuple[_Part, int, int]], only_free: bool
) -> dict[int | None, list[int]]:
    """item → customers from a first to before a last place, the lowest score first; one statement."""
    of = subjects.c
    place = func.row_number().over(partition_by=of.item_id, order_by=(of.score, of.customer_id))
    ranked: Select[Any] = select(of.item_id, of.customer_id, place.label("place")).where(of.customer_id.is_not(None))
    places = (ranked.where(of.handled == 0) if only_free else ranked).subquery().c
    within = [
        and_(places.item_id.is_not_distinct_from(part.item_id), places.place > first, places.place <= last)
        for part, first, last in cuts
    ]
    found: dict[int | None, list[int]] = {part.item_id: [] for part, _, _ in cuts}
    statement: Select[Any] = (
        select(places.item_id, places.customer_id).where(or_(false(), *within)).order_by(places.place)
    )
    for item, customer in session.execute(statement) if cuts else ():
        found[item].append(customer)
    return found


def _ids(session: Session, wanted: Sequence[ColumnElement[bool]], shown: Sequence[About]) -> list[int]:
    """Keys of the findings about the subjects of a page, in their order."""
    place = {(about.customer_id, about.item_id, about.composite): at for at, about in enumerate(shown)}
    any_of = [
        and_(
            col(Finding.item_id).is_not_distinct_from(item),
            col(Finding.customer_id).in_([a.customer_id for a in shown if a.customer_id and a.item_id == item]),
        )
        for item in {about.item_id for about in shown if about.customer_id}
    ]
    if any(about.customer_id is None for about in shown):
        any_of.append(col(Finding.customer_id).is_(None))
    worded = col(Finding.rule).in_(WORDED)  # each a subject of its own, after the figures
    columns: tuple[Any, ...] = (Finding.id, Finding.customer_id, Finding.item_id, Finding.dimension_id, worded)
    statement: Select[Any] = select(*columns).where(*wanted, or_(false(), *any_of)).order_by(col(Finding.id))
    found = [
        (place[key], bool(is_worded), finding)
        for finding, customer, item, dimension, is_worded in session.execute(statement)
        if (key := (customer, item, dimension or 0)) in place
    ]
    return [finding for _, _, finding in sorted(found)]
