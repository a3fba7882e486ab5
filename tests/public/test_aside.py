"""Questionnaires have a process of their own, and nobody notices when it dies."""

import asyncio
from typing import Any

import httpx2 as httpx
from starlette.applications import Starlette

from public import aside, routes


async def until(holds: Any) -> None:
    """Waits until something is so."""
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.02)


def test_a_process_answers_and_when_it_dies_in_the_middle_the_application_does(app_database: str) -> None:
    async def whole() -> None:
        app = Starlette(routes=routes.routes())
        async with (
            aside.process(),
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as customer,
        ):
            await until(lambda: aside._running)
            first = aside._running
            assert first
            answer = await customer.get("/q/nobodys", headers={"accept-language": "zh-CN"})
            assert answer.status_code == 404
            assert "链接无效" in answer.text
            assert first.asked == 1
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            asking = asyncio.create_task(customer.get("/q/nobodys", headers={"accept-language": "en"}))
            await until(lambda: first.asked == 2)
            first.process.kill()
            assert (await asking).status_code == 404
            await until(lambda: aside._running and aside._running is not first)
            assert (await customer.get("/q/nobodys")).status_code == 404
            assert aside._running
            assert aside._running.asked == 1
        assert aside._running is None
        assert first.process.returncode == -9

    asyncio.run(whole())
