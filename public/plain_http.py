"""What all routes without a screen share: bodies up to a limit, pages with their headers, cookies of ours."""

from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from settings import settings

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Vary": "Accept-Language, Cookie",
}


async def body_of(request: Request, longest: int) -> bytes | None:
    """A request's body; None where it has more bytes than that."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > longest:
            return None
    return body


def html(text: str, status: int, language: str) -> HTMLResponse:
    """A page in a language ("zh_CN" or "en")."""
    return HTMLResponse(text, status, headers={**HEADERS, "Content-Language": language.replace("_", "-")})


def set_cookie(answer: Response, request: Request, name: str, value: str, *, seconds: int) -> None:
    """Lets the browser keep a value that no script reads and no other site makes it send; over TLS only where there is TLS."""
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=settings().is_https or request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
