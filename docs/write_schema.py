"""Writes openapi/contract.schema.json: `python docs/write_schema.py`. A test holds what is committed to it."""

from __future__ import annotations

from pathlib import Path

from adapters import registry
from app.contract import schema

PATH = Path(__file__).resolve().parents[1] / "openapi" / "contract.schema.json"


def main() -> None:
    """Write the schema, for the kinds of source that are installed."""
    kinds = {name: registry.kind(name) for name in registry.kinds()}
    PATH.write_text(schema.text(kinds), encoding="utf-8")


if __name__ == "__main__":
    main()
