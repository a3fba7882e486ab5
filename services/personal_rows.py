"""Rows that hold personal data of old records or of one person, and what becomes of them: for the dry run and the run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from re import Pattern
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Date,
    LargeBinary,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    tuple_,
)
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from db.models import Contact, ExtraAnswer, QuestionnaireRow, Response, SchemeVersion, StoredFile
from db.personal import PLACES, Place
from domain.questionnaire import extras_of
from domain.retention import MARK, Terms, blanked, mentions, without, words_of, years_before
from domain.scheme_file import load

DUE, PERSON, MENTION, FILES = "due", "person", "mention", "files"
NO_TEXTS: Final = ("{}", "[]", "null")
AT_ONCE: Final = 1_000
A_DAY: Final = timedelta(days=1)
"""A record of a day is kept through the same day years later, as one of a moment is."""
CHOSEN: Final = ("importance:", "file:")
"""How questions begin whose answers are chosen, not written, whatever the questionnaire."""


class Step(NamedTuple):
    """One table, and why its rows are looked at: their term is over, they are the person's, they name the person."""

    place: Place
    why: str


class Found(NamedTuple):
    """A row that was looked at: its key, what becomes of it, from when its term runs, whose it is."""

    key: tuple[Any, ...]
    changes: dict[str, Any]
    since: date | datetime | None
    customer_id: int | None


@dataclass(frozen=True)
class Task:
    """What a run is to do. Of a retention: terms, day, and years that schemes keep; of an erasure: the person.

    `chosen` are waves and questions of what was chosen, not written: figures, which stay.
    """

    as_of: datetime
    terms: Terms = field(default_factory=Terms)
    schemes: Mapping[int, int] = field(default_factory=dict)
    contact_id: int | None = None
    words: tuple[str, ...] = ()
    chosen: tuple[tuple[int, str], ...] = ()

    @cached_property
    def steps(self) -> list[Step]:
        """Everything to go through; the person's own row comes last, because its words are looked for before."""
        if self.contact_id is None:
            return [Step(place, DUE) for place in PLACES]
        person, *others = PLACES
        files = next(place for place in others if place.model is StoredFile)
        return [
            *(Step(place, PERSON) for place in others if place.contact is not None and place.texts),
            *(Step(place, MENTION) for place in others if _columns(Step(place, MENTION))),
            Step(files, FILES),
            Step(person, PERSON),
        ]

    @cached_property
    def pattern(self) -> Pattern[str]:
        """Finds the person's words."""
        return mentions(self.words)


def task(session: Session, *, as_of: datetime, terms: Terms, contact_id: int | None = None) -> Task:
    """What a run on that day would do."""
    person = session.get(Contact, contact_id) if contact_id is not None else None
    words = words_of(person.name, person.mail, person.phone) if person else ()
    return Task(as_of, terms, _scheme_years(session), contact_id, words, _chosen(session))


def rows(
    session: Session, step: Step, task: Task, *, after: Sequence[Any] = (), limit: int | None = None
) -> Iterator[Found]:
    """The rows of a step in the order of their keys, behind `after`; those in which nothing changes have no changes."""
    place, columns = step.place, _columns(step)
    since = place.since if step.why == DUE else literal(None)
    customer = literal(None) if place.customer is None else place.customer
    what = [*place.keys, since.label("since_"), customer.label("customer_"), *(_read(one) for one in columns)]
    statement = sa_select(*what).select_from(place.table).where(*_conditions(step, task)).order_by(*place.keys)
    if after:
        statement = statement.where(tuple_(*place.keys) > tuple(after))
    names, n = [one.name for one in columns], len(place.keys)
    for row in session.connection().execute(statement.limit(limit).execution_options(yield_per=AT_ONCE)):
        key, values = tuple(row[:n]), dict(zip(names, row[n + 2 :], strict=True))
        yield Found(key, _changes(step, task, key, values), row[n], row[n + 1])


def _columns(step: Step) -> list[Column[Any]]:
    place = step.place
    names = (*place.texts, *(place.cut if step.why == DUE else ()))
    columns = [place.table.c[name] for name in names]
    return [one for one in columns if not isinstance(one.type, LargeBinary)] if step.why == MENTION else columns


def _read(column: Column[Any]) -> ColumnElement[Any]:
    """The column, of a file its length only."""
    return func.length(column) if isinstance(column.type, LargeBinary) else column


def _changes(step: Step, task: Task, key: tuple[Any, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    after = {
        name: without(value, task.pattern) if step.why == MENTION else _left(step.place, name, key, value)
        for name, value in values.items()
    }
    return {name: value for name, value in after.items() if value != values[name]}


def _left(place: Place, name: str, key: tuple[Any, ...], value: Any) -> Any:
    """What is left of a value when its time is over."""
    if name in place.cut:
        return None
    if name in place.emptied:
        return b"" if isinstance(value, int) else ""
    if name in place.numbered:
        return value if not value or value.startswith(MARK) else f"{MARK} {key[0]}"
    return blanked(value)


# Which rows


def _conditions(step: Step, task: Task) -> list[ColumnElement[bool]]:
    place = step.place
    if step.why == MENTION:
        return [or_(*(_mentions(column, word) for column in _columns(step) for word in task.words), false())]
    whose = place.contact == task.contact_id if step.why == PERSON else place.since <= _cutoff(place, task)
    conditions = [whose, or_(*(_holds_something(place, column) for column in _columns(step)))]
    return [*conditions, *(_written(task) if place.model is ExtraAnswer else ())]


def _cutoff(place: Place, task: Task) -> Any:
    """The last day or moment from which a term is over; by scheme, where schemes keep their records longer."""

    def so_long(scheme_years: int) -> ColumnElement[Any]:
        moment = years_before(task.as_of, task.terms.years(place.record, scheme_years))
        return literal(moment.date() - A_DAY if isinstance(place.since.type, Date) else moment, place.since.type)

    if place.longest:
        return so_long(max(task.schemes.values(), default=0))
    usual = task.terms.years(place.record)
    longer = {key: so_long(years) for key, years in task.schemes.items() if years > usual}
    if place.scheme is None or not longer:
        return so_long(0)
    return case(*((place.scheme == key, cutoff) for key, cutoff in longer.items()), else_=so_long(0))


def _holds_something(place: Place, column: Column[Any]) -> ColumnElement[bool]:
    if column.name in place.cut:
        return column.is_not(None)
    if isinstance(column.type, LargeBinary):
        return func.length(column) > 0
    if isinstance(column.type, JSON):
        return cast(column, Text).not_in(NO_TEXTS)
    return and_(column != "", column.not_like(f"{MARK}%"))


def _mentions(column: Column[Any], word: str) -> ColumnElement[bool]:
    """Rows that may hold the word: JSON is kept with escaped characters on SQLite."""
    inside = cast(column, Text)
    spelled = {word, json.dumps(word)[1:-1]} if isinstance(column.type, JSON) else {word}
    return or_(*(inside.icontains(one, autoescape=True) for one in sorted(spelled)))


def _written(task: Task) -> list[ColumnElement[bool]]:
    """Of answers to other questions those that somebody wrote."""
    question: Any = col(ExtraAnswer.question)
    wave = sa_select(Response.wave_id).where(Response.id == ExtraAnswer.response_id)  # type: ignore[call-overload]
    its_wave = wave.correlate_except(Response).scalar_subquery()
    conditions = [~question.startswith(beginning, autoescape=True) for beginning in CHOSEN]
    return [*conditions, tuple_(its_wave, question).not_in(task.chosen)] if task.chosen else conditions


def _chosen(session: Session) -> tuple[tuple[int, str], ...]:
    documents = session.exec(select(QuestionnaireRow.wave_id, QuestionnaireRow.document))
    found = {(wave, one.code) for wave, document in documents for one in extras_of(document) if one.kind != "text"}
    return tuple(sorted(found))


def _scheme_years(session: Session) -> dict[int, int]:
    """How long each scheme keeps its records, by its newest version."""
    in_order = select(SchemeVersion.scheme_id, SchemeVersion.document).order_by(col(SchemeVersion.number))
    newest = dict(session.exec(in_order).all())
    return {key: load(document).retention_years for key, document in newest.items()}
