"""The page about sources says what the kinds say."""

from __future__ import annotations

import pytest

from adapters import registry
from tests.house.source import ROOT

_PAGE = (ROOT / "docs" / "reference" / "sources.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", registry.kinds())
def test_every_kind_and_option_is_on_the_page(name: str) -> None:
    """No option can be added without a word about it; that the page is fresh is the house test's care."""
    kind = registry.kind(name)
    section = _PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert kind.summary in section
    for option in kind.options:
        assert f"| `{option.name}`" in section
        assert option.help in section
