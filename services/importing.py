"""A survey file goes into a wave: read in chunks, checked, written with roll-ups and findings, a transaction each.

A killed import goes on where it stopped; a file that is in already changes nothing; two imports don't mix.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from db.models import ImportRun, SchemeVersion, StoredMapping, Wave
from db.queries.layouts import layout_of_version, newest_version
from db.rollups import Layout
from db.session import read_session, write_session
from domain.access import SYSTEM, Viewer
from domain.cell_meanings import with_direction
from domain.errors import N_, Refusal
from domain.mapped_rows import SHANGHAI, BadCell, ReadRows, Reason, RowReader, compile_mapping
from domain.mapping import Mapping, fingerprint_of
from domain.repeated import SeenIds
from domain.row_identity import RowIdentity
from domain.scheme import Scheme
from domain.scheme_file import document_hash, load
from services.audit import audit
from services.flagging import FlagWatch, flagged_in
from services.import_reports import ImportReport, with_flags, with_problems
from services.import_rows import (
    ImportState,
    changed_rows,
    contents_in,
    contents_of,
    keep_questions,
    mark_answered,
    new_responses,
)
from services.reading import Table, open_table
from services.recording import WaveChangedMeanwhile, record
from services.schemes import check_organiser, presets, store_scheme
from services.waves import checked_code, open_wave, wave_of

ROWS_AT_ONCE = 4_000
"""Questionnaires in a transaction (architecture.md 3): a form that is submitted meanwhile waits for one of them."""
_Chunk = tuple[list[list[str]], ReadRows]
Progress = Callable[[int, int], bool]
"""Is told rows done and rows in all, after each transaction; returns False to stop the import there."""


class SchemeUnknown(Refusal):
    """No scheme of that code."""

    def __init__(self, code: str) -> None:
        super().__init__(
            N_("There is no scheme “{scheme}”. Give the code of a stored scheme, or a TOML file."), scheme=code
        )


class WaveKeepsRules(Refusal):
    """A document that is no version of the scheme, for a wave that runs under one."""

    def __init__(self, wave: str) -> None:
        super().__init__(
            N_("Wave {wave} keeps the rules that it was opened under. Give the scheme's code, or open another wave."),
            wave=wave,
        )


class ImportGoesOnElsewhere(Refusal):
    """The same file is going into the same wave at this moment."""

    def __init__(self) -> None:
        super().__init__(N_("This file is being imported into this wave already. Wait until that is done."))


@dataclass(frozen=True)
class Source:
    """What is imported: the table, what its cells mean, and under which rules."""

    table: Table
    mapping: Mapping
    scheme: Scheme
    reader: RowReader
    zone: ZoneInfo

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
    return Source(table, mapping, scheme, reader, zone)


def checked(
    source: Source, *, on_progress: Progress | None = None, engine: Engine | None = None, wave: str = ""
) -> ImportReport:
    """What would become of the rows, without writing anything: how many are valid, why the others aren't, what to look at.

    With `engine` and `wave` it also knows which rows are in that wave already, and which of them say something else.
    """
    report, seen, identity = ImportReport("", dry_run=True), SeenIds(), RowIdentity()
    watch, wave_id = FlagWatch(source.table, source.mapping), _wave_id(engine, source.scheme.code, wave)
    for lines, rows in source.table.rows_in_chunks():
        read = source.reader.read(lines, rows, seen)
        keys = identity.keys(rows, read.external_ids)
        known, changed = _known(engine, wave_id, source, read, keys) if engine and wave_id else ([], [])
        good = read.good
        good[known] = False
        report = replace(
            with_problems(
                with_flags(report, watch.flags(read, rows)), [*read.bad, *changed], repeats=len(read.repeats)
            ),
            rows=report.rows + len(rows),
            written=report.written + int(good.sum()),
            invalid=report.invalid + int((good & ~read.rated).sum()),
            in_wave=report.in_wave + len(known) - len(changed),
        )
        if on_progress and not on_progress(report.rows, source.table.row_count):
            return report
    return replace(report, finished=True)


def _wave_id(engine: Engine | None, scheme: str, code: str) -> int:
    """The key of a wave; 0 where it isn't there yet."""
    if engine is None or not code:
        return 0
    with read_session(engine) as session:
        there = wave_of(session, scheme, code)
        return there.id or 0 if there else 0


def _known(
    engine: Engine, wave_id: int, source: Source, read: ReadRows, keys: list[str]
) -> tuple[list[int], list[BadCell]]:
    """Places of good rows that are in the wave already, and those of them whose content is another one."""
    good = np.flatnonzero(read.good).tolist()
    with read_session(engine) as session:
        there = contents_in(session, wave_id, [keys[row] for row in good])
    known = [row for row in good if keys[row] in there]
    if not known:
        return [], []
    contents, header = contents_of(read), source.mapping.columns.get("external_id", "")
    changed = [
        BadCell(read.lines[row], header, read.external_ids[row], Reason.ID_CHANGED)
        for row in known
        if read.external_ids[row] and there[keys[row]] != contents[row]
    ]
    return known, changed


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
    best: str | None = None,
) -> ImportReport:
    """Imports a file into a wave, which is opened if it isn't there; `scheme` is a code or a TOML document.

    `best` says of numbers in a file whose mapping has no values which is the best answer: "highest", "lowest", or ""
    for nobody knows: their rows aren't written then. None reads them by the values of the levels.

    Raises FileRefused, MappingInvalid, SchemeInvalid, SchemeUnknown, NotAllowed before anything is written.
    """
    by.check("import")
    wave = checked_code(wave)
    name = filename or (file.name if isinstance(file, Path) else "")
    with read_session(engine) as session:
        document = _document(session, scheme, wave, by)
    if best is not None:
        mapping = with_direction(mapping, load(document).levels, best)
    source = open_source(file, name, mapping, load(document), zone=zone)
    if dry_run:
        return replace(checked(source, on_progress=on_progress, engine=engine, wave=wave), wave=wave)
    with write_session(engine) as session:
        run = _begin(session, source, document, wave, by, at)
    return _write_all(engine, source, run, on_progress, by, at)


def _document(session: Session, scheme: str, wave: str, by: Viewer) -> str:
    """The rules that rows are read by: the wave's own where it is there, else the newest ones, or those given."""
    if "\n" in scheme:
        document, code = scheme, load(scheme).code
    else:
        version = newest_version(session, scheme)
        document, code = version.document if version else presets().get(scheme, ""), scheme
        if not document:
            raise SchemeUnknown(scheme)
    check_organiser(session, load(document), by)
    there = wave_of(session, code, wave)
    if there is None:
        return document
    given = SchemeVersion.hash == document_hash(document)
    if session.exec(select(SchemeVersion.id).where(SchemeVersion.scheme_id == there.scheme_id, given)).first() is None:
        raise WaveKeepsRules(there.code)
    return session.get_one(SchemeVersion, there.scheme_version_id).document


def _begin(session: Session, source: Source, document: str, code: str, by: Viewer, at: datetime) -> ImportRun:
    check_organiser(session, source.scheme, by)
    wave = wave_of(session, source.scheme.code, code)
    if wave is None:
        version = store_scheme(session, document=document, by=by.user_id or None, at=at)
        wave = open_wave(session, version=version, code=code, by=by.user_id or None, at=at)
    elif session.get_one(SchemeVersion, wave.scheme_version_id).hash != document_hash(document):
        raise WaveChangedMeanwhile(wave.code)  # opened under other rules after the file was read
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
    keep_questions(session, wave.id, source.mapping)
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
    watch = FlagWatch(source.table, source.mapping)
    state = ImportState(run.id or 0, run.rows_done, zone=source.zone, watch=watch)
    for rows, read in _chunks(source, state):
        with _little_garbage(), write_session(engine) as session:
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


@contextmanager
def _little_garbage() -> Iterator[None]:
    """No search for garbage among a chunk's many tuples, which takes a tenth of the time; one afterwards, of the new only."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
            gc.collect(0)


def _chunks(source: Source, state: ImportState) -> Iterator[_Chunk]:
    """The rows not written yet, and what they say; those before are only looked at, so that repeats are known as repeats."""
    done, to_do = state.rows_done, source.table.rows_in_chunks(ROWS_AT_ONCE)
    for lines, rows in to_do:
        before = min(done, len(rows))
        if before:
            read = source.reader.read(lines[:before], rows[:before], state.seen)
            state.identity.keys(rows[:before], read.external_ids)
            state.watch.flags(read, rows[:before])
            done -= before
        if before < len(rows):
            yield rows[before:], source.reader.read(list(lines[before:]), rows[before:], state.seen)


def _write_chunk(
    session: Session,
    source: Source,
    state: ImportState,
    read: ReadRows,
    rows: list[list[str]],
    report: ImportReport,
    by: Viewer,
    at: datetime,
) -> ImportReport:
    wave, layout = _take_turn(session, state, len(rows))
    new = new_responses(session, wave, state, read, rows, by, at)
    kept = np.flatnonzero(read.good).tolist()
    recorded = record(session, wave, layout, new.only(kept), at=at, memory=state.memory)
    mark_answered(session, new, kept, recorded.ids, state, at)
    there = [row for row, key in zip(kept, recorded.ids, strict=True) if not key]
    changed = changed_rows(session, wave, source.mapping, new, read, there)
    report = with_problems(report, [*read.bad, *changed], repeats=len(read.repeats))
    report = with_flags(report, flagged_in(read, new.flags))
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


def _take_turn(session: Session, state: ImportState, rows: int) -> tuple[Wave, Layout]:
    """Moves the progress mark; raises ImportGoesOnElsewhere when somebody else moved it."""
    mine = update(ImportRun).where(col(ImportRun.id) == state.run_id, col(ImportRun.rows_done) == state.rows_done)
    moved = session.connection().execute(mine.values(rows_done=state.rows_done + rows))
    if moved.rowcount != 1:
        raise ImportGoesOnElsewhere
    wave = session.exec(select(Wave).join(ImportRun).where(ImportRun.id == state.run_id)).one()
    return wave, layout_of_version(session, wave.scheme_version_id)
