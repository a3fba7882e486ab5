"""What is refused, as JSON: {"error": {"code", "message", "field"}}, with the status that belongs to it."""

import logging
import re
from typing import Any, Final

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from domain.access import NotAllowed, NotThere
from domain.api_access import ScopeMissing, TokenInvalid, TooManyRequests
from domain.errors import Refusal
from services.api_requests import KeyUsed
from services.api_responses import Overtaken, RowRefused
from services.invitations import InvitationAnswered
from services.recording import WaveChangedMeanwhile, WaveTakesNothing
from services.responses import ResponseIsIn

log = logging.getLogger(__name__)
NO_STORE: Final = {"Cache-Control": "no-store"}
STATUS: Final[dict[type[Refusal], int]] = {
    TokenInvalid: 401,
    ScopeMissing: 403,
    NotAllowed: 403,
    NotThere: 404,
    KeyUsed: 409,
    ResponseIsIn: 409,
    InvitationAnswered: 409,
    WaveTakesNothing: 409,
    WaveChangedMeanwhile: 409,
    Overtaken: 409,
    TooManyRequests: 429,
}
"""Refusal → status; 422 for all others: the request says something that can't be."""
HTTP: Final[dict[int, tuple[str, str]]] = {
    400: ("bad_request", "This request can't be read."),
    404: ("not_there", "This does not exist, or you may not see it."),
    405: ("method_not_allowed", "This address takes other methods; see Allow."),
}


class BodyRefused(Exception):
    """A body that isn't looked at: its size, its type, its syntax, or what it says in a field."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.field = status, code, field


def trouble(status: int, code: str, message: str, field: str = "", **headers: str) -> JSONResponse:
    """An answer that says what is wrong."""
    error = {"code": code, "message": message, "field": field}
    return JSONResponse({"error": error}, status, headers={**NO_STORE, **headers})


def refused(_request: Request, refusal: Any) -> JSONResponse:
    """A refusal of the application, in English: programs go by its code."""
    cause = refusal.cause if isinstance(refusal, RowRefused) else refusal
    field = ".".join(filter(None, [f"{refusal.row}" if isinstance(refusal, RowRefused) else "", _part(cause)]))
    headers = {}
    if isinstance(cause, TokenInvalid):
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if isinstance(cause, TooManyRequests):
        headers["Retry-After"] = str(cause.seconds)
    return trouble(STATUS.get(type(cause), 422), code_of(cause), str(cause), field, **headers)


def body_refused(_request: Request, why: Any) -> JSONResponse:
    """A body that was not looked at."""
    return trouble(why.status, why.code, str(why), why.field)


def http_trouble(_request: Request, error: Any) -> JSONResponse:
    """What the router refuses: no such address, no such method."""
    assert isinstance(error, HTTPException)
    code, message = HTTP.get(error.status_code, ("refused", "This request was refused."))
    return trouble(error.status_code, code, message, **dict(error.headers or {}))


def away(_request: Request, error: Any) -> JSONResponse:
    """The database can't be reached or is busy: nothing was written."""
    log.error("A request of the API could not read or write", exc_info=error)
    message = "The database can't be reached. Nothing was written. Try again."
    return trouble(503, "database_unreachable", message, **{"Retry-After": "5"})


def broken(_request: Request, _error: Any) -> JSONResponse:
    """Something that nobody foresaw; the server's log has it."""
    return trouble(500, "unforeseen", "This failed for a reason that nobody foresaw. Nothing was written.")


def not_valid(error: ValidationError) -> BodyRefused:
    """The first thing that pydantic finds wrong, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return BodyRefused(422, str(first["type"]), str(first["msg"]), field)


def code_of(refusal: Refusal) -> str:
    """The name of a refusal as programs read it.

    >>> code_of(NotThere())
    'not_there'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(refusal).__name__).lower()


def _part(cause: Refusal) -> str:
    """Where in one response or invitation the trouble is, as far as the refusal says so."""
    if "item" in cause.values:
        return f"answers.{cause.values['item']}"
    return str(getattr(cause, "what", ""))
