"""The audit trail: who did what to what, when."""

import json
from datetime import datetime
from typing import Any

from sqlmodel import Session

from db import bulk
from db.columns import milliseconds
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
    row = (milliseconds(at), by or None, verb, about, about_id, json.dumps(details))
    bulk.insert_rows(session, AuditEvent, ("at", "user_id", "verb", "about", "about_id", "details"), [row])
