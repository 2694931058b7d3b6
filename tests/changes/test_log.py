"""The log: dated entries that stay, the newest first, come to the documents beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.changes import introduced, log, weigh
from app.plan.model import Change, Version
from tests.changes.documents import DOCUMENT, FIELDS, GONE, LIMIT, TODAY, Edits, edited

V1 = Version("v1", "current", {})
V2 = Version("v2", "current", {}, changes=(Change("orders", "weight removed", "Nobody weighs."),))
LATER = date(2026, 11, 22)


def entered(before: str, old: Edits | None, new: Edits, day: date = TODAY) -> str:
    """The log after the document with the edits `new` took the place of the one with `old`; None: nothing was there."""
    documents = {"v1": edited(new)}
    published: dict[str, Any] = {} if old is None else {"v1": edited(old)}
    return log.extended(before, {"v1": "text"}, weigh(published, documents, {"v1": None}, day), {"v1": V1}, day)


REMOVED: Edits = {(*FIELDS, "weight"): GONE}
LOWERED: Edits = {(*LIMIT, "schema", "maximum"): 100, **REMOVED}


def test_an_entry_has_sections_and_grades() -> None:
    """What is not safe is marked; each difference stands in its section, under its version, under the day."""
    text = entered("", {}, {**REMOVED, (*FIELDS, "kilograms"): {"type": "number"}})
    assert text.partition("\n## ")[2] == (
        "2026-11-21\n\n### v1\n\n"
        "#### Added\n\n- **orders**: `kilograms` is new.\n\n"
        "#### Removed\n\n- **orders**: `weight` is gone (breaking).\n"
    )


def test_the_newest_comes_first_and_the_old_stays() -> None:
    """A later entry is put before the earlier one, whose words are kept."""
    first = entered("", {}, REMOVED)
    second = entered(first, REMOVED, LOWERED, LATER)
    assert second.index("## 2026-11-22") < second.index("## 2026-11-21")
    assert second.endswith(first.partition("\n## ")[2])


def test_entries_of_one_day_are_one() -> None:
    """A day has one heading."""
    text = entered(entered("", {}, REMOVED), REMOVED, LOWERED)
    assert text.count("## 2026-11-21") == 1
    assert text.index("a page has") < text.index("`weight` is gone")


def test_texts_make_no_entry() -> None:
    """Another wording is no change for clients."""
    assert "##" not in entered("", {}, {("info", "title"): "Other"})


def test_what_is_not_known_makes_an_entry() -> None:
    """A word that the comparison does not know is told as risky: nobody can say that it is a text."""
    assert "- **orders**: `name: if` is `{}`, was nothing (risky)." in entered("", {}, {(*FIELDS, "name", "if"): {}})


def test_a_sentence_that_somebody_added_stays() -> None:
    """Entries are kept word for word, whoever wrote them."""
    text = entered("", {}, REMOVED).replace("is gone (breaking).", "is gone (breaking). It was never filled.")
    assert "It was never filled." in entered(text, REMOVED, LOWERED, LATER)


def test_a_new_version_brings_its_reasons_at_the_day_of_its_release() -> None:
    """The sentences of the lenses stand in the log; a release that is still to come is dated today."""
    comparisons = weigh({"v1": DOCUMENT}, {"v1": DOCUMENT, "v2": DOCUMENT}, {"v1": None, "v2": "v1"}, TODAY)
    for released, day in ((date(2026, 9, 1), "2026-09-01"), (date(2027, 1, 1), "2026-11-21"), (None, "2026-11-21")):
        version = Version("v2", "current", {}, released_on=released, changes=V2.changes)
        text = log.extended("", {}, comparisons, {"v1": V1, "v2": version}, TODAY)
        expected = "### v2, new, and different from v1\n\n- **orders**: weight removed. _Nobody weighs._\n"
        assert text.endswith(f"## {day}\n\n{expected}")


def test_a_draft_is_called_one_and_not_graded() -> None:
    """What breaks in a draft is told without a mark."""
    draft: Edits = {("info", "description"): "**v1 is a draft**: it may change without notice."}
    text = entered("", draft, {**draft, **REMOVED})
    assert "### v1, a draft\n" in text
    assert "breaking" not in text.partition("\n## ")[2]


def test_a_log_that_begins_introduces_what_was_published() -> None:
    """Versions that the contract has are introduced as if they were new; others are left out."""
    found = introduced({"v1": DOCUMENT, "v9": DOCUMENT}, {"v1": None})
    assert [(each.version, each.standing) for each in found] == [("v1", "new")]


def test_a_log_that_was_left_behind_is_found() -> None:
    """Come to its own documents the log is itself; come to another text of one of them it is not."""
    text = entered("", {}, REMOVED)
    assert log.come_to(text, {"v1": "text"}) == text
    assert log.come_to(text, {"v1": "another"}) != text
    assert log.come_to(text, {"v1": "text", "v2": "text"}) != text
