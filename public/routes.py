"""The routes of the public questionnaire: /q/{token} for an invitation, /q/open/{token} for a wave's public link."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from public import aside
from public.pages import STYLES
from public.plain_http import body_of
from public.questionnaires import ANSWER, too_long

LONGEST_BODY: Final = 256 * 1024
PATHS: Final = ("/q/open/{token}", "/q/{token}")


def routes() -> list[BaseRoute]:
    """What app.py adds to Streamlit's own."""
    return [
        *(Route(path, style) for path in STYLES),
        *(Route(f"{path}{ANSWER}", questionnaire, methods=["GET", "POST"]) for path in PATHS),
        *(Route(path, questionnaire) for path in PATHS),
    ]


def style(request: Request) -> Response:
    """A stylesheet; its address changes with it."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(STYLES[request.url.path], media_type="text/css", headers=headers)


async def questionnaire(request: Request) -> Response:
    """Shows a questionnaire, or takes one in."""
    body = await body_of(request, LONGEST_BODY)
    return too_long(request) if body is None else await aside.answered(request, body)
