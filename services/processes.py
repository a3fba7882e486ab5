"""Processes beside the application: started with it, started again when they die, ended with it."""

import asyncio
import logging
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from settings import ROOT

log = logging.getLogger(__name__)
PATIENCE: Final = 10
"""Seconds that a process has to end by itself before it is killed."""


@asynccontextmanager
async def kept_alive(
    command: Sequence[str],
    name: str,
    *,
    pause: float,
    attend: Callable[[Process], Awaitable[Any]],
    end: Callable[[Process], Any],
    stdout: int | None = None,
) -> AsyncIterator[None]:
    """A process runs as long as the block does; `pause` seconds after it has died another one is started.

    `attend` is awaited with each and returns when that has ended; `end` asks one to end. Its stdin is a pipe that
    closes with the application, even when that is killed: then it must end too.
    """
    keeping = asyncio.create_task(_keep(command, name, pause, attend, end, stdout))
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def _keep(
    command: Sequence[str],
    name: str,
    pause: float,
    attend: Callable[[Process], Awaitable[Any]],
    end: Callable[[Process], Any],
    stdout: int | None,
) -> None:
    while True:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=stdout)
        try:
            await attend(process)
            log.error("%s has ended with code %s", name, await process.wait())
        finally:
            await _ended(process, end)
        await asyncio.sleep(pause)


async def _ended(process: Process, end: Callable[[Process], Any]) -> None:
    """Asks a process to end, and kills it when it doesn't."""
    if process.returncode is not None:
        return
    end(process)
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        process.kill()
