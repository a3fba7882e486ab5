"""The words of a scheme on screen: names of its tables, columns and settings, and refusals that say them."""

from collections.abc import Mapping
from typing import Final

from components.formats import percent
from components.texts import _, language
from domain.errors import N_, Refusal
from domain.scheme_changes import Entry
from domain.scheme_draft import TABLES, Draft, Place, names_in, place_of, rows_of

SECTIONS: Final = {
    "basics": N_("Basics"),
    "scale": N_("Scale"),
    "items": N_("Dimensions and items"),
    "thresholds": N_("Thresholds and grades"),
    "targets": N_("Targets and returns"),
    "people": N_("Departments and approval"),
    "calendar": N_("Calendar"),
    "versions": N_("Versions"),
}
"""Parts of the screen, by their name in the address."""
WHERE: Final = {
    "levels": "scale",
    "scale": "scale",
    "points_are_scores": "scale",
    **dict.fromkeys(("dimensions", "items", "named_indexes"), "items"),
    **dict.fromkeys(("thresholds", "grades", "satisfied_score"), "thresholds"),
    **dict.fromkeys(("targets", "window", "required", "deductions"), "targets"),
    **dict.fromkeys(("departments", "actions", "approval", "interviewers"), "people"),
    "calendar": "calendar",
}
"""Entry of the document → the part of the screen that edits it; the others are basics."""
NAMES: Final = {
    "code": N_("Code"),
    "zh": N_("Chinese name"),
    "en": N_("English name"),
    "name": N_("Name"),
    "name.zh": N_("Chinese name"),
    "name.en": N_("English name"),
    "organiser": N_("Organising department"),
    "cadence": N_("Cadence"),
    "customers_named": N_("Customers are named"),
    "ask_importance": N_("Importance is asked too"),
    "ask_earlier_problems": N_("Earlier problems are asked about again"),
    "late_answers_count": N_("Late answers count in the scores"),
    "index_over": N_("Index is the mean over"),
    "retention_years": N_("Kept for (years)"),
    "most_questions": N_("Questions at most"),
    "most_minutes": N_("Minutes at most"),
    "scale": N_("Scale"),
    "missing_answers": N_("Blank answers"),
    "points_are_scores": N_("Points are scores as they are"),
    "satisfied_score": N_("Satisfied from"),
    "levels": N_("Levels"),
    "points": N_("Points"),
    "value": N_("Value"),
    "text": N_("Explanation"),
    "text.zh": N_("Explanation in Chinese"),
    "text.en": N_("Explanation in English"),
    "dimensions": N_("Dimensions"),
    "weight": N_("Weight"),
    "items": N_("Items"),
    "dimension": N_("Dimension"),
    "department": N_("Department"),
    "named_indexes": N_("Named indexes"),
    "grades": N_("Grades"),
    "at_least": N_("From"),
    "thresholds": N_("Thresholds"),
    "thresholds.amber_below": N_("Amber below"),
    "thresholds.red_below": N_("Red below"),
    "thresholds.red_at_or_below": N_("Red at or below"),
    "thresholds.watch_level": N_("Low answers: this level or worse"),
    "thresholds.decline_step": N_("A decline is a fall of more than"),
    "targets": N_("Targets"),
    "targets.index": N_("Satisfaction index"),
    "targets.customer": N_("Customer score"),
    "targets.satisfaction_rate": N_("Satisfaction rate (%)"),
    "targets.response_rate": N_("Response rate (%)"),
    "targets.coverage": N_("Coverage (%)"),
    "window": N_("Return window"),
    "window.working_days": N_("Working days"),
    "window.calendar_days": N_("Calendar days"),
    "window.months": N_("Months"),
    "required": N_("Required responses"),
    "required.valid": N_("Valid responses at least"),
    "required.share": N_("Share of those sent at least (%)"),
    "required.void_when_missed": N_("A wave that misses this is void"),
    "deductions": N_("Complaint deductions"),
    "deductions.each": N_("Points for each complaint"),
    "deductions.serious": N_("Points for a serious one"),
    "deductions.serious_categories": N_("Serious are those about"),
    "deductions.floor": N_("Not under"),
    "departments": N_("Departments"),
    "actions": N_("Actions"),
    "actions.due_working_days": N_("Due after (working days)"),
    "actions.approvers": N_("Approving departments"),
    "actions.effectiveness": N_("Effect is checked by"),
    "approval": N_("Approval of a wave"),
    "approval.countersigned_by": N_("Countersigned by"),
    "approval.approved_by": N_("Approved by"),
    "interviewers": N_("Interviewers"),
    "interviewers.training_hours": N_("Hours of training at least"),
    "interviewers.training_marks": N_("Marks at least (of 100)"),
    "calendar": N_("Calendar"),
    "calendar.country": N_("Holidays of"),
    "calendar.days_off": N_("Company days off"),
    "calendar.days_on": N_("Company working days"),
    "order": N_("Order"),
}
"""Entry → its name, a message; the longest path that is here counts."""
SHARES: Final = frozenset({"targets.satisfaction_rate", "targets.response_rate", "targets.coverage", "required.share"})
"""Shares 0–1, shown in percent."""
CHOICES: Final[dict[str, dict[str, str]]] = {
    "cadence": {
        "monthly": N_("Monthly"),
        "quarterly": N_("Quarterly"),
        "half_yearly": N_("Half-yearly"),
        "yearly": N_("Yearly"),
        "per_event": N_("After each event"),
    },
    "index_over": {"responses": N_("Responses"), "customers": N_("Customers")},
    "scale": {"levels": N_("Levels"), "number": N_("Number 0–100")},
    "actions.effectiveness": {
        "next_wave": N_("The next wave"),
        "customer": N_("The customer's confirmation"),
        "audit": N_("An audit"),
    },
    "deductions.serious_categories": {
        "quality": N_("Quality"),
        "delivery": N_("Delivery"),
        "service": N_("Service"),
        "other": N_("Other"),
    },
}
"""Entry → its words, and what the screen says for them."""
SAID: Final = {
    'levels are missing. List them from best to worst, or write scale = "number" for 0–100.': N_(
        "List the levels from best to worst, or choose a number scale."
    ),
    "levels: a scale has 2 to {most} levels; this one has {n}.": N_(
        "A scale has 2 to {most} levels; this one has {n}."
    ),
    "levels[{at}]: levels stand from best to worst, but {worse} has no fewer points than {better}.": N_(
        "Levels stand from best to worst, but {worse} has no fewer points than {better}."
    ),
    "levels[0].points must be more than 0: the best level's points make a score of 100.": N_(
        "The best level needs more than 0 points: they make a score of 100."
    ),
    "levels[{at}].points make a score of {score}; scores lie between -100 and 100.": N_(
        "These points make a score of {score}; scores lie between −100 and 100."
    ),
    "dimensions: there must be at least one dimension, with at least one item.": N_(
        "There must be at least one dimension, with at least one item."
    ),
    "items: the weights have no manageable common measure. Round them to 3 decimals or fewer.": N_(
        "The weights have no manageable common measure. Round them to 3 decimals or fewer."
    ),
    "{where}: the weights of the items of {code} add up to nothing. Give one a weight above 0.": N_(
        "The weights of the items of {code} add up to nothing. Give one a weight above 0."
    ),
    "thresholds: give either red_below or red_at_or_below, and only one of them.": N_("Give one red bound."),
    "thresholds: red ({red}) must not lie above amber_below ({amber}).": N_(
        "Red ({red}) must not lie above amber ({amber})."
    ),
    "grades[{at}]: grades stand from best to worst, but {worse} does not begin below {better}.": N_(
        "Grades stand from best to worst, but {worse} does not begin below {better}."
    ),
    "window: give working_days, calendar_days or months, and only one of them.": N_(
        "Give working days, calendar days or months, and only one of them."
    ),
    'deductions change customer scores: write index_over = "customers" as well.': N_(
        "Deductions change customer scores: let the index be the mean over customers."
    ),
    'index_over = "customers" needs customers_named = true.': N_("An index over customers needs named customers."),
    "actions.approvers must name at least one department: an action needs an approver.": N_(
        "Name at least one department: an action needs an approver."
    ),
    "calendar.country: {code} is no country whose holidays are known. Write its ISO code, such as CN.": N_(
        "{code} is no country whose holidays are known. Write its ISO code, such as CN."
    ),
    "calendar: {day} stands in days_off and in days_on. Take it out of one.": N_(
        "{day} is a day off and a working day. Take it out of one."
    ),
    "{where} is missing. Add it.": N_("This is missing. Add it."),
    "{where} has no name: give zh, en or both.": N_("Give a Chinese or an English name, or both."),
    "{where}: {code} comes twice. Each may come once.": N_("{code} comes twice. Each may come once."),
    "{where}: {code} is not known. Known are: {known}.": N_("{code} is not known. Known are: {known}."),
    "{where} must not be negative.": N_("This must not be negative."),
    "{where}.weight must be more than 0. To keep items out of the index, give them no dimension.": N_(
        "The weight must be more than 0. To keep items out of the index, give them no dimension."
    ),
    "{where} must name at least one item whose weight is above 0.": N_(
        "Name at least one item whose weight is above 0."
    ),
    '{where} must be a number from {least} to {most}, such as 20, 87.5 or "5/6"; it is {value}.': N_(
        "This must be a number from {least} to {most}, such as 20, 87.5 or 5/6; it is {value}."
    ),
    "{where} must be a whole number from {least} to {most}; it is {value}.": N_(
        "This must be a whole number from {least} to {most}; it is {value}."
    ),
    '{where} must be a code of letters, figures, "_", "-" and "."; it is {value}.': N_(
        "A code has letters, figures, “_”, “-” and “.” only; this one is {value}."
    ),
    "{where} must be a date such as 2026-10-01; it is {value}.": N_(
        "This must be a date such as 2026-10-01; it is {value}."
    ),
}
"""What a document's refusals are called here, where the place stands before the sentence in words."""


def name_of(*path: str) -> str:
    """What an entry is called: by its whole path, else by its last part."""
    return _(NAMES.get(".".join(path)) or NAMES.get(path[-1], "")) or path[-1]


def refusal_words(refusal: Refusal, draft: Draft) -> tuple[Place, str]:
    """Where it is refused, and the sentence that says so: "Levels · row 2 · Points: …"."""
    place = place_of(refusal)
    template = SAID.get(refusal.template)
    sentence = Refusal(template, **refusal.values).explain(_) if template else refusal.explain(_)
    return place, f"{' · '.join(_place_words(place, draft))}: {sentence}" if template and place.section else sentence


def section_of(place: Place) -> str:
    """The part of the screen on which it is."""
    return WHERE.get(place.section, "basics")


def path_words(entry: Entry, *drafts: Draft) -> str:
    """What a change is about: "Items · On-time delivery · Weight"."""
    table, *rest = entry.path
    words = [name_of(table)]
    if rest:
        names = {code: name for draft in drafts for code, name in _names(draft, table).items()}
        if rest[0] in names:
            words.append(names[rest[0]])
        elif rest[0]:
            words.append(name_of(table, rest[0]))
    if len(rest) > 1:
        words.append(name_of(*rest[1:]))
    return " · ".join(words)


def value_words(entry: Entry, value: str) -> str:
    """A value as the screen says it: words for words of the document, percent for shares; a dash for nothing."""
    path = ".".join(entry.path)
    if value in ("true", "false"):
        return _("Yes") if value == "true" else _("No")
    if (path in CHOICES) and value in CHOICES[path]:
        return _(CHOICES[path][value])
    if value and path in SHARES:
        return percent(float(value))
    return value or "–"


def _place_words(place: Place, draft: Draft) -> list[str]:
    words = [name_of(place.section)]
    if place.row is not None:
        rows = rows_of(draft, place.section) if place.section in draft else []
        code = rows[place.row]["code"] if place.row < len(rows) else ""
        row = _("row {n}", n=place.row + 1)
        words.append(f"{row} ({code})" if code else row)
    if place.field:
        words.append(name_of(place.section, place.field) if place.row is None else name_of(place.field))
    return words


def _names(draft: Draft, table: str) -> Mapping[str, str]:
    return names_in(draft, table, language()) if table in TABLES and table in draft else {}
