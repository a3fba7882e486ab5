"""The OpenAPI 3.1 document: made from the documents that go in and out."""

from functools import cache
from typing import Any, Final, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.documents import (
    AskedOut,
    FindingsOut,
    InvitationIn,
    InvitationsIn,
    InvitationsOut,
    Refused,
    ResponseIn,
    ResponsesIn,
    ResponsesOut,
    ScoresOut,
    WaveReturnsOut,
    WavesOut,
)
from settings import VERSION

REF: Final = "#/components/schemas/{model}"
ABOUT: Final = """Programs send responses and invitations, and read scores, findings and response rates.

Who asks is said by a token: `Authorization: Bearer cs_…`, made and revoked by an administrator under Settings.
A request with an `Idempotency-Key` is done once: the same key with the same body gives the same answer for 7 days.
Every error is `{"error": {"code", "message", "field"}}`."""


class Operation(NamedTuple):
    """One method of one address."""

    path: str
    method: str
    name: str
    summary: str
    scope: str
    out: type[BaseModel]
    takes: tuple[type[BaseModel], ...] = ()
    switches: tuple[str, ...] = ()


WAVE: Final = "/schemes/{scheme}/waves/{wave}"
OPERATIONS: Final = (
    Operation("/schemes/{scheme}/waves", "get", "waves", "The waves of a scheme", "", WavesOut),
    Operation(WAVE, "get", "wave", "A wave, and the codes of its items and levels", "", AskedOut),
    Operation(
        f"{WAVE}/responses",
        "post",
        "sendResponses",
        "Send one response or up to 500: all go in, or none",
        "responses:write",
        ResponsesOut,
        (ResponseIn, ResponsesIn),
    ),
    Operation(
        f"{WAVE}/invitations",
        "post",
        "makeInvitations",
        "Make one invitation or up to 500, and get their links",
        "invitations:write",
        InvitationsOut,
        (InvitationIn, InvitationsIn),
    ),
    Operation(f"{WAVE}/scores", "get", "scores", "All scores, unrounded", "scores:read", ScoresOut),
    Operation(
        f"{WAVE}/findings",
        "get",
        "findings",
        "The findings; with cleared=true also those that no longer hold",
        "findings:read",
        FindingsOut,
        switches=("cleared",),
    ),
    Operation(f"{WAVE}/returns", "get", "returns", "Response rate, coverage, groups", "returns:read", WaveReturnsOut),
)
GET_REFUSALS: Final = ("401", "403", "404", "422", "429", "503")
POST_REFUSALS: Final = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503")
REASONS: Final = {
    "400": "The body is not valid JSON.",
    "401": "No valid token.",
    "403": "The token does not include the scope.",
    "404": "There is no such wave, or not for this token.",
    "409": "The key or id was used for something else; the wave takes no responses; the invitation is answered.",
    "413": "The body is too long.",
    "415": "The body is not application/json.",
    "422": "A field says something that cannot be; `field` names it.",
    "429": "The token was used too often; see Retry-After.",
    "503": "The database is away; nothing was written.",
}


@cache
def document() -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    models = {model for operation in OPERATIONS for model in (operation.out, *operation.takes)} | {Refused}
    wanted = [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)]
    _, schemas = models_json_schema(wanted, ref_template=REF)  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Customer satisfaction", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    is_post, good = operation.method == "post", _content("Done.", operation.out)
    refusals = POST_REFUSALS if is_post else GET_REFUSALS
    answers = {"200": good, **({"201": good} if is_post else {"304": {"description": "Nothing new since this ETag."}})}
    found = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Scope: {operation.scope}" if operation.scope else "Any token of the scheme.",
        "parameters": _parameters(operation),
        "responses": {**answers, **{status: _content(REASONS[status], Refused) for status in refusals}},
    }
    if is_post:
        schema = {"oneOf": [_ref(model) for model in operation.takes]}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return found


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    text = {"type": "string", "minLength": 1, "maxLength": 100}
    names = [name for name in ("scheme", "wave") if f"{{{name}}}" in operation.path]
    parts = [{"name": name, "in": "path", "required": True, "schema": text} for name in names]
    parts += [{"name": name, "in": "query", "schema": {"type": "boolean"}} for name in operation.switches]
    if operation.method == "post":
        key = {"type": "string", "pattern": "^[!-~]{1,128}$"}
        parts.append({"name": "Idempotency-Key", "in": "header", "schema": key})
    return parts


def _content(description: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _ref(model)}}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}
