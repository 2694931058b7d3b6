"""Any command of `bascule`, in a process that also knows the kinds of the stand-ins.

    python -m tests.standins.serve serve FOLDER --bind 127.0.0.1:8080

In charge of putting their distribution on the path, where the registry finds it by its entry point. A process that has the
folder in PYTHONPATH (`environment()`) needs no launcher.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

DISTRIBUTION = Path(__file__).with_name("distribution")
_ROOT = DISTRIBUTION.parents[2]


def environment() -> dict[str, str]:
    """This process's environment, with the kinds of the stand-ins."""
    path = os.pathsep.join(filter(None, (str(_ROOT), str(DISTRIBUTION), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


if __name__ == "__main__":
    sys.path.insert(0, str(DISTRIBUTION))
    from app.cli import main

    main()
