"""Which document is compared with which, and whether a change binds."""

from __future__ import annotations

import pytest

from app.changes import Comparison, weigh
from tests.changes.documents import DOCUMENT, FIELDS, GONE, TODAY, Edits, edited

DRAFT: Edits = {("info", "description"): "**v1 is a draft**: it may change without notice."}
PAST: Edits = {("info", "description"): "**v1 is deprecated** since 2025-09-01. It will be shut down on 2026-11-20."}
REMOVED: Edits = {(*FIELDS, "weight"): GONE}
ALONE = {"v1": None}


def _codes(comparison: Comparison) -> list[str]:
    return [each.kind.code for each in comparison.differences]


def test_a_published_version_is_compared_with_itself() -> None:
    """Its changes bind."""
    (found,) = weigh({"v1": DOCUMENT}, {"v1": edited(REMOVED)}, ALONE, TODAY)
    assert (found.standing, found.binding, _codes(found)) == ("published", True, ["field-removed"])


def test_a_draft_may_change() -> None:
    """What was published as a draft is compared, and binds nobody; that it is none any more is told."""
    (found,) = weigh({"v1": edited(DRAFT)}, {"v1": edited(REMOVED)}, ALONE, TODAY)
    assert (found.standing, found.binding) == ("draft", False)
    assert "version-published" in _codes(found)


def test_a_promise_is_not_taken_back_by_calling_it_a_draft() -> None:
    """A version that was published as current and says now that it is a draft is held to its promise."""
    (found,) = weigh({"v1": DOCUMENT}, {"v1": edited(DRAFT, REMOVED)}, ALONE, TODAY)
    assert found.binding
    assert {"version-withdrawn", "field-removed"} <= set(_codes(found))


def test_a_new_version_is_compared_with_the_one_that_it_extends() -> None:
    """What it changes is told without what is different because one is old and one new, and binds nobody."""
    v2 = edited(REMOVED, {("paths",): {path.replace("v1", "v2"): item for path, item in DOCUMENT["paths"].items()}})
    old, new = weigh({"v1": DOCUMENT}, {"v1": edited(PAST), "v2": v2}, {"v1": None, "v2": "v1"}, TODAY)
    assert (new.base, new.standing, new.binding) == ("v1", "new", False)
    assert _codes(new) == ["field-removed", "version-added"]
    assert "version-shut-down" in _codes(old)


@pytest.mark.parametrize(
    ("edits", "code", "standing"),
    [({}, "version-shut-down", "gone"), (PAST, "version-ended", "gone"), (DRAFT, "version-shut-down", "draft")],
)
def test_a_version_that_is_gone(edits: Edits, code: str, standing: str) -> None:
    """It breaks its promise unless its sunset is past, or it was a draft."""
    (found,) = weigh({"v1": edited(edits)}, {}, {}, TODAY)
    assert (found.standing, _codes(found)) == (standing, [code])
