"""Whether an interviewer has learned enough (rules.md 8; service-2025: at least 80 hours and 80 points). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.scheme import Interviewers


@dataclass(frozen=True)
class Lesson:
    """One entry of a training record; `marks` out of 100, None where nothing was examined."""

    held_on: date
    hours: float
    marks: float | None = None


@dataclass(frozen=True)
class Record:
    """All lessons of somebody: hours in all, and the marks of the latest examination."""

    hours: float = 0.0
    marks: float | None = None


def record_of(lessons: Sequence[Lesson]) -> Record:
    """The record that lessons add up to.

    >>> record_of([Lesson(date(2026, 1, 5), 50, 70), Lesson(date(2026, 3, 2), 30, 85), Lesson(date(2026, 4, 1), 8)])
    Record(hours=88, marks=85)
    """
    marked = [lesson for lesson in sorted(lessons, key=lambda one: one.held_on) if lesson.marks is not None]
    return Record(sum(lesson.hours for lesson in lessons), marked[-1].marks if marked else None)


def is_enough(record: Record, wanted: Interviewers) -> bool:
    """Whether a record meets what a scheme wants; bounds are included. Without a rule any training will do.

    >>> is_enough(Record(80, 80), Interviewers(80, 80)), is_enough(Record(79.5, 95), Interviewers(80, 80))
    (True, False)
    >>> is_enough(Record(100, None), Interviewers(80, 80)), is_enough(Record(), Interviewers())
    (False, False)
    """
    if not wanted.must_be_trained:
        return record.hours > 0
    hours = wanted.training_hours is None or record.hours >= wanted.training_hours
    return hours and (wanted.training_marks is None or (record.marks or 0) >= wanted.training_marks)
