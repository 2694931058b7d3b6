"""Every operation over invented data under schemathesis: what is invented keeps the contract's promises, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.config import SchemathesisConfig

from app.assembly import compile_folder, open_gateway
from app.demo.plant import contract_folder
from app.observations import Observatory
from app.sandbox import Recipe
from app.settings import Settings
from app.web.documents import document
from app.web.factory import create_app
from tests.fuzz import test_operations as operations

DOOR = operations.Door()
EXAMPLES = 8  # of each operation: the doors and the plan are those that `test_operations` is thorough about


def described(version: str) -> Any:
    """The document of a version, with the application behind it in process."""
    config = SchemathesisConfig(seed=2)
    rejecting = config.projects.default.checks.negative_data_rejection
    rejecting.expected_statuses = [*rejecting.expected_statuses, "414"]  # as in `test_operations`
    schema = schemathesis.openapi.from_dict(document(operations.PLAN, version), config=config)
    schema.app = DOOR
    return schema


@pytest.fixture(scope="module", autouse=True)
def _open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every request goes to the plant's contract, over invented data."""
    folder = tmp_path_factory.mktemp("sandbox") / "plant"
    _copy(contract_folder(), folder)
    gateway = open_gateway(compile_folder(folder, {}, recipe=Recipe()), Settings(), Observatory())
    DOOR.application = create_app(gateway)
    yield
    gateway.close()


def _copy(source: Path, folder: Path) -> None:
    """Copy a contract; databases that may lie beside it stay."""
    for path in (each for each in source.rglob("*") if each.suffix in {".yaml", ".sql"}):
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())


@described("v1").parametrize()  # type: ignore[untyped-decorator]  # a schema made at run time is Any to mypy
@settings(operations.SETTINGS, max_examples=EXAMPLES)
def test_the_deprecated_version_keeps_its_promises(case: Any) -> None:
    """Nothing is found in any operation of v1."""
    operations.answer(case)


@described("v2").parametrize()  # type: ignore[untyped-decorator]  # a schema made at run time is Any to mypy
@settings(operations.SETTINGS, max_examples=EXAMPLES)
def test_the_current_version_keeps_its_promises(case: Any) -> None:
    """Nothing is found in any operation of v2."""
    operations.answer(case)
