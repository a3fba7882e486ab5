"""Training records of interviewers are kept, and say who may enter answers (rules.md 8)."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from db.models import Training, User
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.scheme import Scheme
from domain.training import Lesson, Record, is_enough, record_of
from services.audit import audit

LONGEST_HOURS = 2_000


class LessonInvalid(Refusal):
    """Hours or marks that can't be."""

    def __init__(self) -> None:
        super().__init__(N_("A lesson has more than 0 hours, and marks from 0 to 100 or none."))


class LessonInFuture(Refusal):
    """A lesson that hasn't been held yet."""

    def __init__(self) -> None:
        super().__init__(N_("A lesson is recorded after it was held."))


class NotTrained(Refusal):
    """The scheme takes answers from trained interviewers only."""

    def __init__(self, hours: float, marks: float) -> None:
        template = N_(
            "This scheme takes entries of trained interviewers only: {hours} hours and {marks} marks at least."
        )
        super().__init__(template, hours=f"{hours:g}", marks=f"{marks:g}")


def add_lesson(
    session: Session,
    *,
    user_id: int,
    held_on: date,
    hours: float,
    content: str,
    marks: float | None,
    today: date,
    by: Viewer,
    at: datetime,
) -> Training:
    """Records a lesson. Raises NotAllowed, NotThere, LessonInvalid, LessonInFuture."""
    by.check("run_waves")
    if session.get(User, user_id) is None:
        raise NotThere
    if not 0 < hours <= LONGEST_HOURS or (marks is not None and not 0 <= marks <= 100):
        raise LessonInvalid
    if held_on > today:
        raise LessonInFuture
    lesson = Training(
        user_id=user_id,
        held_on=held_on,
        hours=hours,
        content=content.strip(),
        marks=marks,
        recorded_by_id=by.user_id or None,
        recorded_at=at,
    )
    session.add(lesson)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="train", about="user", about_id=user_id)
    return lesson


def record(session: Session, user_id: int) -> Record:
    """The training record of somebody."""
    mine = select(Training).where(Training.user_id == user_id).order_by(col(Training.held_on))
    return record_of([Lesson(one.held_on, one.hours, one.marks) for one in session.exec(mine)])


def is_trained(session: Session, user_id: int, scheme: Scheme) -> bool:
    """Whether somebody has the training that a scheme wants of interviewers; where it wants none, any."""
    return is_enough(record(session, user_id), scheme.interviewers)


def check_trained(session: Session, user_id: int, scheme: Scheme) -> bool:
    """Like `is_trained`, but raises NotTrained where the scheme refuses the entries of the untrained."""
    trained, wanted = is_trained(session, user_id, scheme), scheme.interviewers
    if wanted.must_be_trained and not trained:
        raise NotTrained(wanted.training_hours or 0, wanted.training_marks or 0)
    return trained
