"""Open screens: what twenty cost that only look on, and how long forty wait for a filter they change every five seconds.

A viewer speaks Streamlit's own protocol over a websocket, as the browser's side of it does, and draws nothing.
"""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from time import monotonic
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from components.access import COOKIE
from tests.bench.company import SEGMENTS, Company
from tests.bench.results import Report
from tests.bench.screens import signed_in
from tests.browser.servers import Server, serving
from tests.databases import run_folder

IDLE, IDLE_BAR = 20, 15.0
BUSY, BUSY_BAR, CHANGE_EVERY = 40, 1.0, 5.0
WATCHED = 20.0
"""Seconds of each of the two."""
PATIENCE = 60.0
MOST = 64 * 1024 * 1024


def measure(report: Report, company: Company) -> None:
    """Serves the company's database and looks at its Overview."""
    url = company.engine.url.render_as_string(hide_password=False)
    with serving(run_folder() / "viewers", DATABASE_URL=url) as server:
        share = asyncio.run(_idle(server, signed_in(company, "looker")))
        waits = asyncio.run(_busy(server, signed_in(company, "chooser")))
    report.at_most(f"{IDLE} idle viewers, of a core", share * 100, IDLE_BAR, "%")
    report.at_most(
        f"{BUSY} viewers changing a filter, p95", quantiles(waits, n=20)[-1], BUSY_BAR, "s", f"{len(waits)} changes"
    )


async def _idle(server: Server, token: str) -> float:
    """Share of a core that the server takes while so many screens are open and nothing changes."""
    async with asyncio.TaskGroup() as group:
        viewers = [await opened(server, token, group) for _ in range(IDLE)]
        await asyncio.sleep(2 * CHANGE_EVERY)  # what opening them left to do
        before, start = processor_seconds(server.pid), monotonic()
        await asyncio.sleep(WATCHED)
        share = (processor_seconds(server.pid) - before) / (monotonic() - start)
        for viewer in viewers:
            await viewer.close()
    return share


async def _busy(server: Server, token: str) -> list[float]:
    """How long each change took, until the page was there."""
    async with asyncio.TaskGroup() as group:
        viewers = [await opened(server, token, group) for _ in range(BUSY)]
        await asyncio.gather(*(_choose(viewer, place) for place, viewer in enumerate(viewers)))
        for viewer in viewers:
            await viewer.close()
    return [wait for viewer in viewers for wait in viewer.waits[1:]]


async def _choose(viewer: "Viewer", place: int) -> None:
    await asyncio.sleep(place * CHANGE_EVERY / BUSY)
    for turn in range(int(WATCHED / CHANGE_EVERY)):
        await choose(viewer, place, turn)


async def choose(viewer: "Viewer", place: int, turn: int) -> None:
    """Another segment, and a look at it until the next change is due."""
    started = monotonic()
    await viewer.run(f"segment={SEGMENTS[(place + turn) % len(SEGMENTS)]}")
    await asyncio.sleep(max(0.0, CHANGE_EVERY - (monotonic() - started)))


async def opened(
    server: Server, token: str, group: asyncio.TaskGroup, *, cookie: str = "", page: str = "", query: str = ""
) -> "Viewer":
    """A screen whose page is there: of who signed in with the token, else of who has the cookie."""
    address = f"{server.url.replace('http', 'ws')}/_stcore/stream"
    headers = {"Cookie": cookie or f"{COOKIE}={token}"}
    socket = await connect(
        address, origin=server.url, subprotocols=["streamlit"], additional_headers=headers, max_size=MOST
    )
    viewer = Viewer(socket, group, page=page)
    group.create_task(viewer.listen())
    await viewer.run(query)
    return viewer


@dataclass
class Viewer:
    """One browser's side of a screen: asks for runs, and again and again for the parts that say so."""

    socket: Any
    group: asyncio.TaskGroup
    waits: list[float] = field(default_factory=list)
    query: str = ""
    script: str = ""
    page: str = ""
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    polls: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self, query: str) -> None:
        """Runs the whole page under an address and waits for its end."""
        for poll in self.polls.values():
            poll.cancel()
        self.polls.clear()
        self.query = query
        self.finished.clear()
        started = monotonic()
        await self._ask()
        with suppress(TimeoutError):  # then it has waited that long
            await asyncio.wait_for(self.finished.wait(), PATIENCE)
        self.waits.append(monotonic() - started)

    async def listen(self) -> None:
        """Takes what the server sends until the connection is closed."""
        async for raw in self.socket:
            message = ForwardMsg.FromString(raw)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.script = message.new_session.page_script_hash
            elif kind == "auto_rerun":
                name, every = message.auto_rerun.fragment_id, message.auto_rerun.interval
                if name not in self.polls:
                    self.polls[name] = self.group.create_task(self._poll(name, every))
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self.finished.set()

    async def close(self) -> None:
        """Goes away."""
        for poll in self.polls.values():
            poll.cancel()
        await self.socket.close()

    async def _poll(self, fragment: str, every: float) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(every)
                await self._ask(fragment)

    async def _ask(self, fragment: str = "") -> None:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.script
        message.rerun_script.page_name = "" if self.script else self.page
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        await self.socket.send(message.SerializeToString())


def processor_seconds(pid: int) -> float:
    """Seconds that a process has had a processor, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
