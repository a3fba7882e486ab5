"""The report of a wave as an Excel workbook: real tables, totals that calculate, colours that follow the status (issue D)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from io import BytesIO
from itertools import islice
from typing import Any, Final

from sqlmodel import Session
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import Worksheet

from db.queries.raw_answers import answer_value, raw_answers
from db.queries.wave_report import ActionLine, ScoreLine, WaveReport, wave_report
from domain.access import Viewer
from domain.action_names import VERDICTS
from domain.action_states import STATE_NAMES, State
from domain.effects import VERDICT_NAMES
from domain.errors import N_
from domain.opinions import KINDS
from domain.period_names import period_name
from domain.rule_names import RULE_NAMES
from domain.scheme import Name
from domain.scores import status
from domain.tables import Cell, Table
from locales import translator
from services.exporting import note_export, sheet_names, writable

STATUS_WORDS: Final = {"red": N_("Red"), "amber": N_("Amber"), "ok": N_("On target"), None: N_("No score")}
TINTS: Final = {"red": ("#661009", "#FFACA7"), "amber": ("#664000", "#FCF3DF")}
"""Status → colour of text and cell, those of the screens."""
OVER: Final = {
    "responses": N_("The index is the mean of all valid responses, the interval that of Student's t (95 %)."),
    "customers": N_("The index is the mean of the customers' scores, the interval that of Student's t (95 %)."),
}
"""What a scheme takes its index over → the sentence on the method."""
FONTS: Final = {"zh_CN": "Microsoft YaHei", "en": "Calibri"}
FORMATS: Final[dict[str, dict[str, Any]]] = {
    "text": {"text_wrap": True},
    "count": {"num_format": "#,##0"},
    "score": {"num_format": "0.0"},
    "level": {"num_format": "0.00"},
    "change": {"num_format": "+0.0;\u22120.0;0.0"},
    "share": {"num_format": "0.0 %"},
    "day": {"num_format": "yyyy-mm-dd", "align": "left"},
}
"""Kind of a column → how its cells are shown; what they hold is unrounded."""
WIDTHS: Final = {"text": 18, "count": 11, "score": 11, "level": 13, "change": 13, "share": 14, "day": 13}
"""Widths in letters."""
NOTHING: Final = N_("None in this wave.")
RESPONSE_STATES: Final = {
    "counted": N_("Counted"),
    "invalid": N_("Invalid"),
    "after_close": N_("After closing"),
    "withdrawn": N_("Withdrawn"),
}
MOST_ANSWERS: Final = 20_000
"""Responses that a workbook holds; a spreadsheet of more is no fun."""
FIRST_ROW: Final = 3
"""The row of a table's headers, counted from 0: above it stand title and remark."""


@dataclass(frozen=True)
class Column:
    """A header, the kind of its cells (of FORMATS), its width in letters, and what the total row says of it.

    `total` is "sum", "average", "count", "share" (of the two columns before) or a text, "" for nothing.
    """

    header: str
    kind: str = "text"
    total: str = ""
    width: int = 0


@dataclass(frozen=True)
class Sheet:
    """A table of the report; `status` is the place of the column that says the status, which colours it and the score."""

    title: str
    remark: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    status: int | None = None
    personal: bool = False
    kinds: Sequence[str] = ()
    """Where the last column holds values of several kinds: that of each row."""

    @property
    def table(self) -> Table:
        """The same as a table that leaves the application."""
        return Table(self.title, [one.header for one in self.columns], self.rows, self.personal)


Words = Callable[[str], str]


def sheets_for(
    session: Session, *, wave_id: int, language: str, by: Viewer, at: datetime, zone: tzinfo, live: bool = False
) -> list[Sheet]:
    """The report of a wave as its reader may see it, every answer included. Raises NotAllowed, NotThere."""
    report = wave_report(session, by, wave_id, language=language, live=live)
    answers = _answers(session, report, by, zone) if by.may("view_personal") else None
    return [*report_sheets(report, at=at, zone=zone), *([answers] if answers else [])]


def note_taken(session: Session, sheets: Sequence[Sheet], *, wave_id: int, by: Viewer, at: datetime) -> None:
    """Writes down who took a report with personal data along; nothing for mere figures. Raises NotAllowed."""
    by.check_account()
    tables = [sheet.table for sheet in sheets]
    note_export(session, what="report", wave_id=wave_id, tables=tables, file="xlsx", by=by, at=at)


def report_sheets(report: WaveReport, *, at: datetime, zone: tzinfo) -> list[Sheet]:
    """The tables of a report, in their order; days are those of the zone."""
    _: Words = translator(report.language).gettext
    sheets = [
        _summary(report, _, at, zone),
        _scores(_("Dimensions"), report.dimensions, report, _),
        _scores(_("Items"), report.items, report, _, of_items=True),
        _segments(report, _),
        _customers(report, _),
        _findings(report, _),
        _actions(report, _, zone),
        _opinions(report, _, zone),
    ]
    return [sheet for sheet in sheets if sheet is not None]


def _summary(report: WaveReport, _: Words, at: datetime, zone: tzinfo) -> Sheet:
    wave, figures, scheme = report.wave, report.figures, report.wave.layout.scheme
    index, returns = figures["index"], figures["returns"]
    low, high = index["ci95"] or (None, None)
    facts: list[tuple[str, Cell, str]] = [
        (_("Scheme"), scheme.name.in_(report.language) or scheme.code, "text"),
        (_("Scheme version"), report.scheme_version, "count"),
        (_("Period"), period_name(wave.code, report.language), "text"),
        (_("Compared with"), period_name(report.compared_with, report.language), "text"),
        (_("Satisfaction index"), index["score"], "score"),
        (_("Target of the index"), scheme.targets.index, "score"),
        (_("Satisfaction index, previous"), report.before.get("index", {}).get("score"), "score"),
        (_("95% interval from"), low, "score"),
        (_("95% interval to"), high, "score"),
        (_("Standard deviation"), index["sd"], "score"),
        (_("n of the index"), index["n"], "count"),
        (_("Satisfaction rate"), figures["satisfaction_rate"], "share"),
        (_("Response rate"), returns["rate"], "share"),
        (_("Valid responses"), figures["valid"], "count"),
        (_("Invalid responses"), figures["invalid"], "count"),
        (_("Sent"), returns["sent"], "count"),
        (_("Returned"), returns["returned"], "count"),
        (_("Returned in time"), returns["in_time"], "count"),
        (_("Method"), _(OVER[scheme.index_over]), "text"),
        (_("Figures"), origin(report, _), "text"),
        (_("Presented at"), _minute(report.presented_at, zone), "text"),
        (_("Presented by"), report.presented_by, "text"),
        (_("Hash of the figures (SHA-256)"), report.sha256, "text"),
        (_("Made at"), _minute(at, zone), "text"),
    ]
    known = [one for one in facts if one[1] not in (None, "")]
    remark = f"{facts[0][1]} · {facts[2][1]}"
    columns = [Column(_("Figure"), width=34), Column(_("Value"), width=72)]
    rows = [[name, value] for name, value, *_rest in known]
    return Sheet(_("Summary"), remark, columns, rows, kinds=[kind for *_fact, kind in known])


def origin(report: WaveReport, _: Words) -> str:
    """Whether the figures are those that were presented, and intact, or live ones."""
    if report.presented_at is None:
        return _("Live: as they are now")
    intact = _("The frozen result is intact") if report.is_intact else _("The frozen result has been changed")
    return f"{_('Frozen: as presented when the wave closed')}. {intact}"


def _minute(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).isoformat(sep=" ", timespec="minutes") if at else ""


def _scores(title: str, lines: Sequence[ScoreLine], report: WaveReport, _: Words, *, of_items: bool = False) -> Sheet:
    """Dimensions or items: the mean in the total row is that of the rows that a filter leaves."""
    columns = [
        Column(_("Code"), total=_("Mean of the rows shown"), width=24),
        Column(_("Name"), width=36),
        *([Column(_("Dimension"), width=24)] if of_items else []),
        Column("n", "count"),
        *([Column(_("Mean level"), "level", "average")] if of_items else []),
        Column(_("Score"), "score", "average"),
        Column(_("Status"), width=12),
        Column(_("Target"), "score"),
        Column(_("Previous score"), "score", "average"),
        Column(_("Change"), "change", "average"),
        Column(_("95% interval from"), "score"),
        Column(_("95% interval to"), "score"),
        Column(_("Standard deviation"), "score"),
        *([Column(_("Top two levels"), "share")] if of_items else []),
    ]
    rows = [
        [
            *(one.code, one.name),
            *([one.dimension] if of_items else []),
            one.n,
            *([one.mean_level] if of_items else []),
            *(one.score, _(STATUS_WORDS[one.status]), one.target, one.before, _change(one)),
            *(one.low, one.high, one.sd),
            *([one.top_two_box] if of_items else []),
        ]
        for one in lines
    ]
    return Sheet(title, _compared(report, _), columns, rows, status=6 if of_items else 4)


def _change(one: ScoreLine) -> float | None:
    return None if one.score is None or one.before is None else one.score - one.before


def _compared(report: WaveReport, _: Words) -> str:
    if not report.compared_with:
        return _("Scores 0–100. There is no earlier wave to compare with.")
    known = period_name(report.compared_with, report.language)
    return _("Scores 0–100. Change: against {period}.").format(period=known)


def _segments(report: WaveReport, _: Words) -> Sheet | None:
    if not report.segments:
        return None
    columns = [
        Column(_("Segment"), total=_("Total of the rows shown"), width=28),
        Column("n", "count", "sum"),
        Column(_("Score"), "score"),
        Column(_("Status"), width=12),
        Column(_("Target"), "score"),
        Column(_("Previous score"), "score"),
        Column(_("Change"), "change"),
        Column(_("Returned in time"), "count", "sum", 16),
        Column(_("Sent"), "count", "sum"),
        Column(_("Response rate"), "share", "share"),
    ]
    rows: list[list[Cell]] = [
        [
            *(one.name, one.n, one.score, _(STATUS_WORDS[one.status]), one.target, one.before, _change(one)),
            *(one.in_time, one.sent, one.in_time / one.sent if one.sent else None),
        ]
        for one in report.segments
    ]
    return Sheet(_("Segments"), _compared(report, _), columns, rows, status=3)


def _customers(report: WaveReport, _: Words) -> Sheet | None:
    if report.customers is None:
        return None
    columns = [
        Column(_("Code"), total=_("Sum and mean of the rows shown"), width=24),
        Column(_("Customer"), width=40),
        Column("n", "count", "sum"),
        Column(_("Score"), "score", "average"),
        Column(_("Status"), width=12),
        Column(_("Target"), "score"),
    ]
    rows: list[list[Cell]] = [
        [one.code, one.name, one.n, one.score, _(STATUS_WORDS[one.status]), one.target] for one in report.customers
    ]
    return Sheet(_("Customers"), _("Scores 0–100, the lowest first."), columns, rows, status=4)


def _findings(report: WaveReport, _: Words) -> Sheet:
    columns = [
        Column(_("Finding"), total=_("Number of rows shown"), width=26),
        *([Column(_("Customer"), width=32)] if report.shows_customers else []),
        Column(_("About"), "text", "count", 32),
        Column("n", "count"),
        Column(_("Score"), "score"),
        Column(_("Status"), width=12),
        *([Column(_("Now"), "score")] if report.presented_at else []),
        Column(_("Bound"), "score"),
        Column(_("Previous score"), "score"),
        Column(_("Low answers"), "count"),
        Column(_("Since"), width=12),
        Column(_("Actions"), width=18),
    ]
    rows: list[list[Cell]] = []
    for one in report.findings:
        customer, about = one["customer"] or {}, one["item"] or one["dimension"] or {}
        rule, status = one["rule"], one["status"]
        numbers = ", ".join(f"A-{action['number']}" for action in one["actions"])
        rows.append(
            [
                _(RULE_NAMES[rule]),
                *([customer.get("name") or customer.get("code", "")] if report.shows_customers else []),
                about.get("name") or (_("Overall score") if customer else _("Whole wave")),
                *(one["n"], one["score"], _(STATUS_WORDS[status])),
                *([one["score_now"]] if report.presented_at else []),
                *(one["bound"], one["previous"], one["low_answers"], one["since"], numbers),
            ]
        )
    place = 5 if report.shows_customers else 4
    return Sheet(_("Findings"), _("What must be analysed."), columns, rows, status=place)


def then_state(one: ActionLine, _: Words) -> str:
    """The state of an action when the figures were presented."""
    return _(STATE_NAMES[State(one.presented)]) if one.presented else _("later")


def _actions(report: WaveReport, _: Words, zone: tzinfo) -> Sheet:
    columns = [
        Column(_("Action number"), total=_("Number of rows shown"), width=24),
        Column(_("Action"), "text", "count", 44),
        Column(_("State"), width=14),
        *([Column(_("When presented"), width=14)] if report.presented_at else []),
        Column(_("Department"), width=18),
        Column(_("Owner"), width=16),
        Column(_("Due date"), "day"),
        Column(_("Closed on"), "day"),
        Column(_("Verdict"), width=16),
        Column(_("Effect by the figures"), width=32),
        Column(_("Measured in"), width=16),
    ]
    rows: list[list[Cell]] = [
        [
            *(f"A-{one.number}", one.title, _(STATE_NAMES[State(one.state)])),
            *([then_state(one, _)] if report.presented_at else []),
            *(one.department, one.owner, one.due_on),
            one.closed_at.astimezone(zone).date() if one.closed_at else None,
            _(VERDICTS[one.verdict]) if one.verdict else "",
            _(VERDICT_NAMES[one.suggested]) if one.suggested else "",
            period_name(one.measured, report.language),
        ]
        for one in report.actions
    ]
    return Sheet(_("Actions"), _("Actions on findings of this wave, with their effect."), columns, rows)


def _opinions(report: WaveReport, _: Words, zone: tzinfo) -> Sheet | None:
    if report.opinions is None:
        return None
    columns = [
        Column(_("Received on"), "day", _("Number of rows shown"), 24),
        Column(_("Kind"), "text", "count", 14),
        Column(_("Opinion"), width=60),
        Column(_("Customer"), width=30),
        Column(_("About"), width=26),
        Column(_("Department"), width=18),
        Column(_("Answer"), width=44),
        Column(_("Answered on"), "day"),
    ]
    rows: list[list[Cell]] = []
    for one in report.opinions:
        said, names = one.opinion, (one.customer, one.about, one.department)
        customer, about, department = (name.in_(report.language) for name in names)
        kind = _(KINDS[said.kind]) if said.kind else ""
        day = said.received_at.astimezone(zone).date()
        rows.append([day, kind, said.text, customer, about, department, said.answer, said.answered_on])
    return Sheet(_("Opinions"), _("What customers wrote. Handle as personal data."), columns, rows, personal=True)


def _answers(session: Session, report: WaveReport, by: Viewer, zone: tzinfo) -> Sheet | None:
    """The single responses; of an anonymous wave without anything that says whose they are."""
    _: Words = translator(report.language).gettext
    scheme, found = report.wave.layout.scheme, raw_answers(session, by, report.wave.id, zone=zone)
    listed = list(islice(found, MOST_ANSWERS))
    if not listed:
        return None
    is_named = not report.wave.is_anonymous
    columns = [
        Column(_("Response"), "count", _("Mean of the rows shown"), 24),
        Column(_("State"), width=12),
        Column(_("Answered on"), "day"),
        *(
            [Column(_("Code"), width=12), Column(_("Customer"), width=32), Column(_("Filled in by"))]
            if is_named
            else []
        ),
        *([Column(_("Segment")), Column(_("Region")), Column(_("Channel"))] if is_named else []),
        Column(_("Score"), "score", "average"),
        Column(_("Status"), width=12),
        *(
            Column(f"{n}. {item.name.in_(report.language) or item.code}", "score", "average", 14)
            for n, item in enumerate(scheme.items, 1)
        ),
    ]
    rows: list[list[Cell]] = []
    for one in listed:
        name = Name(one.customer_zh, one.customer_en).in_(report.language)
        who = [one.customer_code, name, one.respondent, one.segment, one.region, one.channel] if is_named else []
        how = status(one.score, scheme, target=scheme.targets.customer)
        answers = [answer_value(scheme, level) for level in one.levels]
        state = _(RESPONSE_STATES[one.status])
        rows.append([one.id, state, one.answered_on, *who, one.score, _(STATUS_WORDS[how]), *answers])
    remark = _("Each answer as its score 0–100. Handle as personal data.")
    if next(found, None) is not None:
        remark = _("The first {n} responses; all are in the evidence pack.").format(n=f"{MOST_ANSWERS:,}")
    place = next(at for at, column in enumerate(columns) if column.header == _("Status"))
    return Sheet(_("Raw answers"), remark, columns, rows, status=place, personal=True)


# The workbook


def workbook(sheets: Sequence[Sheet], language: str, *, made_at: datetime | None = None) -> bytes:
    """The sheets as a workbook; only the totals are formulas, all other texts are written as texts.

    With `made_at` the same sheets give the same bytes.
    """
    content, _ = BytesIO(), translator(language).gettext
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(content, options) as book:
        if made_at:
            book.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None)})
        draw = _Writer(book, FONTS.get(language, FONTS["en"]), _)
        for number, (name, sheet) in enumerate(zip(sheet_names([one.table for one in sheets]), sheets, strict=True), 1):
            draw.sheet(book.add_worksheet(name), sheet, f"report_{number}")
    return content.getvalue()


class _Writer:
    """Writes sheets into one workbook, whose cell formats it keeps."""

    def __init__(self, book: Workbook, font: str, _: Words) -> None:
        base = {"font_name": font, "font_size": 11, "valign": "top"}
        self.translated = _
        self.title = book.add_format({**base, "bold": True, "font_size": 16})
        self.remark = book.add_format({**base, "font_color": "#455264"})
        head = {"bold": True, "font_color": "#101828", "bg_color": "#E9EDF5", "bottom": 1, "text_wrap": True}
        self.head = book.add_format({**base, **head})
        self.cells = {kind: book.add_format({**base, **look}) for kind, look in FORMATS.items()}
        total = {**base, "bold": True, "top": 1}
        left = {**base, "align": "left"}
        self.values = {kind: book.add_format({**left, **look}) for kind, look in FORMATS.items()}
        self.totals = {kind: book.add_format({**total, **look}) for kind, look in FORMATS.items()}
        self.tints = {
            status: book.add_format({"font_color": front, "bg_color": back}) for status, (front, back) in TINTS.items()
        }

    def sheet(self, to: Worksheet, sheet: Sheet, name: str) -> None:
        """Title, remark and the table with its totals; a sentence where there is nothing."""
        to.write_string(0, 0, writable(sheet.title), self.title)
        to.write_string(1, 0, writable(sheet.remark), self.remark)
        to.set_row(0, 26)
        for place, column in enumerate(sheet.columns):
            to.set_column(place, place, column.width or WIDTHS[column.kind])
        to.set_landscape()
        to.set_paper(9)
        to.fit_to_pages(1, 0)
        to.hide_gridlines(2)
        if not sheet.rows:
            to.write_string(FIRST_ROW, 0, self.translated(NOTHING), self.remark)
            return
        self._table(to, sheet, name)
        self._colours(to, sheet)
        to.repeat_rows(FIRST_ROW)
        to.freeze_panes(FIRST_ROW + 1, 1)

    def _table(self, to: Worksheet, sheet: Sheet, name: str) -> None:
        first, last = FIRST_ROW + 1, FIRST_ROW + len(sheet.rows)
        has_totals = any(column.total for column in sheet.columns)
        columns = [self._column(sheet, place, first, last) for place in range(len(sheet.columns))]
        options = {"name": name, "columns": columns, "total_row": has_totals, "style": "Table Style Light 1"}
        to.add_table(FIRST_ROW, 0, last + has_totals, len(columns) - 1, options)
        for row, cells in enumerate(sheet.rows, start=first):
            for place, cell in enumerate(cells):
                is_last = place == len(cells) - 1
                kind = sheet.kinds[row - first] if sheet.kinds and is_last else sheet.columns[place].kind
                self._cell(to, row, place, cell, self.values[kind] if sheet.kinds else self.cells[kind])

    def _column(self, sheet: Sheet, place: int, first: int, last: int) -> dict[str, Any]:
        """A column as the writer of tables takes it; the total's value stands beside its formula."""
        column = sheet.columns[place]
        given: dict[str, Any] = {"header": writable(column.header), "header_format": self.head}
        numbers = [float(cell) for row in sheet.rows if isinstance(cell := row[place], int | float)]
        given["format"] = self.totals[column.kind]
        if column.total == "sum":
            return given | {"total_function": "sum", "total_value": sum(numbers)}
        if column.total == "average" and numbers:
            return given | {"total_function": "average", "total_value": sum(numbers) / len(numbers)}
        if column.total == "count":
            return given | {"total_function": "count", "total_value": sum(row[place] is not None for row in sheet.rows)}
        if column.total == "share":
            parts, whole = (f"SUBTOTAL(109,{xl_range(first, place - at, last, place - at)})" for at in (2, 1))
            top, under = (sum(float(str(row[place - at])) for row in sheet.rows) for at in (2, 1))
            formula = f'=IF({whole}=0,"",{parts}/{whole})'
            return given | {"total_function": formula, "total_value": top / under if under else ""}
        return given | ({"total_string": column.total} if column.total and column.total != "average" else {})

    def _cell(self, to: Worksheet, row: int, place: int, cell: Cell, look: Format) -> None:
        if cell is None or cell == "":
            to.write_blank(row, place, None, look)
        elif isinstance(cell, str):
            to.write_string(row, place, writable(cell), look)
        elif isinstance(cell, date):
            to.write_datetime(row, place, cell, look)
        else:
            to.write_number(row, place, cell, look)

    def _colours(self, to: Worksheet, sheet: Sheet) -> None:
        """The status word colours its own cell and the score before it; it goes on to do so after sorting."""
        if sheet.status is None:
            return
        first, last, at = FIRST_ROW + 1, FIRST_ROW + len(sheet.rows), sheet.status
        for how, look in self.tints.items():
            word = self.translated(STATUS_WORDS[how]).replace('"', '""')
            rule = f'=${xl_col_to_name(at)}{first + 1}="{word}"'
            to.conditional_format(first, at - 1, last, at, {"type": "formula", "criteria": rule, "format": look})


__all__ = ["note_taken", "report_sheets", "sheets_for", "workbook"]
