"""One wave is recounted from its rows, and compared with everything that is kept of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import case
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from db import bulk
from db.models import (
    Cohort,
    CohortReturn,
    CohortScore,
    CohortTally,
    Customer,
    CustomerReturn,
    CustomerScore,
    CustomerTally,
    DimensionRow,
    Finding,
    Invitation,
    ItemRow,
    Response,
    Wave,
)
from db.queries import standing
from db.queries.deductions import deductions, kept_deductions
from db.queries.opinions import RULE as OPINION_RULE
from db.queries.opinions import opinions_that_wait
from db.queries.presented import frozen_at_closing
from db.queries.recount import (
    NO_SCORE,
    Sum,
    Window,
    counted_batch,
    customer_passes,
    differences,
    kept_cells,
    kept_returns,
    returns_by,
    windows,
)
from db.queries.return_figures import return_figures
from db.rollups import LEVELS, RETURNS, SUMS, Layout
from domain.findings import (
    Figures,
    Rule,
    WaveScores,
    about,
    customer_findings,
    customer_rules,
    wave_findings,
    wave_rules,
)
from domain.presented import digest
from domain.return_findings import ABOUT, RETURN_RULES, holding
from domain.scheme import POINT, IntArray
from domain.scores import BoolArray, FloatArray, below
from services.closing import findings_digest

TALLY = (*(f"n{level}" for level in range(LEVELS)), "n", "total", "squares")
KEPT_RULES = (
    *("INDEX_BELOW", "CUSTOMER_BELOW", "ITEM_BELOW", "DECLINE", "LOW_ANSWER", "SATISFACTION_RATE_BELOW"),
    *RETURN_RULES,
    OPINION_RULE,
)


@dataclass(frozen=True)
class Damage:
    """One cell that isn't what the rows say; `who` and `what` are codes, `key` its key in the database.

    `kept` and `recounted` are numbers or states, None where there is nothing.
    """

    table: str
    scheme: str
    wave: str
    who: str
    what: str
    column: str
    kept: int | str | None
    recounted: int | str | None
    key: tuple[int, ...] = field(default=(), repr=False)
    wave_id: int = field(default=0, repr=False)

    def __str__(self) -> str:
        place = " ".join(
            part for part in (self.table, self.scheme, self.wave, self.who, self.what, self.column) if part
        )
        return f"{place}: {self.kept} is kept, {self.recounted} recounted"


class Check:
    """One wave being recounted."""

    def __init__(self, session: Session, wave: Wave, layout: Layout, scheme: str) -> None:
        self.session, self.wave, self.layout, self.scheme = session, wave, layout, scheme
        self.wave_id = wave.id or 0
        self.before = standing.previous(session, wave, afresh=True)
        cohorts = session.exec(select(Cohort.id).order_by(col(Cohort.id))).all()
        self.cohorts = Sum.of(np.array(cohorts, dtype=np.int64), layout)
        self.named = np.zeros((len(layout.item_ids), len(layout.tally_columns)), dtype=np.int64)
        self.customer_index: list[float] = []
        self.unnamed = 0
        self.deductions = deductions(session, self.wave_id, layout.scheme)
        self.expected: dict[tuple[str, str], Rule] = {}

    def damages(self) -> Iterator[Damage]:
        for customers in customer_passes(self.session, self.wave_id, self.layout):
            yield from self._customers(customers)
        yield from self._cells(CohortTally, CohortScore, "cohort_id", Cohort, self.cohorts, None)
        yield from self._deductions()
        if self.wave.unnamed != self.unnamed:
            yield self._damage("wave", "", "", "unnamed", self.wave.unnamed, self.unnamed, (self.wave_id,))
        yield from self._returns()
        yield from self._invitations()
        yield from self._findings() if self.wave.state == "open" else self._frozen()

    def _customers(self, customers: IntArray) -> Iterator[Damage]:
        """One pass: responses of some customers, and the customer tier for them."""
        mine = Sum.of(customers, self.layout)
        for window in windows(self.session, self.wave_id, customers, self.layout):
            scores = window.scores(self.layout)
            yield from self._responses(window, np.where(scores.answered[:, 0], scores.score[:, 0], NO_SCORE))
            batch = counted_batch(window, scores)
            self.unnamed += int((batch.customer == 0).sum())
            self.cohorts.add(batch, batch.cohort, self.layout)
            batch = counted_batch(window, scores, named=True)
            mine.add(batch, batch.customer, self.layout)
        yield from self._cells(CustomerTally, CustomerScore, "customer_id", Customer, mine, customers)
        self.named += mine.group.tally.sum(axis=0)
        figures = Figures(mine.group.tally, mine.group.sums, self._taken(customers))
        index = figures.customer_scores(self.layout.scheme)
        self.customer_index += index[~np.isnan(index)].tolist()
        if self.wave.state == "open":
            before = np.full(len(customers), np.nan)
            if self.before is not None:
                before = standing.customer_scores(self.session, self.before.id, customers, self.before.layout)
            holds = customer_findings(figures, before, self.layout.scheme)
            self._expect(customer_rules(self.layout.scheme), customers, holds)

    def _taken(self, customers: IntArray) -> FloatArray | None:
        if self.layout.scheme.deductions is None:
            return None
        return np.array([self.deductions.get(key, (0, 0))[0] / POINT for key in customers.tolist()])

    def _deductions(self) -> Iterator[Damage]:
        """What is kept of deductions, beside what the complaints say."""
        kept = kept_deductions(self.session, self.wave_id)
        for who in sorted(kept.keys() | self.deductions.keys()):
            pairs = zip(
                ("deducted", "complaints"), kept.get(who, (0, 0)), self.deductions.get(who, (0, 0)), strict=True
            )
            for column, was, now in pairs:
                if was != now:
                    place = ("customer_score", self._who(Customer, who), "index", column)
                    yield self._damage(*place, was, now, (self.wave_id, 0, who))

    def _responses(self, window: Window, score: IntArray) -> Iterator[Damage]:
        for row in np.flatnonzero(window.score != score).tolist():
            kept, wanted = (None if s == NO_SCORE else int(s) for s in (window.score[row], score[row]))
            yield self._response(int(window.ids[row]), "score", kept, wanted)
        for row in np.flatnonzero(window.version != self.layout.version_id).tolist():
            key, kept = int(window.ids[row]), int(window.version[row])
            yield self._response(key, "scheme_version_id", kept, self.layout.version_id)
        for key, item in window.strange.tolist():
            yield self._damage("answer", f"response {key}", self._item(item), "item_id", item, None, (key, item))

    def _response(self, key: int, column: str, kept: int | str | None, wanted: int | str | None) -> Damage:
        return self._damage("response", f"response {key}", "", column, kept, wanted, (key,))

    def _cells(
        self,
        tally: type[SQLModel],
        score: type[SQLModel],
        whose: str,
        names: type[Customer] | type[Cohort],
        recounted: Sum,
        only: IntArray | None,
    ) -> Iterator[Damage]:
        """Compares one tier with what the rows add up to; `only` restricts it to a range of keys."""
        group, layout = recounted.group, self.layout
        unused = tuple(name for name in TALLY if name not in layout.tally_columns)
        nothing = np.zeros((len(group.ids), len(layout.item_ids), len(unused)), dtype=np.int64)
        for model, what, columns, cells, keys in (
            (tally, "item_id", layout.tally_columns, group.tally, layout.item_ids),
            (tally, "item_id", unused, nothing, layout.item_ids),
            (score, "composite", SUMS, group.sums, layout.composite_ids),
        ):
            kept = kept_cells(self.session, self.wave_id, model, (whose, what), columns, only)
            for who, which, column, was, now in differences(kept, group.ids, np.array(keys), cells):
                label = self._item(which) if what == "item_id" else self._composite(which)
                key = _key(model, self.wave_id, {whose: who, what: which})
                place = (bulk.table_of(model).name, self._who(names, who), label, columns[column])
                yield self._damage(*place, was, now, key)

    def _returns(self) -> Iterator[Damage]:
        for model, whose, names in (
            (CustomerReturn, "customer_id", Customer),
            (CohortReturn, "cohort_id", Cohort),
        ):
            wanted = returns_by(self.session, self.wave_id, whose)
            kept = kept_returns(self.session, self.wave_id, model, whose)
            nothing = (0,) * len(RETURNS)
            everybody = wanted.keys() | kept.keys()
            for who in sorted(key for key in everybody if kept.get(key, nothing) != wanted.get(key, nothing)):
                pairs = zip(RETURNS, kept.get(who, nothing), wanted.get(who, nothing), strict=True)
                for column, was, now in pairs:
                    if was != now:
                        place = (bulk.table_of(model).name, self._who(names, who), "", column)
                        yield self._damage(*place, was, now, (self.wave_id, who))

    def _invitations(self) -> Iterator[Damage]:
        """Answered invitations have a response, and responses the lateness that their invitation says."""
        if self.wave.is_anonymous:  # there they have nothing in common
            return
        sent, back = bulk.table_of(Invitation), bulk.table_of(Response)
        is_late = case((back.c.late.is_(True), 1), else_=0) != case((sent.c.in_time.is_(False), 1), else_=0)
        statement = (
            sa_select(sent.c.id, sent.c.state, sent.c.in_time, back.c.id, back.c.late)
            .join_from(sent, back, back.c.invitation_id == sent.c.id, isouter=True)
            .where(sent.c.wave_id == self.wave_id)
            .where(((sent.c.state == "answered") != back.c.id.is_not(None)) | is_late)
            .order_by(sent.c.id)
        )
        for key, state, in_time, response, late in self.session.connection().execute(statement):
            if (state == "answered") != (response is not None):
                wanted = "answered" if response else "sent"
                yield self._damage("invitation", f"invitation {key}", "", "state", state, wanted, (key,))
            else:
                yield self._response(response, "late", int(late), int(not in_time))

    def _findings(self) -> Iterator[Damage]:
        scheme, sums = self.layout.scheme, self.cohorts.group
        whole = Figures(sums.tally.sum(axis=0)[None], sums.sums.sum(axis=0)[None])
        composites = whole.composite_scores()[0]
        n, satisfied = (int(whole.sums[0, 0, SUMS.index(name)]) for name in ("n", "satisfied"))
        if scheme.index_over == "customers":
            composites[0] = np.mean(self.customer_index) if self.customer_index else np.nan
            customers = np.array(self.customer_index)
            satisfied, n = int((~below(customers, scheme.satisfied_score)).sum()), len(customers)
        low = Figures(whole.tally - self.named[None], whole.sums).low_answers(scheme)[0]
        before = None if self.before is None else self.before.scores
        now = WaveScores(composites, whole.item_scores(scheme)[0], satisfied / n if n else np.nan)
        holds = wave_findings(now, before, low, scheme)
        self._expect(wave_rules(scheme), np.zeros(1, dtype=np.int64), holds)
        if not self.wave.is_pilot:
            returns = return_figures(self.session, self.wave, self.layout)
            self.expected |= {(rule, ABOUT): Rule(rule) for rule in holding(returns, scheme.targets)}
        waiting = opinions_that_wait(self.session, self.wave)
        self.expected |= {(OPINION_RULE, what): Rule(OPINION_RULE) for what in waiting}
        mine = select(Finding.rule, Finding.about, Finding.state, Finding.id).where(Finding.wave_id == self.wave_id)
        mine = mine.where(col(Finding.rule).in_(KEPT_RULES))
        kept = {(rule, what): (state, key or 0) for rule, what, state, key in self.session.exec(mine)}
        for rule, what in sorted(kept.keys() | self.expected.keys()):
            state, key = kept.get((rule, what), (None, 0))
            if (state == "open") != ((rule, what) in self.expected):
                wanted = "open" if (rule, what) in self.expected else "cleared"
                yield self._damage("finding", self._spelled(what), rule, "state", state, wanted, (key,))

    def _frozen(self) -> Iterator[Damage]:
        kept = frozen_at_closing(self.session, self.wave_id)
        if kept is None:
            return
        if digest(kept.figures) != kept.sha256:
            yield self._damage("frozen_result", "", "", "figures", "changed", "as at closing", (kept.id or 0,))
        if kept.figures.get("findings") != findings_digest(self.session, self.wave_id):
            yield self._damage("finding", "", "", "frozen", "changed", "as at closing", (self.wave_id,))

    def _expect(self, rules: list[Rule], ids: IntArray, holds: BoolArray) -> None:
        for row, column in np.argwhere(holds).tolist():
            rule = rules[column]
            item = None if rule.item is None else self.layout.item_ids[rule.item]
            self.expected[rule.rule, about(rule, int(ids[row]) or None, item, self.layout.scheme)] = rule

    def _spelled(self, what: str) -> str:
        """`about` with codes instead of keys: customer C17, item on_time."""
        parts = []
        for part in what.split("/"):
            kind, _, key = part.partition(":")
            named = {"customer": lambda k: self._who(Customer, int(k)), "item": lambda k: self._item(int(k))}
            parts.append(named[kind](key) if kind in named and key.isdigit() else key or kind)
        return " ".join(parts)

    def _who(self, names: type[Customer] | type[Cohort], key: int) -> str:
        row = self.session.get(names, key)
        if isinstance(row, Customer):
            return row.code
        return "/".join((row.segment, row.region, row.channel)) if isinstance(row, Cohort) else f"{key}"

    def _item(self, key: int) -> str:
        row = self.session.get(ItemRow, key)
        return row.code if row else f"item {key}"

    def _composite(self, key: int) -> str:
        row = self.session.get(DimensionRow, key) if key else None
        return row.code if row else "index" if key == 0 else f"composite {key}"

    def _damage(
        self,
        table: str,
        who: str,
        what: str,
        column: str,
        kept: int | str | None,
        wanted: int | str | None,
        key: tuple[int, ...],
    ) -> Damage:
        return Damage(table, self.scheme, self.wave.code, who, what, column, kept, wanted, key, self.wave_id)


def _key(model: type[SQLModel], wave_id: int, parts: dict[str, int]) -> tuple[int, ...]:
    return tuple({"wave_id": wave_id, **parts}[column.name] for column in bulk.table_of(model).primary_key)
