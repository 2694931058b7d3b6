"""A new draft is taken into a file that a person has edited."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.draft.merge import Piece, carried, merge, pieces
from tests.draft.test_write import TEXT

BASE = """\
# Drafted.
resource: orders
source: erp
table: ORDHDR
key: number

fields:
  # 10 of 10 values decode
  number: {column: ORDNO, type: string}
  # 9 of 10 values decode
  # check: and the other?
  ordered_on:
    column: ORDDT
    type: date
    stored_as: cyymmdd
  # string
  name: {column: NAME, type: string}

filter: [number]
sort: [number]

expand:
  # 5 of 5
  customer: {resource: customers, on: {name: number}}
"""
NEW = BASE.replace("10 of 10", "20 of 20").replace("9 of 10", "19 of 20").replace("5 of 5", "6 of 6")


def test_what_nobody_touched_is_drafted_anew() -> None:
    """Fresh evidence everywhere, and nothing to tell."""
    merged = merge(BASE, BASE, NEW)
    assert (merged.text, merged.said) == (NEW, ())


def test_an_edited_field_stays() -> None:
    """The person's field, and the new evidence of the others; the person is told that the draft says otherwise now."""
    mine = BASE.replace("stored_as: cyymmdd", "stored_as: {cyymmdd: {nulls: [0]}}")
    merged = merge(BASE, mine, NEW)
    assert "stored_as: {cyymmdd: {nulls: [0]}}" in merged.text
    assert "9 of 10" in merged.text
    assert "20 of 20" in merged.text
    assert merged.said == ("ordered_on: edited, so it was left as it is; the draft says otherwise now",)


def test_a_deleted_field_stays_deleted() -> None:
    """The draft has it still; the file does not get it back."""
    mine = BASE.replace("  # string\n  name: {column: NAME, type: string}\n", "")
    merged = merge(BASE, mine, NEW)
    assert "NAME" not in merged.text
    assert merged.said == ()


def test_a_renamed_field_keeps_its_name() -> None:
    """Fields are the same by their columns: none comes back under its old name."""
    mine = BASE.replace("  name: {", "  customer_name: {").replace("on: {name:", "on: {customer_name:")
    merged = merge(BASE, mine, NEW)
    assert "  customer_name: {column: NAME" in merged.text
    assert "  name: {" not in merged.text
    assert "on: {customer_name: number}" in merged.text


def test_an_added_comment_stays() -> None:
    """A person's note above a field, beside one, and above a word: each of the pieces is theirs from then on."""
    mine = (
        BASE.replace("  number: {", "  # as printed on the invoice\n  number: {")
        .replace("type: date\n", "type: date  # never null\n")
        .replace("sort: [", "# the board sorts so\nsort: [")
    )
    merged = merge(BASE, mine, NEW)
    for note in ("# as printed on the invoice", "# never null", "# the board sorts so"):
        assert note in merged.text
    assert "6 of 6" in merged.text


def test_a_new_column_appears_in_its_place() -> None:
    """After the field that it follows in the table, whatever was renamed."""
    new = NEW.replace("  # string\n", "  # integer\n  total: {column: TOTAL, type: integer}\n  # string\n")
    mine = BASE.replace("  ordered_on:", "  day:")
    names = [each.name for each in _fields(merge(BASE, mine, new).text)]
    assert names == ["number", "day", "total", "name"]


def test_a_column_that_is_gone_is_told() -> None:
    """The file keeps the field: `bascule check` says what it breaks."""
    new = NEW.replace("  # string\n  name: {column: NAME, type: string}\n", "")
    merged = merge(BASE, BASE, new)
    assert "NAME" in merged.text
    assert merged.said == ("name: the draft has it no longer; the file keeps it",)


def test_columns_that_turn_out_to_be_one_field() -> None:
    """Two untouched fields give way to the one over both columns; an edited one stays, and the other is told."""
    two = BASE.replace("  # string\n", "  # time\n  ordered_at: {column: ORDTM, type: time}\n  # string\n")
    one = NEW.replace("ordered_on:\n    column: ORDDT", "ordered_at:\n    columns: [ORDDT, ORDTM]")
    assert [each.name for each in _fields(merge(two, two, one).text)] == ["number", "ordered_at", "name"]
    edited = merge(two, two.replace("type: time", "type: string"), one)
    assert "ordered_at: not added, since its columns stand in another field" in edited.said
    assert "type: string}" in edited.text


def test_an_expansion_of_ones_own_stays() -> None:
    """What only the file has is a person's."""
    mine = BASE + "  jobs: {resource: jobs, on: {number: order}, many: true}\n"
    merged = merge(BASE, mine, NEW)
    assert merged.text == NEW + "  jobs: {resource: jobs, on: {number: order}, many: true}\n"


def test_a_word_that_was_taken_out_stays_out() -> None:
    """Nobody wanted the sort."""
    assert "sort" not in merge(BASE, BASE.replace("sort: [number]\n", ""), NEW).text


def test_a_new_word_comes_after_what_it_follows() -> None:
    """A draft that finds a logical delete for the first time."""
    new = NEW.replace("key: number\n", "key: number\nactive_when: {ACREC: A}\n")
    assert merge(BASE, BASE, new).text == new


def test_expansions_that_nobody_looked_for_are_carried_over() -> None:
    """A draft of one table alone does not take out what leads to others; one that was drafted with it, it does."""
    alone = NEW[: NEW.index("\nexpand:")]
    assert carried(BASE, alone, {"orders"}) == alone + BASE[BASE.index("\nexpand:") :]
    assert carried(BASE, alone, {"orders", "customers"}) == alone
    jobs = "  jobs: {resource: jobs, on: {number: order}, many: true}\n"
    assert carried(BASE + jobs, NEW, {"orders", "customers"}) == NEW + jobs
    assert carried(None, alone, ()) == alone


def test_without_the_draft_of_last_time_nothing_is_changed() -> None:
    """Nobody can tell what is a person's; what the draft has besides is told."""
    mine = BASE.replace("  # string\n  name: {column: NAME, type: string}\n", "").replace("sort: [number]\n", "")
    merged = merge(None, mine, NEW)
    assert merged.text == mine
    assert merged.said[-1] == "the draft has besides: name, sort"


@pytest.mark.parametrize(
    "mine",
    [
        "fields: {number: {column: A, type: string}}\nkey: number\n",
        "resource: [\n",
        "",
        "- a\n",
        "--- # first\nkey: a\nfields:\n  a: {column: A}\n",
    ],
)
def test_a_file_of_another_make_is_left_alone(mine: str) -> None:
    """What cannot be taken apart without losing something stays as it is."""
    assert merge(BASE, mine, NEW).text == mine


def test_the_pieces_are_the_file() -> None:
    """Nothing is lost when a file is taken apart."""
    for text in (BASE, TEXT):
        found = pieces(text)
        assert found is not None
        assert "".join(each.text for each in found) == text
        assert all("".join(part.text for part in each.inner) in {"", each.text} for each in found)


_LINES = st.lists(st.sampled_from(["", "  # mine", "# mine", "      # deep"]), max_size=4)


@given(_LINES, st.integers(0, len(BASE.splitlines())))
def test_comments_anywhere_survive(added: list[str], at: int) -> None:
    """Whatever is added between two lines is there afterwards, and the rest is a contract still."""
    lines = BASE.splitlines()
    mine = "".join(f"{line}\n" for line in (*lines[:at], *added, *lines[at:]))
    merged = merge(BASE, mine, NEW).text
    assert pieces(merged) is not None
    assert merged.count("mine") == mine.count("mine")
    assert merge(NEW, merged, NEW).text == merged


def _fields(text: str) -> list[Piece]:
    found = pieces(text)
    assert found is not None
    return list(next(each for each in found if each.name == "fields").inner[1:])
