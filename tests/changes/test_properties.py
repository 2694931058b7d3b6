"""What holds for every pair of documents, tried on the published ones of the demo plant."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.changes import compare
from tests.changes.documents import CUSTOMER, FIELDS, TODAY, Path, changed, edited
from tests.house.source import ROOT

_SETS = {"enum", "required", "type", "parameters"}  # lists whose order means nothing


@cache
def published() -> dict[str, Any]:
    """A document of the demo plant, with one list and one item of its resources: all kinds of words, in less time."""
    document: dict[str, Any] = json.loads((ROOT / "openapi" / "v1.json").read_text(encoding="utf-8"))
    document["paths"] = {path: item for path, item in document["paths"].items() if path.startswith("/v1/order")}
    return document


@cache
def leaves() -> tuple[Path, ...]:
    """The places of all scalars that an operation leads to."""
    return tuple(sorted(set(_reached(("paths",), set())), key=str))


def _reached(path: Path, seen: set[str]) -> Iterator[Path]:
    part = _at(path)
    if isinstance(part, dict) and "$ref" in part:
        if part["$ref"] not in seen:
            seen.add(part["$ref"])
            yield from _reached(tuple(part["$ref"].removeprefix("#/").split("/")), seen)
    elif isinstance(part, (dict, list)):
        for step in part if isinstance(part, dict) else range(len(part)):
            yield from _reached((*path, step), seen)
    else:
        yield path


def _at(path: Path) -> Any:
    part: Any = published()
    for step in path:
        part = part[step]
    return part


def _other(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    return f"{value}z" if isinstance(value, str) else None if value is None else value + 1


def _shuffled(part: Any, draw: st.DataObject, word: str = "") -> Any:
    if isinstance(part, dict):
        names = draw.draw(st.permutations(list(part))) if len(part) < 8 else list(reversed(part))
        return {name: _shuffled(part[name], draw, name) for name in names}
    if isinstance(part, list):
        turned = reversed(part) if word in _SETS else part
        return [_shuffled(each, draw) for each in turned]
    return part


@settings(max_examples=5, deadline=None)
@given(draw=st.data())
def test_a_document_against_itself_gives_nothing(draw: st.DataObject) -> None:
    """Whatever the order of names, values and parameters, the same document is the same."""
    assert compare(published(), _shuffled(published(), draw), "v1", TODAY) == ()


@settings(max_examples=150, deadline=None)
@given(draw=st.data())
def test_nothing_goes_unseen(draw: st.DataObject) -> None:
    """Any other word at any place that an operation leads to is a difference, forth and back."""
    path = draw.draw(st.sampled_from(leaves()))
    if _at(path) is None:
        return
    other = edited({path: _other(_at(path))}, document=published())
    assert compare(published(), other, "v1", TODAY) != ()
    assert compare(other, published(), "v1", TODAY) != ()


@settings(max_examples=60, deadline=None)
@given(
    word=st.sampled_from(["maxLength", "minLength", "maximum", "minimum", "multipleOf"]),
    old=st.integers(1, 40),
    new=st.integers(1, 40),
)
def test_what_breaks_one_side_is_safe_for_the_other(word: str, old: int, new: int) -> None:
    """A bound of a parameter and of a field is graded the opposite way, and a change and its reverse never are both safe."""
    there, back = _grades(word, old, new), _grades(word, new, old)
    if old == new:
        assert there == back == []
    else:
        assert sorted(there) in (["breaking", "safe"], ["risky", "safe"])
        assert "breaking" in there + back


def _grades(word: str, was: int, now: int) -> list[str]:
    """The grades of another bound: of a parameter, then of a field."""
    places = ((*CUSTOMER, "schema", word), (*FIELDS, "name", word))
    return [each.grade for path in places for each in changed({path: was}, {path: now})]


def test_the_comparison_leaves_its_documents_alone() -> None:
    """Neither document is written to."""
    old, new = published(), edited({("info", "title"): "Other"}, document=published())
    before = copy.deepcopy((old, new))
    compare(old, new, "v1", TODAY)
    assert (old, new) == before
