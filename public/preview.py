"""What a questionnaire looks like on a phone and on paper, for those who are signed in and see its wave."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from db.session import read_session
from domain.access import NotAllowed, NotThere, Viewer
from public import pages
from public.pages import FRIENDLY, Shown
from public.plain_http import HEADERS
from public.questionnaires import language_of
from services import answering, sign_in
from services.answering import Opened
from settings import settings


def routes(cookie: str) -> list[BaseRoute]:
    """`/q/preview` and `/q/paper` with `wave=` its key, `newest=` for what was saved last.

    `cookie` is the name under which browsers keep a sign-in.
    """
    return [
        Route("/q/preview", lambda request: answer(request, cookie, phone)),
        Route("/q/paper", lambda request: answer(request, cookie, paper)),
    ]


def answer(request: Request, cookie: str, draw: Callable[[Request, Opened], str]) -> Response:
    """The page for who is signed in; for everybody else the same page as for a link that leads nowhere."""
    now = datetime.now(UTC)
    given = request.query_params.get("wave", "")
    with read_session() as session:
        idle = timedelta(minutes=settings().session_idle_minutes)
        presence = sign_in.presence(session, token=request.cookies.get(cookie, ""), at=now, idle=idle)
        try:
            viewer = presence.viewer if presence else nobody()
            wave_id = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
            today, newest = now.astimezone(settings().zone).date(), "newest" in request.query_params
            found = answering.as_asked(session, viewer, wave_id, today=today, newest=newest)
        except (NotThere, NotAllowed):
            page, where = FRIENDLY["unknown"], shown_by(request)
            return HTMLResponse(pages.friendly(page, where), page.status, headers=HEADERS | once_more(request))
        return HTMLResponse(draw(request, found), headers=HEADERS)


def once_more(request: Request) -> dict[str, str]:
    """Right after a sign-in the browser asks before it has its cookie: then it asks again, once."""
    if request.query_params.get("again"):
        return {}
    return {"Refresh": f"2; url={request.url.path}?{urlencode({**dict(request.query_params), 'again': '1'})}"}


def nobody() -> Viewer:
    """Raises NotThere: who isn't signed in sees nothing."""
    raise NotThere


def phone(request: Request, found: Opened) -> str:
    """As on a phone; its buttons do nothing."""
    return pages.form(found, shown_by(request), preview=True)


def paper(request: Request, found: Opened) -> str:
    """As on paper, with the last day of the answer: `by=` an ISO date, else as if it were sent today."""
    assert found.wave is not None
    assert found.questionnaire is not None
    number = f"{found.questionnaire.scheme.code} · {found.wave.code} · {found.questionnaire.number}"
    given = request.query_params.get("by", "")
    try:
        due = date.fromisoformat(given) if given else found.due_on
    except ValueError:
        due = found.due_on
    return pages.paper(answering.due(found, due), shown_by(request), number)


def shown_by(request: Request) -> Shown:
    """The page's own addresses."""
    language = language_of(request, "")
    other = "en" if language == "zh_CN" else "zh"
    query = {**dict(request.query_params), "lang": other}
    return Shown(language, "#", f"{request.url.path}?{urlencode(query)}")
