"""Customers and their scores, page by page; only those whom the reader may see."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, nextafter
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Float, Select, bindparam, cast, func, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from db import bulk
from db.columns import among
from db.models import Action, ActionFinding, Customer, CustomerScore, Finding
from db.queries.narrowing import WaveInfo, customers_in_sight, named, of_customers, visible_items
from db.queries.sight import actions_in_sight
from db.queries.standing import LOCKED_WAVES
from domain.access import NotThere, Scope, Viewer
from domain.action_states import FINAL
from domain.scheme import POINT, Scheme
from domain.scores import EQUAL_WITHIN, Score, customer_mean, deducted_mean, status
from domain.subjects import NamedCustomer

NOBODY = Score(0, None)
STATEMENTS = 200
"""So many statements are kept, by who asks and what is filtered: putting one together takes as long as running it."""
mean_score = cast(CustomerScore.total, Float).op("/", return_type=Float())(cast(CustomerScore.n, Float)) - col(
    CustomerScore.deducted
)
"""Mean score in 1e-9 points after deductions, in SQL; deductions go on below their floor, which no bound is under."""
SUMMED: tuple[Any, ...] = (CustomerScore.n, CustomerScore.total, CustomerScore.deducted, CustomerScore.complaints)
"""What `customer_mean` takes."""

OF_CUSTOMERS = (among(col(CustomerScore.customer_id), "ids"), col(CustomerScore.n) > 0)
MEANS: Select[Any] = select_columns(CustomerScore.customer_id, CustomerScore.composite, *SUMMED).where(  # type: ignore[call-overload]
    CustomerScore.wave_id == bindparam("wave"),
    among(col(CustomerScore.composite), "composites"),
    *OF_CUSTOMERS,
)
TRENDS: Select[Any] = select_columns(CustomerScore.customer_id, CustomerScore.wave_id, *SUMMED).where(  # type: ignore[call-overload]
    among(col(CustomerScore.wave_id), "waves"), CustomerScore.composite == 0, *OF_CUSTOMERS
)

_KNOWN: WeakKeyDictionary[Any, dict[tuple[int, Select[Any]], tuple[int, dict[int, Any]]]] = WeakKeyDictionary()
"""By database, then wave and statement: the wave's newest version that was read, and what was found by customer id."""
KEPT = {TRENDS: 5_000, MEANS: 500}
"""Of so many customers of a wave."""
WHO: tuple[Any, ...] = tuple(getattr(Customer, name) for name in NamedCustomer._fields)
"""The columns of `NamedCustomer`."""


@dataclass(frozen=True)
class CustomerRow:
    """A line of the matrix: the customer, and scores by composite code ("" is the customer score).

    The scores are means with their n; spread and intervals stand in the customer's file.
    """

    customer: NamedCustomer
    scores: dict[str, Score]

    @property
    def score(self) -> Score:
        """The customer score."""
        return self.scores.get("", NOBODY)


@dataclass(frozen=True)
class CustomerPage:
    """One page of customers, how many there are in all, and how many come before this page."""

    rows: list[CustomerRow]
    total: int
    offset: int = 0

    @property
    def ids(self) -> list[int]:
        """Keys of its customers, in order."""
        return [row.customer.id for row in self.rows]


def customer_page(
    session: Session,
    scope: Scope,
    wave: WaveInfo,
    *,
    search: str = "",
    only_below: bool = False,
    composite: str = "",
    offset: int = 0,
    limit: int = 50,
    keep: Sequence[int] = (),
) -> CustomerPage:
    """Customers of a wave, lowest `composite` score first, the ones without an answer left out.

    An offset past the end shows the last page. `keep` shows these customers in this order instead, unless one of them
    is gone: what a reader has selected doesn't move under the pointer when figures change.
    """
    scope.viewer.check("view_customers")
    layout = wave.layout
    by = dict(zip(layout.scheme.composites, layout.composite_ids, strict=True)).get(composite, 0)
    asked = {"wave": wave.id, "composite": by, "under": under_bound(layout.scheme)}
    scored = _scored(scope, search, only_below)
    total, found = _worst_first(session, scored, asked, max(0, offset), limit)
    if not total and offset > 0:  # past the end
        total = session.exec(select(func.count()).select_from(scored.subquery()), params=asked).one()
        offset = max(0, (total - 1) // limit * limit)
        found = _worst_first(session, scored, asked, offset, limit)[1]
    offset = max(0, min(offset, (total - 1) // limit * limit))
    found = _kept(session, scored, asked, keep) or found
    scores = customer_means(session, [one.id for one in found], wave, least=scope.viewer.least)
    return CustomerPage([CustomerRow(one, scores[one.id]) for one in found], total, offset)


def _worst_first(
    session: Session, scored: SelectOfScalar[int], asked: dict[str, Any], offset: int, limit: int
) -> tuple[int, list[NamedCustomer]]:
    """How many there are in all, and a part of them; (0, []) past the end."""
    rows = bulk.fetch(session, _page_of(scored), {**asked, "skip": offset, "most": limit})
    return (rows[0][0], [NamedCustomer(*one) for _, *one in rows]) if rows else (0, [])


@lru_cache(maxsize=STATEMENTS)
def _page_of(scored: SelectOfScalar[int]) -> Select[Any]:
    counted = scored.add_columns(func.count().over().label("total"), mean_score.label("mean"))
    ordered = counted.order_by(mean_score, col(CustomerScore.customer_id))
    page = ordered.offset(bindparam("skip")).limit(bindparam("most")).subquery()
    customers = select_columns(page.c.total, *WHO).join(page, page.c.customer_id == col(Customer.id))
    return customers.order_by(page.c.mean, page.c.customer_id)


@lru_cache(maxsize=STATEMENTS)
def _scored(scope: Scope, search: str, only_below: bool) -> SelectOfScalar[int]:
    """Keys of customers with a score in a wave, as far as scope and search let through."""
    who = [*of_customers(scope), *([named(search)] if search.strip() else [])]
    conditions = [
        col(CustomerScore.wave_id) == bindparam("wave"),
        col(CustomerScore.composite) == bindparam("composite"),
        col(CustomerScore.n) >= scope.viewer.least,
        *([col(CustomerScore.customer_id).in_(select(Customer.id).where(*who))] if who else []),
        *([mean_score <= bindparam("under")] if only_below else []),
    ]
    return select(CustomerScore.customer_id).where(*conditions)


def under_bound(scheme: Scheme) -> float:
    """The highest mean of a customer that is red or amber, in 1e-9 points, as `domain.scores.status` says it."""
    return max(_just_under((scheme.targets.customer - EQUAL_WITHIN) * POINT), red_bound(scheme))


def red_bound(scheme: Scheme) -> float:
    """The highest mean of a customer that is red, in 1e-9 points, as `domain.scores.is_red` says it."""
    at_or_below = scheme.thresholds.red_at_or_below
    if at_or_below is None:
        return _just_under((scheme.thresholds.red - EQUAL_WITHIN) * POINT)
    return (at_or_below + EQUAL_WITHIN) * POINT


def _just_under(bound: float) -> float:
    return nextafter(bound, -inf)


def _kept(
    session: Session, scored: SelectOfScalar[int], asked: dict[str, Any], keep: Sequence[int]
) -> list[NamedCustomer]:
    """The customers that are to stay, in their order; none where one of them is gone."""
    if not keep:
        return []
    there = scored.where(col(CustomerScore.customer_id).in_(keep))
    found = session.execute(select_columns(*WHO).where(col(Customer.id).in_(there)), asked)
    customers = {one.id: one for one in map(NamedCustomer._make, found)}
    return [customers[key] for key in keep] if customers.keys() == set(keep) else []


def customer_means(
    session: Session, ids: Sequence[int], wave: WaveInfo, *, least: int = 1
) -> dict[int, dict[str, Score]]:
    """customer id → composite code → mean with n of `least` and more, of customers that were read under a scope before.

    Sums of whole numbers divided once: exact, and a tenth of the time that a spread would take.
    """
    known = _remembered(session, wave, MEANS)
    known.update(_means(session, [key for key in ids if key not in known], wave))
    return {key: {code: one for code, one in known[key].items() if one.n >= least} for key in ids}


def _means(session: Session, ids: Sequence[int], wave: WaveInfo) -> dict[int, dict[str, Score]]:
    asked = {"wave": wave.id, "composites": list(wave.layout.composite_ids), "ids": list(ids)}
    codes = dict(zip(wave.layout.composite_ids, wave.layout.scheme.composites, strict=True))
    found: dict[int, dict[str, Score]] = {key: {} for key in ids}
    scheme = wave.layout.scheme
    for customer_id, composite, *sums in bulk.fetch(session, MEANS, asked) if ids else ():
        found[customer_id][codes[composite]] = customer_mean(scheme, *sums)
    return found


def score_trends(
    session: Session, ids: Sequence[int], waves: Sequence[WaveInfo], *, least: int = 1
) -> dict[int, list[float | None]]:
    """The customer scores over waves, in their order, None where there were fewer than `least` answers."""
    known = {wave.id: _remembered(session, wave, TRENDS) for wave in waves}
    unknown = [wave for wave in waves if not known[wave.id].keys() >= set(ids)]
    for wave_id, read in _trends(session, ids, unknown).items():
        known[wave_id].update(read)
    means = [known[wave.id] for wave in waves]
    return {key: [one[key].score if one[key].n >= least else None for one in means] for key in ids}


def _trends(session: Session, ids: Sequence[int], waves: Sequence[WaveInfo]) -> dict[int, dict[int, Score]]:
    """wave id → customer id → the customer score, also of those who gave none."""
    found = {wave.id: dict.fromkeys(ids, NOBODY) for wave in waves}
    schemes = {wave.id: wave.layout.scheme for wave in waves}
    asked = {"waves": list(found), "ids": list(ids)}
    for customer_id, wave_id, n, total, taken, _ in bulk.fetch(session, TRENDS, asked) if waves else ():
        found[wave_id][customer_id] = Score(n, deducted_mean(schemes[wave_id], n, total, taken))
    return found


def _remembered(session: Session, wave: WaveInfo, statement: Select[Any]) -> dict[int, Any]:
    """What a statement told of customers at the wave's version; whose they are is asked before, each time (ADR 8)."""
    if wave.id in session.info.get(LOCKED_WAVES, ()):
        return {}
    all_known, key = _KNOWN.setdefault(session.get_bind().engine.pool, {}), (wave.id, statement)
    version, known = all_known.get(key, (None, {}))
    if version != wave.version or len(known) > KEPT[statement]:
        known = {}
        all_known[key] = wave.version, known
    return known


def forget() -> None:
    """Reads everything anew from here on; for measuring."""
    _KNOWN.clear()


def score_histories(
    session: Session, ids: Sequence[int], waves: Sequence[WaveInfo], *, recent: int, least: int = 1
) -> dict[int, list[float | None]]:
    """The same over all waves; those before the `recent` ones only where the status has been the same since then.

    Enough to draw the recent ones and to say since when the status holds (`domain.comparing.since`).
    """
    drawn, older = waves[-recent:], waves[:-recent]
    found = score_trends(session, ids, drawn, least=least)
    unbroken = [key for key in ids if len({*customer_statuses(found[key], drawn)} - {None}) <= 1]
    before = score_trends(session, unbroken, older, least=least) if older else {}
    return {key: [*before.get(key, [None] * len(older)), *found[key]] for key in ids}


def customer_statuses(scores: Sequence[float | None], waves: Sequence[WaveInfo]) -> list[str | None]:
    """Status of a customer's score in each wave, by the rules that the wave runs under."""
    schemes = [wave.layout.scheme for wave in waves]
    return [
        status(score, scheme, target=scheme.targets.customer) for score, scheme in zip(scores, schemes, strict=True)
    ]


def dimensions_in(session: Session, scope: Scope, wave: WaveInfo) -> list[str]:
    """Codes of the dimensions that hold an item in sight, in the scheme's order."""
    seen = zip(wave.layout.scheme.items, visible_items(session, scope, wave.layout), strict=True)
    mine = {item.dimension for item, visible in seen if visible}
    return [dimension.code for dimension in wave.layout.scheme.dimensions if dimension.code in mine]


def open_actions(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, list[int]]:
    """Numbers of the actions in sight that aren't over yet, newest first, by the customer that they are about."""
    if not viewer.may("view_actions"):
        return {}
    shown = (col(Action.state).not_in(FINAL), *actions_in_sight(viewer))
    direct = select(Action.customer_id, Action.number).where(col(Action.customer_id).in_(ids), *shown)
    who = func.coalesce(Customer.merged_into_id, Customer.id)
    by_finding = (
        select(who, Action.number)
        .select_from(Finding)
        .join(Customer, col(Customer.id) == Finding.customer_id)
        .join(ActionFinding, col(ActionFinding.finding_id) == Finding.id)
        .join(Action, col(Action.id) == ActionFinding.action_id)
        .where(or_(col(Customer.id).in_(ids), col(Customer.merged_into_id).in_(ids)), *shown)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for customer_id, number in sorted(session.execute(direct.union(by_finding)), key=lambda row: -row[1]):
        found[customer_id].append(number)
    return found


@dataclass(frozen=True)
class Standing:
    """How many customers of a wave are red, amber and on target."""

    red: int
    amber: int
    ok: int

    @property
    def below(self) -> int:
        """Customers under target."""
        return self.red + self.amber

    @property
    def total(self) -> int:
        """Customers that answered."""
        return self.red + self.amber + self.ok


def standing(session: Session, scope: Scope, wave: WaveInfo) -> Standing:
    """Customers of a wave by status, as far as the reader may see them."""
    statement: Select[Any] = select_columns(*SUMMED).where(
        col(CustomerScore.wave_id) == wave.id, col(CustomerScore.composite) == 0, col(CustomerScore.n) > 0
    )
    if conditions := of_customers(scope):
        statement = statement.where(col(CustomerScore.customer_id).in_(select(Customer.id).where(*conditions)))
    scheme = wave.layout.scheme
    scores = (deducted_mean(scheme, n, total, taken) for n, total, taken, _ in session.execute(statement))
    found = [status(score, scheme, target=scheme.targets.customer) for score in scores]
    return Standing(found.count("red"), found.count("amber"), found.count("ok"))


def customer(session: Session, viewer: Viewer, customer_id: int) -> Customer:
    """A customer whom the viewer may see; raises NotThere, NotAllowed."""
    viewer.check("view_customers")
    found = session.exec(select(Customer).where(Customer.id == customer_id, *customers_in_sight(viewer))).first()
    if found is None:
        raise NotThere
    return found


def customer_by_code(session: Session, viewer: Viewer, code: str) -> Customer:
    """The same by the code that stands in links; that of a merged customer leads to the one that was kept."""
    kept = func.coalesce(Customer.merged_into_id, Customer.id)
    key = session.exec(select(kept).where(Customer.code == code.replace("\0", ""))).first()
    return customer(session, viewer, key or 0)


class CustomerName(NamedTuple):
    """What a list of customers to choose from needs of each; whole rows of hundreds cost a run more than its figures."""

    id: int
    code: str
    name_zh: str
    name_en: str


def customer_names(session: Session, viewer: Viewer, *, limit: int | None = None) -> list[CustomerName]:
    """Customers whom the viewer may choose from, by code: all of them, or at most so many."""
    if not viewer.may("view_customers"):
        return []
    there = (*customers_in_sight(viewer), col(Customer.merged_into_id).is_(None))
    by_code = select(Customer.id, Customer.code, Customer.name_zh, Customer.name_en).where(*there)
    found = session.exec(by_code.order_by(col(Customer.code)).limit(limit))
    return [CustomerName(key or 0, *names) for key, *names in found]
