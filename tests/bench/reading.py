"""What screens read: the same at any number of responses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import func, select
from sqlmodel import Session, col

from db.models import Answer, Response
from db.queries import customers, overview, scores
from db.queries.choices import change_counter
from db.queries.narrowing import WaveInfo, waves_in
from db.queries.scores import index_by_wave, results
from db.queries.segments import returns_by_segment
from db.session import read_session
from domain.access import SYSTEM, Scope
from tests.bench.company import Company
from tests.bench.measuring import interleaved, seconds
from tests.bench.results import Report

GROWTH_BAR = 1.3
OVERVIEW_BAR, PAGE_BAR = 15.0, 5.0
TREND_BAR, TREND_AT = 300, 1_000_000
RECENT = 8
"""Waves that the matrix draws for each customer."""
TODAY = date(2026, 10, 12)


@dataclass(frozen=True)
class Reader:
    """Somebody who sees all of a company."""

    company: Company

    @property
    def scope(self) -> Scope:
        return Scope(SYSTEM, self.company.scheme_id)

    def waves(self, session: Session) -> list[WaveInfo]:
        return waves_in(session, self.scope)

    def overview(self) -> None:
        """All that the Overview page reads."""
        scope = self.scope
        with read_session(self.company.engine) as session:
            waves = self.waves(session)
            wave = waves[-1]
            results(session, scope, waves)
            overview.customers_below(session, scope, wave, waves[-2])
            overview.least_satisfied(session, scope, waves)
            overview.newest_opinions(session, scope, wave)
            overview.action_counts(session, scope, today=TODAY)
            overview.due_actions(session, scope)
            overview.actions_on_items(session, scope, wave)
            overview.last_due_on(session, scope, wave)
            returns_by_segment(session, scope, wave)
            change_counter(session, self.company.scheme_id)

    def items(self) -> None:
        """Scores of dimensions and items of a wave."""
        with read_session(self.company.engine) as session:
            results(session, self.scope, self.waves(session)[-1:])

    def trend(self) -> None:
        """The index of all waves."""
        with read_session(self.company.engine) as session:
            index_by_wave(session, self.scope, self.waves(session))

    def customers(self) -> None:
        """Fifty customers with their scores and trends."""
        with read_session(self.company.engine) as session:
            waves = self.waves(session)
            page = customers.customer_page(session, self.scope, waves[-1])
            customers.score_histories(session, page.ids, waves, recent=RECENT)

    def trend_of_answers(self) -> None:
        """The same trend by GROUP BY over the answers."""
        statement = (
            select(col(Response.wave_id), func.avg(col(Answer.level)), func.count())
            .join(Response, col(Response.id) == Answer.response_id)
            .where(col(Response.status) == "counted")
            .group_by(col(Response.wave_id))
        )
        with read_session(self.company.engine) as session:
            session.connection().execute(statement).all()


READS: dict[str, Callable[[Reader], None]] = {
    "overview": Reader.overview,
    "dimensions and items": Reader.items,
    "24-wave trend": Reader.trend,
}


def first(read: Callable[[Reader], None], reader: Reader) -> None:
    """A read by a process that remembers no figures of closed waves (ADR 8)."""
    scores.forget()
    customers.forget()
    read(reader)


def measure(report: Report, small: Company, large: Company, rounds: int) -> None:
    """Each read at the small and the large company in turn."""
    kind = large.engine.dialect.name
    for name, read in READS.items():
        sizes = {"small": partial(first, read, Reader(small)), "large": partial(first, read, Reader(large))}
        times = interleaved(rounds, sizes, warm_up=3)
        note = f"{times['small'] * 1000:.2f} → {times['large'] * 1000:.2f} ms, nothing remembered"
        report.at_most(f"{kind}: {name}, large / small", times["large"] / times["small"], GROWTH_BAR, "×", note)
    usual = interleaved(rounds, {"overview": Reader(large).overview}, warm_up=3)["overview"]
    report.at_most(f"{kind}: all queries of an overview", usual * 1000, OVERVIEW_BAR, "ms")
    page = interleaved(rounds, {"page": Reader(large).customers}, warm_up=3)["page"]
    report.at_most(f"{kind}: page of 50 customers", page * 1000, PAGE_BAR, "ms")
    _trend_against_answers(report, large, rounds)


def _trend_against_answers(report: Report, large: Company, rounds: int) -> None:
    reader = Reader(large)
    trend = interleaved(rounds, {"trend": reader.trend}, warm_up=3)["trend"]
    ratio = seconds(reader.trend_of_answers) / trend
    bar = TREND_BAR if large.responses >= 0.99 * TREND_AT else None
    note = "" if bar else f"the bar of {TREND_BAR} is for {TREND_AT:,} responses"
    report.at_least(f"{large.engine.dialect.name}: trend, times faster than GROUP BY", ratio, bar, "×", note)
