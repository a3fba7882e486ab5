"""Customers who answer on their phones: how long a press of Submit takes while screens are open; and kill -9 in the middle."""

import asyncio
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median, quantiles
from time import monotonic, sleep

import httpx2 as httpx
from sqlmodel import col, func, select

from db.models import Customer, Response, Wave
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM
from services.checking import verify
from services.invitations import Recipient, send
from tests import factories
from tests.bench import viewers
from tests.bench.company import Company
from tests.bench.results import Report
from tests.bench.screens import signed_in
from tests.bench.stores import store
from tests.browser.servers import ROOT, Server, environment, free_port, serving
from tests.databases import run_folder

PEOPLE, SCREENS = 50, 10
ROUNDS, ANSWERED_WITHIN = 4, 20.0
"""So often each of them answers, at a random moment within these seconds: three times as fast as a form takes."""
STORED_BAR = 50.0
KILLS, AT_ONCE = 20, 8
SERVER = """
import sys, uvicorn
from starlette.applications import Starlette
from public import routes
uvicorn.run(Starlette(routes=routes.routes()), port=int(sys.argv[1]), log_level="error")
"""
FORM = re.compile(r'name=form value="([^"]+)"')


def measure(report: Report, company: Company) -> None:
    """Serves the company's database: ten people look at its Overview while fifty answer."""
    tokens = invited(company, PEOPLE * ROUNDS)
    url = company.engine.url.render_as_string(hide_password=False)
    with serving(run_folder() / f"answering-{company.engine.dialect.name}", DATABASE_URL=url) as server:
        waits = asyncio.run(_answered(server, signed_in(company, "watcher"), tokens))
    with read_session(company.engine) as session:
        named = col(Response.invitation_id).is_not(None)
        stored = session.exec(select(func.count()).select_from(Response).where(named)).one()
    kind = company.engine.dialect.name
    note = f"{len(waits)} answers, median {median(waits) * 1000:.0f} ms"
    report.at_most(
        f"{kind}: {PEOPLE} answering, submit to stored, p95", quantiles(waits, n=20)[-1] * 1000, STORED_BAR, "ms", note
    )
    report.at_most(f"{kind}: answers acknowledged and not stored, or twice", abs(stored - len(waits)), 0, "")


def invited(company: Company, count: int) -> list[str]:
    """Tokens of new invitations in the newest wave, to its customers in turn."""
    now = datetime.now(UTC)
    with write_session(company.engine) as session:
        wave = session.get_one(Wave, company.wave_ids[-1])
        people = session.exec(select(Customer).order_by(col(Customer.id)).limit(count)).all()
        to = [Recipient(people[number % len(people)], channel="web") for number in range(count)]
        return [token for _, token in send(session, wave=wave, to=to, sent_on=now.date(), by=SYSTEM, at=now)]


async def _answered(server: Server, session: str, tokens: list[str]) -> list[float]:
    waits: list[float] = []
    async with asyncio.TaskGroup() as group, httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        screens = [await viewers.opened(server, session, group) for _ in range(SCREENS)]
        await asyncio.sleep(5)
        shares = [tokens[person::PEOPLE] for person in range(PEOPLE)]
        await asyncio.gather(*(_person(client, mine, waits) for mine in shares))
        for screen in screens:
            await screen.close()
    return waits


async def _person(client: httpx.AsyncClient, tokens: list[str], waits: list[float]) -> None:
    for token in tokens:
        before = random.uniform(0, ANSWERED_WITHIN)
        await asyncio.sleep(before)
        form = FORM.search((await client.get(f"/q/{token}")).text)
        assert form
        started = monotonic()
        answer = await client.post(f"/q/{token}/answer", data=filled(form[1]))
        waits.append(monotonic() - started)
        assert answer.status_code == 303, answer.text
        await asyncio.sleep(ANSWERED_WITHIN - before)


def filled(form: str) -> dict[str, str]:
    """What a customer types."""
    answers = {f"i{number}": str(random.choice("00011112")) for number in range(1, 15)}
    return {**answers, "opinion": "Thank you", "website": "", "form": form, "do": "submit"}


@dataclass
class Sent:
    """Tokens that were sent in, and those of them of which the server said that it has them."""

    tried: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)


def measure_kills(report: Report, kind: str) -> None:
    """Kills the server in the middle of answers, again and again; what it had acknowledged must be there, once."""
    with store(kind) as engine:
        url = engine.url.render_as_string(hide_password=False)
        with write_session(engine) as session:
            wave = factories.wave(session)
            to = [Recipient(factories.customer(session)) for _ in range(20)]
            now = datetime.now(UTC)
            sent = send(session, wave=wave, to=to * (KILLS * 4), sent_on=now.date(), by=SYSTEM, at=now)
            tokens = {token: asked.id for asked, token in sent}
        waiting, all_sent = list(tokens), Sent()
        for _ in range(KILLS):
            _killed(url, waiting, all_sent)
        with read_session(engine_for(url)) as session:
            stored = Counter(session.exec(select(Response.invitation_id)))
            damages = list(verify(session))
    report.at_least(f"{kind}: answers sent in {KILLS} kills", len(all_sent.tried), KILLS, "")
    lost = [token for token in all_sent.acknowledged if stored[tokens[token]] != 1]
    twice = [key for key, times in stored.items() if times > 1]
    note = f"{len(all_sent.acknowledged)} acknowledged of {len(all_sent.tried)} sent, {sum(stored.values())} stored"
    report.at_most(f"{kind}: lost in {KILLS} kills", len(lost), 0, "", note)
    report.at_most(f"{kind}: stored twice in {KILLS} kills", len(twice), 0, "")
    report.at_most(f"{kind}: figures that differ after {KILLS} kills", len(damages), 0, "")


def _killed(url: str, waiting: list[str], sent: Sent) -> None:
    """Starts a server, answers through it from several threads at once, and kills it while they do."""
    port = free_port()
    folder = run_folder() / "kills"
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", SERVER, str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(folder, DATABASE_URL=url))
    try:
        asyncio.run(_until_killed(process, f"http://127.0.0.1:{port}", waiting, sent))
    finally:
        process.kill()
        process.wait()


async def _until_killed(process: subprocess.Popen[bytes], url: str, waiting: list[str], sent: Sent) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        until = monotonic() + 60
        while monotonic() < until:
            try:
                await client.get("/q/nobody")
                break
            except httpx.TransportError:
                sleep(0.05)
        work = [asyncio.create_task(_answers(client, waiting, sent)) for _ in range(AT_ONCE)]
        enough = len(sent.acknowledged) + random.randint(1, 2 * AT_ONCE)
        while len(sent.acknowledged) < enough and not all(one.done() for one in work):
            await asyncio.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        await asyncio.gather(*work)


async def _answers(client: httpx.AsyncClient, waiting: list[str], sent: Sent) -> None:
    """Answers until the server is gone; an answer without word of it is sent again after the restart."""
    while waiting:
        token = waiting.pop()
        try:
            page = await client.get(f"/q/{token}")
            form = FORM.search(page.text)
            if form is None:  # it was stored, and the word of it lost
                continue
            sent.tried.add(token)
            answer = await client.post(f"/q/{token}/answer", data=filled(form[1]))
        except httpx.TransportError:
            waiting.append(token)
            return
        assert answer.status_code == 303, answer.text
        sent.acknowledged.add(token)
