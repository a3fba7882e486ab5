"""The running application for browser tests: a server process with a var folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.databases import once, run_folder

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "SECRET_KEY", "PORT", "ADDRESS", "BASE_URL", "TIME_ZONE")
START_SECONDS = 90


@dataclass(frozen=True)
class Server:
    """A server that answers: where, with which folder, and what it runs on."""

    url: str
    var_dir: Path
    pid: int

    @property
    def database_url(self) -> str:
        """Its database, for tests that write beside it."""
        return f"sqlite:///{self.var_dir / 'satisfaction.db'}"

    @property
    def log(self) -> str:
        return (self.var_dir / "server.log").read_text(encoding="utf-8", errors="replace")


def environment(var_dir: Path, **more: str) -> dict[str, str]:
    """The environment of a new installation in `var_dir`."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**kept, "VAR_DIR": str(var_dir), **more}


def demo_folder() -> Path:
    """A var folder with the sample company, made once in a test run by `cli.py init`, never served."""
    folder = run_folder() / "demo"
    with once("demo") as is_first:
        if is_first:
            command = [sys.executable, "cli.py", "init"]
            subprocess.run(command, cwd=ROOT, env=environment(folder), check=True, stdout=subprocess.DEVNULL)
    return folder


@contextmanager
def serving(var_dir: Path, **more: str) -> Iterator[Server]:
    """A server on a free port with a copy of the sample company in `var_dir`; stopped at the end.

    `more` are environment variables; with DATABASE_URL among them it runs on that database instead.
    """
    if "DATABASE_URL" in more:
        var_dir.mkdir(parents=True)
    else:
        shutil.copytree(demo_folder(), var_dir)
    port = free_port()
    with (var_dir / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.serve"],
            cwd=ROOT,
            env=environment(var_dir, PORT=str(port), **more),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    server = Server(f"http://localhost:{port}", var_dir, process.pid)
    try:
        wait_until_healthy(server, process)
        yield server
    finally:
        stop(process)


def wait_until_healthy(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while not is_healthy(server):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"The server does not answer:\n{server.log}")
        time.sleep(0.1)


def is_healthy(server: Server) -> bool:
    try:
        with urlopen(f"{server.url}/healthz", timeout=2) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server with everything that it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
