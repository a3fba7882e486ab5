"""What must fit together in a scheme (rules.md 2): each check refuses with place, mistake and remedy."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from domain.errors import N_
from domain.scheme import Level, Scheme
from domain.scheme_entries import SchemeInvalid, refuse_twice
from domain.workdays import COUNTRIES

CADENCES: Final = ("monthly", "quarterly", "half_yearly", "yearly", "per_event")
COMPLAINT_CATEGORIES: Final = ("quality", "delivery", "service", "other")
EFFECTIVENESS: Final = ("next_wave", "customer", "audit")
MOST_LEVELS: Final = 11
"""Roll-ups count the levels 0 to 10."""
LARGEST_WEIGHT: Final = 2**24
"""2 · 10¹¹ (a score of 100 in 1e-9 points, doubled for rounding) times this stays under 2⁶³."""


def check(scheme: Scheme) -> None:
    """Refuse a scheme whose parts don't fit together."""
    for rule in CHECKS:
        rule(scheme)


def _levels(scheme: Scheme) -> None:
    if scheme.number_scale:
        return
    levels = scheme.levels
    if not 2 <= len(levels) <= MOST_LEVELS:
        template = N_("levels: a scale has 2 to {most} levels; this one has {n}.")
        raise SchemeInvalid(template, most=MOST_LEVELS, n=len(levels))
    refuse_twice([level.code for level in levels], "levels")
    refuse_twice([level.name.zh for level in levels if level.name.zh], "levels")
    refuse_twice([level.name.en for level in levels if level.name.en], "levels")
    refuse_twice([str(level.value) for level in levels], "levels")


def _points(scheme: Scheme) -> None:
    for at, (better, worse) in enumerate(zip(scheme.levels, scheme.levels[1:], strict=False)):
        if worse.points >= better.points:
            raise SchemeInvalid(
                N_("levels[{at}]: levels stand from best to worst, but {worse} has no fewer points than {better}."),
                at=at + 1,
                worse=worse.code,
                better=better.code,
            )
    for at, level in enumerate(scheme.levels):
        _score_in_range(at, level, scheme)


def _score_in_range(at: int, level: Level, scheme: Scheme) -> None:
    top = scheme.levels[0].points
    if top <= 0:
        raise SchemeInvalid(N_("levels[0].points must be more than 0: the best level's points make a score of 100."))
    score = level.points if scheme.points_are_scores else 100 * level.points / top
    if not -100 <= score <= 100:
        template = N_("levels[{at}].points make a score of {score}; scores lie between -100 and 100.")
        raise SchemeInvalid(template, at=at, score=float(score))


def _codes(scheme: Scheme) -> None:
    refuse_twice(scheme.item_codes, "items")
    refuse_twice(scheme.composites[1:], "dimensions, named_indexes")
    refuse_twice([grade.code for grade in scheme.grades], "grades")


def _dimensions(scheme: Scheme) -> None:
    if not scheme.dimensions:
        raise SchemeInvalid(N_("dimensions: there must be at least one dimension, with at least one item."))
    for at, dimension in enumerate(scheme.dimensions):
        where = f"dimensions[{at}]"
        if dimension.weight <= 0:
            template = N_("{where}.weight must be more than 0. To keep items out of the index, give them no dimension.")
            raise SchemeInvalid(template, where=where)
        weights = [item.weight for item in scheme.items if item.dimension == dimension.code]
        if sum(weights, Fraction(0)) <= 0:
            template = N_("{where}: the weights of the items of {code} add up to nothing. Give one a weight above 0.")
            raise SchemeInvalid(template, where=where, code=dimension.code)


def _items(scheme: Scheme) -> None:
    for at, item in enumerate(scheme.items):
        if item.weight < 0:
            raise SchemeInvalid(N_("{where} must not be negative."), where=f"items[{at}].weight")
        if item.dimension is not None and item.dimension not in scheme.dimension_by_code:
            _refuse_unknown(f"items[{at}].dimension", item.dimension, [d.code for d in scheme.dimensions])


def _weights_fit(scheme: Scheme) -> None:
    try:
        fits = int(scheme.composite_weights.sum(axis=1).max()) <= LARGEST_WEIGHT
    except OverflowError:
        fits = False
    if not fits:
        raise SchemeInvalid(
            N_("items: the weights have no manageable common measure. Round them to 3 decimals or fewer.")
        )


def _named_indexes(scheme: Scheme) -> None:
    rows = scheme.composite_weights[1 + len(scheme.dimensions) :]
    for at, (index, weights) in enumerate(zip(scheme.named_indexes, rows, strict=True)):
        where = f"named_indexes[{at}].items"
        for code in index.items:
            if code not in scheme.item_by_code:
                _refuse_unknown(where, code, scheme.item_codes)
        if not np.any(weights > 0):
            raise SchemeInvalid(N_("{where} must name at least one item whose weight is above 0."), where=where)


def _thresholds(scheme: Scheme) -> None:
    bounds = scheme.thresholds
    if (bounds.red_below is None) == (bounds.red_at_or_below is None):
        raise SchemeInvalid(N_("thresholds: give either red_below or red_at_or_below, and only one of them."))
    if bounds.red > bounds.amber_below:
        template = N_("thresholds: red ({red}) must not lie above amber_below ({amber}).")
        raise SchemeInvalid(template, red=bounds.red, amber=bounds.amber_below)
    codes = [level.code for level in scheme.levels]
    if bounds.watch_level is not None and bounds.watch_level not in codes:
        _refuse_unknown("thresholds.watch_level", bounds.watch_level, codes)


def _grades(scheme: Scheme) -> None:
    for at, (better, worse) in enumerate(zip(scheme.grades, scheme.grades[1:], strict=False)):
        if worse.at_least >= better.at_least:
            raise SchemeInvalid(
                N_("grades[{at}]: grades stand from best to worst, but {worse} does not begin below {better}."),
                at=at + 1,
                worse=worse.code,
                better=better.code,
            )


def _window(scheme: Scheme) -> None:
    window = scheme.window
    if sum(bound is not None for bound in (window.working_days, window.calendar_days, window.months)) > 1:
        raise SchemeInvalid(N_("window: give working_days, calendar_days or months, and only one of them."))


def _customers(scheme: Scheme) -> None:
    if scheme.deductions is not None and scheme.index_over != "customers":
        raise SchemeInvalid(N_('deductions change customer scores: write index_over = "customers" as well.'))
    if scheme.index_over == "customers" and not scheme.customers_named:
        raise SchemeInvalid(N_('index_over = "customers" needs customers_named = true.'))
    for category in scheme.deductions.serious_categories if scheme.deductions else ():
        if category not in COMPLAINT_CATEGORIES:
            _refuse_unknown("deductions.serious_categories", category, COMPLAINT_CATEGORIES)


def _departments(scheme: Scheme) -> None:
    if not scheme.actions.approvers:
        raise SchemeInvalid(N_("actions.approvers must name at least one department: an action needs an approver."))
    if not scheme.departments:
        return
    used = {f"items[{at}].department": item.department for at, item in enumerate(scheme.items)}
    used |= {f"actions.approvers[{at}]": code for at, code in enumerate(scheme.actions.approvers)}
    used |= {f"approval.countersigned_by[{at}]": code for at, code in enumerate(scheme.approval.countersigned_by)}
    for where, code in {"organiser": scheme.organiser, **used}.items():
        if code not in scheme.departments:
            _refuse_unknown(where, code, tuple(scheme.departments))


def _calendar(scheme: Scheme) -> None:
    calendar = scheme.calendar
    if calendar.country not in COUNTRIES:
        template = N_(
            "calendar.country: {code} is no country whose holidays are known. Write its ISO code, such as CN."
        )
        raise SchemeInvalid(template, code=calendar.country)
    for day in sorted(set(calendar.days_off) & set(calendar.days_on)):
        raise SchemeInvalid(N_("calendar: {day} stands in days_off and in days_on. Take it out of one."), day=day)


def _refuse_unknown(where: str, code: str, known: Sequence[str]) -> None:
    template = N_("{where}: {code} is not known. Known are: {known}.")
    raise SchemeInvalid(template, where=where, code=code, known=", ".join(known) or "–")


CHECKS: Final[tuple[Callable[[Scheme], None], ...]] = (
    _levels,
    _points,
    _codes,
    _items,
    _dimensions,
    _weights_fit,
    _named_indexes,
    _thresholds,
    _grades,
    _window,
    _customers,
    _departments,
    _calendar,
)
"""In this order: a later check may rely on the earlier ones."""
