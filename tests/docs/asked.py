"""What a gateway over a folder answers to one request: python -m tests.docs.asked FOLDER PATH.

In charge of asking in a process of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from app.assembly import compile_folder, open_gateway
from app.observations import Observatory
from app.settings import Settings
from app.web.factory import create_app
from tests.docs.noon import at_noon


def asked(folder: Path, path: str, variables: Mapping[str, str]) -> str:
    """The answer to GET `path`, at noon."""
    with at_noon():
        gateway = open_gateway(compile_folder(folder, variables), Settings(), Observatory())
    try:
        return create_app(gateway).test_client().get(path).get_data(as_text=True)
    finally:
        gateway.close()


if __name__ == "__main__":
    print(asked(Path(sys.argv[1]), sys.argv[2], os.environ))  # noqa: T201  # its answer
