"""The accounts, and the departments that they act for."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from db.models import Department, SignInSession, User
from domain.access import Viewer
from domain.accounts import Account, DepartmentName


def accounts(session: Session, viewer: Viewer, *, now: datetime) -> list[Account]:
    """All accounts, active ones first, then by name; raises NotAllowed for anybody but an administrator."""
    viewer.check("manage_users")
    live = (col(SignInSession.ended_at).is_(None)) & (SignInSession.expires_at > now)
    statement = (
        select(User, Department.code, func.count(col(SignInSession.id)).filter(live), func.max(SignInSession.seen_at))
        .outerjoin(Department, col(Department.id) == User.department_id)
        .outerjoin(SignInSession, col(SignInSession.user_id) == User.id)
        .group_by(col(User.id), col(Department.code))
        .order_by(col(User.active).desc(), col(User.name), col(User.id))
    )
    return [_account(*row) for row in session.exec(statement)]


def departments(session: Session) -> list[DepartmentName]:
    """All departments by code."""
    statement = select(Department.code, Department.name_zh, Department.name_en).order_by(Department.code)
    return [DepartmentName(*row) for row in session.exec(statement)]


def _account(user: User, department_code: str | None, sign_ins: int, seen_at: datetime | None) -> Account:
    return Account(
        user_id=user.id or 0,
        username=user.username,
        name=user.name,
        role=user.role,
        department_code=department_code,
        is_head=user.is_head,
        language=user.language,
        mail=user.mail,
        active=user.active,
        version=user.version,
        sign_ins=sign_ins,
        seen_at=seen_at,
    )


def department_code(session: Session, viewer: Viewer) -> str | None:
    """The code of the viewer's own department, None without one."""
    return session.exec(select(Department.code).where(Department.id == viewer.department_id)).first()
