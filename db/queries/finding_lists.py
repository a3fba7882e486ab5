"""Which findings a screen lists, worst first, and a page of them with their figures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlmodel import Session, col, exists, select

from db.models import Action, ActionFinding, Customer, Finding
from db.queries.figures import About, figures
from db.queries.findings import finding_rows
from db.queries.narrowing import WaveInfo, of_customers, waves_in
from db.queries.sight import findings_in_sight
from domain.access import SYSTEM, Scope
from domain.subjects import FindingRow

PAGE = 50
WORST_FIRST = {"red": 0, "amber": 1, "ok": 2, None: 3}


@dataclass(frozen=True)
class FindingKey:
    """A finding as far as sorting needs it; `handled` says whether an action that isn't cancelled is about it."""

    id: int
    rule: str
    about: About
    handled: bool


@dataclass(frozen=True)
class FindingPage:
    """A page of findings, those about the same subject together, and how many there are in all.

    `subjects` counts distinct subjects, which is what pages are made of; `unassigned` those without an action;
    `at_customers` says at how many customers an item (None: the overall score) has findings.
    """

    rows: list[FindingRow]
    total: int
    subjects: int
    unassigned: int
    at_customers: dict[int | None, int]


def findings(
    session: Session,
    scope: Scope,
    *,
    states: Sequence[str] = ("open",),
    rules: Sequence[str] = (),
    only_unassigned: bool = False,
    level: str = "",
    offset: int = 0,
    limit: int = PAGE,
) -> FindingPage:
    """Findings of the last wave of the scope: an item and its customers together, the worst first.

    No rules means all but LOW_ANSWER, which nearly every customer has; `level` "wave" leaves those of the whole wave,
    "customer" those at single customers. `offset` and `limit` count subjects.
    """
    scope.viewer.check("view_findings")
    waves = waves_in(session, scope)[-1:]
    if not waves:
        return FindingPage([], 0, 0, 0, {})
    keys = finding_keys(session, scope, waves[0], states=states, rules=rules)
    open_subjects = {key.about for key in keys if key.handled}
    unassigned = {key.about for key in keys} - open_subjects
    at_customers = Counter(about.item_id for about in {key.about for key in keys} if about.customer_id is not None)
    if level:
        keys = [key for key in keys if (key.about.customer_id is None) == (level == "wave")]
    if only_unassigned:
        keys = [key for key in keys if key.about in unassigned]
    order = _worst_first(session, waves[0], keys)
    shown = {about: place for place, about in enumerate(order[offset : offset + limit])}
    mine = sorted((key for key in keys if key.about in shown), key=lambda key: shown[key.about])
    rows = finding_rows(session, scope.viewer, [key.id for key in mine])
    return FindingPage(rows, len(keys), len(order), len(unassigned), dict(at_customers))


def finding_keys(
    session: Session, scope: Scope, wave: WaveInfo, *, states: Sequence[str] = ("open",), rules: Sequence[str] = ()
) -> list[FindingKey]:
    """All findings of a wave under a scope; without rules all but LOW_ANSWER."""
    live = exists().where(
        col(ActionFinding.finding_id) == Finding.id,
        col(Action.id) == ActionFinding.action_id,
        col(Action.state) != "cancelled",
    )
    columns: tuple[Any, ...] = (
        Finding.id,
        Finding.rule,
        Finding.customer_id,
        Finding.item_id,
        Finding.dimension_id,
        live,
    )
    statement: Select[Any] = select(*columns).where(
        Finding.wave_id == wave.id, col(Finding.state).in_(states), *findings_in_sight(scope.viewer), *_filters(scope)
    )
    wanted = col(Finding.rule).in_(rules) if rules else col(Finding.rule) != "LOW_ANSWER"
    return [
        FindingKey(key, rule, About(wave.id, customer, item, dimension or 0), bool(handled))
        for key, rule, customer, item, dimension, handled in session.execute(statement.where(wanted))
    ]


def _filters(scope: Scope) -> list[ColumnElement[bool]]:
    """Filters of the screen; segment and region are the customer's, so that findings of the whole wave drop out."""
    conditions: list[ColumnElement[bool]] = []
    if scope.department_id is not None:
        conditions.append(col(Finding.department_id) == scope.department_id)
    if scope.customer_id is not None or scope.segment or scope.region:
        free = Scope(SYSTEM, scope.scheme_id, segment=scope.segment, region=scope.region, customer_id=scope.customer_id)
        conditions.append(col(Finding.customer_id).in_(select(Customer.id).where(*of_customers(free))))
    return conditions


def _worst_first(session: Session, wave: WaveInfo, keys: Sequence[FindingKey]) -> list[About]:
    """Subjects, an item followed by its customers; groups by their worst status, the whole wave before a customer."""
    known = figures(session, {key.about for key in keys}, {wave.id: wave.layout}, {})
    rank = {
        about: (2 * WORST_FIRST[one.status] + (about.customer_id is not None), one.score.score or 0.0)
        for about, one in known.items()
    }
    groups: dict[tuple[int | None, int], tuple[int, float]] = {}
    for about, place in rank.items():
        group = (about.item_id, about.composite)
        groups[group] = min(groups.get(group, place), place)
    return sorted(
        known,
        key=lambda about: (
            groups[about.item_id, about.composite],
            about.item_id or 0,
            about.composite,
            about.customer_id is not None,
            rank[about][1],
            about.customer_id or 0,
        ),
    )
