"""`bascule map`: one picture, in three forms."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Bascule
from tests.cli.test_usage import TODAY, fill
from tests.usage.test_landscape import chart


def test_as_text(bascule: Bascule, folder: Path) -> None:
    """A tree from the source to its callers, with what their keys' owner is called."""
    caller = fill(folder)
    result = bascule("map", folder)
    assert result.exit_code == 0
    assert result.stdout == (
        "Shop\n"
        "└─ shop (sqlite)\n"
        "   └─ ITEM\n"
        "      └─ items  (no owner)\n"
        "         └─ v1 current, 10 calls in 30 days\n"
        f"            ├─ {caller} ACME (their portal): 7 calls, last {TODAY}\n"
        f"            └─ anonymous: 3 calls, last {TODAY}\n"
    )


def test_as_a_flow_chart(bascule: Bascule, folder: Path) -> None:
    """Mermaid that parses."""
    fill(folder)
    nodes, edges = chart(bascule("map", folder, "--format", "mermaid").stdout)
    assert list(nodes.values()) == ["shop (sqlite)", "ITEM", "items", "v1 current", "ACME (their portal)", "anonymous"]
    assert len(edges) == 5


def test_as_json(bascule: Bascule, folder: Path) -> None:
    """Everything; without a state no counts."""
    assert json.loads(bascule("map", folder, "--format", "json").stdout) == {
        "title": "Shop",
        "days": None,
        "sources": [
            {
                "name": "shop",
                "kind": "sqlite",
                "tables": [
                    {
                        "name": "ITEM",
                        "kind": "table",
                        "resources": [
                            {
                                "name": "items",
                                "owner": "",
                                "versions": [{"name": "v1", "status": "current", "calls": None, "callers": []}],
                            }
                        ],
                    }
                ],
            }
        ],
    }
    assert not (folder / "state.db").exists()
