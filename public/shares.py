"""The door of a share link: /s/{token} asks for the password where there is one, gives the browser its cookie, and leads in.

The token stands in no address after that. Unknown, ended and revoked links all get the same page.
"""

import logging
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from db.session import DatabaseTrouble, write_session
from domain.errors import N_, Refusal
from locales import translator
from public import pages
from public.pages import FRIENDLY, STYLE_PATH, Friendly, Shown, environment
from public.plain_http import HEADERS, body_of, html, set_cookie
from public.questionnaires import LONGEST_TOKEN, language_of
from services import passwords, shares
from services.shares import Door, Grant, LinkLeadsNowhere, PasswordWrong, TooManyTries

log = logging.getLogger(__name__)
PAGE: Final = "/shared"
LONGEST_BODY: Final = 4096
NOWHERE: Final = Friendly(
    404, "?", N_("This link leads nowhere"), N_("It may have ended. Please ask who sent it to you for a new one.")
)
BUSY: Final = Friendly(429, "–", N_("Too many tries"), N_("Please try again in a few minutes."))


def routes() -> list[BaseRoute]:
    """What app.py adds to Streamlit's own."""
    return [Route("/s/{token}", door, methods=["GET", "POST"])]


async def door(request: Request) -> Response:
    """Opens the share, or asks for its password."""
    body = await body_of(request, LONGEST_BODY)
    if body is None:
        return page(request, FRIENDLY["too_long"])
    return await run_in_threadpool(answered, request, body)


def answered(request: Request, body: bytes) -> Response:
    """The answer to a request whose body has come."""
    try:
        found = knocked(request)
        if not found.password_hash:
            return let_in(request, admitted(request, found))
        if request.method != "POST":
            return asked(request)
        return let_in(request, with_password(request, found, _password(body)))
    except LinkLeadsNowhere:
        return page(request, NOWHERE)
    except TooManyTries:
        return page(request, BUSY)
    except PasswordWrong as refusal:
        return asked(request, refusal)
    except DatabaseTrouble:
        log.exception("A share could not be opened")
        return page(request, FRIENDLY["trouble"])


def knocked(request: Request) -> Door:
    """What the token opens. A wrong one is counted, so its refusal must not undo the transaction."""
    with write_session() as session:
        try:
            return shares.knock(
                session,
                token=request.path_params["token"][:LONGEST_TOKEN],
                place=place_of(request),
                at=datetime.now(UTC),
            )
        except LinkLeadsNowhere as refusal:
            refused = refusal
    raise refused


def with_password(request: Request, found: Door, password: str) -> Grant:
    """The try is counted first; the hash is compared outside any transaction."""
    with write_session() as session:
        shares.count_try(session, door=found, place=place_of(request), at=datetime.now(UTC))
    if len(password.encode()) > passwords.MOST_BYTES or not passwords.is_right(password, found.password_hash):
        raise PasswordWrong
    return admitted(request, found)


def admitted(request: Request, found: Door) -> Grant:
    """The browser's grant; the opening is written down."""
    with write_session() as session:
        return shares.admit(session, door=found, place=place_of(request), at=datetime.now(UTC))


def let_in(request: Request, grant: Grant) -> Response:
    """On to the view, with the cookie that opens it."""
    answer = RedirectResponse(f"{PAGE}?share={grant.share_id}", 303, headers=HEADERS)
    set_cookie(answer, request, shares.cookie_of(grant.share_id), grant.value, seconds=grant.seconds)
    return answer


def asked(request: Request, refusal: Refusal | None = None) -> Response:
    """The form for the password."""
    shown = shown_by(request)
    _ = translator(shown.language).gettext
    text = environment.get_template("password.html").render(
        lang="zh" if shown.language == "zh_CN" else "en",
        style=STYLE_PATH,
        title=_("A password is asked here"),
        line=_("Whoever sent you this link has told you the password."),
        label=_("Password"),
        button=_("Open"),
        error=refusal.explain(_) if refusal else "",
        action=shown.action,
        other_language=shown.other_language,
    )
    return html(text, 401 if refusal else 200, shown.language)


def page(request: Request, friendly: Friendly) -> Response:
    """A page without a form."""
    shown = shown_by(request)
    return html(pages.friendly(friendly, shown), friendly.status, shown.language)


def shown_by(request: Request) -> Shown:
    """The language of a page, and its address in the other one."""
    language = language_of(request, "")
    return Shown(language, request.url.path, f"{request.url.path}?lang={'en' if language == 'zh_CN' else 'zh'}")


def place_of(request: Request) -> str:
    """Where the browser connects from."""
    return request.client.host if request.client else ""


def _password(body: bytes) -> str:
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=4).get("password", [""])[0]
    except ValueError:
        return ""
