"""The subjects of an action before and after: the figures of its findings' wave beside those of a later one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from db.models import ActionFinding, Customer, DimensionRow, Finding, Wave
from db.queries.figures import About, figures
from db.queries.item_links import Decided, decided_links
from db.queries.layouts import layout_of_wave
from db.queries.narrowing import WaveInfo, waves_in
from db.queries.return_figures import return_figures
from db.queries.standing import satisfaction
from db.rollups import Layout
from domain.access import SYSTEM, Scope
from domain.effects import Measured, share
from domain.item_links import continued, has_other_scale, pooled
from domain.return_findings import RETURN_RULES, Gap, gaps
from domain.scheme import Name, Scheme
from domain.scores import ItemScore, Score
from domain.subjects import Figures

MEASURABLE = ("INDEX_BELOW", "CUSTOMER_BELOW", "ITEM_BELOW", "DECLINE", "LOW_ANSWER")
"""Rules about a score; beside them those about shares."""
RATE = "SATISFACTION_RATE_BELOW"
NOTHING = Score(0, None)


@dataclass(frozen=True)
class _About:
    """What findings of one wave say of one subject."""

    wave: Wave
    finding: Finding
    rules: tuple[str, ...]


class EffectReader:
    """A later wave with all that was before it in its scheme, to measure actions by."""

    def __init__(self, session: Session, wave: Wave) -> None:
        self.session, self.wave, self.layout = session, wave, layout_of_wave(session, wave)
        scope = Scope(SYSTEM, wave.scheme_id)
        self.chain: list[WaveInfo] = [one for one in waves_in(session, scope) if one.position <= wave.position]
        self.decided: Decided = decided_links(session, scope)

    def measured(self, action_id: int) -> list[Measured]:
        """The subjects of an action's findings in earlier waves of this scheme; those without figures are left out."""
        return [
            found
            for about in _subjects(self.session, action_id, self.wave)
            if (found := self._measured(about)) is not None
        ]

    def _measured(self, about: _About) -> Measured | None:
        rule = about.rules[0]
        if rule in RETURN_RULES:
            return self._returned(about, rule)
        if rule == RATE:
            return self._rate(about)
        return self._scored(about)

    def _scored(self, about: _About) -> Measured:
        finding, earlier = about.finding, layout_of_wave(self.session, about.wave)
        who = _kept(self.session, finding.customer_id)
        items, changed = self._items(about.wave, finding, earlier)
        key = About(about.wave.id or 0, who, finding.item_id, finding.dimension_id or 0)
        keys = [replace(key, wave_id=self.wave.id or 0, item_id=item) for item in items]
        layouts = {key.wave_id: earlier, self.wave.id or 0: self.layout}
        known = figures(self.session, [key, *keys], layouts, {})
        after = _together([known[one] for one in keys])
        bound, included = _bound(finding, self.layout.scheme)
        zh, en = (self._name(finding, who, earlier, language) for language in ("zh_CN", "en"))
        return Measured(
            finding.about,
            *(zh, en, about.rules, about.wave.code, known[key].score, after, bound, included),
            low_answers=sum(known[one].low_answers for one in keys),
            changed=changed,
            other_scale=has_other_scale(earlier.scheme, self.layout.scheme),
        )

    def _items(self, before: Wave, finding: Finding, earlier: Layout) -> tuple[Sequence[int | None], tuple[str, ...]]:
        """The later wave's items that continue the finding's, and how it changed; None stands for no item at all."""
        if finding.item_id is None:
            there = not finding.dimension_id or finding.dimension_id in self.layout.composite_ids
            return ([None], ()) if there else ([], ("gone",))
        if finding.item_id not in earlier.item_ids:
            return [], ("gone",)
        code = earlier.scheme.item_codes[earlier.item_ids.index(finding.item_id)]
        chain = [one for one in self.chain if one.position >= before.position]
        codes, changed = continued(chain, self.decided, code) if chain else ((), ())
        now = dict(zip(self.layout.scheme.item_codes, self.layout.item_ids, strict=True))
        return [now[one] for one in codes], changed if codes else ("gone",)

    def _rate(self, about: _About) -> Measured:
        before = satisfaction(self.session, about.wave.id or 0, layout_of_wave(self.session, about.wave))
        after = satisfaction(self.session, self.wave.id or 0, self.layout)
        bound = self.layout.scheme.targets.satisfaction_rate
        return self._share(about, RATE, share(*before), share(*after), bound)

    def _returned(self, about: _About, rule: str) -> Measured:
        before, after = (self._gap(wave, rule) for wave in (about.wave, self.wave))
        bound = None if after is None else 1.0 if after.bound is None else after.bound
        then, now = (NOTHING if gap is None else share(min(gap.part, gap.whole), gap.whole) for gap in (before, after))
        return self._share(about, rule, then, now, bound)

    def _gap(self, wave: Wave, rule: str) -> Gap | None:
        layout = layout_of_wave(self.session, wave)
        return gaps(return_figures(self.session, wave, layout), layout.scheme.targets).get(rule)

    def _share(self, about: _About, rule: str, before: Score, after: Score, bound: float | None) -> Measured:
        return Measured(rule, "", "", (rule,), about.wave.code, before, after, bound, is_share=True)

    def _name(self, finding: Finding, who: int | None, earlier: Layout, language: str) -> str:
        """Customer, item and dimension in a language; empty for the index."""
        customer = self.session.get(Customer, who) if who else None
        names = [Name(customer.name_zh, customer.name_en)] if customer else []
        if finding.item_id in earlier.item_ids:
            names.append(earlier.scheme.items[earlier.item_ids.index(finding.item_id)].name)
        dimension = self.session.get(DimensionRow, finding.dimension_id) if finding.dimension_id else None
        if dimension and dimension.code in earlier.scheme.dimension_by_code:
            names.append(earlier.scheme.dimension_by_code[dimension.code].name)
        return " · ".join(name.in_(language) for name in names)


def _subjects(session: Session, action_id: int, wave: Wave) -> list[_About]:
    """The subjects of an action, each by its findings in the latest wave before; scores before shares."""
    statement = (
        select(Finding, Wave)
        .join(ActionFinding, col(ActionFinding.finding_id) == Finding.id)
        .join(Wave, col(Wave.id) == Finding.wave_id)
        .where(ActionFinding.action_id == action_id, Wave.scheme_id == wave.scheme_id, Wave.position < wave.position)
        .order_by(col(Wave.position), col(Finding.id))
    )
    found: dict[str, _About] = {}
    for finding, of in session.exec(statement):
        if finding.rule not in (*MEASURABLE, *RETURN_RULES, RATE):
            continue
        key = finding.about if finding.rule in MEASURABLE else finding.rule
        known = found.get(key)
        rules = known.rules if known and known.wave.id == of.id else ()
        found[key] = _About(of, finding, (*rules, finding.rule))
    return list(found.values())


def _bound(finding: Finding, scheme: Scheme) -> tuple[float, bool]:
    """The threshold that a subject must leave behind: red for items and dimensions, the target for the rest."""
    if finding.item_id or finding.dimension_id:
        return scheme.thresholds.red, scheme.thresholds.red_at_or_below is not None
    return (scheme.targets.customer if finding.customer_id else scheme.targets.index), False


def _together(parts: Sequence[Figures]) -> Score:
    """The figures of the items that continue one as one score."""
    found = pooled([ItemScore(one.score, None, None) for one in parts])
    return NOTHING if found is None else found.score


def _kept(session: Session, customer_id: int | None) -> int | None:
    """The customer, or the one that it was merged into, who has its figures now."""
    while customer_id is not None:
        customer = session.get(Customer, customer_id)
        if customer is None or customer.merged_into_id is None:
            return customer_id
        customer_id = customer.merged_into_id
    return None
