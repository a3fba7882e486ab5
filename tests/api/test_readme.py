"""The README's example for programs goes in as it says."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from api import routes
from db.session import engine_for, write_session
from tests import factories as make
from tests.api.test_api import token
from tests.test_docs import block_in, commands_in

HOST = "http://localhost:8501"


@pytest.fixture
def client(app_database: str) -> Iterator[TestClient]:
    with write_session() as session:
        make.wave(session)
    with TestClient(Starlette(routes=routes.routes()), base_url=HOST) as client:
        yield client


def test_the_commands_for_programs_work(client: TestClient, app_database: str) -> None:
    assert block_in("README.md", "json") == block_in("README.zh-CN.md", "json")
    bearer = token(engine_for(app_database))["authorization"].removeprefix("Bearer ")
    write, read = (shlex.split(command) for command in commands_in("README.md") if command.startswith("curl "))
    sent, again = (requested(client, write, bearer) for _ in range(2))
    assert (sent.status_code, again.status_code, again.json()) == (201, 201, sent.json())
    other = requested(client, [part for part in write if "Idempotency" not in part], bearer)
    assert other.json()["responses"][0]["is_new"] is False, "recognised by its id"
    assert requested(client, read, bearer).json()["valid"] == 1


def requested(client: TestClient, command: list[str], bearer: str) -> Any:
    """What curl would send."""
    headers = dict(part.split(": ", 1) for part in command if ": " in part)
    headers["Authorization"] = headers["Authorization"].replace("$TOKEN", bearer)
    (address,) = [part for part in command if part.startswith(HOST)]
    if "POST" not in command:
        return client.get(address, headers=headers)
    return client.post(address, headers=headers, content=json.dumps(json.loads(block_in("README.md", "json"))))
