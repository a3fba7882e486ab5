"""The reports that can be made: what each is about, in which forms, and who may make it (rules.md 10). Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.errors import N_, Refusal
from domain.workdays import WorkingCalendar

FORMS: Final = ("zip", "xlsx", "docx", "pdf", "pptx")
FIGURES: Final = ("", "frozen", "live")
ABOUT: Final = {
    "wave": N_("Wave"),
    "month": N_("Month"),
    "year": N_("Year"),
    "action": N_("Action"),
    "complaint": N_("Complaint"),
    "opinion": N_("Opinion"),
    "customer": N_("Customer"),
}
"""What a report is about → its name."""
OCCASIONS: Final = {
    "before_meeting": N_("On the working day before a meeting"),
    "after_closing": N_("After a wave has closed"),
}
"""When a scheduled report goes out → in words."""
PAPERS: Final = ("docx", "pdf")


@dataclass(frozen=True)
class Report:
    """A kind of report: `about` is one of ABOUT, `forms` of FORMS; `permission` is what making it needs."""

    title: str
    what: str
    about: str
    forms: tuple[str, ...]
    permission: str = "make_reports"


REPORTS: Final[dict[str, Report]] = {
    "evidence": Report(
        N_("Evidence pack"),
        N_(
            "The whole evidence of a wave in one file, from the plan to the check of effects, with an index for auditors"
        ),
        *("wave", ("zip",)),
    ),
    "analysis": Report(
        N_("Satisfaction analysis report"),
        N_(
            "Sample, method, results, comparison, findings, actions, opinions and suggestions; or slides for the meeting"
        ),
        *("wave", ("docx", "pdf", "pptx"), "view_scores"),
    ),
    "results": Report(
        N_("Results as workbook"),
        N_("Every table of a wave with filters, totals and colours"),
        *("wave", ("xlsx",), "view_scores"),
    ),
    "summary_table": Report(
        N_("Summary and analysis table"),
        N_("Scores, standings and what is done about each item, on one table"),
        *("wave", PAPERS, "view_scores"),
    ),
    "public_summary": Report(
        N_("Public summary"),
        N_("Index, n, method and what we changed, for customers; off until it is approved"),
        *("wave", PAPERS, "view_scores"),
    ),
    "monthly": Report(
        N_("Monthly service report"),
        N_("Requests, complaints, opinions and actions of a month, with the general manager's analysis of causes"),
        *("month", PAPERS, "period_reports"),
    ),
    "yearly": Report(
        N_("Yearly analysis"),
        N_("A year's waves, complaints and actions for the management review"),
        *("year", PAPERS, "period_reports"),
    ),
    "appraisal": Report(
        N_("Appraisal sheet"),
        N_("Target, score, actions on time and complaints per department and person; people judge, not the sheet"),
        *("year", PAPERS, "period_reports"),
    ),
    "action": Report(
        N_("Corrective and preventive action report"),
        N_("One action from the problem to its effect"),
        *("action", PAPERS, "view_actions"),
    ),
    "eight_d": Report(
        N_("8D report"),
        N_("One complaint from its containment to what was learned"),
        *("complaint", PAPERS, "view_complaints"),
    ),
    "slip": Report(
        N_("Customer information feedback slip"),
        N_("What a customer said, what is done about it, and what the customer was told"),
        *("opinion", PAPERS, "view_opinions"),
    ),
    "customer": Report(
        N_("Customer file"),
        N_("All of one customer's history on paper"),
        *("customer", PAPERS, "view_personal"),
    ),
}
"""Kind → what it is, in the order of the page."""
STORED: Final = (*(kind for kind in REPORTS if kind != "analysis"), "analysis")
"""Kinds that may be kept as files."""
SCHEDULED: Final = ("results", "analysis", "summary_table", "monthly", "yearly", "appraisal")
"""Kinds that go to people by themselves, each with what its reader may see."""
MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
YEAR: Final = re.compile(r"20\d\d")


class ReportNotPossible(Refusal):
    """A report that isn't there in this form, or about something that isn't there."""

    def __init__(self) -> None:
        super().__init__(N_("There is no such report."))


def checked(kind: str, form: str, about: str) -> Report:
    """The kind, where it has this form and can be about this; raises ReportNotPossible.

    >>> checked("monthly", "pdf", "2026-10").title
    'Monthly service report'
    """
    report = REPORTS.get(kind)
    looks = {"month": MONTH, "year": YEAR}.get(report.about) if report else None
    if report is None or form not in report.forms or (looks and not looks.fullmatch(about)):
        raise ReportNotPossible
    return report


def is_due(held_on: date, today: date, calendar: WorkingCalendar) -> bool:
    """Whether what goes out on the working day before a meeting is due: on that day, and until the meeting itself.

    >>> from domain.scheme import Calendar
    >>> from domain.workdays import working_calendar
    >>> monday = date(2026, 11, 30)
    >>> [is_due(monday, date(2026, 11, day), working_calendar(Calendar("CN"))) for day in (26, 27, 29, 30)]
    [False, True, True, True]
    """
    if not today <= held_on:
        return False
    before = held_on - timedelta(days=1)
    while not calendar.is_working(before):
        before -= timedelta(days=1)
    return today >= before


def about_occasion(about: str, occasion: str, day: date) -> str:
    """What a report by itself is about, "" where it is about the wave: the month or year that a meeting on `day` looks back
    on, or in which a wave closed on `day`.

    >>> about_occasion("month", "before_meeting", date(2026, 1, 12)), about_occasion("month", "after_closing", date(2026, 1, 12))
    ('2025-12', '2026-01')
    >>> about_occasion("year", "before_meeting", date(2026, 1, 12)), about_occasion("wave", "after_closing", date(2026, 1, 12))
    ('2025', '')
    """
    month = month_before(day) if occasion == "before_meeting" else f"{day:%Y-%m}"
    return {"month": month, "year": month[:4]}.get(about, "")


def month_before(day: date) -> str:
    """The month that has ended before a day.

    >>> month_before(date(2026, 1, 5))
    '2025-12'
    """
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"
