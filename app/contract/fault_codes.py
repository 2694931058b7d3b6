"""The table of faults: every mistake that a contract can hold, with its stable code.

In charge of what each code means and what it looks like; the reference page and a test read it. It must not know how a
fault is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FaultCode:
    """One kind of fault: what it means and what helps, and an example of what it refuses."""

    code: str
    meaning: str
    example: str


@dataclass(frozen=True, slots=True)
class Group:
    """Faults that are found at one step. `about` says what they have in common, where that needs saying."""

    title: str
    codes: tuple[FaultCode, ...]
    about: str = ""


def _group(title: str, *rows: tuple[str, str, str], about: str = "") -> Group:
    return Group(title, tuple(FaultCode(*row) for row in rows), about)


GROUPS: Final = (
    _group(
        "Files",
        ("missing-file", "A file or folder that a contract must have is not there.", "a folder without gateway.yaml"),
        ("wrong-name", "A file or folder would be passed over: its name is almost right.", "v1/orders.yml"),
        (
            "unreadable-file",
            "The file cannot be opened: it is a folder, or its rights forbid it.",
            "a folder orders.yaml",
        ),
        ("file-too-large", "No file that people write is this large; a catalog may be larger.", "a resource of 2 MB"),
        ("empty-file", "The file says nothing; remove it, or write what it is for.", "a file of comments"),
        ("not-text", "Bytes that are not UTF-8, a byte order mark, or a control character.", "a file saved as UTF-16"),
        ("not-yaml", "The file does not parse as one YAML 1.2 document.", "key: [number"),
        ("yaml-tag", "Tags are refused: no value of a contract makes an object.", "digits: !!str 7"),
        ("unknown-alias", "An alias without an anchor that ends before it.", "page: *usual"),
        (
            "too-many-aliases",
            "Aliases that stand for more values than any contract needs.",
            "a list of lists of aliases",
        ),
        ("duplicate-word", "A name stands twice; YAML would silently drop one.", "two fields called status"),
    ),
    _group(
        "Words",
        ("unknown-word", "The word means nothing here.", "filtre: [status]"),
        ("missing-word", "A word that must stand is not there.", "a resource without key"),
        ("wrong-value", "The value is not what the word takes.", "type: datum"),
        ("conflicting-words", "Words that exclude each other stand together.", "table: ORDHDR, query: orders.sql"),
        ("repeated-item", "A list names one thing twice.", "sort: [number, number]"),
        (
            "not-served-yet",
            "The word is reserved for a later release, so that it is never silently ignored.",
            "write: {}",
        ),
        (
            "reserved-name",
            "A field has the name of a query parameter that every list takes, or a resource that of a version's page.",
            "a field called sort, a resource called docs",
        ),
    ),
    _group(
        "Secrets and sources",
        ("secret-in-clear", "A password stands in the file; name a variable or a file instead.", "password: hunter2"),
        ("wrong-reference", "A reference that names neither a variable nor a file.", "password: ${PG-PASSWORD}"),
        (
            "unset-variable",
            "The environment variable is not set, or a needed value is empty.",
            "password: ${PG_PASSWRD}",
        ),
        ("unreadable-secret", "The file of a secret cannot be read.", "password: ${file:/run/secrets/gone}"),
        ("unknown-kind", "No kind of source has this name.", "kind: postgres"),
        ("unknown-source", "gateway.yaml has no source of this name.", "source: epr"),
        (
            "missing-catalog",
            "A source has no catalog to compile against.",
            "a source that does not answer, without a file",
        ),
    ),
    _group(
        "Resources",
        ("duplicate-resource", "Two files of a version hold one resource.", "resource: orders, in two files"),
        ("unknown-table", "The catalog has no such table; perhaps it has to be read again.", "table: ORDHRD"),
        ("unknown-query", "queries/ has no such file, or the catalog does not describe it.", "query: late_job.sql"),
        ("unknown-column", "The table has no such column.", "column: ORDNUM"),
        ("unknown-field", "The resource has no such field.", "filter: [state]"),
        ("unknown-resource", "The version has no such resource.", "expand: {lines: {resource: order-line, …}}"),
        (
            "duplicate-key-column",
            "The key names a field twice, or two fields share one of its columns.",
            "key: [no, no]",
        ),
        ("unknown-conversion", "No conversion has this name.", "stored_as: cyymmd"),
        (
            "conversion-misfit",
            "The conversion does not fit the field's type or column.",
            "type: date, stored_as: zoned",
        ),
        (
            "no-range",
            "A range filter over a column whose order is not that of its values.",
            "'ordered_on[gte]' over ddmmyy",
        ),
        ("no-order", "A sort over a column whose order is not that of its values.", "sort: [ordered_on] over ddmmyy"),
        ("unknown-operator", "The field's type does not have this operator.", "'rush[gte]' over a boolean"),
        ("type-mismatch", "An expansion joins fields of different types.", "on: {number: ordered_on}"),
        (
            "expansion-cycle",
            "Expansions lead back to where they started.",
            "orders.lines -> order-lines.order -> orders",
        ),
        (
            "revealed-field",
            "A field behind a scope would be told by something that is not: by the key, or by another field over its column.",
            "margin behind finance:read, and a field profit over the same column",
        ),
        (
            "over-budget",
            "The largest page can never be read within the rows that its source grants a request or a day.",
            "page: {max: 500} where budget: {request: 400}",
        ),
    ),
    _group(
        "Versions",
        ("unknown-version", "A version extends one that is not there.", "extends: v0"),
        ("version-cycle", "A version extends itself, by way of others.", "v1 extends v2, v2 extends v1"),
        ("needs-extends", "Changes in a version that extends no other: there is nothing to change.", "changes in v1"),
        ("key-removed", "A lens removes a field of the key.", "remove: number"),
        ("field-in-use", "A lens removes a field that an expansion joins on.", "remove: customer"),
        (
            "cannot-split",
            "A field is split into other than its columns.",
            "split: {total: {net: decimal, tax: decimal}}",
        ),
    ),
    _group(
        "Warnings",
        (
            "unindexed-filter",
            "No index begins with the columns that a filter compares.",
            "filter: [remarks] without an index",
        ),
        (
            "unindexed-search",
            "What a text contains is found by reading every row; no index can help.",
            "filter: [name], a text: it has name[contains] too",
        ),
        (
            "unindexed-sort",
            "No index has the columns of a sort and then of the key in this order: each page would sort the whole table.",
            "sort: [total] without an index of (ORDTOT, ORDNO)",
        ),
        (
            "unindexed-key",
            "No index has the columns of the key, by which every list is ordered and every item found.",
            "key: [line, order] over a primary key (ORDNO, LINNO)",
        ),
        (
            "unindexed-expansion",
            "No index of the other resource's table begins with the columns that an expansion joins on.",
            "on: {number: purchase_order} without an index",
        ),
        (
            "unknown-indexes",
            "The catalog has no index to judge by: a view, a named query, or a kind of source that does not list them.",
            "query: late_jobs.sql",
        ),
        about="What works, and makes the source read a whole table for a page: `bascule check` shows it, the gateway starts "
        "nevertheless. `strict: true` in gateway.yaml, and `bascule check --strict`, take a warning for a fault; `unindexed` in "
        "the resource accepts one where somebody knows better.",
    ),
)

FAULT_CODES: Final[Mapping[str, FaultCode]] = {fault.code: fault for group in GROUPS for fault in group.codes}
