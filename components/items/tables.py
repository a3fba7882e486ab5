"""What the screen of items shows, as tables to take along."""

from collections.abc import Mapping, Sequence

from components.items.views import level_words
from components.overview.tables import standings
from components.texts import _, language
from domain.choice_counts import ChoiceCounts
from domain.comparing import SubjectStanding, WaveFigures
from domain.overview import DueAction
from domain.scheme import Scheme
from domain.scores import Score, Tally
from domain.tables import Cell, Table


def all_tables(
    dimensions: Sequence[SubjectStanding],
    items: Sequence[SubjectStanding],
    handled: Mapping[str, DueAction],
    tallies: Mapping[str, Tally],
    shown: Sequence[WaveFigures],
    scheme: Scheme,
    groups: Mapping[str, Score],
    asked: Sequence[ChoiceCounts] = (),
) -> list[Table]:
    """Scores, answers by level, scores by period, the groups where they are compared, and choices where there are any."""
    return [
        standings(_("Item scores"), items, handled),
        standings(_("Dimension scores"), dimensions),
        _levels(items, tallies, scheme),
        _by_wave(items, shown),
        Table(
            _("Segments"),
            [_("Segment"), _("Score"), _("n"), _("Standard deviation"), _("95% from"), _("95% to")],
            [[name, one.score, one.n, one.sd, one.low, one.high] for name, one in groups.items()],
        ),
        *choice_tables(asked),
    ]


def choice_tables(asked: Sequence[ChoiceCounts]) -> list[Table]:
    """Options of the questions with choices, with counts and shares; no table where there are none."""
    rows: list[Sequence[Cell]] = [
        [one.text.in_(language()), option.in_(language()), n, share, one.answered]
        for one in asked
        for (option, n), share in zip(one.options, one.shares, strict=True)
    ]
    headers = [_("Question"), _("Option"), _("Chosen"), _("Share"), _("Answered")]
    return [Table(_("Choice questions"), headers, rows)] if rows else []


def _levels(items: Sequence[SubjectStanding], tallies: Mapping[str, Tally], scheme: Scheme) -> Table:
    headers = [_("Code"), _("Item"), *([] if scheme.number_scale else level_words(scheme))]
    rows: list[Sequence[Cell]] = [[one.code, one.name.in_(language()), *tallies[one.code].levels] for one in items]
    return Table(_("Answers by level"), headers, [] if scheme.number_scale else rows)


def _by_wave(items: Sequence[SubjectStanding], shown: Sequence[WaveFigures]) -> Table:
    rows: list[Sequence[Cell]] = [
        [
            one.code,
            one.name.in_(language()),
            *(wave.items[one.code].score.score if one.code in wave.items else None for wave in shown),
        ]
        for one in items
    ]
    return Table(_("Item scores by period"), [_("Code"), _("Item"), *(wave.wave.code for wave in shown)], rows)
