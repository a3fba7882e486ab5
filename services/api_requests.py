"""A request that is sent again under the same key is done once, and answered the same way."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from db import bulk
from db.columns import milliseconds
from db.models import ApiRequest
from domain.api_access import Caller
from domain.errors import N_, Refusal
from services.audit import audit

KEY: Final = re.compile(r"[!-~]{1,128}")
KEPT: Final = timedelta(days=7)
"""So long the same key gives the same answer; responses and invitations are recognised by their own ids for ever."""
Done = tuple[dict[str, Any], dict[str, int]]
"""An answer to be kept, and what the audit trail says of it: keys and counts."""
COLUMNS: Final = ("token_id", "key", "request_hash", "answer", "at")


class KeyInvalid(Refusal):
    """An Idempotency-Key that is none."""

    def __init__(self) -> None:
        super().__init__(N_("An Idempotency-Key has 1 to 128 visible ASCII characters."))


class KeyUsed(Refusal):
    """The key belongs to a request that said something else."""

    def __init__(self) -> None:
        super().__init__(N_("This Idempotency-Key was used for another request. Take a new one."))


def once(
    session: Session,
    *,
    caller: Caller,
    key: str | None,
    request_hash: str,
    at: datetime,
    work: Callable[[], Done],
) -> tuple[dict[str, Any], bool]:
    """The answer of `work`, kept under the key in the same transaction; whether it is the one of an earlier request.

    A request that is refused isn't kept. Who sends the same key at the same moment waits. Raises KeyInvalid, KeyUsed.
    """
    if key is None:
        return _done(session, caller, work, at), False
    if not KEY.fullmatch(key):
        raise KeyInvalid
    session.exec(delete(ApiRequest).where(col(ApiRequest.token_id) == caller.token_id, col(ApiRequest.at) < at - KEPT))
    row = (caller.token_id, key, request_hash, json.dumps({}), milliseconds(at))
    this = (col(ApiRequest.token_id) == caller.token_id, col(ApiRequest.key) == key)
    if not bulk.insert_new_rows(session, ApiRequest, COLUMNS, [row]):
        known = session.exec(select(ApiRequest).where(*this)).one()
        if known.request_hash != request_hash:
            raise KeyUsed
        return known.answer, True
    answer = _done(session, caller, work, at)
    session.connection().execute(update(ApiRequest).where(*this).values(answer=answer))
    return answer, False


def _done(session: Session, caller: Caller, work: Callable[[], Done], at: datetime) -> dict[str, Any]:
    """Does the work, and notes which program did it."""
    answer, noted = work()
    audit(session, by=None, at=at, verb="use", about="api_token", about_id=caller.token_id, **noted)
    return answer
