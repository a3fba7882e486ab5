"""One run of the Overview page, as AppTest does it, with warm chart specs: the same at any number of responses."""

import gc
import os
from collections.abc import Callable
from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from components import access
from db.models import User
from db.session import write_session
from services import sign_in
from settings import ROOT, settings
from tests.bench.company import Company
from tests.bench.measuring import interleaved
from tests.bench.results import Report

GROWTH_BAR, RUN_BAR = 1.3, 100.0


def measure(report: Report, small: Company, large: Company, rounds: int) -> None:
    """Runs of the page on the small and the large company in turn."""
    kind = large.engine.dialect.name
    works = {"small": page_of(small), "large": page_of(large)}
    for work in works.values():
        work()
    gc.collect()
    gc.freeze()  # as the application does before it serves anybody
    times = interleaved(rounds, works, warm_up=2)
    gc.unfreeze()
    note = f"{times['small'] * 1000:.0f} → {times['large'] * 1000:.0f} ms"
    report.at_most(f"{kind}: Overview page, large / small", times["large"] / times["small"], GROWTH_BAR, "×", note)
    report.at_most(f"{kind}: a run of the Overview page", times["large"] * 1000, RUN_BAR, "ms")


def page_of(company: Company) -> Callable[[], object]:
    """Runs the shell with the Overview page inside, for somebody of the quality department."""
    url = company.engine.url.render_as_string(hide_password=False)
    _use(url)
    shell = AppTest.from_file(str(ROOT / "pages" / "navigation.py"), default_timeout=60)
    shell.session_state["language"] = "en"
    shell.session_state[access.TOKEN] = signed_in(company, "bench")

    def run() -> None:
        _use(url)
        shell.run()
        if shell.exception or not shell.title:
            raise RuntimeError(f"The page failed: {[one.message for one in shell.exception]}")

    return run


def _use(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    settings.cache_clear()


def signed_in(company: Company, username: str) -> str:
    """The token of somebody of the quality department who has just signed in."""
    now = datetime.now(UTC)
    with write_session(company.engine) as session:
        user = User(username=username, name=username.title(), password_hash="-", role="quality", created_at=now)
        session.add(user)
        session.flush()
        begun = sign_in.begin(session, user_id=user.id or 0, at=now, days=1, secret_key=settings().secret_key)
        return begun.token
