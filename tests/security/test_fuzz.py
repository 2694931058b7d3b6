"""Every operation of the closed contract under schemathesis: with a key, without one, and with a wrong one.

With a key each answer is held against the document by every check that schemathesis has, its own attempt to get in without
the credential among them. Without a key, and with a wrong one, whatever is asked is 401, and nothing of any row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

from tests.fuzz.test_operations import consistent
from tests.security.operations import documents
from tests.security.tenants import NOBODY, A, B
from tests.security.world import World

SETTINGS: Final = settings(
    max_examples=3,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
WRONG: Final = "bascule_AAAAAAAA_000000000000000000000000000000000000"


class Door:
    """The application, once there is one; each request comes from an address of its own, as in `World.ask`."""

    def __init__(self) -> None:
        self.world: World | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Hand on a request."""
        assert self.world is not None
        environ["REMOTE_ADDR"] = self.world.stranger()
        answer: Iterable[bytes] = self.world.application(environ, start_response)
        return answer


DOOR = Door()


def described(version: str) -> Any:
    """The document of a version, with the application behind it."""
    config = SchemathesisConfig(seed=1)
    config.projects.default.phases.coverage.enabled = False  # the edges of each parameter: tests/fuzz has them
    rejecting = config.projects.default.checks.negative_data_rejection
    rejecting.expected_statuses = [*rejecting.expected_statuses, "414"]  # longer than a query may be: refused as well
    schema = schemathesis.openapi.from_dict(dict(documents()[version]), config=config)
    schema.app = DOOR
    return schema


@pytest.fixture(scope="module", autouse=True)
def _open_door(world: World) -> Iterator[None]:
    """Every request goes to the gateway of the two tenants."""
    DOOR.world = world
    yield
    DOOR.world = None


def asked(case: Any) -> None:
    """With a key, without one, with a wrong one."""
    assert DOOR.world is not None
    key = {"Authorization": f"Bearer {DOOR.world.keys['accountant of A']}"}
    if case.meta.generation.mode.is_positive:
        case.headers.update(key)  # a cursor is fetched with it
        consistent(case)
    case.call_and_validate(headers=key)
    case.headers.pop("Authorization", None)
    for headers in ({}, {"Authorization": f"Bearer {WRONG}"}):
        reply = case.call(headers=headers)
        assert reply.status_code == 401
        case.validate_response(reply, checks=[])
        assert [mark for owner in (A, B, NOBODY) for mark in owner.canaries if mark in reply.content] == []


@described("v1").parametrize()  # type: ignore[untyped-decorator]  # a schema made at run time is Any to mypy
@SETTINGS
def test_the_deprecated_version_is_closed(case: Any) -> None:
    """Nothing is found in any operation of v1, and nobody gets in."""
    asked(case)


@described("v2").parametrize()  # type: ignore[untyped-decorator]  # a schema made at run time is Any to mypy
@SETTINGS
def test_the_current_version_is_closed(case: Any) -> None:
    """Nothing is found in any operation of v2, and nobody gets in."""
    asked(case)
