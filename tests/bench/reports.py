"""Reports of 2,000 customers and a hundred opened shares a minute, while ten dashboards are open: how long, how much memory,
and what the dashboards notice. A report is made by the command line, which is a process of its own as the worker is.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from time import monotonic
from typing import Final, TypeVar
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, build_opener

from sqlmodel import select

from db.models import User
from db.session import write_session
from services import shares
from services.sign_in import viewer_of
from settings import ROOT
from tests.bench.company import WAVES, Company
from tests.bench.results import Report
from tests.bench.screens import signed_in
from tests.bench.viewers import CHANGE_EVERY, Viewer, choose, opened
from tests.browser.servers import Server, environment, serving
from tests.databases import run_folder

SCREENS: Final = 10
BAR, SECONDS_BAR, MEMORY_BAR = 1.0, 60.0, 500.0
KINDS: Final = ("xlsx", "pptx", "docx", "pdf", "evidence")
WATCHED: Final = 30.0
OPENINGS: Final = 100 / 60
"""Shares opened in a second."""
Result = TypeVar("Result")


class _Stays(HTTPRedirectHandler):
    """A door's answer is looked at, not followed."""

    def redirect_request(self, *_asked: object, **_more: object) -> None:
        return None


def measure(report: Report, company: Company) -> None:
    """Serves the company's database; a wave of the newest two is reported."""
    url = company.engine.url.render_as_string(hide_password=False)
    token, link = signed_in(company, "reader"), _share(company)
    with serving(run_folder() / "reports", DATABASE_URL=url) as server:
        alone, _nothing = asyncio.run(_beside(server, token, _quiet))
        report.at_most(f"{SCREENS} dashboards alone, p95", _p95(alone), BAR, "s", f"{len(alone)} changes")
        waits, opens = asyncio.run(_beside(server, token, lambda: _openings(server, link)))
        note = f"{len(opens)} openings, p95 {_p95(opens):.2f} s"
        report.at_most(f"{SCREENS} dashboards while 100 shares a minute are opened, p95", _p95(waits), BAR, "s", note)
        for kind in KINDS:
            waits, (seconds, megabytes) = asyncio.run(
                _beside(server, token, lambda kind=kind: _made(server, url, kind))
            )
            report.at_most(f"report of 2,000 customers, {kind}", seconds, SECONDS_BAR, "s")
            report.at_most(f"report of 2,000 customers, {kind}, memory", megabytes, MEMORY_BAR, "MB")
            report.at_most(f"{SCREENS} dashboards while {kind} is made, p95", _p95(waits), BAR, "s")


def _p95(waits: list[float]) -> float:
    return quantiles(waits, n=20)[-1] if len(waits) > 1 else float("nan")


async def _beside(server: Server, token: str, work: Callable[[], Awaitable[Result]]) -> tuple[list[float], Result]:
    """How long each change of a filter took while the work was done, and what came of that."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        viewers = [await opened(server, token, group) for _ in range(SCREENS)]
        known = [len(viewer.waits) for viewer in viewers]
        loops = [group.create_task(_change(viewer, place, over)) for place, viewer in enumerate(viewers)]
        result = await work()
        over.set()
        await asyncio.gather(*loops)
        for viewer in viewers:
            await viewer.close()
    return [wait for viewer, n in zip(viewers, known, strict=True) for wait in viewer.waits[n:]], result


async def _change(viewer: Viewer, place: int, over: asyncio.Event) -> None:
    await asyncio.sleep(place * CHANGE_EVERY / SCREENS)
    turn = 0
    while turn == 0 or not over.is_set():
        await choose(viewer, place, turn)
        turn += 1


async def _quiet() -> None:
    await asyncio.sleep(WATCHED)


def _share(company: Company) -> str:
    """The token of a share of the overview."""
    now = datetime.now(UTC)
    with write_session(company.engine) as session:
        maker = viewer_of(session.exec(select(User).where(User.username == "reader")).one())
        values = {"view": "overview", "address": {}, "ends_at": now + timedelta(days=1), "form_key": "bench"}
        return shares.link_to(shares.make_share(session, **values, by=maker, at=now).link_seed).rpartition("/")[2]


async def _openings(server: Server, link: str) -> list[float]:
    """Seconds of each opening, from the link to the whole of the view."""
    found: list[float] = []

    async def one(group: asyncio.TaskGroup) -> None:
        begun = monotonic()
        cookie, where = await asyncio.to_thread(_knock, server, link)
        viewer = await opened(server, "", group, cookie=cookie, page="shared", query=where)
        found.append(monotonic() - begun)
        await viewer.close()

    async with asyncio.TaskGroup() as group:
        for _turn in range(round(WATCHED * OPENINGS)):
            group.create_task(one(group))
            await asyncio.sleep(1 / OPENINGS)
    return found


def _knock(server: Server, link: str) -> tuple[str, str]:
    """The cookie that the door gives, and the query that it leads to."""
    try:
        build_opener(_Stays).open(f"{server.url}/s/{link}")
    except HTTPError as answer:
        return str(answer.headers["Set-Cookie"]).partition(";")[0], str(answer.headers["Location"]).partition("?")[2]
    raise RuntimeError("The share did not open.")


async def _made(server: Server, url: str, kind: str) -> tuple[float, float]:
    """Seconds, and the megabytes that the process had at most."""
    out = server.var_dir / f"report.{kind}"
    asked = [sys.executable, "cli.py", "report", "--wave", WAVES[-2], "--format", kind, "--out", str(out)]
    begun = monotonic()
    process = subprocess.Popen(asked, cwd=ROOT, env=environment(server.var_dir, DATABASE_URL=url))
    _pid, status, used = await asyncio.to_thread(os.wait4, process.pid, 0)
    if status:
        raise RuntimeError(f"The report failed: {kind}")
    return monotonic() - begun, used.ru_maxrss / 1024
