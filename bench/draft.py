"""What a draft proposes for the demo plant, beside the contract that people wrote for it: right, marked uncertain, or wrong.

    python -m bench.draft [--write] [--script FILE.sql]

Each table of both sources is sampled and drafted twice: with what SQLite itself tells of it (no texts), and with the column texts that
an AS/400 would keep. A proposal is right where it makes of every value that is stored, sampled or not, what the contract makes of
it; a stored value that is dirt by the contract may be dirt or null. A proposal that differs is marked where it leaves a question, and
WRONG where it leaves none. `--write` writes bench/draft.md. `--script` drafts a database of another's SQL script instead, for which
there is no contract, and lists what is proposed beyond the native form without a question.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from adapters import registry as kinds
from adapters.port import Catalog, ColumnType, Source, Table, Terms
from app.assembly import compile_folder
from app.conversions import registry
from app.conversions.base import ApiType, Conversion, Issue
from app.demo import plant
from app.draft import keys, names, sample
from app.draft.dictionary import dictionary
from app.draft.evidence import proposals
from app.draft.flow import flow
from app.draft.model import Proposal, Sample
from app.plan.model import Field, Resource

Verdict = Literal["right", "right, marked", "marked", "another", "WRONG", ""]
ASPECTS: Final = ("conversion", "sentinels", "codes", "name")
NUMERIC: Final = frozenset({"integer", "decimal", "number"})
REPORT: Final = Path(__file__).with_name("draft.md")
VERSION: Final = "v1"

# What the contract does not use, judged by hand: the type and `stored_as` of its columns.
BY_HAND: Final[Mapping[tuple[str, str], tuple[ApiType, Any]]] = {
    ("ORDHDR", "CUSPO"): ("string", None),
    **{(table, "RowVer"): ("binary", None) for table in ("WorkCenter", "JobOperation", "Shipment")},
}


@dataclass(frozen=True, slots=True)
class Truth:
    """What a column is by the contract, or by hand where the contract does not use it: then it has no name."""

    columns: tuple[str, ...]
    type: ApiType
    conversion: Conversion
    shown: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report: a proposal, the truth, and the verdict for each aspect."""

    table: str
    proposal: Proposal
    truth: str
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One table's key and logical delete."""

    table: str
    proposed: str
    key: Verdict
    deleted: Verdict


# The truth.


def truths(resource: Resource, fields: Mapping[str, str], table: Table) -> Mapping[tuple[str, ...], Truth]:
    """What the columns of a table are, by the columns; `fields` are the contract's own words for each field."""
    found = {_columns(field): _of_field(field, fields[field.name]) for field in resource.fields.values()}
    for (name, column), (api_type, stored_as) in BY_HAND.items():
        if name == table.name:
            conversion = registry.bind(api_type, stored_as, [_type(table, column)])
            found[column,] = Truth((column,), api_type, conversion, spelled(api_type, stored_as))
    return found


def _columns(field: Field) -> tuple[str, ...]:
    return tuple(column.name for column in field.columns)


def _of_field(field: Field, shown: str) -> Truth:
    return Truth(_columns(field), field.type, field.conversion, shown, field.name)


def _type(table: Table, name: str) -> ColumnType:
    column = table.column(name)
    assert column is not None, f"{table.name} has a column {name}"
    return column.type


def spelled(api_type: str, stored_as: Any) -> str:
    """A type and its conversion as the contract writes them."""
    return api_type if stored_as is None else f"{api_type}, {flow(stored_as)}"


# The judgement.


def judge(table: Table, whole: Sample, proposal: Proposal, truth: Truth, named: tuple[str, bool], zone: str) -> Row:
    """The line of a proposal over the same columns as the truth; `named` is its name, and whether that is in doubt."""
    made = registry.bind(
        proposal.type, proposal.stored_as, [_type(table, name) for name in proposal.columns], zone, proposal.open
    )
    stored = set(_stored(whole, proposal.columns))
    pairs = [
        (truth.conversion.decode(*each), made.decode(*each))
        for each in stored
        if any(part is not None for part in each)
    ]
    sound = [(known, found) for known, found in pairs if not isinstance(known, Issue)]
    dirt = all(found is None or isinstance(found, Issue) for known, found in pairs if isinstance(known, Issue))
    same = all(alike(known, found, truth.type, proposal.type) for known, found in sound)
    doubted = bool(proposal.doubts)
    nulls = [(known is None, found is None) for known, found in sound]
    coded = {"enum", "boolean"}.intersection((truth.type, proposal.type))
    verdicts: dict[str, Verdict] = {
        "conversion": verdict(same and (dirt or doubted), doubted=doubted),
        "sentinels": verdict(all(a == b for a, b in nulls), doubted=doubted) if any(map(any, nulls)) else "",
        "codes": verdict(truth.type == proposal.type and same, doubted=doubted) if coded else "",
        "name": _named(*named, truth.name),
    }
    return Row(table.name, proposal, truth.shown, verdicts)


def _named(name: str, doubted: bool, known: str) -> Verdict:  # noqa: FBT001  # as `names` says it
    """A name beside the contract's: another word may be as good, and is no wrong answer."""
    found = verdict(name == known, doubted=doubted) if known else ""
    return "another" if found == "WRONG" else found


def verdict(same: bool, *, doubted: bool) -> Verdict:  # noqa: FBT001  # what is judged
    """Right or not, with a question or without."""
    if same:
        return "right, marked" if doubted else "right"
    return "marked" if doubted else "WRONG"


def alike(known: Any, found: Any, known_type: str, found_type: str) -> bool:
    """Whether two API values are the same; numbers whether they are shown as JSON numbers or as text, which is a matter of taste."""
    if known is None or found is None or isinstance(found, Issue) or {known_type, found_type} & {"boolean"}:
        return known is found
    if known == found:
        return True
    if {known_type, found_type} <= NUMERIC:
        return Decimal(str(known)) == Decimal(str(found))
    return False


def _stored(whole: Sample, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    places = [whole.columns.index(name) for name in columns]
    return (tuple(row[at] for at in places) for row in whole.rows)


# Drafting the plant.


def draft(folder: Path, *, told: bool) -> tuple[list[Row], list[KeyRow]]:
    """Every table of the plant: `told` with the texts of its columns, else with what SQLite knows."""
    compiled = compile_folder(folder, {})
    rows: list[Row] = []
    found: list[KeyRow] = []
    for resource in compiled.plan.versions[VERSION].resources.values():
        if resource.table is None:
            continue
        spec = compiled.contract.sources[resource.source]
        words = {
            name: spelled(field.type, field.stored_as)
            for name, field in compiled.contract.versions[VERSION].resources[resource.name].fields.items()
        }
        source = opened(resource.source, folder / f"{resource.source}.db")
        catalog = compiled.catalogs[resource.source] if told else source.catalog([resource.table])
        table = catalog.tables[resource.table]
        rows += _table(source, table, resource, words, spec.timezone)
        found.append(_key(source, table, resource))
        source.close()
    return rows, found


def opened(name: str, path: Path) -> Source:
    """A SQLite file as a source."""
    return kinds.kind("sqlite").open(name, {"path": str(path)}, Terms())


def _table(source: Source, table: Table, resource: Resource, words: Mapping[str, str], zone: str) -> Iterator[Row]:
    """The lines of one table; a column of the truth that no proposal is about alone counts with the proposal that has it."""
    proposed = proposals(sample.read(source, table))
    whole = sample.read(source, table, rows=1_000_000)
    known = truths(resource, words, table)
    named = {
        field.proposal.columns: (field.name, bool(field.doubts))
        for field in names.fields(table, proposed, dictionary())
    }
    for proposal in proposed:
        truth = known.get(proposal.columns)
        if truth is not None:
            yield judge(table, whole, proposal, truth, named[proposal.columns], zone)
            continue
        other = next((each for each in known.values() if set(each.columns) & set(proposal.columns)), None)
        if other is not None:
            yield Row(
                table.name, proposal, other.shown, {"conversion": verdict(same=False, doubted=bool(proposal.doubts))}
            )


def _key(source: Source, table: Table, resource: Resource) -> KeyRow:
    """The key that counting alone finds, and the logical delete, beside the contract's."""
    undeclared = Table(
        table.name, table.columns, indexes=tuple(index for index in table.indexes if not index.unique), text=table.text
    )
    some = sample.read(source, table)
    blind = Sample(undeclared, some.columns, some.rows, some.whole)
    columns, _, doubts = keys.key(blind, proposals(blind))
    active, _, unsure = keys.deleted(some)
    wanted = tuple(name for part in resource.key for name in _columns(resource.fields[part]))
    said = {each.column: (str(value),) for each, value in zip(resource.active, resource.active_values, strict=True)}  # type: ignore[union-attr]  # the plant compares with one value
    proposed = f"{', '.join(columns) or 'none'}; active when {dict(active) or 'always'}"
    same = set(columns) == set(table.key) or columns == wanted
    return KeyRow(
        table.name, proposed, verdict(same, doubted=bool(doubts)), verdict(dict(active) == said, doubted=bool(unsure))
    )


# The report.


def totals(rows: Sequence[Row], aspect: str) -> Counter[str]:
    """How many proposals have each verdict."""
    return Counter(row.verdicts[aspect] for row in rows if row.verdicts.get(aspect))


def report(bare: tuple[list[Row], list[KeyRow]], told: tuple[list[Row], list[KeyRow]]) -> str:
    """The whole of bench/draft.md."""
    parts = [_HEAD, *_totals(bare, told)]
    for title, (rows, found) in (("Without texts", bare), ("With texts", told)):
        parts += [
            f"\n## {title}\n",
            "| table | columns | proposed | the contract | conversion | sentinels | codes | name |",
        ]
        parts += ["|---|---|---|---|---|---|---|---|", *map(_line, rows)]
        parts += [
            "\n| table | key found by counting, logical delete | key | delete |",
            "|---|---|---|---|",
            *map(_key_line, found),
        ]
    return "\n".join(parts) + "\n"


def _totals(bare: tuple[list[Row], list[KeyRow]], told: tuple[list[Row], list[KeyRow]]) -> Iterator[str]:
    yield "| texts | of | proposals | right | right, marked | marked | another word | WRONG | right or marked |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for texts, (rows, found) in (("without", bare), ("with", told)):
        counted = {aspect: totals(rows, aspect) for aspect in ASPECTS}
        counted["key"] = Counter(each.key for each in found)
        counted["logical delete"] = Counter(each.deleted for each in found)
        for aspect, counts in counted.items():
            number = sum(counts.values())
            shown = " | ".join(str(counts[each]) for each in ("right", "right, marked", "marked", "another", "WRONG"))
            yield f"| {texts} | {aspect} | {number} | {shown} | {100 * (number - counts['WRONG'] - counts['another']) / number:.0f} % |"


def _line(row: Row) -> str:
    proposal = row.proposal
    verdicts = " | ".join(_bold(row.verdicts.get(aspect, "")) for aspect in ASPECTS)
    columns = ", ".join(proposal.columns)
    return (
        f"| {row.table} | `{columns}` | `{spelled(proposal.type, proposal.stored_as)}` | `{row.truth}` | {verdicts} |"
    )


def _key_line(row: KeyRow) -> str:
    return f"| {row.table} | {row.proposed} | {_bold(row.key)} | {_bold(row.deleted)} |"


def _bold(said: str) -> str:
    return f"**{said}**" if said == "WRONG" else said


_HEAD: Final = """\
# Drafts beside the truth

Written by `python -m bench.draft --write`, which says how it judges. *Right*: as the contract has it for every stored value. *Right,
marked*: so, and a question was left. *Marked*: otherwise, and the question says so. *WRONG*: otherwise, and nothing says so. Names of
codes and implied decimals cannot be counted: they are always asked for, or taken from a column's text. The contract's own choice between
a JSON number and exact text is no part of the judgement. Names: the word that the contract has, or another. The keys are those that are
found where the table declares none. Columns that the contract does not use are judged by hand: the order's purchase reference as
text, row versions as bytes, the record code by the contract's `active_when`.
"""


# Databases of others.


def others(script: Path) -> None:
    """Draft every table that a SQL script makes, and list what goes beyond the native form without a question."""
    with tempfile.TemporaryDirectory(prefix="bascule-bench-") as directory:
        path = Path(directory) / "other.db"
        with sqlite3.connect(path) as connection:
            connection.executescript(script.read_text(encoding="utf-8-sig"))
        connection.close()
        source = opened("other", path)
        catalog: Catalog = source.catalog()
        found = [(table, each) for table in catalog.tables.values() for each in proposals(sample.read(source, table))]
        source.close()
    marked = [each for _, each in found if each.doubts]
    print(f"{len(found)} proposals, {len(marked)} marked; not native, and without a question:")
    for table, each in found:
        if not each.doubts and each.stored_as is not None:
            print(f"  {table.name}.{', '.join(each.columns)}: {spelled(each.type, each.stored_as)}   {each.evidence}")
    print("marked:")
    for table, each in found:
        if each.doubts:
            print(
                f"  {table.name}.{', '.join(each.columns)}: {spelled(each.type, each.stored_as)}   {' / '.join(each.doubts)}"
            )


def main(arguments: Sequence[str]) -> int:
    """Print the totals; 1 where a conversion is silently wrong, or fewer than 95 % are right or marked."""
    parser = argparse.ArgumentParser(prog="python -m bench.draft", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write bench/draft.md")
    parser.add_argument("--script", type=Path, help="a SQL script of SQLite that makes another database")
    options = parser.parse_args(arguments)
    if options.script is not None:
        others(options.script)
        return 0
    with tempfile.TemporaryDirectory(prefix="bascule-bench-") as directory:
        folder = plant.build(Path(directory)).folder
        bare, told = draft(folder, told=False), draft(folder, told=True)
    text = report(bare, told)
    if options.write:
        REPORT.write_text(text, encoding="utf-8")
    print("\n".join(_totals(bare, told)))
    silent = [row for rows, _ in (bare, told) for row in rows if row.verdicts.get("conversion") == "WRONG"]
    for row in silent:
        print(f"WRONG: {_line(row)}")
    return int(bool(silent))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
