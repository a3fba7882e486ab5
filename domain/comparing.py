"""What changed between waves: how sure a change is, since when a status holds, whether it can be told yet. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol, TypeVar

from domain.returns import ReturnTally
from domain.scheme import Name, Scheme
from domain.scores import ItemScore, Score, Tally, status
from domain.statistics import Difference, welch, wilson_interval

NOBODY = Score(0, None)


class HasScheme(Protocol):
    """A scheme version."""

    @property
    def scheme(self) -> Scheme:
        """Its rules."""


class Period(Protocol):
    """A wave: its code, its state ("open" or "closed"), how many responses were planned, the rules it runs under."""

    @property
    def code(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def planned_n(self) -> int | None: ...
    @property
    def layout(self) -> HasScheme: ...


class WaveFigures(Protocol):
    """A wave's figures, by code, as far as the reader may see them."""

    @property
    def wave(self) -> Period: ...
    @property
    def index(self) -> Score: ...
    @property
    def dimensions(self) -> Mapping[str, Score]: ...
    @property
    def named_indexes(self) -> Mapping[str, Score]: ...
    @property
    def items(self) -> Mapping[str, ItemScore]: ...
    @property
    def tallies(self) -> Mapping[str, Tally]: ...
    @property
    def returns(self) -> ReturnTally: ...
    @property
    def valid(self) -> int: ...
    @property
    def changed(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class SubjectStanding:
    """Where the index, a dimension or an item stands in the last of several waves.

    `bound` is what its status is measured by: the red bound where it is red, else amber bound or target. `since` is the
    first wave of the unbroken run at this status; `planned` how many answers were asked for (None: unknown).
    `cannot_tell_yet`: the wave collects, and its answers so far don't exclude the bound.
    """

    code: str
    name: Name
    score: Score
    status: str | None
    bound: float
    before: Score | None
    change: Difference | None
    since: str
    planned: int | None = None
    cannot_tell_yet: bool = False
    department: str = ""
    top_two_box: float | None = None


Figures = TypeVar("Figures", bound=WaveFigures)
Wave = TypeVar("Wave", bound=Period)


def previous_wave(waves: Sequence[Wave]) -> Wave | None:
    """What the last of several waves, oldest first, is compared with: the latest closed one before it (architecture.md 9).

    Where none was ever closed, the one just before.
    """
    earlier = list(waves[:-1])
    candidates = [wave for wave in earlier if wave.state == "closed"] or earlier
    return candidates[-1] if candidates else None


def previous(history: Sequence[Figures]) -> Figures | None:
    """The figures of `previous_wave`."""
    before = previous_wave([one.wave for one in history])
    return next((one for one in history if one.wave is before), None)


def change(now: Score, before: Score | None) -> Difference | None:
    """now − before in points with its 95 % interval (Welch); None where either has no score."""
    if before is None or now.score is None or before.score is None:
        return None
    return welch(now.score, now.sd, now.n, before.score, before.sd, before.n)


def share_change(hits: int, n: int, hits_before: int, n_before: int) -> Difference | None:
    """Share now − share before, −1 to 1, with Newcombe's hybrid score interval; None where either n is 0.

    Newcombe 1998, Statistics in Medicine 17:873–890, method 10.

    >>> found = share_change(56, 70, 48, 80)
    >>> round(found.difference, 4), round(found.low, 4), round(found.high, 4), found.certain
    (0.2, 0.0524, 0.3339, True)
    """
    if n <= 0 or n_before <= 0:
        return None
    now, before = hits / n, hits_before / n_before
    (low, high), (low_before, high_before) = wilson_interval(hits, n), wilson_interval(hits_before, n_before)
    lowest = now - before - sqrt((now - low) ** 2 + (high_before - before) ** 2)
    highest = now - before + sqrt((high - now) ** 2 + (before - low_before) ** 2)
    return Difference(now - before, lowest, highest, None, lowest > 0 or highest < 0)


def since(statuses: Sequence[str | None]) -> int | None:
    """Position of the first of the unbroken run at the last status; who wasn't scored in between doesn't break it.

    >>> since(["red", "amber", "red", None, "red"]), since(["red", None]), since([])
    (2, None, None)
    """
    if not statuses or statuses[-1] is None:
        return None
    first = len(statuses) - 1
    for place in range(first, -1, -1):
        if statuses[place] not in (statuses[-1], None):
            break
        first = place if statuses[place] else first
    return first


def cannot_tell_yet(score: Score, bound: float, *, is_open: bool, planned: int | None) -> bool:
    """Whether more answers may still lift a score over a bound that it is under (rules.md 5).

    So it is while the wave is open, answers are outstanding (`planned` None: unknown, then they may be), and the 95 %
    interval holds the bound or there is none.
    """
    if not is_open or score.score is None or (planned is not None and score.n >= planned):
        return False
    return score.high is None or not score.high < bound


def index_standing(history: Sequence[WaveFigures]) -> SubjectStanding:
    """The index of the last wave against the scheme's target."""
    scheme = history[-1].wave.layout.scheme
    scores = [(one, one.index) for one in history]
    return _standing("", Name(), scores, previous(history), scheme.targets.index)


def customer_standing(history: Sequence[WaveFigures]) -> SubjectStanding:
    """The score of one customer, whose figures these are, against the scheme's target for customers."""
    scheme = history[-1].wave.layout.scheme
    scores = [(one, one.index) for one in history]
    return _standing("", Name(), scores, previous(history), scheme.targets.customer)


def dimension_standings(history: Sequence[WaveFigures]) -> list[SubjectStanding]:
    """The dimensions in sight in the last wave, worst first."""
    scheme = history[-1].wave.layout.scheme
    found = [
        _standing(
            dimension.code,
            dimension.name,
            [(one, one.dimensions.get(dimension.code, NOBODY)) for one in history],
            previous(history),
            scheme.thresholds.amber_below,
        )
        for dimension in scheme.dimensions
        if dimension.code in history[-1].dimensions
    ]
    return worst_first(found)


def item_standings(history: Sequence[WaveFigures]) -> list[SubjectStanding]:
    """The items in sight in the last wave, worst first; matched over scheme versions by their codes."""
    now = history[-1]
    scheme = now.wave.layout.scheme
    found = [
        _standing(
            item.code,
            item.name,
            [(one, one.items[item.code].score if item.code in one.items else NOBODY) for one in history],
            previous(history),
            scheme.thresholds.amber_below,
            department=item.department,
            top_two_box=now.items[item.code].top_two_box,
        )
        for item in scheme.items
        if item.code in now.items
    ]
    return worst_first(found)


def worst_first(standings: Sequence[SubjectStanding]) -> list[SubjectStanding]:
    """Lowest score first; what has none comes last."""
    return sorted(standings, key=lambda one: (one.score.score is None, one.score.score or 0.0))


def _standing(
    code: str,
    name: Name,
    scores: Sequence[tuple[WaveFigures, Score]],
    before: WaveFigures | None,
    amber: float,
    *,
    department: str = "",
    top_two_box: float | None = None,
) -> SubjectStanding:
    figures, now = scores[-1]
    wave = figures.wave
    statuses = [status(score.score, one.wave.layout.scheme, target=amber) for one, score in scores]
    first = since(statuses)
    earlier = next((score for one, score in scores[:-1] if one is before), None)
    is_under = statuses[-1] in ("red", "amber")
    bound = wave.layout.scheme.thresholds.red if statuses[-1] == "red" else amber
    planned = figures.returns.sent or wave.planned_n
    return SubjectStanding(
        code,
        name,
        now,
        statuses[-1],
        bound,
        earlier,
        change(now, earlier),
        "" if first is None else scores[first][0].wave.code,
        planned,
        is_under and cannot_tell_yet(now, bound, is_open=wave.state == "open", planned=planned),
        department,
        top_two_box,
    )


@dataclass(frozen=True)
class Change:
    """A subject in two waves; `kind` is "index", "named_index", "dimension" or "item". A score is None where the wave lacks it."""

    kind: str
    code: str
    name: Name
    before: Score
    now: Score
    status_before: str | None
    status_now: str | None
    difference: Difference | None


def changes(before: WaveFigures, now: WaveFigures) -> list[Change]:
    """Everything that either wave has, matched by code, in the order of the later scheme: index, indexes, dimensions, items."""
    scheme, earlier = now.wave.layout.scheme, before.wave.layout.scheme
    names = [("index", {"": Name()}, {"": Name()})]
    names += [
        (
            kind,
            {one.code: one.name for one in getattr(scheme, part)},
            {one.code: one.name for one in getattr(earlier, part)},
        )
        for kind, part in (("named_index", "named_indexes"), ("dimension", "dimensions"), ("item", "items"))
    ]
    return [
        _change(kind, code, name, before, now)
        for kind, later_names, earlier_names in names
        for code, name in {**earlier_names, **later_names}.items()
        if _score(before, kind, code) is not None or _score(now, kind, code) is not None
    ]


def _change(kind: str, code: str, name: Name, before: WaveFigures, now: WaveFigures) -> Change:
    was, is_ = _score(before, kind, code) or NOBODY, _score(now, kind, code) or NOBODY
    return Change(kind, code, name, was, is_, _status(before, kind, was), _status(now, kind, is_), change(is_, was))


def _score(figures: WaveFigures, kind: str, code: str) -> Score | None:
    if kind == "item":
        return figures.items[code].score if code in figures.items else None
    scores = {"index": {"": figures.index}, "named_index": figures.named_indexes, "dimension": figures.dimensions}
    return scores[kind].get(code)


def _status(figures: WaveFigures, kind: str, score: Score) -> str | None:
    scheme = figures.wave.layout.scheme
    return status(score.score, scheme, target=scheme.targets.index if kind == "index" else None)
