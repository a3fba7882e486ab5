"""What the description promises, tried by a program that reads it and sends what it allows, and what it does not."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.core.parameters import ParameterLocation
from starlette.applications import Starlette

from api import openapi, routes
from db.session import engine_for, write_session
from services import api_tokens
from settings import settings as own_settings
from tests import databases
from tests import factories as make
from tests.api.test_api import ROOT, SCOPES

WAVE = {"scheme": "iatf-quarterly", "wave": "2026-Q4"}
pytestmark = pytest.mark.xdist_group("api-description")


@pytest.fixture(scope="module")
def header(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """One database for the whole file, and a token of it."""
    folder = tmp_path_factory.mktemp("api")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAR_DIR", str(folder / "var"))
        url = databases.sqlite_database(folder)
        engine = engine_for(url)
        patch.setenv("DATABASE_URL", url)
        own_settings.cache_clear()
        with write_session(engine) as session:
            make.response(session, make.wave(session), "dissatisfied", customer=make.customer(session, "A"))
            made = api_tokens.make(
                session,
                name="Tester",
                scopes=tuple(SCOPES),
                scheme="",
                days=1,
                per_minute=6000,
                by=ROOT,
                at=datetime.now(UTC),
            )
        yield {"token": f"Bearer {made.token}", "url": url}
    engine.dispose()


def described() -> dict[str, Any]:
    """The description, with the codes of the one wave that is there."""
    document = deepcopy(openapi.document())
    for operation in (one for path in document["paths"].values() for one in path.values()):
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                parameter["schema"] = {"enum": [WAVE[parameter["name"]]]}
    return document


api = schemathesis.openapi.from_dict(described())
api.app = Starlette(routes=routes.routes())
WANTED = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
}
CHECKS = [check for check in checks.CHECKS.get_all() if check.__name__ in WANTED]


@api.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_answers_as_described(
    case: schemathesis.Case, header: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", header["url"])
    own_settings.cache_clear()
    broken = case.meta is not None and case.meta.is_negative_at(ParameterLocation.HEADER)
    headers = {} if broken else {"Authorization": header["token"]}
    case.call_and_validate(headers=headers, checks=CHECKS)


def test_the_description_names_every_address_and_every_check_is_there() -> None:
    assert len(CHECKS) == len(WANTED)
    there = {
        (route.path.replace(":path", ""), method)
        for route in inner_routes()
        if route.endpoint is not routes.only_posted
        for method in route.methods - {"HEAD"}
    }
    told = {(path, method.upper()) for path, one in openapi.document()["paths"].items() for method in one}
    assert there - {("/openapi.json", "GET")} == told


def inner_routes() -> list[Any]:
    (mount,) = routes.routes()
    return list(mount.routes)  # type: ignore[attr-defined]
