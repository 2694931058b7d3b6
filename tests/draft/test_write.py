"""The drafted file: its looks, and that it can be read whatever a source keeps in its texts."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.contract.document import Document
from app.contract.files import parse
from app.contract.words import RESOURCE
from app.draft.flow import flow, name
from app.draft.model import FieldDraft, Proposal, RelationDraft, ResourceDraft
from app.draft.write import WIDTH, write

NUMBER = FieldDraft(
    "number",
    Proposal(("ORDNO",), "string", {"integer": 7}, "5,000 of 5,000 values decode", example="0004711"),
    "Order number",
)
STATUS = FieldDraft(
    "status",
    Proposal(
        ("ORDST",),
        "enum",
        {"10": "code-10", "E0": "e0"},
        "2 distinct values",
        ("what does each code mean?",),
        open=True,
    ),
    counts={"10": 1204, "E0": 3},
)
EMAIL = FieldDraft(
    "email", Proposal(("MAIL",), "string", example="a@example.com"), personal="the name says an e-mail address"
)
PROMISED = FieldDraft("promised_at", Proposal(("PRMDT", "PRMTM"), "datetime", ["cyymmdd", "hhmmss"]))
ORDERS = ResourceDraft(
    "orders",
    "erp",
    "ORDHDR",
    (NUMBER, STATUS, EMAIL, PROMISED),
    ("number",),
    "the table's own key",
    filters=("number", "email[eq]"),
    sorts=("number",),
    relations=(RelationDraft("lines", "order-lines", {"number": "order_number"}, True, "40 of 40", ("what else?",)),),
    active_when={"ACREC": ("A",)},
    active_evidence="ACREC: 4,945 rows are A, 55 rows are D",
    active_doubts=("is D gone?",),
    description="Order headers",
    notes=("The column BLOB was left out: the gateway cannot read its type.",),
    doubts=("what does ORDHDR hold?",),
    unindexed=("number",),
    unserved="is ORDHDR small?",
)
TEXT = """\
# Drafted by `bascule draft` from the table ORDHDR, for somebody to review. Comments say what was counted in a sample;
#   one that begins with `check` is a question that the data alone does not answer.
# The column BLOB was left out: the gateway cannot read its type.
# check: what does ORDHDR hold?
resource: orders
summary: Order headers
source: erp
table: ORDHDR
# the table's own key
key: number
# ACREC: 4,945 rows are A, 55 rows are D
# check: is D gone?
active_when: {ACREC: A}

fields:
  # 5,000 of 5,000 values decode
  number: {column: ORDNO, type: string, stored_as: {integer: 7}, description: Order number, example: "0004711"}
  # 2 distinct values
  # check: what does each code mean?
  status:
    column: ORDST
    type: enum
    open: true
    stored_as:
      "10": code-10  # 1,204
      E0: e0  # 3
  # personal: the name says an e-mail address
  email: {column: MAIL, type: string, classification: personal}
  promised_at: {columns: [PRMDT, PRMTM], type: datetime, stored_as: [cyymmdd, hhmmss]}

filter: [number, 'email[eq]']
sort: [number]
# check: is ORDHDR small?
unindexed: [number]

expand:
  # 40 of 40
  # check: what else?
  lines: {resource: order-lines, on: {number: order_number}, many: true}
"""


def test_the_file_looks_as_a_person_would_write_it() -> None:
    """Evidence stands above what it speaks for, questions are marked, a code has its rows beside it, no e-mail is an example."""
    assert write(ORDERS) == TEXT


def test_a_long_list_stands_in_lines() -> None:
    """No line is longer than it has to be."""
    many = ResourceDraft(
        "orders", "erp", "ORDHDR", (NUMBER,), ("number",), filters=tuple(f"field_{at}" for at in range(30))
    )
    text = write(many)
    assert "filter:\n  - field_0\n" in text
    assert max(map(len, text.splitlines())) <= WIDTH


_WORDS = st.text(max_size=40).filter(lambda text: "\0" not in text)
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS.filter(bool), inner, max_size=3),
    max_leaves=6,
)


@given(_PLAIN.filter(lambda value: value is not None))
def test_what_is_written_in_a_line_reads_back(value: Any) -> None:
    """Any plain value is the same after writing and reading, in one line."""
    written = flow(value)
    assert "\n" not in written
    node = parse(f"value: {written}\n", "x", _no_fault)
    assert node is not None
    assert node.plain() == {"value": _as_yaml(value)}


@given(st.dictionaries(st.booleans() | st.integers() | _WORDS, st.just(1), max_size=4))
def test_names_are_written_as_they_are(codes: dict[Any, int]) -> None:
    """A code is the name that YAML reads, be it blank, a number or a flag."""
    written = "".join(f"{name(code)}: 1\n" for code in codes)
    expected = {str(code).lower() if isinstance(code, bool) else str(code) for code in codes}
    if codes and len(expected) == len(codes):
        node = parse(written, "x", _no_fault)
        assert node is not None
        assert set(node.value) == {
            code.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for code in expected
        }


@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.text(max_size=40), max_size=3))
def test_a_sources_texts_break_nothing(text: str, evidence: str, doubts: list[str]) -> None:
    """Line ends, colons, quotes and signs of any kind in texts and values: the file has its words, and no more."""
    field = FieldDraft("number", Proposal(("A: #b",), "string", None, evidence, tuple(doubts)), " ".join(text.split()))
    draft = ResourceDraft(
        "orders", "erp", "T", (field,), ("number",), notes=(text,), description=" ".join(text.split())
    )
    faults: list[Any] = []
    node = parse(write(draft), "v1/orders.yaml", faults.append)
    assert node is not None
    document = Document("v1/orders.yaml", node).check(RESOURCE)
    assert [*faults, *document.faults] == []
    assert set(document.words) <= {"resource", "summary", "source", "table", "key", "fields"}


def _as_yaml(value: Any) -> Any:
    """The value as YAML has it: names are text."""
    if isinstance(value, dict):
        return {key: _as_yaml(each) for key, each in value.items()}
    return list(map(_as_yaml, value)) if isinstance(value, list) else value


def _no_fault(fault: object) -> None:
    raise AssertionError(fault)
