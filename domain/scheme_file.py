"""The TOML form of a scheme: `load` refuses what can't be meant, `dump` writes what a quality manager can read.

    code, name, organiser, cadence, scale, satisfied_score     required; the other single settings have defaults
    levels       best to worst: code, zh, en, points, value (5 = best), text = { zh, en } for the customer
    dimensions   code, zh, en, weight
    items        in the order of the questionnaire: code, zh, en, dimension, weight, department (or the
                 organiser); an item without a dimension stands beside the index
    [thresholds], [targets]                                    required
    [departments], grades, named_indexes, [window], [required], [deductions], [actions], [approval], [interviewers], [calendar]

Numbers may be written as 20, 87.5 or "5/6" and stay exact. Every refusal is a `SchemeInvalid` that names the place.
"""

from domain.errors import N_
from domain.scheme import (
    ActionRules,
    Approval,
    Calendar,
    Deductions,
    Dimension,
    Grade,
    Interviewers,
    Item,
    Level,
    Name,
    NamedIndex,
    Required,
    Scheme,
    Targets,
    Thresholds,
    Window,
)
from domain.scheme_checks import CADENCES, EFFECTIVENESS, check
from domain.scheme_entries import Entries, SchemeInvalid, parse
from domain.scheme_text import document_hash, dump

__all__ = ["SchemeInvalid", "document_hash", "dump", "load"]


def load(text: str) -> Scheme:
    """The scheme that a TOML document describes; `SchemeInvalid` names place, mistake and remedy."""
    entries = parse(text)
    scheme = _scheme(entries)
    entries.finish()
    check(scheme)
    return scheme


def _scheme(entries: Entries) -> Scheme:
    organiser = entries.code("organiser")
    scale = entries.choice("scale", ("levels", "number"))
    # what was answered is what counts, so far the only rule for blanks (rules.md 3.3)
    entries.choice("missing_answers", ("renormalise",), "renormalise")
    return Scheme(
        code=entries.code("code"),
        name=entries.name("name"),
        organiser=organiser,
        cadence=entries.choice("cadence", CADENCES),
        levels=_levels(entries) if scale == "levels" else (),
        points_are_scores=entries.flag("points_are_scores", default=False) if scale == "levels" else True,
        dimensions=tuple(_dimension(row) for row in entries.tables("dimensions")),
        items=tuple(_item(row, organiser) for row in entries.tables("items")),
        thresholds=_thresholds(entries.table("thresholds")),
        targets=_targets(entries.table("targets")),
        satisfied_score=_score(entries, "satisfied_score"),
        grades=tuple(_grade(row) for row in entries.tables("grades")),
        named_indexes=tuple(_named_index(row) for row in entries.tables("named_indexes")),
        index_over=entries.choice("index_over", ("responses", "customers"), "responses"),
        late_answers_count=entries.flag("late_answers_count", default=True),
        customers_named=entries.flag("customers_named", default=True),
        ask_importance=entries.flag("ask_importance", default=False),
        ask_earlier_problems=entries.flag("ask_earlier_problems", default=False),
        window=_window(entries.table("window")),
        required=_required(entries.table("required")),
        deductions=_deductions(entries.table("deductions")) if entries.has("deductions") else None,
        actions=_actions(entries.table("actions")),
        approval=_approval(entries.table("approval")),
        interviewers=_interviewers(entries.table("interviewers")),
        calendar=_calendar(entries.table("calendar")),
        retention_years=entries.whole("retention_years", 1, 100, 3),
        most_questions=entries.whole("most_questions", 1, 500, 30),
        most_minutes=entries.whole("most_minutes", 1, 240, 15),
        departments={code: row.inline_name() for code, row in entries.table("departments").rest().items()},
    )


def _score(entries: Entries, key: str, default: int | None = None) -> float:
    return float(entries.number(key, -100, 100, default))


def _share(entries: Entries, key: str) -> float | None:
    return entries.if_there(key, lambda key: float(entries.number(key, 0, 1)))


def _levels(entries: Entries) -> tuple[Level, ...]:
    levels = tuple(_level(row) for row in entries.tables("levels"))
    if not levels:
        raise SchemeInvalid(
            N_('levels are missing. List them from best to worst, or write scale = "number" for 0–100.')
        )
    return levels


def _level(row: Entries) -> Level:
    text = row.table("text")
    return Level(
        code=row.code("code"),
        name=row.inline_name(),
        points=row.number("points"),
        value=row.number("value"),
        text=Name(zh=text.text("zh", ""), en=text.text("en", "")),
    )


def _dimension(row: Entries) -> Dimension:
    return Dimension(row.code("code"), row.inline_name(), row.number("weight"))


def _item(row: Entries, organiser: str) -> Item:
    dimension = row.if_there("dimension", row.code)
    return Item(
        code=row.code("code"),
        name=row.inline_name(),
        dimension=dimension,
        weight=row.number("weight", default=1 if dimension is None else None),
        department=row.code("department", organiser),
    )


def _grade(row: Entries) -> Grade:
    return Grade(row.code("code"), row.inline_name(), _score(row, "at_least"))


def _named_index(row: Entries) -> NamedIndex:
    return NamedIndex(row.code("code"), row.inline_name(), row.codes("items"))


def _thresholds(entries: Entries) -> Thresholds:
    return Thresholds(
        amber_below=_score(entries, "amber_below"),
        red_below=entries.if_there("red_below", lambda key: _score(entries, key)),
        red_at_or_below=entries.if_there("red_at_or_below", lambda key: _score(entries, key)),
        watch_level=entries.if_there("watch_level", entries.code),
        decline_step=float(entries.number("decline_step", 0, 100, 2)),
    )


def _targets(entries: Entries) -> Targets:
    return Targets(
        index=_score(entries, "index"),
        customer=_score(entries, "customer"),
        satisfaction_rate=_share(entries, "satisfaction_rate"),
        response_rate=_share(entries, "response_rate"),
        coverage=_share(entries, "coverage"),
    )


def _window(entries: Entries) -> Window:
    return Window(
        working_days=entries.if_there("working_days", lambda key: entries.whole(key, 1, 366)),
        calendar_days=entries.if_there("calendar_days", lambda key: entries.whole(key, 1, 3660)),
        months=entries.if_there("months", lambda key: entries.whole(key, 1, 120)),
    )


def _required(entries: Entries) -> Required:
    return Required(
        valid=entries.if_there("valid", lambda key: entries.whole(key, 1, 10**9)),
        share=_share(entries, "share"),
        void_when_missed=entries.flag("void_when_missed", default=False),
    )


def _deductions(entries: Entries) -> Deductions:
    return Deductions(
        each=float(entries.number("each", 0, 100)),
        serious=float(entries.number("serious", 0, 100)),
        serious_categories=entries.codes("serious_categories", ()),
        floor=_score(entries, "floor", 0),
    )


def _actions(entries: Entries) -> ActionRules:
    default = ActionRules()
    return ActionRules(
        due_working_days=entries.whole("due_working_days", 1, 366, default.due_working_days),
        approvers=entries.codes("approvers", default.approvers),
        effectiveness=entries.choice("effectiveness", EFFECTIVENESS, default.effectiveness),
    )


def _approval(entries: Entries) -> Approval:
    return Approval(entries.codes("countersigned_by", ()), entries.if_there("approved_by", entries.code))


def _interviewers(entries: Entries) -> Interviewers:
    return Interviewers(
        training_hours=entries.if_there("training_hours", lambda key: float(entries.number(key, 0, 10_000))),
        training_marks=entries.if_there("training_marks", lambda key: float(entries.number(key, 0, 100))),
    )


def _calendar(entries: Entries) -> Calendar:
    return Calendar(entries.code("country", "CN"), entries.days("days_off"), entries.days("days_on"))
