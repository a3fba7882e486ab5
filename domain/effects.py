"""Whether an action helped: its subjects before and after, and the verdict that the figures suggest (rules.md 6). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from domain.action_gates import EFFECTIVE, NOT_EFFECTIVE
from domain.comparing import change, share_change
from domain.errors import N_
from domain.scores import Score, at_or_below, below
from domain.statistics import Difference, wilson_interval

CANNOT_TELL: Final = "cannot_tell"
"""The third verdict that figures suggest; nobody can give it, they can only wait."""
SUGGESTED: Final = (EFFECTIVE, NOT_EFFECTIVE, CANNOT_TELL)
ENOUGH: Final = 3
"""So many answers tell something whatever there was before (ours); fewer do where there weren't more before."""
REASONS: Final[dict[str, tuple[str, str]]] = {
    "recovered": (EFFECTIVE, N_("{after} is no longer {bound}, and not lower than before.")),
    "kept": (EFFECTIVE, N_("{after} is not lower than {before} before, and not {bound}.")),
    "no_low_answers": (EFFECTIVE, N_("Nobody gave a low answer any more, and {after} is not lower than before.")),
    "still_missed": (NOT_EFFECTIVE, N_("{after} is still {bound}.")),
    "low_answers": (NOT_EFFECTIVE, N_("There are still low answers: {low} of {n}.")),
    "lower": (NOT_EFFECTIVE, N_("{after} is lower than {before} before.")),
    "few": (CANNOT_TELL, N_("Too few answers: {n}, and {n_before} before.")),
    "not_asked": (CANNOT_TELL, N_("It was not asked any more.")),
    "no_before": (CANNOT_TELL, N_("There is no figure from before to compare with.")),
}
"""Why a verdict is suggested: code → verdict, and the sentence (a message)."""
VERDICT_NAMES: Final = {
    "effective": N_("Suggested: effective"),
    "not_effective": N_("Suggested: not effective"),
    "cannot_tell": N_("Cannot tell: wait for the next period"),
}
"""What a suggested verdict is called."""
WORST_FIRST: Final = (NOT_EFFECTIVE, CANNOT_TELL, EFFECTIVE)


@dataclass(frozen=True)
class Measured:
    """One subject before and after, in points 0–100 or, where `is_share`, as a share 0–1 of `n`.

    `bound` is what its threshold is under the later wave's rules: at it is missed too where `included`. `rules` are
    those of its findings; `changed` says how its question changed on the way (kinds of `domain.item_links`), and
    `other_scale` that answers were given on another scale.
    """

    about: str
    zh: str
    en: str
    rules: tuple[str, ...]
    before_wave: str
    before: Score
    after: Score
    bound: float | None
    included: bool = False
    low_answers: int = 0
    is_share: bool = False
    changed: tuple[str, ...] = ()
    other_scale: bool = False

    @property
    def difference(self) -> Difference | None:
        """After − before with its 95 % interval: Welch's for scores, Newcombe's for shares."""
        if not self.is_share:
            return change(self.after, self.before)
        hits, before = (round((one.score or 0.0) * one.n) for one in (self.after, self.before))
        return share_change(hits, self.after.n, before, self.before.n)


@dataclass(frozen=True)
class Effect:
    """What a wave says of an action: the suggested verdict, and each subject with its own verdict and reason's code."""

    verdict: str
    subjects: tuple[tuple[Measured, str], ...]

    @property
    def reason(self) -> str:
        """The code of the reason of the subject that decides."""
        return next((reason for _, reason in self.subjects if REASONS[reason][0] == self.verdict), "")


def effect_of(measured: Sequence[Measured]) -> Effect | None:
    """The verdict on all subjects together: effective where every one is, not effective where any isn't. None of none."""
    if not measured:
        return None
    reasons = [(one, reason_of(one)) for one in measured]
    found = {REASONS[reason][0] for _, reason in reasons}
    return Effect(next(verdict for verdict in WORST_FIRST if verdict in found), tuple(reasons))


def reason_of(one: Measured) -> str:
    """Why a subject gets its verdict, a code of `REASONS` (rules.md 6): bounds are firm whatever n, but none of nothing.

    >>> before, after = Score(12, 62.5, 20.0), Score(14, 70.1, 18.0)
    >>> reason_of(Measured("item:4", "", "", ("ITEM_BELOW",), "2026-Q2", before, after, 70.0, included=True))
    'recovered'
    """
    now, then = one.after.score, one.before.score
    if now is None:
        return "not_asked" if one.after.n == 0 and "gone" in one.changed else "few"
    if one.after.n < min(ENOUGH, one.before.n):
        return "few"
    if one.bound is not None and is_missed(now, one.bound, included=one.included):
        return "still_missed"
    if set(one.rules) == {"LOW_ANSWER"} and one.low_answers:
        return "low_answers"
    if then is None:
        return "no_before"
    if below(now, then):
        return "lower"
    if set(one.rules) == {"LOW_ANSWER"}:
        return "no_low_answers"
    was_missed = one.bound is not None and is_missed(then, one.bound, included=one.included)
    return "recovered" if was_missed else "kept"


def is_missed(figure: float, bound: float, *, included: bool) -> bool:
    """Whether a figure is under its bound, or at it where that is missed, too."""
    return at_or_below(figure, bound) if included else below(figure, bound)


def share(hits: int, n: int) -> Score:
    """A share as a figure with Wilson's interval; None of nothing."""
    if n <= 0:
        return Score(0, None)
    low, high = wilson_interval(hits, n)
    return Score(n, hits / n, None, low, high)


def as_stored(effect: Effect) -> list[dict[str, Any]]:
    """The subjects as they are kept (JSON), unrounded, each with its reason."""
    return [{**asdict(one), "reason": reason} for one, reason in effect.subjects]


def from_stored(rows: Iterable[dict[str, Any]]) -> tuple[tuple[Measured, str], ...]:
    """What `as_stored` kept."""
    return tuple((_measured(row), str(row["reason"])) for row in rows)


def _measured(row: dict[str, Any]) -> Measured:
    known = {name: value for name, value in row.items() if name != "reason"}
    scores = {name: Score(**known[name]) for name in ("before", "after")}
    return Measured(**{**known, **scores, "rules": tuple(known["rules"]), "changed": tuple(known["changed"])})


@dataclass(frozen=True)
class EffectRow:
    """What a wave said of an action in one of its rounds."""

    id: int
    round: int
    wave: str
    verdict: str
    reason: str
    subjects: tuple[tuple[Measured, str], ...]
    measured_at: datetime


@dataclass(frozen=True)
class TellingRow:
    """One attempt to tell the customer."""

    round: int
    outcome: str
    said: str
    happened_at: datetime
    who: str
