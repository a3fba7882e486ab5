"""The plan of a wave (rules.md 8): what it holds, what it still needs before it is submitted, who then has to agree. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any, Final

from domain.customer_filters import CustomerFilter
from domain.errors import N_, Refusal
from domain.periods import period_after, period_at, period_of, position_of
from domain.sampling import STRATA

METHODS: Final = {
    "form": N_("Paper form"),
    "web": N_("Web questionnaire"),
    "phone": N_("Phone call"),
    "visit": N_("Visit"),
    "focus_group": N_("Focus group"),
    "observation": N_("Observation"),
}
"""How people are asked → its name."""
INCENTIVES: Final = {"": N_("None"), "answer": N_("For every answer"), "draw": N_("By a draw among those who answered")}
"""How an incentive is given → its name."""
STATES: Final = {
    "draft": N_("Draft"),
    "submitted": N_("Waits for agreement"),
    "returned": N_("Sent back"),
    "approved": N_("Approved"),
}
"""States of a plan → their words."""
EDITABLE: Final = ("draft", "returned")


class PlanIncomplete(Refusal):
    """A plan is submitted without something that it needs."""


class PlanDatesWrong(Refusal):
    """Days that can't follow each other."""


@dataclass(frozen=True)
class PlanFields:
    """What the author of a plan writes; the wave's own period and number of responses included.

    `planned_n` is how many valid responses are wanted, `size` how many customers are drawn (None: all that match).
    """

    objective: str = ""
    scope: str = ""
    methods: tuple[str, ...] = ()
    channels: str = ""
    agency: str = ""
    leader_id: int | None = None
    budget: float | None = None
    milestones: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    expected_end_on: date | None = None
    analysis_on: date | None = None
    report_on: date | None = None
    planned_n: int | None = None
    sampling: str = "all"
    stratum: str = ""
    size: int | None = None
    filter: CustomerFilter = field(default_factory=CustomerFilter)
    incentive: str = ""
    incentive_budget: float | None = None
    incentive_how: str = ""
    members: Mapping[int, str] = field(default_factory=dict)
    departments: Mapping[int, str] = field(default_factory=dict)

    def of_table(self) -> dict[str, Any]:
        """What stands in the plan's own row, as it is stored."""
        elsewhere = ("starts_on", "ends_on", "planned_n", "members", "departments")
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in elsewhere}
        return {**values, "methods": list(self.methods), "filter": self.filter.as_dict()}


def checked(wanted: PlanFields) -> PlanFields:
    """The fields without outer blanks; raises PlanDatesWrong, PlanIncomplete for what contradicts itself.

    >>> checked(PlanFields(starts_on=date(2026, 10, 2), ends_on=date(2026, 10, 1)))
    Traceback (most recent call last):
    domain.plans.PlanDatesWrong: The survey can't end before it begins.
    """
    if wanted.starts_on and wanted.ends_on and wanted.ends_on < wanted.starts_on:
        raise PlanDatesWrong(N_("The survey can't end before it begins."))
    days = [day for day in (wanted.expected_end_on, wanted.analysis_on, wanted.report_on) if day]
    if days != sorted(days):
        raise PlanDatesWrong(N_("Expected end, analysis and report must follow each other in this order."))
    if wanted.sampling == "stratified" and wanted.stratum not in STRATA:
        raise PlanIncomplete(N_("Say by what the sample is stratified."))
    if wanted.sampling != "all" and not wanted.size:
        raise PlanIncomplete(N_("Say how many customers are drawn."))
    if wanted.incentive_how and not wanted.incentive.strip():
        raise PlanIncomplete(N_("Say what the incentive is."))
    return wanted


def both_changed(base: PlanFields, mine: PlanFields, theirs: PlanFields) -> list[str]:
    """Names of the fields that two people who began with `base` have changed into different values.

    >>> both_changed(PlanFields(), PlanFields(scope="A", size=3), PlanFields(scope="B", budget=9.0))
    ['scope']
    """
    values = {
        one.name: (getattr(base, one.name), getattr(mine, one.name), getattr(theirs, one.name)) for one in fields(base)
    }
    return [name for name, (was, here, there) in values.items() if was != here and was != there and here != there]


def merged(base: PlanFields, mine: PlanFields, theirs: PlanFields) -> PlanFields:
    """Their fields with those that I have changed; mine where both have.

    >>> merged(PlanFields(), PlanFields(scope="A"), PlanFields(scope="B", objective="C"))  # doctest: +ELLIPSIS
    PlanFields(objective='C', scope='A', ...
    """
    names = [one.name for one in fields(base) if getattr(mine, one.name) != getattr(base, one.name)]
    return replace(theirs, **{name: getattr(mine, name) for name in names})


def missing(wanted: PlanFields, drawn: int, *, customers_named: bool) -> list[str]:
    """What a plan needs before it can be submitted, as messages; empty when it is complete."""
    needed = {
        N_("the objective"): wanted.objective.strip(),
        N_("how people are asked"): wanted.methods,
        N_("who leads it"): wanted.leader_id,
        N_("the expected end"): wanted.expected_end_on,
        N_("the time of the analysis"): wanted.analysis_on,
        N_("the time of the report"): wanted.report_on,
        N_("the customers drawn"): drawn or not customers_named,
    }
    return [name for name, there in needed.items() if not there]


LEAD_DAYS: Final = 31
"""So long before a period its wave is to be planned (rules.md 2, estate-experience: within the month before; ours elsewhere)."""


@dataclass(frozen=True)
class NextWave:
    """The wave that a scheme's cadence asks for next: its period, and the day from which it is to be planned."""

    code: str
    starts_on: date
    plan_from: date

    def is_due(self, today: date) -> bool:
        """Whether it is time to plan it."""
        return today >= self.plan_from


def next_wave(cadence: str, last: str | None, today: date) -> NextWave | None:
    """What follows the last wave of a scheme; the period of today where that one is long past, or where there is none.

    None for schemes that ask when something happens, and after waves whose code is no period.

    >>> next_wave("quarterly", "2026-Q3", date(2026, 11, 22)).code, next_wave("quarterly", "2026-Q4", date(2026, 11, 22)).plan_from
    ('2026-Q4', datetime.date(2026, 12, 1))
    """
    now = period_at(today, cadence)
    after = now if last is None else period_after(last, cadence)
    period = None if now is None or after is None else period_of(max(now, after, key=position_of))
    if period is None:
        return None
    code = period_at(period[0], cadence) or ""
    return NextWave(code, period[0], period[0] - timedelta(days=LEAD_DAYS))


def carried_over(last: PlanFields, starts_on: date, ends_on: date | None) -> PlanFields:
    """The fields of the last plan for a new period: its days move with the beginning.

    >>> old = PlanFields(starts_on=date(2026, 7, 1), report_on=date(2026, 9, 20))
    >>> carried_over(old, date(2026, 10, 1), None).report_on
    datetime.date(2026, 12, 21)
    """
    shift = starts_on - last.starts_on if last.starts_on else timedelta(0)
    names = ("expected_end_on", "analysis_on", "report_on")
    moved: dict[str, Any] = {name: day + shift if (day := getattr(last, name)) else None for name in names}
    return replace(last, starts_on=starts_on, ends_on=ends_on, milestones="", **moved)


def may_approve(author_id: int, approved_by: int | None, *, user_id: int, department_id: int | None) -> bool:
    """Whether somebody with the right to approve may approve this plan.

    Never its author; where the scheme names a department that approves (`approved_by`), only somebody of it.
    """
    return user_id != author_id and (approved_by is None or department_id == approved_by)
