"""Accounts and departments, as the administrator sees them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Account:
    """One account; `sign_ins` counts those that have not ended, `seen_at` is the latest activity of any."""

    user_id: int
    username: str
    name: str
    role: str
    department_code: str | None
    is_head: bool
    language: str
    mail: str
    active: bool
    version: int
    sign_ins: int
    seen_at: datetime | None


@dataclass(frozen=True)
class DepartmentName:
    """A department as it is chosen from a list."""

    code: str
    name_zh: str
    name_en: str
