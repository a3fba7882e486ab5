"""What a report of a wave says, as far as its reader may see it: frozen figures where it was presented, live ones otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, col, select

from db.models import (
    Action,
    ActionEffect,
    ActionEvent,
    ActionFinding,
    Customer,
    Department,
    Finding,
    FrozenResult,
    SchemeVersion,
    User,
    Wave,
)
from db.queries.finding_report import finding_report
from db.queries.narrowing import visible_items, waves_in
from db.queries.opinions import OpinionLine, opinions
from db.queries.presented import figures_of, frozen_at_closing
from db.queries.responses import wave_for
from db.queries.score_report import score_report
from db.queries.scores import results, shown_composites
from db.queries.sight import actions_in_sight
from db.queries.standing import previous_wave
from db.queries.waves import SurveyWave, survey_wave_of
from domain.access import Scope, Viewer
from domain.presented import digest
from domain.scheme import POINT, Name
from domain.scores import status
from domain.statistics import welch

MOST_OPINIONS = 10_000
MOST_PERIODS = 8


@dataclass(frozen=True)
class ScoreLine:
    """A dimension, item, segment or customer: scores and bounds in points 0–100, `top_two_box` a share, None where unknown.

    `before` is the score in the wave that is compared with; `sent` and `in_time` count the questionnaires of a segment.
    """

    code: str
    name: str
    n: int
    score: float | None
    status: str | None = None
    target: float | None = None
    before: float | None = None
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    mean_level: float | None = None
    top_two_box: float | None = None
    dimension: str = ""
    sent: int = 0
    in_time: int = 0
    levels: tuple[int, ...] = ()
    """How often each level was answered, in the scheme's order."""
    is_certain: bool | None = None
    """Whether the change against `before` is beyond chance (Welch, two-sided at 5 %), None where there is none."""


@dataclass(frozen=True)
class Period:
    """A wave as a point of a trend, its figures as presented where it was; `rate` is a share 0–1."""

    code: str
    score: float | None
    n: int
    status: str | None
    rate: float | None


@dataclass(frozen=True)
class ActionLine:
    """An action on a finding of the wave; `verdict` is people's, `suggested` what the figures of `measured` suggest."""

    number: int
    title: str
    state: str
    department: str
    owner: str
    due_on: date
    closed_at: datetime | None
    verdict: str
    suggested: str = ""
    measured: str = ""
    presented: str | None = None
    """Its state when the figures were presented, "" where it was assigned later, None where they are live."""


@dataclass(frozen=True)
class WaveReport:
    """A wave's report in one language: names are resolved, codes of statuses, rules and states aren't.

    `figures` are those of `db.queries.presented.figures_of`. `presented_at` is None and `sha256` "" where they are live;
    `customers` and `opinions` are None for who may not see them.
    """

    wave: SurveyWave
    language: str
    figures: Mapping[str, Any]
    compared_with: str
    before: Mapping[str, Any]
    scheme_version: int
    presented_at: datetime | None
    presented_by: str
    sha256: str
    is_intact: bool
    dimensions: Sequence[ScoreLine]
    items: Sequence[ScoreLine]
    segments: Sequence[ScoreLine]
    customers: Sequence[ScoreLine] | None
    findings: Sequence[Mapping[str, Any]]
    shows_customers: bool
    actions: Sequence[ActionLine]
    opinions: Sequence[OpinionLine] | None
    history: Sequence[Period] = ()
    """This wave and those before it, oldest first."""
    index_is_certain: bool | None = None


def wave_report(session: Session, viewer: Viewer, wave_id: int, *, language: str, live: bool = False) -> WaveReport:
    """Everything that a report of a wave says; `live`: as it is now, though it was presented. Raises NotAllowed, NotThere."""
    viewer.check_account()
    viewer.check("view_scores")
    row = wave_for(session, viewer, wave_id)
    wave, scope = survey_wave_of(session, row), Scope(viewer, row.scheme_id)
    kept = None if live else _kept(session, viewer, row)
    earlier = _earlier(session, row, kept)
    before = _figures(session, scope, earlier) if earlier else {}
    figures = _figures(session, scope, row, live=live)
    shows_customers = viewer.may("view_customers") and not wave.is_anonymous
    parts = _parts(wave, figures, _unchanged(session, scope, wave, before), language)
    index, was = figures["index"], before.get("index")
    who = session.get(User, kept.by_id) if kept and kept.by_id else None
    version = kept.scheme_version_id if kept else wave.version_id
    return WaveReport(
        wave,
        language,
        figures,
        earlier.code if earlier else "",
        before,
        session.get_one(SchemeVersion, version).number,
        kept.at if kept else None,
        who.name if who else "",
        kept.sha256 if kept else "",
        kept is not None and digest(kept.figures) == kept.sha256,
        *parts,
        _customers(session, scope, wave, kept, language) if shows_customers else None,
        finding_report(session, viewer, wave, now=kept is not None, language=language),
        shows_customers,
        _actions(session, viewer, wave, language, kept),
        _opinions(session, viewer, wave),
        _history(session, scope, row, figures),
        _is_certain(index, was) if was else None,
    )


def _kept(session: Session, viewer: Viewer, wave: Wave) -> FrozenResult | None:
    """The frozen result is that of all customers: a seller's report has the live figures of the own ones."""
    return None if viewer.only_customers_of is not None else frozen_at_closing(session, wave.id or 0)


def _earlier(session: Session, wave: Wave, kept: FrozenResult | None) -> Wave | None:
    if kept is None:
        return previous_wave(session, wave)
    mine = (col(Wave.scheme_id) == wave.scheme_id, col(Wave.code) == kept.compared_with)
    return session.exec(select(Wave).where(*mine)).first()


def _figures(session: Session, scope: Scope, wave: Wave, *, live: bool = False) -> dict[str, Any]:
    """The figures that were presented, else live ones, without items out of sight and groups of an anonymous wave."""
    info = survey_wave_of(session, wave)
    kept = None if live else _kept(session, scope.viewer, wave)
    if kept is None:
        (result,) = results(session, scope, [info])
        levels = {code: [*tally.levels, tally.n, tally.total] for code, tally in result.tallies.items()}
        figures = {**figures_of(session, scope, result), "levels": levels}
    else:
        seen = zip(info.layout.scheme.item_codes, visible_items(session, scope, info.layout), strict=True)
        items = {code for code, is_shown in seen if is_shown}
        composites = shown_composites(info.layout, items)
        shown = {"items": items, "dimensions": composites, "named_indexes": composites}
        narrowed = {part: [one for one in kept.figures.get(part, ()) if one["code"] in shown[part]] for part in shown}
        figures = {**kept.figures, **narrowed}
    return {**figures, "segments": [] if wave.is_anonymous else figures.get("segments", [])}


def _history(session: Session, scope: Scope, wave: Wave, figures: Mapping[str, Any]) -> list[Period]:
    """At most MOST_PERIODS waves up to this one, oldest first."""
    chain = [one.id for one in waves_in(session, scope)]
    earlier = chain[: chain.index(wave.id)][1 - MOST_PERIODS :] if wave.id in chain else []
    rows = [session.get_one(Wave, key) for key in earlier]
    found = [(row.code, _figures(session, scope, row)) for row in rows] + [(wave.code, figures)]
    scheme = survey_wave_of(session, wave).layout.scheme
    return [
        Period(
            code,
            (score := said["index"]["score"]),
            said["index"]["n"],
            status(score, scheme, target=scheme.targets.index),
            said["returns"]["rate"],
        )
        for code, said in found
    ]


def _is_certain(now: Mapping[str, Any], was: Mapping[str, Any]) -> bool | None:
    """Whether a change is beyond chance; None where one of the two has no score."""
    if now["score"] is None or was["score"] is None:
        return None
    return welch(now["score"], now.get("sd"), now["n"], was["score"], was.get("sd"), was["n"]).certain


def _unchanged(
    session: Session, scope: Scope, wave: SurveyWave, before: Mapping[str, Any]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """(part, code) → figures before, without the items whose question changed in this wave."""
    (result,) = results(session, scope, [wave])
    return {
        (part, one["code"]): one
        for part in ("dimensions", "items", "segments")
        for one in before.get(part, ())
        if part != "items" or one["code"] not in result.changed
    }


def _parts(
    wave: SurveyWave, figures: Mapping[str, Any], before: Mapping[tuple[str, str], Mapping[str, Any]], language: str
) -> tuple[list[ScoreLine], list[ScoreLine], list[ScoreLine]]:
    """Lines of dimensions, items and segments."""
    scheme = wave.layout.scheme
    names = {one.code: one.name.in_(language) or one.code for one in scheme.dimensions}
    bound, goal = scheme.thresholds.amber_below, scheme.targets.index

    def line(part: str, one: Mapping[str, Any], name: str, target: float, **more: Any) -> ScoreLine:
        low, high = one.get("ci95") or (None, None)
        how = status(one["score"], scheme, target=target)
        was = before.get((part, one["code"]))
        score = None if was is None else was["score"]
        more |= {"is_certain": None if was is None else _is_certain(one, was)}
        return ScoreLine(
            one["code"], name, one["n"], one["score"], how, target, score, low, high, one.get("sd"), **more
        )

    dimensions = [line("dimensions", one, names.get(one["code"], one["code"]), bound) for one in figures["dimensions"]]
    items = []
    for one in figures["items"]:
        item = scheme.item_by_code.get(one["code"])
        more: dict[str, Any] = {name: one.get(name) for name in ("mean_level", "top_two_box")}
        name, dimension = (item.name.in_(language), item.dimension or "") if item else ("", "")
        more["levels"] = tuple(figures.get("levels", {}).get(one["code"], ())[: len(scheme.levels)])
        items.append(line("items", one, name or one["code"], bound, dimension=names.get(dimension, dimension), **more))
    segments = [
        line("segments", one, one["code"], goal, sent=one.get("sent", 0), in_time=one.get("in_time", 0))
        for one in figures["segments"]
    ]
    return dimensions, items, segments


def _customers(
    session: Session, scope: Scope, wave: SurveyWave, kept: FrozenResult | None, language: str
) -> list[ScoreLine]:
    """Every customer with a score, the lowest first."""
    scheme = wave.layout.scheme
    if kept is None:
        found = score_report(session, scope, wave, language=language)["customers"]
        rows = [(one["code"], one["name"], one["n"], one["score"]) for one in found]
    else:
        heard = kept.figures.get("by_customer", {})
        known = session.exec(select(Customer.code, Customer.name_zh, Customer.name_en)).all() if heard else []
        names = {code: Name(zh, en).in_(language) for code, zh, en in known}
        rows = [(code, names.get(code) or code, n, total / (n * POINT)) for code, (n, total) in heard.items()]
    goal = scheme.targets.customer
    lines = [ScoreLine(*row, status(row[3], scheme, target=goal), goal) for row in rows]
    return sorted(lines, key=lambda one: (101.0 if one.score is None else one.score, one.code))


def _actions(
    session: Session, viewer: Viewer, wave: SurveyWave, language: str, kept: FrozenResult | None
) -> list[ActionLine]:
    """The actions in sight on findings of the wave, with what the latest wave said of each."""
    mine = select(ActionFinding.action_id).join(Finding).where(Finding.wave_id == wave.id)
    wanted = (col(Action.id).in_(mine), *actions_in_sight(viewer))
    everything: tuple[Any, ...] = (Action, Department, User.name)
    statement: Select[Any] = (
        select(*everything)
        .join(Department, col(Department.id) == Action.department_id)
        .join(User, col(User.id) == Action.owner_id)
        .where(*wanted)
        .order_by(col(Action.number))
    )
    said, then = _effects(session, mine), _states_at(session, mine, kept.at) if kept else None
    return [
        ActionLine(
            action.number,
            action.title,
            action.state,
            Name(department.name_zh, department.name_en).in_(language),
            owner,
            action.due_on,
            action.closed_at,
            action.verdict or "",
            *said.get(action.id or 0, ("", "")),
            presented=None if then is None else then.get(action.id or 0, ""),
        )
        for action, department, owner in session.execute(statement)
    ]


def _effects(session: Session, actions: Any) -> dict[int, tuple[str, str]]:
    """action → suggested verdict and the code of the wave that suggests it, the latest one."""
    columns: list[Any] = [ActionEffect.action_id, ActionEffect.verdict, Wave.code]
    statement: Select[Any] = select(*columns).join(Wave, col(Wave.id) == ActionEffect.wave_id)
    rows = session.execute(statement.where(col(ActionEffect.action_id).in_(actions)).order_by(col(ActionEffect.id)))
    return {key: (verdict, code) for key, verdict, code in rows}


def _states_at(session: Session, actions: Any, at: datetime) -> dict[int, str]:
    """action → its state at a moment, out of its history."""
    columns: list[Any] = [ActionEvent.action_id, ActionEvent.to_state]
    moved: Select[Any] = select(*columns).where(ActionEvent.at <= at, ActionEvent.to_state != "")
    rows = session.execute(moved.where(col(ActionEvent.action_id).in_(actions)).order_by(col(ActionEvent.id)))
    return dict(rows.all())


def _opinions(session: Session, viewer: Viewer, wave: SurveyWave) -> list[OpinionLine] | None:
    if not (viewer.may("view_opinions") and viewer.may("view_personal")):
        return None
    return opinions(session, viewer, wave_id=wave.id, limit=MOST_OPINIONS)
