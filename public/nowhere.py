"""An address of no screen says so in the reader's language; Streamlit would say it in English, over the overview."""

from collections.abc import Collection
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from domain.errors import N_
from public import pages
from public.pages import Friendly
from public.plain_http import html
from public.shares import shown_by

NOWHERE: Final = Friendly(
    404, "?", N_("There is no such page"), N_("The address may have been cut off or mistyped. Nothing is lost.")
)
HOME: Final = ("/", N_("To the overview"))
OF_STREAMLIT: Final = ("_stcore", "app", "component", "media", "static", "vendor")
"""Where Streamlit's own files begin; those at the root have a dot in their names."""


def routes(screens: Collection[str]) -> list[BaseRoute]:
    """What app.py adds last: a page for each address that is neither of `screens` nor of Streamlit's own files."""
    return [_Elsewhere(frozenset(screens))]


def nowhere(request: Request) -> Response:
    """The page, with the way to the overview."""
    shown = shown_by(request)
    return html(pages.friendly(NOWHERE, shown, link=HOME), NOWHERE.status, shown.language)


class _Elsewhere(Route):
    def __init__(self, screens: frozenset[str]) -> None:
        super().__init__("/{path:path}", nowhere)
        self.screens = screens

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Only what a reader opens as a page: sockets, files and calls of Streamlit are let through."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or self._is_known(scope["path"]):
            return Match.NONE, {}
        return super().matches(scope)

    def _is_known(self, path: str) -> bool:
        asked = path.strip("/")
        return asked in self.screens or "." in asked or asked.partition("/")[0] in OF_STREAMLIT
