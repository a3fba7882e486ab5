"""What an overview shows, as tables to take along: unrounded, with n and intervals."""

from collections.abc import Mapping, Sequence

from components.status import word
from components.texts import _, language
from domain.comparing import SubjectStanding, WaveFigures
from domain.overview import CustomerLine, DueAction, OpinionLine, SegmentReturns
from domain.tables import Cell, Table


def all_tables(
    history: Sequence[WaveFigures],
    dimensions: Sequence[SubjectStanding],
    items: Sequence[SubjectStanding],
    handled: Mapping[str, DueAction],
    *,
    worst: Sequence[CustomerLine],
    due: Sequence[DueAction],
    said: Sequence[OpinionLine],
    rates: Sequence[SegmentReturns],
) -> list[Table]:
    """Everything on the screen; what is empty is left out when it is exported."""
    return [
        index_by_wave(history),
        standings(_("Dimension scores"), dimensions),
        standings(_("Item scores"), items, handled),
        *(customers(worst), response_rates(rates), due_actions(due), opinions(said)),
    ]


def index_by_wave(history: Sequence[WaveFigures]) -> Table:
    """The index of each wave, oldest first."""
    rows: list[Sequence[Cell]] = [
        [
            one.wave.code,
            *(one.index.score, one.index.n, one.index.sd, one.index.low, one.index.high, one.index.satisfaction_rate),
            *(one.returns.sent, one.returns.in_time, one.returns.rate),
        ]
        for one in history
    ]
    headers = [_("Period"), _("Satisfaction index"), _("n"), _("Standard deviation"), _("95% from"), _("95% to")]
    headers += [_("Satisfaction rate"), _("Sent"), _("Returned in time"), _("Response rate")]
    return Table(_("Satisfaction index"), headers, rows)


def standings(title: str, shown: Sequence[SubjectStanding], actions: Mapping[str, DueAction] | None = None) -> Table:
    """Dimensions or items as they stand, worst first."""
    headers = [
        _("Code"),
        _("About"),
        _("Status"),
        _("Score"),
        _("n"),
        _("Standard deviation"),
        _("95% from"),
        _("95% to"),
    ]
    headers += [_("Previous"), _("Change"), _("Change certain"), _("Since"), _("Top two"), _("Action")]
    return Table(title, headers, [_standing(one, (actions or {}).get(one.code)) for one in shown])


def _standing(one: SubjectStanding, action: DueAction | None) -> list[Cell]:
    return [
        *(one.code, one.name.in_(language()), word(one.status)),
        *(one.score.score, one.score.n, one.score.sd, one.score.low, one.score.high),
        one.before.score if one.before else None,
        one.change.difference if one.change else None,
        (_("yes") if one.change.certain else _("no")) if one.change else None,
        *(one.since, one.top_two_box),
        f"A-{action.number}" if action else None,
    ]


def customers(lines: Sequence[CustomerLine]) -> Table:
    """The least satisfied customers."""
    rows: list[Sequence[Cell]] = [
        [
            *(one.code, one.name.in_(language()), word(one.status), one.score.score, one.score.n),
            *((one.lowest[0].in_(language()), one.lowest[1]) if one.lowest else (None, None)),
            one.since,
        ]
        for one in lines
    ]
    headers = [
        _("Code"),
        _("Customer"),
        _("Status"),
        _("Overall"),
        _("n"),
        _("Lowest dimension"),
        _("Score"),
        _("Since"),
    ]
    return Table(_("Least satisfied customers"), headers, rows)


def due_actions(actions: Sequence[DueAction]) -> Table:
    """The actions that are due first."""
    rows: list[Sequence[Cell]] = [
        [f"A-{one.number}", one.title, one.department.in_(language()), one.owner, one.due_on] for one in actions
    ]
    headers = [_("Action"), _("Title"), _("Department"), _("Owner"), _("Due date")]
    return Table(_("Actions due and overdue"), headers, rows)


def opinions(lines: Sequence[OpinionLine]) -> Table:
    """The newest opinions: personal data."""
    rows: list[Sequence[Cell]] = [
        [one.kind, one.text, one.customer.in_(language()) if one.customer else None] for one in lines
    ]
    return Table(_("Latest opinions"), [_("Kind"), _("Text"), _("Customer")], rows, personal=True)


def response_rates(segments: Sequence[SegmentReturns]) -> Table:
    """What became of the questionnaires of each segment."""
    rows: list[Sequence[Cell]] = [
        [
            one.segment,
            *(one.returns.sent, one.returns.in_time, one.returns.late, one.returns.undeliverable, one.returns.rate),
        ]
        for one in segments
    ]
    headers = [_("Segment"), _("Sent"), _("Returned in time"), _("Late"), _("Undeliverable"), _("Response rate")]
    return Table(_("Response rate by segment"), headers, rows)
