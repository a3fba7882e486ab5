"""What the slides of a meeting show: live, or the figures that it has pinned; under the reader's own scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from db.models import Action, Customer, CustomerTally, FrozenResult, Wave
from db.queries.complaints import complaints
from db.queries.item_links import links_followed
from db.queries.meetings import MeetingDetail, MinuteLine
from db.queries.narrowing import WaveInfo, of_customers, schemes_in_sight, waves_in
from db.queries.overview import (
    DUE,
    actions_on_items,
    customers_below,
    due_action,
    least_satisfied,
    newest_opinions,
    with_names,
)
from db.queries.scores import WaveResult, results
from db.queries.sight import actions_in_sight
from db.queries.waves import survey_wave_of
from db.rollups import LEVELS
from domain.access import SYSTEM, NotThere, Scope, Viewer
from domain.comparing import (
    SubjectStanding,
    dimension_standings,
    index_standing,
    item_standings,
    previous,
)
from domain.meetings import ROWS_ON_A_SLIDE, WALL_AGENDA, Slide, Topic, slides
from domain.overview import CustomerLine, CustomersBelow, DueAction, OpinionLine
from domain.returns import ReturnTally
from domain.scheme import POINT, Name
from domain.scores import ItemScore, Score, Tally, score_of_tally, status

RED_ITEMS = 6
"""So many red items have a slide of their own."""
ITEM_CUSTOMERS = 5
COMPLAINTS = 7
RETURNS = ("sent", "returned", "in_time", "late", "undeliverable")


@dataclass(frozen=True)
class ComplaintRow:
    """A complaint on a slide: what it is about and where it stands, no words of people."""

    number: int
    customer: Name
    category: str
    state: str
    received_at: datetime


@dataclass(frozen=True)
class Deck:
    """Everything that a meeting's slides show; `frozen_at` is when its figures were pinned, None while they are live."""

    wave: WaveInfo
    slides: list[Slide]
    history: list[WaveResult]
    frozen_at: datetime | None
    index: SubjectStanding
    dimensions: list[SubjectStanding]
    items: list[SubjectStanding]
    below: CustomersBelow | None
    customers: list[CustomerLine]
    at_customers: dict[str, list[tuple[Name, Score]]] = field(hash=False)
    handled: dict[str, DueAction] = field(hash=False)
    opinions: list[OpinionLine]
    complaints: list[ComplaintRow]
    last: list[MinuteLine]
    new_actions: list[DueAction]
    decisions: list[MinuteLine]

    @property
    def now(self) -> WaveResult:
        """The figures of the wave."""
        return self.history[-1]

    def item(self, code: str) -> SubjectStanding:
        """Where an item stands."""
        return next(one for one in self.items if one.code == code)


def deck(session: Session, viewer: Viewer, meeting: MeetingDetail) -> Deck:
    """The slides of a meeting that was read under its check; raises NotAllowed, NotThere for who may not see its wave."""
    scope = Scope(viewer, meeting.scheme_id)
    chain = waves_in(session, scope)
    codes = [wave.code for wave in chain]
    if meeting.wave not in codes:
        raise NotThere
    chain = chain[: codes.index(meeting.wave) + 1]
    wave = chain[-1]
    pinned = session.get(FrozenResult, meeting.frozen_id) if meeting.frozen_id and not scope.by_customer else None
    figures = results(session, scope, chain)
    if pinned:
        figures = [*figures[:-1], _as_pinned(figures[-1], pinned.figures)]
    history = links_followed(session, scope, figures)
    items, before = item_standings(history), previous(history)
    red = [one.code for one in items if one.status == "red"][:RED_ITEMS]
    below = customers_below(session, scope, wave, before.wave if before else None)
    worst = least_satisfied(session, scope, chain, limit=ROWS_ON_A_SLIDE) if below else []
    if pinned and below and "by_customer" in pinned.figures:
        below, worst = _pinned_customers(session, viewer, wave, pinned.figures, below)
    return Deck(
        wave,
        slides([one for one in meeting.topics if viewer.sees_names or one.kind != "opinions"], red),
        history,
        pinned.at if pinned else None,
        index_standing(history),
        dimension_standings(history),
        items,
        below,
        worst,
        _pinned_at(viewer, pinned.figures, red)
        if pinned
        else {code: _at_customers(session, scope, wave, code) for code in red},
        actions_on_items(session, scope, wave),
        newest_opinions(session, scope, wave),
        _complaints(session, viewer),
        meeting.last,
        _new_actions(session, viewer, meeting),
        [line for line in meeting.minutes if line.kind == "decided"],
    )


def wall(session: Session, viewer: Viewer, scheme: str, *, today: date) -> MeetingDetail:
    """What a wall screen turns through without a meeting: the latest wave of a scheme. Raises NotAllowed, NotThere."""
    viewer.check("view_scores")
    row = next((one for one in schemes_in_sight(session, viewer) if scheme in ("", one.code)), None)
    chain = waves_in(session, Scope(viewer, row.id or 0)) if row else []
    if row is None or not chain:
        raise NotThere
    wave, empty = chain[-1], list[MinuteLine]()
    topics = [Topic(kind) for kind in WALL_AGENDA]
    what = (0, "", today, wave.id, wave.code, row.id or 0, wave.layout.scheme.name)
    return MeetingDetail(*what, 0, 0, None, None, None, "", None, topics, {}, empty, empty)


def lowest_customers(session: Session, wave: Wave) -> dict[str, list[list[Any]]]:
    """Red item → its lowest customers, each with zh and en name, n and score: what a meeting pins beside the figures."""
    scope, info = Scope(SYSTEM, wave.scheme_id), survey_wave_of(session, wave)
    (result,) = results(session, scope, [info])
    red = [code for code, one in result.items.items() if status(one.score.score, info.layout.scheme) == "red"]
    return {
        code: [[name.zh, name.en, score.n, score.score] for name, score in _at_customers(session, scope, info, code)]
        for code in red
    }


def _pinned_at(viewer: Viewer, kept: Mapping[str, Any], red: Sequence[str]) -> dict[str, list[tuple[Name, Score]]]:
    """The same as it was pinned; none for who may not see customers."""
    if not viewer.may("view_customers"):
        return {}
    found = kept.get("at_customers", {})
    return {
        code: [(Name(zh, en), Score(n, score)) for zh, en, n, score in found.get(code, ()) if n >= viewer.least]
        for code in red
    }


def _as_pinned(live: WaveResult, kept: Mapping[str, Any]) -> WaveResult:
    """A wave's figures as they were pinned, as far as the reader sees them live."""
    named = {
        part: {one["code"]: one for one in kept.get(part, ())} for part in ("dimensions", "named_indexes", "items")
    }
    returns = kept.get("returns", {})
    return replace(
        live,
        index=_score(kept["index"], kept.get("satisfaction_rate")),
        dimensions={code: _score(one) for code, one in named["dimensions"].items() if code in live.dimensions},
        named_indexes={code: _score(one) for code, one in named["named_indexes"].items() if code in live.named_indexes},
        items={
            code: ItemScore(_score(one), one["mean_level"], one["top_two_box"])
            for code, one in named["items"].items()
            if code in live.items
        },
        valid=kept.get("valid", 0),
        invalid=kept.get("invalid", 0),
        returns=ReturnTally(**{name: returns.get(name, 0) for name in RETURNS}),
    )


def _score(kept: Mapping[str, Any], rate: float | None = None) -> Score:
    low, high = kept["ci95"] or (None, None)
    return Score(kept["n"], kept["score"], kept["sd"], low, high, rate)


def _pinned_customers(
    session: Session, viewer: Viewer, wave: WaveInfo, kept: Mapping[str, Any], live: CustomersBelow
) -> tuple[CustomersBelow, list[CustomerLine]]:
    """Customers by status and the least satisfied, as they were pinned."""
    scheme = wave.layout.scheme
    scores = {
        code: Score(n, total / (n * POINT)) for code, (n, total) in kept["by_customer"].items() if n >= viewer.least
    }
    states = {code: status(one.score, scheme, target=scheme.targets.customer) for code, one in scores.items()}
    found = [*states.values()]
    worst = sorted(scores, key=lambda code: (scores[code].score or 0.0, code))[:ROWS_ON_A_SLIDE]
    rows = session.exec(select(Customer).where(col(Customer.code).in_(worst)))
    names = {row.code: Name(row.name_zh or row.code, row.name_en) for row in rows}
    below = replace(live, red=found.count("red"), amber=found.count("amber"), ok=found.count("ok"))
    return below, [
        CustomerLine(code, names.get(code, Name(code, code)), scores[code], states[code], None, "") for code in worst
    ]


def _at_customers(session: Session, scope: Scope, wave: WaveInfo, code: str) -> list[tuple[Name, Score]]:
    """The customers with the lowest scores of an item that is in sight; none for who may not see customers."""
    if not scope.viewer.may("view_customers"):
        return []
    scheme = wave.layout.scheme
    key = wave.layout.item_ids[scheme.item_codes.index(code)]
    statement = select(Customer, CustomerTally).join(CustomerTally, col(CustomerTally.customer_id) == Customer.id)
    statement = statement.where(CustomerTally.wave_id == wave.id, CustomerTally.item_id == key, *of_customers(scope))
    levels = 0 if scheme.number_scale else len(scheme.levels)
    found = []
    for customer, tally in session.exec(statement):
        counts = tuple(getattr(tally, f"n{level}") for level in range(LEVELS))[:levels]
        score = score_of_tally(Tally(counts, tally.n, tally.total, tally.squares), scheme).score
        found.append((Name(customer.name_zh or customer.code, customer.name_en), score))
    return sorted((one for one in found if one[1].n >= scope.viewer.least), key=lambda one: one[1].score or 0.0)[
        :ITEM_CUSTOMERS
    ]


def _complaints(session: Session, viewer: Viewer) -> list[ComplaintRow]:
    """The newest complaints that aren't closed; none for who may not see them."""
    if not viewer.may("view_complaints"):
        return []
    return [
        ComplaintRow(one.complaint.number, one.customer, one.complaint.category, one.complaint.state, at)
        for one in complaints(session, viewer, states=("recorded", "verified"))[:COMPLAINTS]
        if (at := one.complaint.received_at)
    ]


def _new_actions(session: Session, viewer: Viewer, meeting: MeetingDetail) -> list[DueAction]:
    """Actions about the wave and those that the meeting assigned, as far as the reader may see them; the newest first."""
    numbers = [line.action for line in meeting.minutes if line.action]
    about = (col(Action.wave_id) == meeting.wave_id) | col(Action.number).in_(numbers)
    statement = with_names(select_columns(*DUE).where(about, *actions_in_sight(viewer)))
    newest = statement.order_by(col(Action.number).desc()).limit(ROWS_ON_A_SLIDE)
    return [due_action(viewer, *row) for row in session.connection().execute(newest)]
