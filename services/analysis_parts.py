"""What the analysis report and the slides of a wave have in common: its sentences, key figures and charts (rules.md 10)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from db.queries.wave_report import ActionLine, ScoreLine, WaveReport
from domain.action_names import VERDICTS
from domain.action_states import FINAL, STATE_NAMES, State
from domain.documents import Chart, Column, Grid, KeyFigure, KeyFigures, Series, Status
from domain.effects import VERDICT_NAMES
from domain.errors import N_
from domain.period_names import period_name, period_short
from domain.rule_names import RULE_NAMES
from domain.scheme import Scheme
from domain.scores import below
from domain.tables import Cell
from domain.written import NOTHING, count, on_scale, percent, shown
from services.speech import Speech
from services.wave_reports import OVER, STATUS_WORDS, origin, then_state

CHANGES: Final = {True: N_("certain"), False: N_("cannot tell"), None: ""}
STRONGEST: Final = 5


@dataclass(frozen=True)
class Parts:
    """The blocks of a wave's report in its language; days are those of the zone."""

    report: WaveReport
    zone: tzinfo

    @property
    def speech(self) -> Speech:
        """How the report speaks."""
        return Speech(self.report.language, self.zone)

    @property
    def say(self) -> Callable[[str], str]:
        """The words of the report's language."""
        return self.speech.say

    @property
    def scheme(self) -> Scheme:
        """The rules that the wave was scored by."""
        return self.report.wave.layout.scheme

    @property
    def scheme_name(self) -> str:
        """Its name in the report's language."""
        return self.scheme.name.in_(self.report.language) or self.scheme.code

    @property
    def period(self) -> str:
        """The wave's period in words."""
        return period_name(self.report.wave.code, self.report.language)

    @property
    def compared(self) -> str:
        """The earlier wave's period in words, "" without one."""
        return period_name(self.report.compared_with, self.report.language)

    @property
    def index(self) -> float | None:
        """The satisfaction index, in points."""
        score: float | None = self.report.figures["index"]["score"]
        return score

    # Sentences

    def headline(self) -> str:
        """What a reader leaves with: the index against its target and the wave before."""
        between = "" if self.report.language == "zh_CN" else " "
        return between.join(part for part in (self.verdict(), self.against_before()) if part)

    def verdict(self) -> str:
        """The index against its target."""
        _, goal = self.say, self.scheme.targets.index
        if self.index is None:
            return _("There is no satisfaction index in {period}.").format(period=self.period)
        met = self._status(self.report.history[-1].status) == "ok"
        template = (
            _("The satisfaction index of {period} is {score}: the target of {target} is met.")
            if met
            else _("The satisfaction index of {period} is {score}, below the target of {target}.")
        )
        return template.format(period=self.period, score=shown(self.index, goal), target=shown(goal))

    def against_before(self) -> str:
        """How the index moved, and whether that is certain; "" without an earlier wave."""
        before = self.report.before.get("index", {}).get("score")
        if self.index is None or before is None:
            return ""
        moved = abs(self.index - before)
        if not self.report.index_is_certain:
            template = self.say(N_("Against {period} it moved by {points} points, which may be chance."))
        elif self.index > before:
            template = self.say(N_("Against {period} it rose by {points} points."))
        else:
            template = self.say(N_("Against {period} it fell by {points} points."))
        return template.format(period=self.compared, points=shown(moved))

    def weak(self, status: Status) -> list[ScoreLine]:
        """Items of a status, the lowest first."""
        return [one for one in worst_first(self.report.items) if one.status == status]

    def strong(self) -> list[ScoreLine]:
        """The items on target with the highest scores, at most STRONGEST."""
        fine = [one for one in worst_first(self.report.items) if one.status == "ok"]
        return fine[::-1][:STRONGEST]

    def low_customers(self) -> list[ScoreLine]:
        """Customers that are red or amber, in the report's order."""
        return [one for one in self.report.customers or () if one.status in ("red", "amber")]

    def customers_below(self) -> str:
        """How many of the customers are below their target."""
        said = self.say(N_("{n} of {all} customers are below the target of {target}."))
        n, everybody = len(self.low_customers()), len(self.report.customers or ())
        return said.format(n=count(n), all=count(everybody), target=shown(self.scheme.targets.customer))

    def method(self) -> str:
        """How the figures come about and whether they are frozen, for remarks and notes."""
        n = self.say(N_("n = {n} valid responses")).format(n=count(self.report.figures["valid"]))
        return f"{n}. {self.say(OVER[self.scheme.index_over])} {origin(self.report, self.say)}."

    # Key figures

    def key_figures(self) -> KeyFigures:
        """Index, response rate, satisfaction rate, red and amber items."""
        _, figures, targets = self.say, self.report.figures, self.scheme.targets
        index, returns = figures["index"], figures["returns"]
        low, high = on_scale(*(index["ci95"] or (None, None)))
        spread = f"{_('95% interval')} {shown(low)}–{shown(high)}" if low is not None else ""
        goal = _("Target {target}").format(target=shown(targets.index))
        red, amber = len(self.weak("red")), len(self.weak("amber"))
        return KeyFigures(
            [
                KeyFigure(
                    _("Satisfaction index"),
                    shown(self.index, targets.index),
                    "\n".join(part for part in (goal, spread) if part),
                    self._status(self.report.history[-1].status),
                ),
                KeyFigure(
                    _("Response rate"),
                    percent(returns["rate"], *_known(targets.response_rate)),
                    f"{count(returns['in_time'])} / {count(returns['sent'])}" + self._goal(targets.response_rate),
                    "red" if _is_under(returns["rate"], targets.response_rate) else "ok",
                ),
                KeyFigure(
                    _("Satisfaction rate"),
                    percent(figures["satisfaction_rate"], *_known(targets.satisfaction_rate)),
                    f"n = {count(index['n'])}" + self._goal(targets.satisfaction_rate),
                    "red" if _is_under(figures["satisfaction_rate"], targets.satisfaction_rate) else "ok",
                ),
                KeyFigure(
                    _("Red and amber items"),
                    f"{red} + {amber}",
                    _("of {n} items").format(n=len(self.report.items)),
                    "red" if red else "amber" if amber else "ok",
                ),
            ]
        )

    def _goal(self, target: float | None) -> str:
        return "" if target is None else "\n" + self.say(N_("Target {target}")).format(target=percent(target))

    def _status(self, status: str | None) -> Status:
        return status if status in ("red", "amber", "ok") else ""  # type: ignore[return-value]

    # Charts

    def bars(self, title: str, lines: Sequence[ScoreLine], bound: float) -> Chart:
        """Scores as bars from their bound, the lowest first."""
        known = [one for one in lines if one.score is not None]
        said = Series(self.say(N_("Score")), [one.score for one in known], [self._status(one.status) for one in known])
        remark = self.say(N_("Bars begin at {bound}: to its left is what lies below.")).format(bound=shown(bound))
        return Chart("bar", title, [one.name for one in known], [said], bound, remark)

    def levels(self) -> Chart | None:
        """How the answers of each item are spread over the levels, the worst item first; None where answers are numbers."""
        levels = self.scheme.levels
        items = [one for one in worst_first(self.report.items) if len(one.levels) == len(levels) and any(one.levels)]
        if not levels or not items:
            return None
        order = sorted(range(len(levels)), key=lambda place: levels[place].points)
        series = [
            Series(
                levels[place].name.in_(self.report.language) or levels[place].code,
                [one.levels[place] / sum(one.levels) for one in items],
            )
            for place in order
        ]
        return Chart("stacked", self.say(N_("Spread of the answers")), [one.name for one in items], series)

    def trend(self) -> Chart:
        """The index of the latest waves beside its target."""
        points, goal = self.report.history, self.scheme.targets.index
        mine = Series(
            self.say(N_("Satisfaction index")),
            [one.score for one in points],
            [self._status(one.status) for one in points],
        )
        target = Series(self.say(N_("Target")), [goal] * len(points))
        return Chart("line", self.say(N_("Satisfaction index by period")), self._periods(), [mine, target], goal)

    def rates(self) -> Chart | None:
        """The response rate of the latest waves, in percent; None where nothing was sent."""
        points, goal = self.report.history, self.scheme.targets.response_rate
        if all(one.rate is None for one in points):
            return None
        series = [
            Series(self.say(N_("Response rate, %")), [None if one.rate is None else one.rate * 100 for one in points]),
            *([] if goal is None else [Series(self.say(N_("Target")), [goal * 100] * len(points))]),
        ]
        return Chart("line", self.say(N_("Response rate by period")), self._periods(), series)

    def _periods(self) -> list[str]:
        return [period_short(one.code) for one in self.report.history]

    # Tables

    def scores(self, lines: Sequence[ScoreLine], name: str, *, of_items: bool = False, title: str = "") -> Grid:
        """Scores with what they are compared with, in the order that they come in."""
        _, bound = self.say, tuple({one.target for one in lines if one.target is not None})
        columns = [
            Column(name, width=3.6),
            *([Column(_("Dimension"), width=2.2)] if of_items else []),
            Column("n", "count", 0.9),
            Column(_("Score"), "score", bounds=bound),
            Column(_("Status"), width=1.8),
            Column(_("95% interval"), width=1.9),
            *([Column(_("Previous score"), "score", 1.3)] if self.compared else []),
            *([Column(_("Change"), "change"), Column(_("Certainty"), width=1.7)] if self.compared else []),
        ]
        rows: list[list[Cell]] = []
        for one in lines:
            low, high = on_scale(one.low, one.high)
            changed = None if one.score is None or one.before is None else one.score - one.before
            rows.append(
                [
                    *([one.name, one.dimension] if of_items else [one.name]),
                    *(one.n, one.score, _(STATUS_WORDS[one.status])),
                    f"{shown(low)}–{shown(high)}" if low is not None else NOTHING,
                    *(
                        [one.before, changed, _(CHANGES[one.is_certain]) if CHANGES[one.is_certain] else ""]
                        * bool(self.compared)
                    ),
                ]
            )
        at = 3 if of_items else 2
        return Grid(columns, rows, [self._status(one.status) for one in lines], at, at + 1, title)

    def customers(self, most: int) -> Grid:
        """The customers with the lowest scores."""
        _, goal = self.say, self.scheme.targets.customer
        lines = (self.report.customers or [])[:most]
        columns = [Column(_("Customer"), width=5), Column("n", "count"), Column(_("Score"), "score", bounds=(goal,))]
        rows: list[list[Cell]] = [[one.name, one.n, one.score, _(STATUS_WORDS[one.status])] for one in lines]
        return Grid([*columns, Column(_("Status"), width=1.6)], rows, [self._status(one.status) for one in lines], 2, 3)

    def findings(self, most: int) -> Grid:
        """What must be analysed, that of the whole wave first; the scores that were presented, and those of today."""
        _, names, then = self.say, self.report.shows_customers, self.report.presented_at is not None
        columns = [
            Column(_("Finding"), width=2.2),
            Column(_("About"), width=3.4),
            *([Column(_("Customer"), width=3)] if names else []),
            *(Column("n", "count", 0.9), Column(_("Score"), "score"), Column(_("Status"), width=1.7)),
            *([Column(_("Now"), "score")] if then else []),
            *(Column(_("Since"), width=1.6), Column(_("Actions"), width=1.8)),
        ]
        rows: list[list[Cell]] = []
        for one in self.report.findings[:most]:
            customer, about = one["customer"] or {}, one["item"] or one["dimension"] or {}
            rule, how = one["rule"], one["status"]
            rows.append(
                [
                    _(RULE_NAMES[rule]),
                    about.get("name") or (_("Overall score") if customer else _("Whole wave")),
                    *([customer.get("name") or customer.get("code", "")] if names else []),
                    *(one["n"], one["score"], _(STATUS_WORDS[how])),
                    *([one["score_now"]] if then else []),
                    *(one["since"], ", ".join(f"A-{action['number']}" for action in one["actions"])),
                ]
            )
        at = 4 if names else 3
        statuses = [self._status(one["status"]) for one in self.report.findings[:most]]
        return Grid(columns, rows, statuses, at, at + 1)

    def actions(self, lines: Sequence[ActionLine]) -> Grid:
        """Actions with what the figures and the people say of their effect; their state today, and when it was presented."""
        _, then = self.say, self.report.presented_at is not None
        columns = [
            *(
                Column(_("Action number"), width=1.4),
                Column(_("Action"), width=3.6),
                Column(_("Department"), width=2.1),
            ),
            *(Column(_("Owner"), width=1.6), Column(_("Due date"), "day", 2.2), Column(_("State"), width=2)),
            *([Column(_("When presented"), width=2)] if then else []),
            *(Column(_("Verdict"), width=1.6), Column(_("Effect by the figures"), width=2.1)),
        ]
        rows: list[list[Cell]] = [
            [
                *(
                    f"A-{one.number}",
                    one.title,
                    one.department,
                    one.owner,
                    one.due_on,
                    _(STATE_NAMES[State(one.state)]),
                ),
                *([then_state(one, _)] if then else []),
                _(VERDICTS[one.verdict]) if one.verdict else "",
                _(VERDICT_NAMES[one.suggested]) if one.suggested else "",
            ]
            for one in lines
        ]
        return Grid(columns, rows, nothing=_("No action has been assigned."))

    def still_open(self) -> list[ActionLine]:
        """Actions that aren't over, the first due first."""
        return sorted((one for one in self.report.actions if State(one.state) not in FINAL), key=lambda one: one.due_on)

    def suggestions(self) -> list[str]:
        """What the figures suggest to do next: causes of red items without an action, late actions, response rate."""
        _ = self.say
        handled = {
            one["item"]["code"]
            for one in self.report.findings
            if one["item"] and one["actions"] and not one["customer"]
        }
        said = [
            _("{item} ({score}): analyse the cause and assign an action; there is none yet.").format(
                item=one.name, score=shown(one.score, *_known(one.target))
            )
            for one in [*self.weak("red"), *self.weak("amber")]
            if one.code not in handled
        ]
        rate, goal = self.report.figures["returns"]["rate"], self.scheme.targets.response_rate
        if _is_under(rate, goal):
            template = _(
                "Raise the response rate ({rate}, target {target}): chase the customers that have not answered."
            )
            said.append(template.format(rate=percent(rate), target=percent(goal)))
        failed = [f"A-{one.number}" for one in self.report.actions if one.verdict == "not_effective"]
        if failed:
            template = _("Analyse anew what was not effective: {actions}.")
            said.append(template.format(actions=", ".join(failed)))
        return said


def worst_first(lines: Sequence[ScoreLine]) -> list[ScoreLine]:
    """Lines with a score, the lowest first."""
    return sorted((one for one in lines if one.score is not None), key=lambda one: (one.score or 0.0, one.code))


def _known(bound: float | None) -> tuple[float, ...]:
    return () if bound is None else (bound,)


def _is_under(share: float | None, target: float | None) -> bool:
    return share is not None and target is not None and below(share * 100, target * 100)
