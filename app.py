"""The application: Streamlit on the screens of pages/, and plain HTTP routes beside it. Started by `make run`."""

import gc
import importlib
import logging
import pkgutil
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import routes as api_routes
from components import access, menu, trouble
from db.schema import newest_revision, revision
from db.session import DatabaseTrouble, default_engine, write_session
from domain.errors import N_, Refusal
from public import aside, nowhere
from public import preview as public_preview
from public import routes as public_routes
from public import shares as public_shares
from public.plain_http import set_cookie
from services import passwords, sign_in
from services.processes import kept_alive
from settings import ROOT, VERSION, settings

log = logging.getLogger(__name__)
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"SAMEORIGIN",
    b"content-security-policy": b"frame-ancestors 'self'",
    b"cross-origin-opener-policy": b"same-origin",
    b"x-robots-tag": b"noindex, nofollow",
}
NOT_FOR_EVERYBODY = ("/_stcore/metrics",)
"""Streamlit tells here how many people are connected and how much memory they take."""
WORKER = (sys.executable, str(ROOT / "cli.py"), "worker")
WORKER_PAUSE = 10
"""Seconds before a worker that has died is started again."""
IMPORTED_BY_THE_SCREEN = ("components.auth",)
"""It loads streamlit_authenticator, which must not happen before the server runs (architecture.md 2.3)."""


class SchemaOutdated(Refusal):
    """The database is not at the revision that this code needs."""


class SecurityHeaders:
    """Adds HEADERS to every answer, Streamlit's own included, and keeps what only the operator should know."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["path"].rstrip("/") in NOT_FOR_EVERYBODY:
            app: ASGIApp = Response(status_code=404)
        else:
            app = self.app

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                added = [(name, value) for name, value in HEADERS.items() if name not in present]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await app(scope, receive, send_with_headers)


def health(_request: Request) -> JSONResponse:
    """200 with version, kind of database and schema revision; 503 where the database can't be read."""
    answer = {"status": "ok", "version": VERSION, "database": default_engine().dialect.name}
    try:
        answer["revision"] = revision()
    except DatabaseTrouble:
        log.exception("The database can't be reached")
        answer["status"] = "database unreachable"
    return JSONResponse(answer, 200 if answer["status"] == "ok" else 503, headers={"Cache-Control": "no-store"})


def at_home(request: Request) -> RedirectResponse:
    """The overview by its name: it lives at the root, and Streamlit calls every other address of it "not found"."""
    return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./", 307)


def keep(request: Request) -> Response:
    """Exchanges a one-time ticket for the cookie of a sign-in; nothing else than our own page may ask for it."""
    token = None
    if is_from_our_page(request):
        with write_session() as session:
            token = sign_in.redeem(
                session,
                ticket=request.query_params.get("t", ""),
                at=datetime.now(UTC),
                secret_key=settings().secret_key,
            )
    answer = Response(status_code=204 if token else 403, headers={"Cache-Control": "no-store"})
    if token:
        set_cookie(answer, request, access.COOKIE, token, seconds=settings().session_days * 24 * 3600)
    return answer


def is_from_our_page(request: Request) -> bool:
    """Whether a page of ours asks, so that nobody can sign a stranger's browser in to an account of their own.

    Browsers say so over TLS and on localhost; otherwise the referrer does.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    asked_by = urlsplit(request.headers.get("referer", "")).netloc
    return bool(asked_by) and asked_by == request.headers.get("host")


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Before the first request: the right schema, everything imported, the worker at work."""
    check_schema()
    import_everything()
    async with aside.process(), worker():
        yield


def check_schema() -> None:
    """Raises SchemaOutdated where the tables are not the ones that this code was written for."""
    found, needed = revision(), newest_revision()
    if found != needed:
        template = N_("The database is at schema “{found}”, this version needs “{needed}”. Run: python cli.py init")
        raise SchemaOutdated(template, found=found or "–", needed=needed)


def import_everything() -> None:
    """Imports what the pages use and sets it aside: otherwise each collection walks through all of it."""
    for package in ("components", "services", "db", "domain", "locales", "public", "api"):
        for module in pkgutil.walk_packages([str(ROOT / package)], prefix=f"{package}."):
            if module.name not in IMPORTED_BY_THE_SCREEN and not module.name.startswith(
                ("db.migrations", "locales.__")
            ):
                importlib.import_module(module.name)
    passwords.nobodys_hash()
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def worker() -> AsyncIterator[None]:
    """The process for imports and reminders, while the application runs; other replicas' workers share the work."""
    if not settings().run_worker:
        yield
        return
    async with kept_alive(WORKER, "The worker", pause=WORKER_PAUSE, attend=Process.wait, end=Process.terminate):
        yield


app = st.App(
    "pages/navigation.py",
    routes=[
        Route("/healthz", health),
        Route("/overview", at_home),
        Route("/auth/keep", keep),
        *public_preview.routes(access.COOKIE),
        *public_routes.routes(),
        *public_shares.routes(),
        *api_routes.routes(),
        *nowhere.routes({menu.SHARED, *map(menu.address, menu.SCREENS)}),
    ],
    middleware=[Middleware(SecurityHeaders)],
    lifespan=lifespan,
    on_script_error=trouble.show,
)
