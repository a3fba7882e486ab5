"""Rows of a survey file become responses: their customers, cohorts, invitations and identity."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import update
from sqlmodel import Session, col, select

from db import bulk
from db.models import ChoiceQuestionRow, Customer, Invitation, Response, Wave
from domain.access import Viewer
from domain.mapped_rows import BadCell, ReadRows, Reason
from domain.mapping import Mapping
from domain.repeated import SeenIds
from domain.row_identity import RowIdentity
from domain.scheme import IntArray
from services.customers import Pair, customer_ids
from services.findings import Memory
from services.flagging import FlagWatch
from services.recording import NewResponses, cohort_id

OF_FILE: Final = "file:"
"""Codes of questions that came with a file begin with this, so that they never meet those of a questionnaire."""


@dataclass
class ImportState:
    """What goes from one transaction of an import to the next."""

    run_id: int
    rows_done: int
    zone: ZoneInfo
    watch: FlagWatch
    identity: RowIdentity = field(default_factory=RowIdentity)
    seen: SeenIds = field(default_factory=SeenIds)
    memory: Memory = field(default_factory=Memory)
    customers: dict[tuple[str, str], int] = field(default_factory=dict)
    places: dict[int, tuple[str, str]] = field(default_factory=dict)
    cohorts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    invitations: dict[int, list[Invitation]] | None = None


def new_responses(
    session: Session,
    wave: Wave,
    state: ImportState,
    read: ReadRows,
    rows: list[list[str]],
    by: Viewer,
    at: datetime,
) -> NewResponses:
    """The rows of a chunk as responses, the bad ones among them; makes customers and cohorts that are new."""
    customers = _customers(session, state, read, at)
    invitations, late = _invitations(session, wave, state, customers, read)
    return NewResponses(
        levels=read.levels,
        cohort=_cohorts(session, state, read, customers),
        customer=customers,
        row_keys=state.identity.keys(rows, read.external_ids),
        content_hashes=contents_of(read),
        weights=read.weights,
        respondents=read.texts.get("respondent", [""] * len(rows)),
        submitted=read.submitted_at,
        opinions=[[text for _, text in texts] for texts in read.opinions],
        late=late,
        invitations=invitations,
        import_run_id=state.run_id,
        extras=[{f"{OF_FILE}{code}": value for code, value in said.items()} for said in read.choices],
        flags=state.watch.of_chunk(read, rows),
        entered_by_id=by.user_id or None,
    )


def _customers(session: Session, state: ImportState, read: ReadRows, at: datetime) -> IntArray:
    count = len(read.lines)
    codes, names = read.texts.get("customer", [""] * count), read.texts.get("customer_name", [""] * count)
    pairs = list(zip(codes, names, strict=True))
    good = read.good.tolist()
    new = {pair for pair, is_good in zip(pairs, good, strict=True) if is_good and any(pair)} - state.customers.keys()
    if new:
        found = customer_ids(session, new, at=at, places=_places_of(new, pairs, good, read))
        state.customers |= found
        wanted = list(set(found.values()))
        places = select(Customer.id, Customer.segment, Customer.region).where(col(Customer.id).in_(wanted))
        state.places |= {key: (segment, region) for key, segment, region in session.exec(places) if key}
    return np.array([state.customers.get(pair, 0) for pair in pairs], dtype=np.int64)


def _places_of(new: Collection[Pair], pairs: list[Pair], good: list[bool], read: ReadRows) -> dict[Pair, Pair]:
    """Segment and region that a new customer begins with: where its good rows agree, otherwise none."""
    nothing = [""] * len(pairs)
    columns = [read.texts.get(role, nothing) for role in ("segment", "region")]
    found: dict[Pair, tuple[set[str], set[str]]] = {}
    for pair, is_good, *texts in zip(pairs, good, *columns, strict=True):
        if is_good and pair in new:
            for said, text in zip(found.setdefault(pair, (set(), set())), texts, strict=True):
                said.add(text)
    return {pair: (_agreed(segments), _agreed(regions)) for pair, (segments, regions) in found.items()}


def _agreed(texts: set[str]) -> str:
    said = texts - {""}
    return said.pop() if len(said) == 1 else ""


def _cohorts(session: Session, state: ImportState, read: ReadRows, customers: IntArray) -> IntArray:
    """Cohorts of the rows: segment and region of the file, else of the customer; the channel of the file."""
    count = len(read.lines)
    segments, regions = (read.texts.get(role, [""] * count) for role in ("segment", "region"))
    channels = read.texts.get("channel", [""] * count)
    places = [state.places.get(key, ("", "")) for key in customers.tolist()]
    wanted = [
        (segment or place[0], region or place[1], channel)
        for segment, region, channel, place in zip(segments, regions, channels, places, strict=True)
    ]
    for cohort in sorted(set(wanted) - state.cohorts.keys()):
        state.cohorts[cohort] = cohort_id(session, *cohort)
    return np.array([state.cohorts[cohort] for cohort in wanted], dtype=np.int64)


def _invitations(
    session: Session, wave: Wave, state: ImportState, customers: IntArray, read: ReadRows
) -> tuple[list[int | None], list[bool]]:
    """A row answers the oldest open invitation of its customer; late when it came after the due day."""
    if state.invitations is None:
        state.invitations = {}
        unanswered = select(Invitation).where(Invitation.wave_id == wave.id, Invitation.state == "sent")
        for invitation in session.exec(unanswered.order_by(col(Invitation.id))):
            if invitation.customer_id:
                state.invitations.setdefault(invitation.customer_id, []).append(invitation)
    count = len(read.lines)
    if not state.invitations:
        return [None] * count, [False] * count
    taken = [
        state.invitations[key].pop(0) if is_good and state.invitations.get(key) else None
        for key, is_good in zip(customers.tolist(), read.good.tolist(), strict=True)
    ]
    late = [_is_late(invitation, when, state.zone) for invitation, when in zip(taken, read.submitted_at, strict=True)]
    return [invitation.id if invitation else None for invitation in taken], late


def _is_late(invitation: Invitation | None, submitted: int | None, zone: ZoneInfo) -> bool:
    if invitation is None or invitation.due_on is None or submitted is None:
        return False
    return datetime.fromtimestamp(submitted / 1000, zone).date() > invitation.due_on


def mark_answered(
    session: Session, new: NewResponses, kept: list[int], ids: list[int], state: ImportState, at: datetime
) -> None:
    """The invitations that the written rows answer have come back; what another import took is read again."""
    answered = [row for row, key in zip(kept, ids, strict=True) if key and new.invitations[row]]
    for row in answered:
        submitted = new.submitted[row]
        on = (
            datetime.fromtimestamp(submitted / 1000, state.zone) if submitted is not None else at.astimezone(state.zone)
        ).date()
        this = update(Invitation).where(col(Invitation.id) == new.invitations[row])
        session.connection().execute(this.values(state="answered", returned_on=on, in_time=not new.late[row]))
    returned = {new.invitations[row] for row in kept} - {new.invitations[row] for row in answered}
    if returned - {None}:
        state.invitations = None


def contents_of(read: ReadRows) -> list[str]:
    """What each row says, so that the same identity with other content is noticed: levels, and who answered."""
    count = len(read.lines)
    texts: Iterable[tuple[str, ...]] = zip(*read.texts.values(), strict=True) if read.texts else [()] * count
    if read.choices:
        texts = [(*one, *map("=".join, said.items())) for one, said in zip(texts, read.choices, strict=True)]
    levels, width = read.levels.tobytes(), read.levels.itemsize * read.levels.shape[1]
    return [
        blake2b(levels[row * width : (row + 1) * width] + "\x1f".join(cells).encode(), digest_size=16).hexdigest()
        for row, cells in enumerate(texts)
    ]


def keep_questions(session: Session, wave_id: int, mapping: Mapping) -> None:
    """What the questions with choices are called; one that is there keeps its text."""
    rows = [(wave_id, f"{OF_FILE}{code}", one.text, one.is_multiple) for code, one in mapping.choices.items()]
    if rows:
        bulk.insert_new_rows(session, ChoiceQuestionRow, ("wave_id", "code", "text", "is_multiple"), rows)


def contents_in(session: Session, wave_id: int, keys: list[str]) -> dict[str, str]:
    """Identity → what the row said, of those that are in the wave already."""
    kept: dict[str, str] = {}
    for start in range(0, len(keys), 2_000):
        same = col(Response.row_key).in_(keys[start : start + 2_000])
        found = select(Response.row_key, Response.content_hash).where(Response.wave_id == wave_id, same)
        kept |= dict(session.exec(found).all())
    return kept


def changed_rows(
    session: Session, wave: Wave, mapping: Mapping, new: NewResponses, read: ReadRows, there: list[int]
) -> list[BadCell]:
    """Rows whose external id is in already with other content: reported, never applied."""
    kept = contents_in(session, wave.id or 0, [new.row_keys[row] for row in there])
    header = mapping.columns.get("external_id", "")
    return [
        BadCell(read.lines[row], header, read.external_ids[row], Reason.ID_CHANGED)
        for row in there
        if read.external_ids[row] and kept.get(new.row_keys[row]) != new.content_hashes[row]
    ]
