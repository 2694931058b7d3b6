"""The documentation is whole: every page is reached, every link leads somewhere, generated pages are fresh."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import pytest

from tests.house.source import ROOT, named

DOCS = ROOT / "docs"
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


def _script(name: str) -> ModuleType:
    spec = spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = _script("generate").pages()


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_generated_page_is_fresh(page: str) -> None:
    """What is committed is what the code says now; `make docs` writes it."""
    assert (DOCS / page).read_text(encoding="utf-8") == PAGES[page]


def test_every_page_is_linked() -> None:
    """Each page is reached from docs/README.md."""
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    linked = {(DOCS / link).resolve() for link in _LINK.findall(index)}
    pages = {path for path in DOCS.rglob("*.md") if path.name != "README.md"}
    assert [named(path) for path in sorted(pages - linked)] == []


def test_every_link_leads_somewhere() -> None:
    """Each relative link in a page, in README.md and in CHANGELOG.md names a file that exists."""
    pages = [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"]
    links = [(page, link) for page in pages for link in _LINK.findall(page.read_text(encoding="utf-8"))]
    assert [f"{named(page)}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_the_reference_is_generated() -> None:
    """No page of the reference is written by hand, but for the one that describes the demo's invented data."""
    pages = {path.relative_to(DOCS).as_posix() for path in (DOCS / "reference").glob("*.md")}
    assert pages - {"reference/demo-plant.md"} == set(PAGES)


def test_the_changelog_has_a_place_for_what_comes() -> None:
    """CHANGELOG.md has an Unreleased section."""
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_names_the_two_commands(command: str) -> None:
    """README.md names what runs the demo and what runs the tests."""
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
