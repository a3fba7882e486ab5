"""A survey file goes into a wave: read in chunks, checked, written with roll-ups and findings, a transaction each.

A killed import goes on where it stopped; a file that is in already changes nothing; two imports don't mix.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from db.models import (
    Customer,
    Department,
    ImportRun,
    Invitation,
    Response,
    SchemeRow,
    SchemeVersion,
    StoredMapping,
    Wave,
)
from db.queries.layouts import layout_of_version, newest_version
from db.rollups import Layout
from db.session import read_session, write_session
from domain.access import SYSTEM, NotThere, Viewer
from domain.errors import N_, Refusal
from domain.mapped_rows import SHANGHAI, BadCell, ReadRows, Reason, RowReader, compile_mapping
from domain.mapping import Mapping, fingerprint_of
from domain.repeated import SeenIds, digest_of
from domain.scheme import IntArray, Scheme
from domain.scheme_file import load
from services.audit import audit
from services.customers import customer_ids
from services.findings import Memory
from services.reading import Table, open_table
from services.recording import NewResponses, cohort_id, record
from services.schemes import store_scheme
from services.waves import open_wave, wave_of

ROWS_AT_ONCE = {"sqlite": 4_000, "postgresql": 2_000}
"""Questionnaires in a transaction (architecture.md 3): a form that is submitted meanwhile waits for one of them."""
MOST_PROBLEMS = 10_000
"""So many problems are listed; the rest is counted."""
Progress = Callable[[int, int], bool]
"""Is told rows done and rows in all, after each transaction; returns False to stop the import there."""


class SchemeUnknown(Refusal):
    """No scheme of that code."""

    def __init__(self, code: str) -> None:
        super().__init__(
            N_("There is no scheme “{scheme}”. Give the code of a stored scheme, or a TOML file."), scheme=code
        )


class ImportGoesOnElsewhere(Refusal):
    """The same file is going into the same wave at this moment."""

    def __init__(self) -> None:
        super().__init__(N_("This file is being imported into this wave already. Wait until that is done."))


@dataclass(frozen=True)
class ImportReport:
    """What became of a file's rows: written (invalid ones among them), in already, refused with the reason of each cell."""

    wave: str
    scheme: str = ""
    rows: int = 0
    written: int = 0
    invalid: int = 0
    already_in: int = 0
    refused: int = 0
    problems: list[BadCell] = field(default_factory=list)
    finished: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Source:
    """What is imported: the table, what its cells mean, and under which rules."""

    table: Table
    mapping: Mapping
    scheme: Scheme
    reader: RowReader

    @property
    def mapping_hash(self) -> str:
        """Tells whether a file is imported in the same way as before."""
        return blake2b(self.mapping.dump().encode(), digest_size=16).hexdigest()


def open_source(
    file: Path | BinaryIO, filename: str, mapping: Mapping, scheme: Scheme, *, zone: ZoneInfo = SHANGHAI
) -> Source:
    """A file ready to be read under a scheme; raises FileRefused, MappingInvalid."""
    return source_of(open_table(file, filename), mapping, scheme, zone=zone)


def source_of(table: Table, mapping: Mapping, scheme: Scheme, *, zone: ZoneInfo = SHANGHAI) -> Source:
    """A table ready to be read under a scheme; raises MappingInvalid."""
    reader = compile_mapping(
        mapping,
        table.headers,
        scheme.item_codes,
        scheme.levels,
        scheme.number_scale,
        zone=zone,
        customer_required="customer" in mapping.columns or "customer_name" in mapping.columns,
    )
    return Source(table, mapping, scheme, reader)


def checked(source: Source, *, on_progress: Progress | None = None) -> ImportReport:
    """What would become of the rows, without writing anything: how many are valid, and why the others aren't."""
    report, seen = ImportReport("", dry_run=True), SeenIds()
    for lines, rows in source.table.rows_in_chunks():
        read = source.reader.read(lines, rows, seen)
        good = read.good
        report = replace(
            _with_problems(report, read.bad, repeats=len(read.repeats)),
            rows=report.rows + len(rows),
            written=report.written + int(good.sum()),
            invalid=report.invalid + int((good & ~read.rated).sum()),
        )
        if on_progress and not on_progress(report.rows, source.table.row_count):
            return report
    return replace(report, finished=True)


def import_file(
    engine: Engine,
    file: Path | BinaryIO,
    *,
    scheme: str,
    wave: str,
    mapping: Mapping,
    filename: str = "",
    dry_run: bool = False,
    on_progress: Progress | None = None,
    by: Viewer = SYSTEM,
    at: datetime,
    zone: ZoneInfo = SHANGHAI,
) -> ImportReport:
    """Imports a file into a wave, which is opened if it isn't there; `scheme` is a code or a TOML document.

    Raises FileRefused, MappingInvalid, SchemeInvalid, SchemeUnknown, NotAllowed before anything is written.
    """
    by.check("import")
    name = filename or (file.name if isinstance(file, Path) else "")
    with read_session(engine) as session:
        document = _document(session, scheme, by)
    source = open_source(file, name, mapping, load(document), zone=zone)
    if dry_run:
        return replace(checked(source, on_progress=on_progress), wave=wave)
    with write_session(engine) as session:
        run = _begin(session, source, document, wave, by, at)
    return _write_all(engine, source, run, on_progress, by, at)


def _document(session: Session, scheme: str, by: Viewer) -> str:
    if "\n" in scheme:
        document, code = scheme, load(scheme).code
    else:
        version = newest_version(session, scheme)
        if version is None:
            raise SchemeUnknown(scheme)
        document, code = version.document, scheme
    if by.only_schemes_of is not None:
        stored = session.exec(select(SchemeRow.organiser_id).where(SchemeRow.code == code)).first()
        own = session.exec(select(Department.code).where(Department.id == by.only_schemes_of)).first()
        if load(document).organiser != own or stored not in (None, by.only_schemes_of):
            raise NotThere
    return document


def _begin(session: Session, source: Source, document: str, code: str, by: Viewer, at: datetime) -> ImportRun:
    wave = wave_of(session, source.scheme.code, code)
    if wave is None:
        version = store_scheme(session, document=document, by=by.user_id or None, at=at)
        wave = open_wave(session, version=version, code=code, by=by.user_id or None, at=at)
    assert wave.id is not None
    same = select(ImportRun).where(
        ImportRun.wave_id == wave.id,
        ImportRun.file_sha256 == source.table.sha256,
        ImportRun.mapping_hash == source.mapping_hash,
    )
    run = session.exec(same).first() or ImportRun(
        wave_id=wave.id,
        file_name=source.table.filename,
        file_sha256=source.table.sha256,
        mapping_hash=source.mapping_hash,
        mapping=source.mapping.dump(),
        started_at=at,
        started_by_id=by.user_id or None,
    )
    if run.finished_at is not None:
        run.rows_done, run.finished_at = 0, None
        run.written = run.invalid = run.already_in = run.refused = 0
    session.add(run)
    _keep_mapping(session, source, wave.scheme_id, by, at)
    session.flush()
    return run


def _keep_mapping(session: Session, source: Source, scheme_id: int, by: Viewer, at: datetime) -> None:
    fingerprint = fingerprint_of(source.table.headers)
    same = select(StoredMapping).where(StoredMapping.scheme_id == scheme_id, StoredMapping.fingerprint == fingerprint)
    kept = session.exec(same).first() or StoredMapping(
        scheme_id=scheme_id, fingerprint=fingerprint, name=source.table.filename, document="", used_at=at
    )
    kept.document, kept.used_at, kept.created_by_id = source.mapping.dump(), at, by.user_id or None
    session.add(kept)


def _write_all(
    engine: Engine, source: Source, run: ImportRun, on_progress: Progress | None, by: Viewer, at: datetime
) -> ImportReport:
    report = ImportReport("", source.scheme.code, run.rows_done, run.written, run.invalid, run.already_in, run.refused)
    state = _State(run.id or 0, run.rows_done, identity=Identity())
    for lines, rows in _chunks(source, state, engine):
        read = source.reader.read(lines, rows, state.seen)
        with write_session(engine) as session:
            report = _write_chunk(session, source, state, read, rows, report, by, at)
        state.rows_done = report.rows
        if on_progress and not on_progress(report.rows, max(report.rows, source.table.row_count)):
            return report
    with write_session(engine) as session:
        finished = session.get(ImportRun, run.id)
        assert finished is not None
        finished.finished_at = at
        session.add(finished)
        counts = {name: getattr(report, name) for name in ("rows", "written", "invalid", "already_in", "refused")}
        audit(session, by=by.user_id or None, at=at, verb="import", about="wave", about_id=run.wave_id, **counts)
        wave = session.get(Wave, run.wave_id)
    return replace(report, finished=True, wave=wave.code if wave else "")


@dataclass
class _State:
    """What goes from one transaction of an import to the next."""

    run_id: int
    rows_done: int
    identity: "Identity"
    seen: SeenIds = field(default_factory=SeenIds)
    memory: Memory = field(default_factory=Memory)
    customers: dict[tuple[str, str], int] = field(default_factory=dict)
    places: dict[int, tuple[str, str]] = field(default_factory=dict)
    cohorts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    invitations: dict[int, list[Invitation]] | None = None


def _chunks(source: Source, state: _State, engine: Engine) -> Iterator[tuple[list[int], list[list[str]]]]:
    """The rows not written yet; those before are only looked at, so that repeats are known as repeats."""
    size = ROWS_AT_ONCE[engine.dialect.name]
    done, to_do = state.rows_done, source.table.rows_in_chunks(size)
    for lines, rows in to_do:
        before = min(done, len(rows))
        if before:
            read = source.reader.read(lines[:before], rows[:before], state.seen)
            state.identity.keys(rows[:before], read.external_ids)
            done -= before
        if before < len(rows):
            yield list(lines[before:]), rows[before:]


def _write_chunk(
    session: Session,
    source: Source,
    state: _State,
    read: ReadRows,
    rows: list[list[str]],
    report: ImportReport,
    by: Viewer,
    at: datetime,
) -> ImportReport:
    wave, layout = _take_turn(session, state, len(rows))
    new = _new_responses(session, wave, state, read, rows, by, at)
    kept = np.flatnonzero(read.good).tolist()
    recorded = record(session, wave, layout, new.only(kept), at=at, memory=state.memory)
    _mark_answered(session, new, kept, recorded.ids, state, at)
    there = [row for row, key in zip(kept, recorded.ids, strict=True) if not key]
    changed = _changed(session, wave, source, new, read, there)
    report = _with_problems(report, [*read.bad, *changed], repeats=len(read.repeats))
    report = replace(
        report,
        rows=state.rows_done + len(rows),
        written=report.written + len(kept) - len(there),
        invalid=report.invalid + recorded.invalid,
        already_in=report.already_in + len(there) - len(changed),
        wave=wave.code,
    )
    counts = {name: getattr(report, name) for name in ("written", "invalid", "already_in", "refused")}
    session.connection().execute(update(ImportRun).where(col(ImportRun.id) == state.run_id).values(**counts))
    return report


def _take_turn(session: Session, state: _State, rows: int) -> tuple[Wave, Layout]:
    """Moves the progress mark; raises ImportGoesOnElsewhere when somebody else moved it."""
    mine = update(ImportRun).where(col(ImportRun.id) == state.run_id, col(ImportRun.rows_done) == state.rows_done)
    moved = session.connection().execute(mine.values(rows_done=state.rows_done + rows))
    if moved.rowcount != 1:
        raise ImportGoesOnElsewhere
    wave = session.exec(select(Wave).join(ImportRun).where(ImportRun.id == state.run_id)).one()
    return wave, layout_of_version(session, wave.scheme_version_id)


def _new_responses(
    session: Session,
    wave: Wave,
    state: _State,
    read: ReadRows,
    rows: list[list[str]],
    by: Viewer,
    at: datetime,
) -> NewResponses:
    customers = _customers(session, state, read, at)
    invitations, late = _invitations(session, wave, state, customers, read)
    return NewResponses(
        levels=read.levels,
        cohort=_cohorts(session, state, read, customers),
        customer=customers,
        row_keys=state.identity.keys(rows, read.external_ids),
        content_hashes=_contents(read),
        weights=read.weights,
        respondents=read.texts.get("respondent", [""] * len(rows)),
        submitted=read.submitted_at,
        opinions=[[text for _, text in texts] for texts in read.opinions],
        late=late,
        invitations=invitations,
        import_run_id=state.run_id,
        entered_by_id=by.user_id or None,
    )


def _customers(session: Session, state: _State, read: ReadRows, at: datetime) -> IntArray:
    count = len(read.lines)
    codes, names = read.texts.get("customer", [""] * count), read.texts.get("customer_name", [""] * count)
    pairs = list(zip(codes, names, strict=True))
    good = read.good.tolist()
    new = {pair for pair, is_good in zip(pairs, good, strict=True) if is_good and any(pair)} - state.customers.keys()
    if new:
        found = customer_ids(session, new, at=at)
        state.customers |= found
        wanted = list(set(found.values()))
        places = select(Customer.id, Customer.segment, Customer.region).where(col(Customer.id).in_(wanted))
        state.places |= {key: (segment, region) for key, segment, region in session.exec(places) if key}
    return np.array([state.customers.get(pair, 0) for pair in pairs], dtype=np.int64)


def _cohorts(session: Session, state: _State, read: ReadRows, customers: IntArray) -> IntArray:
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
    session: Session, wave: Wave, state: _State, customers: IntArray, read: ReadRows
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
    late = [_is_late(invitation, when) for invitation, when in zip(taken, read.submitted_at, strict=True)]
    return [invitation.id if invitation else None for invitation in taken], late


def _is_late(invitation: Invitation | None, submitted: int | None) -> bool:
    if invitation is None or invitation.due_on is None or submitted is None:
        return False
    return datetime.fromtimestamp(submitted / 1000, SHANGHAI).date() > invitation.due_on


def _mark_answered(
    session: Session, new: NewResponses, kept: list[int], ids: list[int], state: _State, at: datetime
) -> None:
    answered = [row for row, key in zip(kept, ids, strict=True) if key and new.invitations[row]]
    for row in answered:
        submitted = new.submitted[row]
        on = (
            datetime.fromtimestamp(submitted / 1000, SHANGHAI) if submitted is not None else at.astimezone(SHANGHAI)
        ).date()
        this = update(Invitation).where(col(Invitation.id) == new.invitations[row])
        session.connection().execute(this.values(state="answered", returned_on=on, in_time=not new.late[row]))
    returned = {new.invitations[row] for row in kept} - {new.invitations[row] for row in answered}
    if returned - {None}:
        state.invitations = None


def _contents(read: ReadRows) -> list[str]:
    """What each row says, so that the same identity with other content is noticed: levels, and who answered."""
    count = len(read.lines)
    texts = zip(*read.texts.values(), strict=True) if read.texts else iter([()] * count)
    return [
        blake2b(levels.tobytes() + "\x1f".join(cells).encode(), digest_size=16).hexdigest()
        for levels, cells in zip(read.levels, texts, strict=True)
    ]


def _changed(
    session: Session, wave: Wave, source: Source, new: NewResponses, read: ReadRows, there: list[int]
) -> list[BadCell]:
    """Rows whose external id is in already with other content: reported, never applied."""
    kept: dict[str, str] = {}
    keys = [new.row_keys[row] for row in there]
    for start in range(0, len(keys), 2_000):
        same = col(Response.row_key).in_(keys[start : start + 2_000])
        found = select(Response.row_key, Response.content_hash).where(Response.wave_id == wave.id, same)
        kept |= dict(session.exec(found).all())
    header = source.mapping.columns.get("external_id", "")
    return [
        BadCell(read.lines[row], header, read.external_ids[row], Reason.ID_CHANGED)
        for row in there
        if read.external_ids[row] and kept.get(new.row_keys[row]) != new.content_hashes[row]
    ]


def _with_problems(report: ImportReport, bad: list[BadCell], *, repeats: int = 0) -> ImportReport:
    room = max(0, MOST_PROBLEMS - len(report.problems))
    return replace(
        report,
        refused=report.refused + len({cell.line for cell in bad}),
        already_in=report.already_in + repeats,
        problems=report.problems + bad[:room] if room else report.problems,
    )


class Identity:
    """Who a row is (architecture.md 9): its external id, else a hash of its cells and how often they came before.

    Remembers 8 bytes a row, sorted, so that a million rows cost 8 MB.
    """

    def __init__(self) -> None:
        self._once: IntArray = np.empty(0, dtype=np.int64)
        self._again: dict[int, int] = {}

    def keys(self, rows: list[list[str]], external_ids: list[str]) -> list[str]:
        """The identity of each row, after those of all chunks before."""
        hashes = [b"" if known else digest_of(row) for row, known in zip(rows, external_ids, strict=True)]
        short = [int.from_bytes(h[:8], "little", signed=True) for h in hashes if h]
        times = iter(self._times(short))
        return [
            f"id:{known}" if known else f"row:{h.hex()}:{next(times)}"
            for known, h in zip(external_ids, hashes, strict=True)
        ]

    def _times(self, short: list[int]) -> list[int]:
        """How often each hash came before."""
        if not short:
            return []
        values, counts = np.unique(np.array(short, dtype=np.int64), return_counts=True)
        place = np.searchsorted(self._once, values)
        there = (
            self._once[place.clip(max=max(0, len(self._once) - 1))] == values if len(self._once) else values != values
        )
        again = set(values[there | (counts > 1)].tolist())
        known = set(values[there].tolist())
        self._once = np.insert(self._once, place[~there], values[~there])
        times = []
        for value in short:
            if value not in again:
                times.append(0)
                continue
            before = self._again.get(value, 1 if value in known else 0)
            times.append(before)
            self._again[value] = before + 1
        return times


def scheme_version(session: Session, code: str) -> SchemeVersion:
    """The newest version of a stored scheme; raises SchemeUnknown."""
    version = newest_version(session, code)
    if version is None:
        raise SchemeUnknown(code)
    return version
