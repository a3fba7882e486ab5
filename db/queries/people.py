"""Accounts and departments to choose from in forms."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from db.models import Department, User
from domain.action_people import Person
from domain.scheme import Name


@dataclass(frozen=True)
class DepartmentInfo:
    """A department as forms offer it."""

    id: int
    code: str
    name: Name


def active_people(session: Session) -> list[Person]:
    """Everybody with an active account, by name."""
    rows = session.exec(select(User).where(col(User.active).is_(True)).order_by(col(User.name)))
    return [Person(row.id or 0, row.name, row.role, row.department_id, row.is_head) for row in rows]


def departments(session: Session) -> list[DepartmentInfo]:
    """All departments, by code."""
    rows = session.exec(select(Department).order_by(col(Department.code)))
    return [DepartmentInfo(row.id or 0, row.code, Name(row.name_zh, row.name_en)) for row in rows]
