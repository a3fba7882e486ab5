"""Messages that leave while the leader is killed, twice: none arrives twice, and each kill leaves one in doubt at most, listed."""

import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from sqlalchemy import Engine
from sqlmodel import select

from db.models import Delivery, Leader
from db.queries.deliveries import deliveries_with_trouble
from db.session import read_session, write_session
from domain.access import Viewer
from domain.telling import Wishes
from services import telling_choices
from services.notifying import tell
from tests import factories
from tests.bench.results import Report
from tests.bench.stores import store
from tests.browser.servers import ROOT, environment
from tests.databases import run_folder
from tests.smtp_sink import Sink, smtp_sink

PEOPLE, KILLS = 400, 2
PATIENCE = 300.0
"""Seconds that one leader may take."""
LEADS = """
from datetime import UTC, datetime
from db.session import default_engine
from services import deliveries, delivering, leading
from settings import settings
deliveries.put_out(default_engine(), at=datetime.now(UTC), zone=settings().zone)
delivering.deliver(leading.lead(default_engine(), datetime.now(UTC)))
"""


def measure_kills(report: Report, kind: str) -> None:
    """Four hundred mails, one a person; two leaders are killed on the way, a third sends what is left."""
    with store(kind) as engine, smtp_sink() as sink:
        root = _told(engine)
        marks = sorted(random.sample(range(PEOPLE // 10, PEOPLE * 9 // 10), KILLS))
        for stop_at in (*marks, PEOPLE):
            _leads(engine, sink, stop_at)
        with read_session(engine) as session:
            found = Counter(session.exec(select(Delivery.state)))
            listed = len(deliveries_with_trouble(session, root))
    twice = sum(times > 1 for times in Counter(sink.recipients).values())
    note = f"killed after {marks}: {dict(found)}, {len(set(sink.recipients))} of {PEOPLE} arrived"
    report.at_most(f"{kind}: notified twice in {KILLS} kills", twice, 0, "", note)
    report.at_most(f"{kind}: notifications in doubt after {KILLS} kills", found["unclear"], KILLS, "")
    report.at_most(f"{kind}: of them not listed", found["unclear"] - listed, 0, "")
    report.at_most(f"{kind}: notifications neither sent nor in doubt", PEOPLE - found["sent"] - found["unclear"], 0, "")


def _told(engine: Engine) -> Viewer:
    """Everybody is told one thing, at any hour; returns who reads the list of doubts."""
    now = datetime.now(UTC)
    with write_session(engine) as session:
        root = factories.viewer(factories.user(session, "root", "administrator"))
        people = [
            factories.viewer(factories.user(session, f"p{n}", "quality", mail=f"p{n}@example.com"))
            for n in range(PEOPLE)
        ]
        for one in people:
            never_quiet = Wishes(quiet_from=0, quiet_until=0)
            telling_choices.choose(session, wishes=never_quiet, chats=(), by=one, at=now)
        facts = {"number": "1", "title": "T"}
        to = [one.user_id for one in people]
        tell(session, kind="assigned", to=to, link="/action?number=1", facts=facts, once="a1", at=now)
    return root


def _leads(engine: Engine, sink: Sink, stop_at: int) -> None:
    """One leader until so many mails have arrived, or until none waits; then kill -9."""
    url = engine.url.render_as_string(hide_password=False)
    folder = run_folder() / "notifying"
    folder.mkdir(exist_ok=True)
    given = environment(folder, DATABASE_URL=url, SMTP_URL=sink.url, MAIL_FROM="Quality <quality@example.com>")
    process = subprocess.Popen([sys.executable, "-c", LEADS], cwd=ROOT, env=given, stdin=subprocess.DEVNULL)
    until = monotonic() + PATIENCE
    try:
        while len(sink.arrived) < stop_at and process.poll() is None and monotonic() < until:
            sleep(0.001)
        if stop_at == PEOPLE:
            process.wait(timeout=PATIENCE)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with write_session(engine) as session:  # instead of waiting until the lead has run out
        session.exec(select(Leader)).one().until = datetime.now(UTC) - timedelta(days=1)
