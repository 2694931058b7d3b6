"""A small sound contract that a test changes in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from adapters.port import Kind, Option, Terms, Traits
from app.contract.load import survey

GATEWAY = """\
title: Plant 3
sources:
  erp: {kind: paper, path: erp.db}
"""
ORDERS = """\
resource: orders
source: erp
table: ORDHDR
key: number
fields:
  number: {column: ORDNO, type: integer}
  status: {column: ORDST, type: string}
filter: [status]
sort: [number]
"""


def _never(name: str, options: Mapping[str, str], terms: Terms) -> object:
    raise AssertionError((name, options, terms))  # reading a contract opens nothing


PAPER = Kind(
    "paper",
    "A drawer",
    (
        Option("path", "The drawer", required=True, path=True),
        Option("url", "Where the drawer is"),
        Option("password", "Its key", secret=True),
        Option("libraries", "Its folders", many=True),
        Option("ssl", "Whether it is locked", choices=("true", "false")),
        Option("naming", "How its folders are named", choices=("sql", "system")),
    ),
    Traits(pads_char=True, nulls_first=True, row_values=True, max_parameters=100),
    _never,  # type: ignore[arg-type]  # no test opens it
)
KINDS: Mapping[str, Kind] = {"paper": PAPER, "stone": Kind("stone", "A tablet", (), PAPER.traits, PAPER.open)}

Write = Callable[[Mapping[str, str | bytes]], Path]
Find = Callable[[Mapping[str, str | bytes]], list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a sound contract with some files replaced or added, and give its folder."""

    def folder(files: Mapping[str, str | bytes]) -> Path:
        for name, content in {"gateway.yaml": GATEWAY, "v1/orders.yaml": ORDERS, **files}.items():
            path = tmp_path / "plant" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / "plant"

    return folder


@pytest.fixture
def find(write: Write) -> Find:
    """The faults, as lines, of a sound contract with some files replaced or added."""

    def faults(files: Mapping[str, str | bytes]) -> list[str]:
        return [str(fault) for fault in survey(write(files), KINDS, {"TOKEN": "s3cret", "EMPTY": ""}).faults]

    return faults
