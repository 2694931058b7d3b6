"""A small plant, its contract in two versions, and the statements that make each kind of drift in it, by kind of source.

In charge of one table, `DRIFTS`, that the suites of all kinds read. It must not know how drift is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.drift import Grade

PART: Final = (
    'CREATE TABLE "PART" ("PTNO" INTEGER NOT NULL, "PTNAME" VARCHAR(20) NOT NULL, "PTBIN" CHAR(3) NOT NULL,'
    ' "PTSTA" CHAR(1) NOT NULL, "PTDAT" DECIMAL(7,0) NOT NULL, "PTWGT" DECIMAL(9,2), "PTOLD" INTEGER,'
    ' CONSTRAINT "PARTKEY" PRIMARY KEY ("PTNO"))'
)
PARTBIN: Final = 'CREATE INDEX "PARTBIN" ON "PART" ("PTBIN", "PTNO")'
PARTS: Final = (
    "INSERT INTO \"PART\" VALUES (1, 'Spring', 'A01', 'A', 1260131, 1.50, 7)",
    "INSERT INTO \"PART\" VALUES (2, 'Seal', 'A02', 'A', 1251130, 0.25, 7)",
    "INSERT INTO \"PART\" VALUES (3, 'Valve', 'B01', 'D', 1260228, 12.00, 7)",
)
SHELF: Final = 'CREATE TABLE "SHELF" ("SHBIN" CHAR(3) NOT NULL PRIMARY KEY, "SHAREA" VARCHAR(20) NOT NULL)'
STOCK: Final = (
    'CREATE TABLE "STOCK" ("SKPART" INTEGER NOT NULL, "SKBIN" CHAR(3) NOT NULL, "SKQTY" INTEGER NOT NULL,'
    ' CONSTRAINT "STOCKKEY" PRIMARY KEY ("SKPART", "SKBIN"))'
)
ROWS: Final = (
    "INSERT INTO \"SHELF\" VALUES ('A01', 'North')",
    "INSERT INTO \"SHELF\" VALUES ('A02', 'South')",
    "INSERT INTO \"STOCK\" VALUES (1, 'A01', 40)",
)
BUILD: Final = (PART, PARTBIN, SHELF, STOCK, *PARTS, *ROWS)
DROPS: Final = ('DROP VIEW "SHELF"', *(f'DROP TABLE "{name}"' for name in ("PART", "SHELF", "STOCK")))

GATEWAY: Final = "title: Plant\nsecurity: open\nsources:\n  plant: {{{source}, deadline: 30s}}\n"
FILES: Final[Mapping[str, str]] = {
    "v1/version.yaml": "status: current\n",
    "v1/parts.yaml": """\
resource: parts
owner: stores@example.com
source: plant
table: PART
key: number
fields:
  number: {column: PTNO, type: integer}
  name: {column: PTNAME, type: string}
  bin: {column: PTBIN, type: string}
  status: {column: PTSTA, type: enum, stored_as: {A: active, D: dropped}}
  made_on: {column: PTDAT, type: date, stored_as: cyymmdd}
  weight: {column: PTWGT, type: decimal}
filter: [number, 'bin[eq]']
sort: [bin]
expand:
  stocks: {resource: stocks, on: {number: part}, many: true}
""",
    "v1/shelves.yaml": """\
resource: shelves
source: plant
table: SHELF
key: bin
fields:
  bin: {column: SHBIN, type: string}
  area: {column: SHAREA, type: string}
""",
    "v1/stocks.yaml": """\
resource: stocks
source: plant
table: STOCK
key: [part, bin]
fields:
  part: {column: SKPART, type: integer}
  bin: {column: SKBIN, type: string}
  quantity: {column: SKQTY, type: integer}
""",
    "v2/version.yaml": "extends: v1\nstatus: draft\n",
    "v2/parts.yaml": "resource: parts\nchanges:\n  - {rename: {name: label}, because: as the drawings say}\n",
}


def write(folder: Path, source: str) -> Path:
    """The contract, over a source whose words are these."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "gateway.yaml").write_text(GATEWAY.format(source=source), encoding="utf-8")
    return folder


Found = tuple[str, Grade, str]
"""A code, its grade, and its place without the source."""


@dataclass(frozen=True)
class Drift:
    """One kind of drift: the statements that make it, by kind of source, and all that is found then.

    `hit` are the uses of the first finding, as text. `also` is what is found besides on some kinds. `cannot` has the kinds that
    cannot make it, and why.
    """

    name: str
    made: Mapping[str, tuple[str, ...]]
    found: tuple[Found, ...]
    hit: tuple[str, ...] = ()
    also: Mapping[str, tuple[Found, ...]] = field(default_factory=dict)
    cannot: Mapping[str, str] = field(default_factory=dict)


SQLITE, POSTGRESQL, AS400 = "sqlite", "postgresql", "as400"
KINDS: Final = (SQLITE, POSTGRESQL, AS400)


def _everywhere(*statements: str) -> Mapping[str, tuple[str, ...]]:
    """Statements that all kinds understand."""
    return dict.fromkeys(KINDS, statements)


def _anew(old: str, new: str, *more: str) -> tuple[str, ...]:
    """The parts in a table that is declared otherwise: for SQLite, which changes no declaration."""
    assert old in PART
    return ('DROP TABLE "PART"', PART.replace(old, new), PARTBIN, *PARTS, *more)


def _altered(words: str, old: str, new: str, *more: str, as400: tuple[str, ...] = ()) -> Mapping[str, tuple[str, ...]]:
    """`ALTER TABLE "PART" words` where there is such a thing, and a table made anew for SQLite."""
    alter = f'ALTER TABLE "PART" {words}'
    return {SQLITE: _anew(old, new, *more), POSTGRESQL: (alter, *more), AS400: (*(as400 or (alter,)), *more)}


_WIDER: Final = _altered(
    'ALTER COLUMN "PTNAME" TYPE VARCHAR(30)', '"PTNAME" VARCHAR(20)', '"PTNAME" VARCHAR(30)',
    as400=('ALTER TABLE "PART" ALTER COLUMN "PTNAME" SET DATA TYPE VARCHAR(30)',),
)  # fmt: skip
_NULLABLE: Final = _altered(
    'ALTER COLUMN "PTNAME" DROP NOT NULL', '"PTNAME" VARCHAR(20) NOT NULL', '"PTNAME" VARCHAR(20)',
    as400=('ALTER TABLE "PART" ALTER COLUMN "PTNAME" NULL',),
)  # fmt: skip


def _then(made: Mapping[str, tuple[str, ...]], *statements: str) -> Mapping[str, tuple[str, ...]]:
    return {kind: (*those, *statements) for kind, those in made.items()}


_NAME: Final = ("v1/parts: field name", "v2/parts: field label")
_LABEL_CCSID: Final = "UPDATE QSYS2.COLUMN_LABELS SET CCSID = 273 WHERE TABLE_NAME = 'PART' AND COLUMN_NAME = 'PTNAME'"
_NO_CODE_PAGES: Final = {SQLITE: "text has no code page there", POSTGRESQL: "the whole database has one encoding"}
_NO_AUTHORITY: Final = {
    SQLITE: "who may read the file may read it all",
    AS400: "the stand-in has one user, who owns it",
}

_VIEW: Final = 'CREATE VIEW "SHELF" ("SHBIN", "SHAREA") AS SELECT "PTBIN", "PTNAME" FROM "PART"'
_ALL_OF_A_VIEW_MAY_BE_NULL: Final[tuple[Found, ...]] = (
    ("null-allowed", "risky", "SHELF.SHAREA"),
    ("null-allowed", "risky", "SHELF.SHBIN"),
)

DRIFTS: Final = (
    Drift(
        "a table is dropped",
        _everywhere('DROP TABLE "SHELF"'),
        (("table-gone", "breaking", "SHELF"),),
        ("v1/shelves: key; field bin, area", "v2/shelves: key; field bin, area"),
    ),
    Drift(
        "a table becomes a view",
        {**_everywhere('DROP TABLE "SHELF"', _VIEW), POSTGRESQL: ('DROP TABLE "SHELF"', _VIEW, 'GRANT SELECT ON "SHELF" TO reader')},
        (("key-changed", "risky", "SHELF.SHBIN"), ("kind-changed", "risky", "SHELF")),
        ("v1/shelves: key", "v2/shelves: key"),
        also=dict.fromkeys((SQLITE, POSTGRESQL), _ALL_OF_A_VIEW_MAY_BE_NULL),
    ),
    Drift(
        "a column is dropped",
        _everywhere('ALTER TABLE "PART" DROP COLUMN "PTWGT"'),
        (("column-removed", "breaking", "PART.PTWGT"),),
        ("v1/parts: field weight", "v2/parts: field weight"),
    ),
    Drift(
        "a column that nobody uses is dropped",
        _everywhere('ALTER TABLE "PART" DROP COLUMN "PTOLD"'),
        (("column-removed", "safe", "PART.PTOLD"),),
    ),
    Drift(
        "a column is renamed",
        {
            **_everywhere('ALTER TABLE "PART" RENAME COLUMN "PTNAME" TO "PTTEXT"'),
            AS400: ('RENAME COLUMN "PART"."PTNAME" TO "PTTEXT"',),
        },
        (("column-renamed", "breaking", "PART.PTNAME"),),
        _NAME,
    ),
    Drift(
        "a column is added",
        _everywhere('ALTER TABLE "PART" ADD COLUMN "PTNEW" INTEGER'),
        (("column-added", "safe", "PART.PTNEW"),),
    ),
    Drift("a column is widened", _WIDER, (("type-wider", "risky", "PART.PTNAME"),), _NAME),
    Drift(
        "a column is narrowed",
        _altered(
            'ALTER COLUMN "PTNAME" TYPE VARCHAR(10)', '"PTNAME" VARCHAR(20)', '"PTNAME" VARCHAR(10)',
            as400=(
                'ALTER TABLE "PART" DROP COLUMN "PTNAME"',
                'ALTER TABLE "PART" ADD COLUMN "PTNAME" VARCHAR(10) DEFAULT \'Spring\' NOT NULL',
            ),
        ),
        (("type-narrower", "risky", "PART.PTNAME"),),
        _NAME,
    ),
    Drift(
        "a column has another type",
        _altered(
            'ALTER COLUMN "PTWGT" TYPE VARCHAR(12)', '"PTWGT" DECIMAL(9,2)', '"PTWGT" VARCHAR(12)',
            as400=('ALTER TABLE "PART" DROP COLUMN "PTWGT"', 'ALTER TABLE "PART" ADD COLUMN "PTWGT" VARCHAR(12)'),
        ),
        (("type-changed", "breaking", "PART.PTWGT"),),
        ("v1/parts: field weight", "v2/parts: field weight"),
    ),
    Drift("a column may be null", _NULLABLE, (("null-allowed", "risky", "PART.PTNAME"),), _NAME),
    Drift(
        "a primary key is dropped",
        _altered(
            'DROP CONSTRAINT "PARTKEY"', '"PTOLD" INTEGER, CONSTRAINT "PARTKEY" PRIMARY KEY ("PTNO")', '"PTOLD" INTEGER'
        ),
        (("key-changed", "risky", "PART.PTNO"),),
        ("v1/parts: key; filter number", "v2/parts: key; filter number"),
    ),
    Drift(
        "an index is dropped",
        _everywhere('DROP INDEX "PARTBIN"'),
        (("index-lost", "risky", "PART.PTBIN+PTNO"),),
        ("v1/parts: filter bin; sort bin", "v2/parts: filter bin; sort bin"),
    ),
    Drift(
        "an index is made",
        _everywhere('CREATE INDEX "PARTDAT" ON "PART" ("PTDAT")'),
        (("index-added", "safe", "PART.PTDAT"),),
        ("v1/parts: field made_on", "v2/parts: field made_on"),
    ),
    Drift(
        "a code page is changed",
        {AS400: (_LABEL_CCSID,)},
        (("ccsid-changed", "risky", "PART.PTNAME"),),
        _NAME,
        cannot=_NO_CODE_PAGES,
    ),
    Drift(
        "an authority is revoked",
        {POSTGRESQL: ('REVOKE SELECT ON "SHELF" FROM reader',)},
        (("authority-lost", "breaking", "SHELF"),),
        ("v1/shelves: key; field bin, area", "v2/shelves: key; field bin, area"),
        cannot=_NO_AUTHORITY,
    ),
    Drift(
        "a code that nobody knows is stored",
        _everywhere('UPDATE "PART" SET "PTSTA" = \'Z\' WHERE "PTNO" = 2'),
        (("unknown-code", "risky", "PART.PTSTA"),),
        ("v1/parts: field status", "v2/parts: field status"),
    ),
    Drift(
        "a date that is none is stored",
        _everywhere('UPDATE "PART" SET "PTDAT" = 1260231 WHERE "PTNO" = 2'),
        (("undecodable", "risky", "PART.PTDAT"),),
        ("v1/parts: field made_on", "v2/parts: field made_on"),
    ),
    Drift(
        "null is stored where none may be",
        _then(_NULLABLE, 'UPDATE "PART" SET "PTNAME" = NULL WHERE "PTNO" = 2'),
        (("null-allowed", "risky", "PART.PTNAME"), ("null-found", "risky", "PART.PTNAME")),
        _NAME,
    ),
    Drift(
        "text is stored that is too long",
        _then(_WIDER, "UPDATE \"PART\" SET \"PTNAME\" = 'A spring of twenty-six char' WHERE \"PTNO\" = 2"),
        (("outside-schema", "risky", "PART.PTNAME"), ("type-wider", "risky", "PART.PTNAME")),
        _NAME,
    ),
)  # fmt: skip
