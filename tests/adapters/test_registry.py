"""Kinds are found by name: this package's modules, then other distributions' entry points."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

import pytest

from adapters import registry
from adapters.port import Kind


def test_the_built_in_kinds_are_found() -> None:
    """Every module that is a kind is listed, and gives a Kind of its own name."""
    assert {"sqlite", "postgresql"} <= set(registry.kinds())
    for name in registry.kinds():
        assert registry.kind(name).name == name


@pytest.mark.parametrize(("name", "nearest"), [("sqllite", "sqlite"), ("postgres", "postgresql"), ("port", "sqlite")])
def test_an_unknown_kind_names_the_nearest(name: str, nearest: str) -> None:
    """A slip of the pen gets a proposal; a module that serves the kinds is none."""
    with pytest.raises(registry.UnknownKind, match=nearest) as caught:
        registry.kind(name)
    assert (nearest in caught.value.nearest) == (name != "port")


def test_another_distribution_s_kind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point of the group names the module that has a KIND; what is no Kind is refused."""
    brought = registry.kind("sqlite")
    monkeypatch.setitem(sys.modules, "brought", SimpleNamespace(KIND=brought))
    monkeypatch.setitem(sys.modules, "broken", SimpleNamespace(KIND="no kind"))
    entries = [EntryPoint("mine", "brought", registry.GROUP), EntryPoint("bad", "broken", registry.GROUP)]

    def entry_points(group: str, name: str | None = None) -> list[Any]:
        assert group == registry.GROUP
        return [entry for entry in entries if name in {None, entry.name}]

    monkeypatch.setattr(registry, "entry_points", entry_points)
    found: Kind = registry.kind("mine")
    assert found is brought
    with pytest.raises(TypeError, match="bad"):
        registry.kind("bad")


def test_drivers_are_imported_only_when_a_source_opens() -> None:
    """Listing and looking up kinds imports neither psycopg nor pyodbc."""
    code = (
        "import sys; from adapters import registry; [registry.kind(name) for name in registry.kinds()];"
        "sys.exit(bool({'psycopg', 'pyodbc'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", registry.kinds())
def test_a_kind_s_secrets_are_marked(name: str) -> None:
    """A password may never stand in the contract in clear."""
    for option in registry.kind(name).options:
        assert option.secret == ("password" in option.name)
        assert option.help
