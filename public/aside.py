"""Questionnaires are read and taken in by a process of their own, where no screen is being drawn (ADR 0011).

The application sends it each request by a pipe and gets the answer back by another: frames of a length and a pickle.
"""

import asyncio
import logging
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, BinaryIO, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from public import questionnaires
from services.processes import kept_alive

log = logging.getLogger(__name__)
COMMAND: Final = (sys.executable, "-m", "public.aside")
PAUSE: Final = 1
"""Seconds before a process that has died is started again."""
AT_ONCE: Final = 16
"""Requests that the process answers at the same time."""
LENGTH: Final = 4
"""Bytes that say how long a frame is."""
TOLD: Final = ("type", "http_version", "method", "scheme", "path", "query_string", "headers", "client", "path_params")
"""What the process is told of a request; the rest of the scope belongs to the server."""


class Ended(Exception):
    """The process ended before it answered."""


@dataclass
class Aside:
    """The process while it runs, and the requests that wait for it."""

    process: Process
    waiting: dict[int, asyncio.Future[Response]] = field(default_factory=dict)
    asked: int = 0

    async def ask(self, scope: dict[str, Any], body: bytes) -> Response:
        """Its answer to a request; raises Ended."""
        self.asked += 1
        number = self.asked
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.waiting[number] = answer
        assert self.process.stdin
        self.process.stdin.write(framed((number, scope, body)))
        try:
            return await answer
        finally:
            self.waiting.pop(number, None)

    async def listen(self) -> None:
        """Hands on its answers until it ends."""
        assert self.process.stdout
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    length = int.from_bytes(await self.process.stdout.readexactly(LENGTH))
                    frame = await self.process.stdout.readexactly(length)
                    number, response = pickle.loads(frame)  # noqa: S301 (our own process wrote it)
                    if (answer := self.waiting.get(number)) and not answer.done():
                        answer.set_result(response)
        finally:
            for answer in self.waiting.values():
                if not answer.done():
                    answer.set_exception(Ended())


_running: Aside | None = None


@asynccontextmanager
async def process() -> AsyncIterator[None]:
    """While the application runs; without it, as in most tests, `answered` does all in a thread."""
    name = "The process for questionnaires"
    async with kept_alive(COMMAND, name, pause=PAUSE, attend=_attend, end=_end, stdout=PIPE):
        yield


async def answered(request: Request, body: bytes) -> Response:
    """What `questionnaires.answered` says. A request whose process dies is answered here, and so are those until there is a new one.

    That repeats nothing: an invitation's token, and a public link's form, are taken once.
    """
    if _running:
        scope = {name: request.scope[name] for name in TOLD if name in request.scope}
        with suppress(Ended):
            return await _running.ask(scope, body)
    return await run_in_threadpool(questionnaires.answered, request, body)


async def _attend(started: Process) -> None:
    global _running
    _running = Aside(started)
    try:
        await _running.listen()
    finally:
        _running = None  # at once: who asks it from here on would wait for ever


def _end(started: Process) -> None:
    """It ends what it has begun."""
    assert started.stdin
    started.stdin.close()


def framed(content: object) -> bytes:
    """A frame."""
    packed = pickle.dumps(content)
    return len(packed).to_bytes(LENGTH) + packed


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """In the process: answers until the requests end."""
    one_by_one = Lock()

    def answer(number: int, scope: dict[str, Any], body: bytes) -> None:
        try:
            frame = framed((number, questionnaires.answered(Request(scope), body)))
        except Exception:
            log.exception("A questionnaire was not answered")
            frame = framed((number, Response("Internal Server Error", 500, media_type="text/plain")))
        with one_by_one:
            answers.write(frame)
            answers.flush()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        while length := requests.read(LENGTH):
            frame = requests.read(int.from_bytes(length))
            threads.submit(answer, *pickle.loads(frame))  # noqa: S301 (the application wrote it)


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "wb") as _answers:
        os.dup2(2, 1)  # what somebody prints isn't taken for an answer
        with suppress(KeyboardInterrupt, BrokenPipeError):
            serve(sys.stdin.buffer, _answers)
