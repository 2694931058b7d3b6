"""Every operation of a contract folder under schemathesis: BASCULE_TEST_FOLDER=folder pytest tests/draft/fuzzed.py.

In charge of one folder, which is named when this is imported: schemathesis makes its tests from the document then. `test_fuzz` runs
this in processes of its own, since its folders are drafted first.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import schemathesis
from hypothesis import settings
from schemathesis.config import SchemathesisConfig

from app.assembly import compile_folder, open_gateway
from app.observations import Observatory
from app.settings import Settings
from app.web.documents import document
from app.web.factory import create_app
from tests.fuzz import test_operations as operations

FOLDER: Final = "BASCULE_TEST_FOLDER"
FEW: Final = settings(operations.SETTINGS, max_examples=4)


def _served(folder: Path) -> Any:
    """The document of the folder's first version, with its gateway behind it in process."""
    compiled = compile_folder(folder, {})
    config = SchemathesisConfig(seed=1)
    rejecting = config.projects.default.checks.negative_data_rejection
    rejecting.expected_statuses = [*rejecting.expected_statuses, "414"]  # longer than a query may be: refused as well
    schema = schemathesis.openapi.from_dict(document(compiled.plan, "v1"), config=config)
    schema.app = door = operations.Door()
    door.application = create_app(open_gateway(compiled, Settings(), Observatory()))
    return schema


@_served(Path(os.environ[FOLDER])).parametrize()  # type: ignore[untyped-decorator]  # a schema made at run time is Any to mypy
@FEW
def test_every_operation_keeps_its_promises(case: Any) -> None:
    """Nothing is found in any operation."""
    operations.answer(case)
