"""Which rows of a file somebody should look at before or after importing it; nothing is left out for that."""

from collections.abc import Iterator
from itertools import chain

from domain.mapped_rows import ReadRows
from domain.review_flags import AnsweredRow, Flagged, attention_checks, flags_of, inattentive
from services.importing import Source

SAMPLE = 2_000
"""Rows in which questions that test attention are looked for."""


def flagged_rows(source: Source) -> list[Flagged]:
    """The flags of all rows of a file under its mapping, by line; reads the file once, keeps a few values of each row."""
    headers = source.table.headers
    checks = attention_checks(headers, source.table.sample(SAMPLE))
    answered: list[AnsweredRow] = []
    missed: list[Flagged] = []
    for lines, rows in source.table.rows_in_chunks():
        answered.extend(_answered(source, source.reader.read(lines, rows), rows))
        missed.extend(inattentive(headers, lines, rows, checks))
    return sorted(chain(flags_of(answered), missed), key=lambda flagged: flagged.line)


def _answered(source: Source, read: ReadRows, rows: list[list[str]]) -> Iterator[AnsweredRow]:
    """Rows count as equal where all cells but the running number are, and one of them says when or who."""
    number = source.mapping.columns.get("external_id")
    place = source.table.headers.index(number) if number else len(source.table.headers)
    is_personal = {"submitted_at", "respondent"} & source.mapping.columns.keys()
    for at, row in enumerate(rows):
        content = (*row[:place], *row[place + 1 :]) if is_personal else ()
        yield AnsweredRow(
            line=read.lines[at],
            levels=read.levels[at].tolist(),
            seconds=read.durations[at],
            number=read.external_ids[at],
            content=content,
            has_words=bool(read.opinions[at]),
        )
