"""The table of changes: grades that agree with one another and with their source."""

from __future__ import annotations

import pytest

from app.changes import GRADES, KINDS, reaches
from app.changes.kinds import NOTHING, SECTIONS

# "Breaking changes" in the documentation of GitHub's REST API, each with the rows that are it.
GITHUB_BREAKING = {
    "removing an entire operation": ["operation-removed", "path-removed", "path-renamed", "version-shut-down"],
    "removing or renaming a parameter": ["parameter-removed", "parameter-renamed"],
    "removing or renaming a response field": ["field-removed", "field-renamed"],
    "adding a new required parameter": ["required-parameter-added"],
    "making a previously optional parameter required": ["parameter-required-narrowed"],
    "changing the type of a parameter or response field": [
        "parameter-type-changed",
        "parameter-type-narrowed",
        "field-type-changed",
        "field-type-widened",
        "field-null-widened",
    ],
    "removing enum values": ["parameter-enum-narrowed"],
    "adding a new validation rule to an existing parameter": [
        "parameter-pattern-narrowed",
        "parameter-range-narrowed",
        "parameter-format-narrowed",
        "parameter-exclusion-narrowed",
        "page-limit-lowered",
    ],
    "changing authentication or authorization requirements": [
        "credential-required",
        "credential-removed",
        "credential-changed",
        "scope-added",
        "field-scope-added",
    ],
}
GITHUB_ADDITIVE = [
    "operation-added",
    "path-added",
    "parameter-added",
    "field-added",
    "header-added",
    "parameter-enum-widened",
]
OPPOSITES = [("narrowed", "widened"), ("removed", "added"), ("required", "lifted"), ("brought-forward", "put-off")]
PAIRS = [
    (code, code.removesuffix(one) + other)
    for code in KINDS
    for one, other in OPPOSITES
    if code.endswith(f"-{one}") and code.removesuffix(one) + other in KINDS
]


@pytest.mark.parametrize(("rule", "codes"), GITHUB_BREAKING.items())
def test_what_github_calls_breaking_is_breaking(rule: str, codes: list[str]) -> None:
    """Each rule of the published list has rows, and all of them are breaking."""
    assert {KINDS[code].grade for code in codes} == {"breaking"}, rule


@pytest.mark.parametrize("code", GITHUB_ADDITIVE)
def test_what_github_calls_additive_is_safe(code: str) -> None:
    """What that list allows in every version is safe; new values of an answer's enum alone are graded more strictly."""
    assert KINDS[code].grade == "safe"
    assert KINDS["field-enum-widened"].grade == "risky"


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_change_and_its_reverse_are_not_both_safe(one: str, other: str) -> None:
    """Whoever loses by the way back was given something on the way there; of errors alone callers take any."""
    both = {KINDS[one].grade, KINDS[other].grade}
    assert both != {"safe"} or one == "error-removed"


@pytest.mark.parametrize("aspect", ["type", "null", "enum", "pattern", "exclusion", "range", "open", "required"])
def test_what_hurts_a_request_does_not_hurt_an_answer(aspect: str) -> None:
    """Narrower is worse in a request, wider in an answer, and the other way is safe."""
    grades = {code: KINDS[code].grade for code in KINDS}
    assert grades[f"parameter-{aspect}-widened"] == grades[f"field-{aspect}-narrowed"] == "safe"
    assert "safe" not in {grades[f"parameter-{aspect}-narrowed"], grades[f"field-{aspect}-widened"]}


def test_every_row_is_whole() -> None:
    """Each has its reason, a sentence that can be filled in, a known section; and what is not safe says what to do instead."""
    for kind in KINDS.values():
        filled = kind.sentence.format(subject="`a`", was="`b`", now="`c`")
        assert filled
        assert not filled.endswith("."), kind.code
        assert kind.why.endswith("."), kind.code
        assert kind.section in SECTIONS
        assert (kind.instead == NOTHING) == (kind.grade == "safe"), kind.code


def test_grades_are_ordered() -> None:
    """A level takes itself and what is worse."""
    assert [grade for grade in GRADES if reaches(grade, "risky")] == ["risky", "breaking"]
