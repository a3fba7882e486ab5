"""Training records of those who enter answers."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from db.models import Training, User
from domain.access import PERMISSIONS, Viewer
from domain.training import Lesson, Record, record_of


@dataclass(frozen=True)
class Learned:
    """A lesson with what it was about."""

    held_on: date
    hours: float
    content: str
    marks: float | None


@dataclass(frozen=True)
class Interviewer:
    """Somebody who may enter answers, with the training record."""

    user_id: int
    name: str
    role: str
    record: Record
    lessons: list[Learned]


def interviewers(session: Session, viewer: Viewer) -> list[Interviewer]:
    """Active accounts that may enter answers, interviewers first; for those who run waves. Raises NotAllowed."""
    viewer.check("run_waves")
    lessons: dict[int, list[Training]] = defaultdict(list)
    for one in session.exec(select(Training).order_by(col(Training.held_on).desc(), col(Training.id).desc())):
        lessons[one.user_id].append(one)
    roles = [role for role, may in PERMISSIONS.items() if "enter_responses" in may]
    people = select(User).where(col(User.active).is_(True), col(User.role).in_(roles)).order_by(col(User.name))
    found = [
        Interviewer(
            user.id or 0,
            user.name,
            user.role,
            record_of([Lesson(one.held_on, one.hours, one.marks) for one in lessons[user.id or 0]]),
            [Learned(one.held_on, one.hours, one.content, one.marks) for one in lessons[user.id or 0]],
        )
        for user in session.exec(people)
    ]
    return sorted(found, key=lambda one: one.role != "interviewer")
