"""The audit trail: who did what to what, when."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from db.models import AuditEvent


def audit(
    session: Session,
    *,
    by: int | None,
    at: datetime,
    verb: str,
    about: str,
    about_id: int | None = None,
    **details: Any,
) -> None:
    """Adds the one row of a service call, in the caller's transaction.

    `by` is the user's id, None for somebody who isn't signed in and for the system; `verb` and `about` are words of
    the code ("assign", "action"); `details` are ids, codes, counts and names of fields, never contents.
    """
    session.add(AuditEvent(at=at, user_id=by or None, verb=verb, about=about, about_id=about_id, details=details))
