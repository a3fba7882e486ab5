"""Responses go in: rows, answers, roll-ups and findings in one transaction; the same way for one and for thousands."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from secrets import randbelow
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import bindparam, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from db import bulk
from db.columns import column, milliseconds
from db.models import Answer, Cohort, ExtraAnswer, Opinion, Response, ResponseFlag, Wave
from db.queries.standing import LOCKED_WAVES
from db.rollups import (
    RETURNS,
    Batch,
    Layout,
    ReturnDelta,
    Returns,
    add_cohorts,
    add_customers,
    add_returns,
    batch_of,
    grouped,
)
from domain.errors import N_, Refusal
from domain.scheme import IntArray
from domain.scores import BoolArray
from services.findings import Memory, keep_findings, memory_of
from services.return_findings import keep_return_findings

NAMELESS: Final = 2**51
"""Keys of anonymous responses are random numbers from here to twice as much: exact in JSON as well."""


class WaveChangedMeanwhile(Refusal):
    """The wave was opened or closed while responses were on their way in: try again."""

    def __init__(self, code: str) -> None:
        super().__init__(N_("Wave {wave} has just been opened or closed by somebody else. Try again."), wave=code)


class WaveTakesNothing(Refusal):
    """The wave is void, or still planned."""

    def __init__(self, code: str) -> None:
        super().__init__(N_("Wave {wave} takes no responses: it is void or not open yet."), wave=code)


@dataclass(frozen=True)
class NewResponses:
    """R responses on their way in: levels R × items; cohort and customer keys (0 = no customer) of each; the rest as lists.

    `submitted` are milliseconds since 1970 in UTC or None; `opinions` the texts of each response.
    """

    levels: npt.NDArray[np.int16]
    cohort: IntArray
    customer: IntArray
    row_keys: list[str]
    content_hashes: list[str]
    weights: list[float | None]
    respondents: list[str]
    submitted: list[int | None]
    opinions: list[list[str]]
    late: list[bool] = field(default_factory=list)
    invitations: list[int | None] = field(default_factory=list)
    import_run_id: int | None = None
    entered_by_id: int | None = None
    extras: list[dict[str, str]] = field(default_factory=list)
    """Answers to questions that aren't rated: question → value."""
    flags: list[dict[str, str]] = field(default_factory=list)
    """Why somebody should look at it: flag → what that is about."""

    def only(self, rows: list[int]) -> "NewResponses":
        """Some of the responses, in the given order."""
        lists: tuple[str, ...] = ("row_keys", "content_hashes", "weights", "respondents", "submitted", "opinions")
        lists += ("late", "invitations", "extras", "flags")
        picked: dict[str, Any] = {
            name: [values[row] for row in rows] if (values := getattr(self, name)) else [] for name in lists
        }
        arrays: dict[str, Any] = {name: getattr(self, name)[rows] for name in ("levels", "cohort", "customer")}
        return NewResponses(**arrays, **picked, import_run_id=self.import_run_id, entered_by_id=self.entered_by_id)


@dataclass(frozen=True)
class Recorded:
    """What became of responses: ids of those written (0 = was in already), how many are invalid."""

    ids: list[int]
    invalid: int


RESPONSE_COLUMNS = (
    *("id", "wave_id", "scheme_version_id", "cohort_id", "customer_id", "invitation_id", "row_key", "content_hash"),
    *("status", "invalid_reason", "late", "score", "weight", "respondent", "submitted_at", "received_at"),
    *("import_run_id", "entered_by_id"),
)


def record(
    session: Session, wave: Wave, layout: Layout, new: NewResponses, *, at: datetime, memory: Memory | None = None
) -> Recorded:
    """Writes responses that are not in yet, in the order of architecture.md 9; raises WaveChangedMeanwhile, WaveTakesNothing.

    Rows whose key is in already are passed over. Responses without a rating, and late ones where the scheme says so,
    are stored invalid; those that come after closing wait as after_close. Neither counts.
    """
    if wave.state not in ("open", "closed"):
        raise WaveTakesNothing(wave.code)
    batch = batch_of(new.levels, new.cohort, new.customer, layout.scheme)
    status, reason = _status(wave, layout, new, batch)
    ids = _insert(session, wave, layout, new, batch, status, reason, at)
    written = np.array(ids) > 0
    _insert_answers(session, layout, new, ids)
    _insert_opinions(session, wave, new, ids, at)
    _insert_beside(session, ExtraAnswer, ("response_id", "question", "value"), new.extras, ids)
    _insert_beside(session, ResponseFlag, ("response_id", "flag", "about"), new.flags, ids)
    kinds = np.array(status, dtype=np.str_)
    counted = _part(batch, written & (kinds == "counted"))
    state = wave.state
    count(session, wave, layout, counted, _returns(new, written, kinds), at=at, memory=memory)
    if wave.state != state:
        raise WaveChangedMeanwhile(wave.code)
    return Recorded(ids, int((written & (kinds == "invalid")).sum()))


def count(
    session: Session,
    wave: Wave,
    layout: Layout,
    counted: Batch,
    returns: Returns | Sequence[ReturnDelta],
    *,
    at: datetime,
    memory: Memory | None = None,
) -> None:
    """Moves roll-ups and findings by a batch of counted (+1) or no longer counted (−1) responses; locks the wave."""
    named = counted.customer > 0
    customers = grouped(_part(counted, named), counted.customer[named], layout)
    add_customers(session, wave.id or 0, customers, layout)
    lock_wave(session, wave, unnamed=int(counted.sign[~named].sum()))
    is_one = len(counted.sign) == 1 and bool(
        named[0]
    )  # then what it adds to its customer is what it adds to its cohort
    cohorts = replace(customers, ids=counted.cohort) if is_one else grouped(counted, counted.cohort, layout)
    add_cohorts(session, wave.id or 0, cohorts, layout)
    add_returns(session, wave.id or 0, returns)
    if wave.state == "open":
        known = memory or memory_of(session, wave)
        keep_findings(session, wave, layout, customers, known, at=at, cohorts=cohorts)
        if wave.window_over:
            keep_return_findings(session, wave, layout, at=at)


_LOCK = (
    update(Wave)
    .where(col(Wave.id) == bindparam("this"))
    .values(version=Wave.version + 1, unnamed=Wave.unnamed + bindparam("more"))
    .returning(col(Wave.version), col(Wave.unnamed), col(Wave.state), col(Wave.window_over))
)


def lock_wave(session: Session, wave: Wave, *, unnamed: int = 0) -> None:
    """Takes the wave's row until the end of the transaction and counts one more write; refreshes `wave`."""
    given = {"this": wave.id, "more": unnamed}
    ((version, without_customer, state, is_over),) = bulk.fetch(session, _LOCK, given)
    session.expunge(wave) if wave in session else None
    wave.version, wave.unnamed, wave.state, wave.window_over = version, without_customer, state, bool(is_over)
    session.info.setdefault(LOCKED_WAVES, set()).add(wave.id)


_COHORT = sa_select(col(Cohort.id)).where(
    *(column(Cohort, name) == bindparam(name) for name in ("segment", "region", "channel"))
)


def cohort_id(session: Session, segment: str, region: str, channel: str) -> int:
    """The key of a cohort, made when it is new."""
    place = {"segment": segment, "region": region, "channel": channel}
    found = bulk.fetch(session, _COHORT, place)
    if not found:
        bulk.insert_new_rows(session, Cohort, tuple(place), [tuple(place.values())])
        found = bulk.fetch(session, _COHORT, place)
    return int(found[0][0])


def content_hash(*parts: object) -> str:
    """What tells whether a row with the same identity says the same: a hash over its mapped content."""
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def _status(wave: Wave, layout: Layout, new: NewResponses, batch: Batch) -> tuple[list[str], list[str]]:
    late = new.late or [False] * len(new.row_keys)
    usual = "counted" if wave.state == "open" else "after_close"
    reasons = [
        "no rating" if not rated else "late" if is_late and not layout.scheme.late_answers_count else ""
        for rated, is_late in zip(batch.scores.answered[:, 0].tolist(), late, strict=True)
    ]
    return ["invalid" if reason else usual for reason in reasons], reasons


def _insert(
    session: Session,
    wave: Wave,
    layout: Layout,
    new: NewResponses,
    batch: Batch,
    status: list[str],
    reason: list[str],
    at: datetime,
) -> list[int]:
    rows = len(new.row_keys)
    ids = _random_ids(rows) if wave.is_anonymous else list(bulk.next_ids(session, Response, rows))
    scores = np.where(batch.scores.answered[:, 0], batch.scores.score[:, 0], -(2**62)).tolist()
    columns: list[Sequence[Any]] = [
        *(ids, [wave.id] * rows, [layout.version_id] * rows, new.cohort.tolist()),
        *(
            [c or None for c in new.customer.tolist()],
            new.invitations or [None] * rows,
            new.row_keys,
            new.content_hashes,
        ),
        *(status, reason, new.late or [False] * rows, [None if s == -(2**62) else s for s in scores], new.weights),
        *(new.respondents, new.submitted, [milliseconds(at)] * rows),
        *([new.import_run_id] * rows, [new.entered_by_id] * rows),
    ]
    went_in = bulk.insert_new_rows(session, Response, RESPONSE_COLUMNS, list(zip(*columns, strict=True)))
    if went_in == rows:
        return ids
    mine = set(
        session.exec(
            select(Response.id).where(col(Response.id).between(min(ids), max(ids)), Response.wave_id == wave.id)
        )
    )
    return [key if key in mine else 0 for key in ids]


def _random_ids(rows: int) -> list[int]:
    """Keys that say nothing of the order in which anonymous responses came."""
    return [NAMELESS + randbelow(NAMELESS) for _ in range(rows)]


def _insert_answers(session: Session, layout: Layout, new: NewResponses, ids: list[int]) -> None:
    keys = np.array(ids, dtype=np.int64)
    row, item = np.nonzero((new.levels >= 0) & (keys > 0)[:, None])
    rows = np.column_stack([keys[row], layout.item_keys[item], new.levels[row, item]])
    bulk.insert_rows(session, Answer, ("response_id", "item_id", "level"), rows)


def _insert_opinions(session: Session, wave: Wave, new: NewResponses, ids: list[int], at: datetime) -> None:
    rows = [
        (wave.id, key, customer or None, "", text, when if when is not None else milliseconds(at))
        for key, customer, texts, when in zip(ids, new.customer.tolist(), new.opinions, new.submitted, strict=True)
        for text in texts
        if key
    ]
    bulk.insert_rows(session, Opinion, ("wave_id", "response_id", "customer_id", "kind", "text", "received_at"), rows)


def _insert_beside(
    session: Session,
    model: type[SQLModel],
    columns: tuple[str, str, str],
    of_rows: list[dict[str, str]],
    ids: list[int],
) -> None:
    rows = [
        (key, name, text)
        for key, found in zip(ids, of_rows or [{}] * len(ids), strict=True)
        if key
        for name, text in found.items()
    ]
    if rows:
        bulk.insert_rows(session, model, columns, rows)


def _part(batch: Batch, chosen: BoolArray) -> Batch:
    scores = type(batch.scores)(batch.scores.score[chosen], batch.scores.answered[chosen])
    return Batch(batch.levels[chosen], scores, batch.cohort[chosen], batch.customer[chosen], batch.sign[chosen])


def _returns(new: NewResponses, written: BoolArray, status: npt.NDArray[np.str_]) -> Returns:
    """What responses add to the returns (rules.md 4): valid and invalid ones, and those that answer an invitation."""
    rows = len(status)
    late = np.array(new.late or [False] * rows, dtype=np.bool_)
    invited = np.array([key is not None for key in new.invitations] or [False] * rows, dtype=np.bool_)
    kinds = {
        "returned": invited,
        "in_time": invited & ~late,
        "late": invited & late,
        "valid": status == "counted",
        "invalid": status == "invalid",
    }
    counts = np.zeros((rows, len(RETURNS)), dtype=np.int64)
    for name, is_kind in kinds.items():
        counts[:, RETURNS.index(name)] = is_kind & written
    return Returns(new.cohort, new.customer, counts)
