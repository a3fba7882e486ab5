"""What figures and findings are about, with names and scores, as screens and actions use them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from domain.return_findings import Gap
from domain.scheme import Dimension, Item, Name
from domain.scores import Score
from domain.statistics import Difference


@dataclass(frozen=True)
class Figures:
    """A subject's score, how many answers are at or below the watch level, and the comparison with the previous wave.

    `status` is "red", "amber", "ok" or None without an answer; `bound` is what the score misses: the red bound, or the
    target when it is amber; `bound_included` when a score at the bound misses it. `previous` and `difference` are None
    where there is nothing to compare with.
    """

    score: Score
    low_answers: int = 0
    status: str | None = None
    bound: float | None = None
    bound_included: bool = False
    previous: Score | None = None
    previous_wave: str = ""
    difference: Difference | None = None


WORDED: Final = frozenset({"OPINION", "COMPLAINT", "VISIT_DEFECT"})
"""Rules of findings about words and things seen, not about a figure."""


@dataclass(frozen=True)
class Subject:
    """What figures are about, with names; all None is the index of the wave, or what came back of it: `rule` and `gap`.

    What was said or seen has no figures, but a `rule` (WORDED) and `words`.
    """

    wave_id: int
    wave: str
    customer_id: int | None = None
    customer_code: str = ""
    customer: Name | None = None
    item_id: int | None = None
    item: Item | None = None
    dimension: Dimension | None = None
    figures: Figures | None = None
    rule: str = ""
    gap: Gap | None = None
    words: str = ""

    @property
    def known(self) -> Figures:
        """The figures; a subject that was read has them."""
        assert self.figures is not None
        return self.figures

    def in_(self, language: str) -> str:
        """The names in a language, customer first: "Kaituo · On-time delivery"; empty for the index."""
        names = [self.customer, self.item.name if self.item else None, self.dimension.name if self.dimension else None]
        return " · ".join(
            [*(name.in_(language) for name in names if name is not None), *([self.words] * bool(self.words))]
        )


@dataclass(frozen=True)
class ActionLink:
    """An action that handles a finding."""

    number: int
    state: str


@dataclass(frozen=True)
class FindingRow:
    """A finding as screens show it; `since` is the first wave of the unbroken run of the same finding."""

    id: int
    rule: str
    about: str
    state: str
    subject: Subject
    department_id: int | None
    department: Name | None
    appeared_at: datetime
    cleared_at: datetime | None
    returned: int
    since: str
    actions: tuple[ActionLink, ...]

    @property
    def status(self) -> str | None:
        """How bad its score is: "red", "amber" or "ok"."""
        return self.subject.known.status


@dataclass(frozen=True)
class FindingPage:
    """A page of findings, those about the same subject together, and how many there are in all.

    `subjects` counts distinct subjects, which is what pages are made of; `unassigned` those without an action;
    `at_customers` says at how many customers an item (None: the overall score) has findings.
    """

    rows: list[FindingRow]
    total: int
    subjects: int
    unassigned: int
    at_customers: dict[int | None, int]


def snapshot(subjects: Iterable[Subject], rules: Iterable[str] = ()) -> dict[str, Any]:
    """Figures as an action keeps them (JSON): what they were when it was assigned, worst subject first."""
    listed = sorted(dict.fromkeys(subjects), key=lambda one: (one.known.score.score is None, one.known.score.score))
    if not listed:
        return {}
    return {
        "wave": listed[0].wave,
        "status": listed[0].known.status,
        "rules": sorted(set(rules)),
        "subjects": [_plain(one) for one in listed],
    }


def _plain(subject: Subject) -> dict[str, Any]:
    known = subject.known
    return {
        "zh": subject.in_("zh_CN"),
        "en": subject.in_("en"),
        "score": known.score.score,
        "n": known.score.n,
        "low": known.score.low,
        "high": known.score.high,
        "low_answers": known.low_answers,
        "status": known.status,
        "bound": known.bound,
        "previous": known.previous.score if known.previous else None,
        "previous_wave": known.previous_wave,
        "difference": known.difference.difference if known.difference else None,
        "certain": known.difference.certain if known.difference else None,
    }


class NamedCustomer(NamedTuple):
    """Who a customer is, as far as a line shows it."""

    id: int
    code: str
    name_zh: str
    name_en: str
    segment: str
