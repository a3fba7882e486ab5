"""Figures as they were presented, as they are now, and what moved them in between."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func
from sqlmodel import Session, col, select

from db.columns import column
from db.models import (
    AuditEvent,
    Cohort,
    CohortScore,
    Customer,
    CustomerScore,
    FrozenResult,
    Response,
    SchemeVersion,
    User,
    Wave,
)
from db.queries.customers import SUMMED
from db.queries.layouts import layout_of_version, layout_of_wave
from db.queries.narrowing import visible_items
from db.queries.responses import levels_of_response, wave_for
from db.queries.scores import WaveResult, results, shown_composites
from db.queries.segments import composite_by_group, returns_by_segment
from db.queries.waves import survey_wave_of
from db.rollups import SUMS, Layout
from domain.access import SYSTEM, Scope, Viewer
from domain.answers import levels_of
from domain.presented import Line, Means, Step, Touched, digest, lines, retraced
from domain.scheme import POINT, Name, Scheme
from domain.scores import Score, deducted_mean, response_scores

MOVING: Final = ("admit", "correct", "withdraw")
"""What changes figures of a closed wave."""
COMING: Final = ("submit", "erase")
"""What is said beside: an answer that came later waits, an erasure leaves the figures."""
MERGING: Final = ("merge", "undo_merge")


@dataclass(frozen=True)
class Change:
    """Something that happened to a response, or to a customer, after the figures were frozen.

    `before` and `after` are the index around it, both None where it didn't move it; `items` the codes whose answers it
    changed.
    """

    at: datetime
    by: str
    verb: str
    reason: str
    items: tuple[str, ...]
    touched: Touched
    before: float | None = None
    after: float | None = None

    def explains(self, line: Line) -> bool:
        """Whether the figure of a line may have moved by it."""
        if line.kind == "response_rate":
            return self.verb == "submit"
        if self.verb in MERGING:
            return line.kind == "customer"
        return self.verb in MOVING and self.touched.touches(line)


@dataclass(frozen=True)
class Presented:
    """A frozen result beside the live figures, as far as the reader may see them; `names` of what lines are about.

    `valid` counts the responses, `findings` the open findings that were presented.
    """

    id: int
    occasion: str
    at: datetime
    by: str
    sha256: str
    is_intact: bool
    scheme_version: int
    valid: int
    findings: int
    lines: list[Line]
    changes: list[Change]
    names: dict[tuple[str, str], Name]


def wave_figures(session: Session, wave: Wave) -> dict[str, Any]:
    """A wave's figures as everybody who may see all of it sees them: JSON, scores in points, shares 0–1, unrounded.

    `sums` and `levels` are the whole numbers that they come from: per composite n, satisfied, Σ in 1e-9 points and Σ²
    in two parts, per item the answers of each level; `by_customer` is customer → n and Σ.
    """
    layout, scope = layout_of_wave(session, wave), Scope(SYSTEM, wave.scheme_id)
    info = survey_wave_of(session, wave)
    (result,) = results(session, scope, [info])
    version = session.get_one(SchemeVersion, wave.scheme_version_id)
    by_customer = _by_customer(session, wave)
    return {
        **figures_of(session, scope, result),
        "scheme_version": version.number,
        "customers": len(by_customer),
        "by_customer": by_customer,
        "sums": _sums(session, wave, layout),
        "levels": {code: [*tally.levels, tally.n, tally.total] for code, tally in result.tallies.items()},
    }


def figures_of(session: Session, scope: Scope, result: WaveResult) -> dict[str, Any]:
    """What a scope's reader sees of a wave, without customers, as `wave_figures` has it."""
    returns, counts = result.returns, ("sent", "returned", "in_time", "late", "undeliverable")
    return {
        "wave": result.wave.code,
        "scheme": result.wave.layout.scheme.code,
        "valid": result.valid,
        "invalid": result.invalid,
        "index": _score(result.index),
        "satisfaction_rate": result.index.satisfaction_rate,
        **_scores(result),
        "returns": {**{name: getattr(returns, name) for name in counts}, "rate": returns.rate},
        "segments": _segments(session, scope, result.wave),
    }


def frozen_at_closing(session: Session, wave_id: int) -> FrozenResult | None:
    """What closing a wave froze; no access check: for services and for reads that have checked the wave."""
    mine = (FrozenResult.wave_id == wave_id, FrozenResult.occasion == "closing")
    return session.exec(select(FrozenResult).where(*mine)).first()


def compared_with(session: Session, wave_ids: Iterable[int]) -> dict[int, str]:
    """Closed wave → code of the wave that it was compared with when it closed."""
    wanted = set(wave_ids)
    if not wanted:
        return {}
    mine = (col(FrozenResult.wave_id).in_(wanted), FrozenResult.occasion == "closing")
    return dict(session.exec(select(FrozenResult.wave_id, FrozenResult.compared_with).where(*mine)).all())


def presented(session: Session, viewer: Viewer, wave_id: int) -> Presented | None:
    """What was presented when a wave closed, and what holds now; None before, and for who sees own customers only.

    A department is shown its own items; who may not see customers, none. Raises NotAllowed, NotThere.
    """
    viewer.check("view_scores")
    wave = wave_for(session, viewer, wave_id)
    kept = frozen_at_closing(session, wave_id)
    if kept is None or viewer.only_customers_of is not None:
        return None
    return beside_now(session, viewer, wave, kept)


def beside_now(session: Session, viewer: Viewer, wave: Wave, kept: FrozenResult) -> Presented:
    """A frozen result of a wave that was read under its check, beside the figures of now."""
    layout = layout_of_wave(session, wave)
    seen = zip(layout.scheme.items, visible_items(session, Scope(viewer, wave.scheme_id), layout), strict=True)
    items = {item.code for item, is_shown in seen if is_shown}
    shown = {
        "item": items,
        "dimension": shown_composites(layout, items),
        "named_index": shown_composites(layout, items),
    }
    shown |= {} if viewer.may("view_customers") and not wave.is_anonymous else {"customer": set()}
    shown |= {"segment": set()} if wave.is_anonymous else {}
    found = [line for line in lines(kept.figures, wave_figures(session, wave)) if _is_shown(line, viewer.least)]
    names = _names(session, layout, [line.code for line in found if line.kind == "customer" and line.has_changed])
    return Presented(
        kept.id or 0,
        kept.occasion,
        kept.at,
        _name_of(session, kept.by_id) if viewer.sees_names else "",
        kept.sha256,
        digest(kept.figures) == kept.sha256,
        session.get_one(SchemeVersion, kept.scheme_version_id).number,
        kept.figures.get("valid", 0),
        kept.figures.get("findings", {}).get("open", 0),
        [line for line in found if line.kind not in shown or line.code in shown[line.kind]],
        [
            one if viewer.sees_names else replace(one, by="", reason="")
            for one in _changes(session, wave, layout, kept.after_event, items)
        ],
        names,
    )


def _is_shown(line: Line, least: int) -> bool:
    """Whether neither figure of a line is that of a group which is too small."""
    return all(n == 0 or n >= least for n in (line.then_n, line.now_n))


def _name_of(session: Session, user_id: int | None) -> str:
    found = session.get(User, user_id) if user_id else None
    return found.name if found else ""


def _names(session: Session, layout: Layout, customers: Sequence[str]) -> dict[tuple[str, str], Name]:
    scheme = layout.scheme
    kinds: dict[str, Sequence[Any]] = {
        "dimension": scheme.dimensions,
        "item": scheme.items,
        "named_index": scheme.named_indexes,
    }
    names = {(kind, one.code): one.name for kind, some in kinds.items() for one in some}
    found = session.exec(select(Customer).where(col(Customer.code).in_(customers))) if customers else ()
    return names | {("customer", one.code): Name(one.name_zh, one.name_en) for one in found}


def _changes(session: Session, wave: Wave, layout: Layout, after: int, shown: set[str]) -> list[Change]:
    """What happened since, oldest first; the index is retraced from what it is now."""
    everything: tuple[Any, ...] = (AuditEvent, Response, Customer, Cohort, User)
    statement: Select[Any] = (
        select(*everything)
        .join(Response, col(Response.id) == AuditEvent.about_id)
        .join(Cohort, col(Cohort.id) == Response.cohort_id)
        .join(Customer, col(Customer.id) == Response.customer_id, isouter=True)
        .join(User, col(User.id) == AuditEvent.user_id, isouter=True)
        .where(AuditEvent.about == "response", Response.wave_id == wave.id, col(AuditEvent.id) > after)
        .where(col(AuditEvent.verb).in_((*MOVING, *COMING)))
        .order_by(col(AuditEvent.id))
    )
    rows = session.execute(statement).all()
    steps, answered = _steps(session, layout, [(event, response) for event, response, *_ in rows])
    means = _means(session, wave, layout)
    around = dict(zip(steps, retraced(means, list(steps.values())), strict=True))
    found = []
    for event, _response, customer, cohort, who in rows:
        codes = event.details.get("answers") or answered.get(event.id or 0, ())
        items = tuple(code for code in layout.scheme.item_codes if code in codes)
        dimensions = frozenset(layout.scheme.item_by_code[code].dimension or "" for code in items)
        is_named = customer is not None and not wave.is_anonymous
        touched = Touched(frozenset(items), dimensions, customer.code if is_named else "", cohort.segment)
        before, then = around.get(event.id or 0, (None, None))
        mine = tuple(code for code in items if code in shown)
        reason = str(event.details.get("reason", ""))
        found.append(Change(event.at, who.name if who else "", event.verb, reason, mine, touched, before, then))
    return sorted([*found, *_merges(session, wave, after)], key=lambda one: one.at)


def _steps(
    session: Session, layout: Layout, events: Sequence[tuple[AuditEvent, Response]]
) -> tuple[dict[int, Step], dict[int, set[str]]]:
    """Event → its step, and event → the items that the response answered then; undone one by one, the newest first."""
    over_customers = layout.scheme.index_over == "customers"
    levels: dict[int, Any] = {}
    steps: dict[int, Step] = {}
    answered: dict[int, set[str]] = {}
    for event, response in reversed(events):
        if event.verb not in MOVING:
            continue
        mine, key = layout_of_version(session, response.scheme_version_id), response.id or 0
        now = levels[key] if key in levels else levels_of_response(session, key, mine)
        undone = {code: pair[0] for code, pair in event.details.get("answers", {}).items()}
        before = levels_of(undone, mine.scheme, now)
        was, is_ = event.details["status"]
        levels[key] = before
        answered[event.id or 0] = {
            code for code, one, two in zip(mine.scheme.item_codes, before, now, strict=True) if one >= 0 or two >= 0
        }
        scores = response_scores(_both(before, now), mine.scheme).score[:, 0].tolist()
        steps[event.id or 0] = Step(
            (response.customer_id or 0) if over_customers else 0,
            scores[0] if was == "counted" else None,
            scores[1] if is_ == "counted" else None,
        )
    return dict(reversed(steps.items())), answered


def _both(before: Any, now: Any) -> Any:
    """Two responses as the rows of a matrix."""
    joined = before.repeat(2).reshape(-1, 2).T.copy()
    joined[1] = now
    return joined


def _means(session: Session, wave: Wave, layout: Layout) -> Means:
    """What the index is the mean of, as `domain.presented.index_of` takes it."""
    statement: Select[Any]
    if layout.scheme.index_over == "customers":
        statement = select(CustomerScore.customer_id, *SUMMED)
        here = (col(CustomerScore.wave_id) == wave.id, col(CustomerScore.composite) == 0, col(CustomerScore.n) > 0)
        rows = session.connection().execute(statement.where(*here))
        return {key: (sums[0], _after_deductions(layout.scheme, *sums)) for key, *sums in rows}
    whole = select(func.sum(CohortScore.n), func.sum(CohortScore.total))
    whole = whole.where(CohortScore.wave_id == wave.id, CohortScore.composite == 0)
    n, total = session.connection().execute(whole).one()
    return {0: (int(n or 0), int(total or 0))}


def _merges(session: Session, wave: Wave, after: int) -> list[Change]:
    """Customers that were merged, or taken apart again, where this wave has answers of the one that was kept."""
    heard = select(CustomerScore.customer_id).where(CustomerScore.wave_id == wave.id, CustomerScore.composite == 0)
    statement = (
        select(AuditEvent, Customer, User)
        .join(Customer, col(Customer.id) == AuditEvent.about_id)
        .join(User, col(User.id) == AuditEvent.user_id, isouter=True)
        .where(AuditEvent.about == "customer", col(AuditEvent.verb).in_(MERGING), col(AuditEvent.id) > after)
        .where(col(AuditEvent.about_id).in_(heard))
    )
    nothing: frozenset[str] = frozenset()
    return [
        Change(event.at, who.name if who else "", event.verb, "", (), Touched(nothing, nothing, kept.code, "\0"))
        for event, kept, who in session.exec(statement)
    ]


def _scores(result: WaveResult) -> dict[str, list[dict[str, Any]]]:
    return {
        "dimensions": [{"code": code, **_score(score)} for code, score in result.dimensions.items()],
        "named_indexes": [{"code": code, **_score(score)} for code, score in result.named_indexes.items()],
        "items": [
            {"code": code, **_score(item.score), "mean_level": item.mean_level, "top_two_box": item.top_two_box}
            for code, item in result.items.items()
        ],
    }


def _score(score: Score) -> dict[str, Any]:
    interval = None if score.low is None else [score.low, score.high]
    return {"score": score.score, "n": score.n, "sd": score.sd, "ci95": interval}


def _segments(session: Session, scope: Scope, info: Any) -> list[dict[str, Any]]:
    """Each segment's index and what came back, by name."""
    scores = composite_by_group(session, scope, info, "", "segment")
    returns = {one.segment: one.returns for one in returns_by_segment(session, scope, info)}
    return [
        {
            "code": name,
            **_score(scores.get(name, Score(0, None))),
            "sent": returns[name].sent if name in returns else 0,
            "in_time": returns[name].in_time if name in returns else 0,
        }
        for name in sorted({*scores, *returns})
    ]


def _by_customer(session: Session, wave: Wave) -> dict[str, list[int]]:
    statement = (
        select(Customer.code, *SUMMED)
        .join(Customer, col(Customer.id) == CustomerScore.customer_id)
        .where(CustomerScore.wave_id == wave.id, CustomerScore.composite == 0, CustomerScore.n > 0)
        .order_by(col(Customer.code))
    )
    scheme = layout_of_wave(session, wave).scheme
    return {code: [sums[0], _after_deductions(scheme, *sums)] for code, *sums in session.execute(statement)}


def _after_deductions(scheme: Scheme, n: int, total: int, deducted: int, _complaints: int) -> int:
    """Σ of a customer whose mean is the score after deductions, in 1e-9 points."""
    return round(deducted_mean(scheme, n, total, deducted) * n * POINT) if deducted else total


def _sums(session: Session, wave: Wave, layout: Layout) -> dict[str, list[int]]:
    """Composite ("" the index over responses) → SUMS."""
    codes = dict(zip(layout.composite_ids, layout.scheme.composites, strict=True))
    sums: list[Any] = [func.sum(column(CohortScore, name)) for name in SUMS]
    statement: Select[Any] = select(CohortScore.composite, *sums).where(CohortScore.wave_id == wave.id)
    rows = session.connection().execute(statement.group_by(col(CohortScore.composite)))
    return {codes[key]: list(map(int, found)) for key, *found in rows if key in codes}
