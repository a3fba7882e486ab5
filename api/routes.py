"""The addresses of the JSON API under /api/v1: a bearer token says who asks; what it may do stands in the database."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api import figures, troubles, writing
from api import openapi as described
from api.documents import Document, InvitationIn, InvitationsIn, ResponseIn, ResponsesIn
from api.troubles import BodyRefused
from db.session import DatabaseTrouble, write_session
from domain.api_access import Caller, TokenInvalid
from domain.errors import Refusal
from services import api_tokens
from services.api_responses import Overtaken
from services.recording import WaveChangedMeanwhile

PREFIX: Final = "/api/v1"
LONGEST_BODY: Final = 4 * 1024 * 1024
WAVE: Final = "/schemes/{scheme}/waves/{wave:path}"
"""A wave's code may hold a slash."""
In = TypeVar("In", bound=Document)
Found = TypeVar("Found")


def routes() -> list[BaseRoute]:
    """What app.py adds to Streamlit's own."""
    inner = [
        Route("/openapi.json", openapi),
        Route("/schemes/{scheme}/waves", waves),
        *posted(f"{WAVE}/responses", responses),
        *posted(f"{WAVE}/invitations", invitations),
        Route(f"{WAVE}/scores", scores),
        Route(f"{WAVE}/findings", findings),
        Route(f"{WAVE}/returns", returns),
        Route(WAVE, asked),
    ]
    handlers: dict[Any, Callable[[Request, Any], Response]] = {
        Refusal: troubles.refused,
        BodyRefused: troubles.body_refused,
        HTTPException: troubles.http_trouble,
        **dict.fromkeys(DatabaseTrouble, troubles.away),
        Exception: troubles.broken,
    }
    mount = Mount(PREFIX, Starlette(routes=inner, exception_handlers=handlers, middleware=[Middleware(OneLine)]))
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)  # a line break in an address is our 404 as well
    return [mount]


class OneLine:
    """Refuses an address with a line break, also one at its end, which a route's `$` passes over."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        is_broken = "\n" in scope.get("path", "")
        answer = troubles.http_trouble(Request(scope), HTTPException(404)) if is_broken else self.app
        await answer(scope, receive, send)


def posted(path: str, takes_in: Callable[[Request], Awaitable[Response]]) -> list[Route]:
    """An address that is written to only; read, it is no wave with a longer code."""
    return [Route(path, takes_in, methods=["POST"]), Route(path, only_posted)]


def only_posted(_request: Request) -> Response:
    """405 with what is allowed."""
    raise HTTPException(405, headers={"Allow": "POST"})


# Figures out


def openapi(_request: Request) -> JSONResponse:
    """The description of all this, for everybody: it holds no data."""
    return JSONResponse(described.document(), headers={"Cache-Control": "public, max-age=300"})


def waves(request: Request) -> Response:
    """The waves of a scheme; any token of the scheme may know them."""
    caller = caller_of(request)
    check_query(request)
    return shown(request, figures.waves(caller, request.path_params["scheme"]))


def asked(request: Request) -> Response:
    """A wave and the codes that its answers are sent by."""
    caller = caller_of(request)
    check_query(request)
    return shown(request, figures.asked(caller, **request.path_params))


def scores(request: Request) -> Response:
    """The scores of a wave."""
    caller = caller_of(request, "scores:read")
    check_query(request)
    return shown(request, figures.scores(caller, **request.path_params))


def findings(request: Request) -> Response:
    """The findings of a wave."""
    caller = caller_of(request, "findings:read")
    cleared = switch(request, "cleared")
    return shown(request, figures.findings(caller, **request.path_params, cleared=cleared))


def returns(request: Request) -> Response:
    """The response rate of a wave."""
    caller = caller_of(request, "returns:read")
    check_query(request)
    return shown(request, figures.returns(caller, **request.path_params))


def shown(request: Request, found: figures.Shown) -> Response:
    """Figures with their ETag: the version of the wave, and what is said; 304 where the program has just that."""
    version, document = found
    answer = JSONResponse(document)
    tag = f'"{version}-{sha256(answer.body).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer


# Answers and invitations in


async def responses(request: Request) -> Response:
    """Takes responses in."""
    return await taken_in(request, "responses:write", (ResponseIn, ResponsesIn), writing.responses)


async def invitations(request: Request) -> Response:
    """Makes invitations."""
    return await taken_in(request, "invitations:write", (InvitationIn, InvitationsIn), writing.invitations)


async def taken_in(
    request: Request,
    scope: str,
    forms: tuple[type[Document], type[Document]],
    write: Callable[..., writing.Answer],
) -> Response:
    """The answer to a POST: 201 where something is new, 200 where all was there; the same key, the same answer."""
    caller = await run_in_threadpool(caller_of, request, scope)
    check_query(request)
    raw = await body_of(request)
    body = parsed(raw, *forms)
    key = request.headers.get("idempotency-key")
    said = sha256(f"{request.method} {request.url.path}\n".encode() + raw).hexdigest()

    def written() -> writing.Answer:
        return write(caller, **request.path_params, body=body, key=key, said=said, at=datetime.now(UTC))

    answer, is_replayed = await run_in_threadpool(once_more, written)
    headers = {**troubles.NO_STORE, **({"Idempotency-Replayed": "true"} if is_replayed else {})}
    return JSONResponse(answer["document"], answer["status"], headers=headers)


def once_more(does: Callable[[], Found]) -> Found:
    """Does it, and again where somebody else was in between."""
    try:
        return does()
    except (WaveChangedMeanwhile, Overtaken):
        return does()


async def body_of(request: Request) -> bytes:
    """A JSON body of a size that can be looked at. Raises BodyRefused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise BodyRefused(415, "not_json", "Send application/json.")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise BodyRefused(413, "too_long", f"A request has at most {LONGEST_BODY // 1024 // 1024} MB.")
    return bytes(body)


def parsed(raw: bytes, single: type[Document], several: type[Document]) -> Document:
    """The body as one thing or as several. Raises BodyRefused."""
    listed = next(iter(several.model_fields))
    try:
        given = from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise BodyRefused(400, "json_invalid", "The body is not valid JSON.") from None
    form = several if isinstance(given, dict) and listed in given else single
    try:
        return form.model_validate_json(raw)
    except ValidationError as error:
        raise troubles.not_valid(error) from None


# Who asks


def caller_of(request: Request, scope: str = "") -> Caller:
    """The program that asks, whose use is counted. Raises TokenInvalid, TooManyRequests, ScopeMissing."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.startswith(api_tokens.BEGINNING):
        raise TokenInvalid
    with write_session() as session:
        caller = api_tokens.admitted(session, token=token.strip(), at=datetime.now(UTC))
    if scope:
        caller.check(scope)
    return caller


def check_query(request: Request, *known: str) -> None:
    """Raises BodyRefused for a parameter that the address doesn't take: a misspelt one would be passed over."""
    unknown = next((name for name in request.query_params if name not in known), None)
    if unknown is not None:
        raise BodyRefused(422, "unknown_parameter", "This address does not take such a parameter.", unknown[:100])


def switch(request: Request, name: str) -> bool:
    """A true or false of the address, false where left out. Raises BodyRefused."""
    check_query(request, name)
    given = request.query_params.get(name, "false")
    if given not in ("true", "false"):
        raise BodyRefused(422, "not_true_or_false", f"{name} is true or false.", name)
    return given == "true"
