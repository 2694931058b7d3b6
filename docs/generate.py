"""Writes the generated pages: `make docs`.

Each `generate_*.py` beside this file makes one page from the table that the code itself reads: `PAGE` is its path below
docs/, `render()` its text. A test holds what is committed to what these say now.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent


def pages() -> dict[str, str]:
    """The text of each generated page, by its path below docs/."""
    sys.path.insert(0, str(DOCS))
    try:
        generators = [importlib.import_module(path.stem) for path in sorted(DOCS.glob("generate_*.py"))]
    finally:
        sys.path.remove(str(DOCS))
    return {generator.PAGE.removeprefix("docs/"): generator.render() for generator in generators}


def main() -> None:
    """Write the pages that have changed, and name them."""
    for page, text in pages().items():
        path = DOCS / page
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
