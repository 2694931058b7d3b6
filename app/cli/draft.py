"""`bascule draft`: draft resources from the tables of a source nobody documented."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import click

from adapters.port import Catalog, Source, SourceError, Table, Unavailable
from app.assembly import kinds, open_source
from app.cli.terminal import FOLDER, counted, lines, picked
from app.contract import catalog_file
from app.contract.load import survey
from app.contract.model import Contract
from app.contract.words import VERSION_NAME
from app.draft import sample
from app.draft.dictionary import dictionary
from app.draft.draft import Drafted, draft
from app.draft.files import Home, Standing, Written
from app.draft.model import ResourceDraft, Sample
from app.draft.served import Surroundings
from app.shapes import Faults, Text, nearest

_PARTIAL: Final = 4  # the exit code where some tables have a draft and others have none


@dataclass(frozen=True, slots=True)
class _Bounds:
    """How much is read of each table."""

    rows: int
    seconds: float


def _version(context: click.Context, parameter: click.Parameter, name: str | None) -> str | None:
    """The name of a version, if one was given."""
    if name is not None and not Text(pattern=VERSION_NAME.pattern).takes(name):
        raise click.BadParameter(f"{name!r}: expected {VERSION_NAME.expected}", context, parameter)
    return name


@click.command("draft", short_help="Draft resources from tables nobody documented.")
@FOLDER
@click.argument("source")
@click.argument("tables", nargs=-1, metavar="[TABLE]...")
@click.option(
    "--like",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Tables whose names match, as ORD* does; may be repeated.",
)
@click.option(
    "--version",
    "version",
    metavar="vN",
    callback=_version,
    help="The version that the drafts go to; the newest whole one if left out.",
)
@click.option(
    "--rows",
    type=click.IntRange(1, 100_000),
    metavar="N",
    default=sample.ROWS,
    show_default=True,
    help="Rows read of each table at most.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 600),
    metavar="N",
    default=sample.SECONDS,
    show_default=True,
    help="Time that each table may take.",
)
@click.option("--yes", is_flag=True, help="Read without asking.")
@click.pass_context
def command(
    context: click.Context,
    folder: Path,
    source: str,
    tables: tuple[str, ...],
    patterns: tuple[str, ...],
    version: str | None,
    rows: int,
    seconds: float,
    *,
    yes: bool,
) -> None:
    """Draft a resource for each TABLE of SOURCE, and write it to the contract in FOLDER for somebody to review.

    A bounded sample of each table is read; what will be sent is shown before. From it come names, types, stored forms, keys,
    relations, filters and sorts, each with what was counted in a comment beside it. What the data does not answer is marked
    `check:`. Tables that the catalog does not have are added to it.

    No value of a field that is classified as personal is written down. A draft that is made again keeps what people changed:
    FOLDER/.drafts holds the draft of last time, to tell what is theirs. A file with faults is left as it is. Words of your own for
    abbreviations go into FOLDER/dictionary.yaml.

    Exit code 0 if each table has a draft, 1 if none has or a file with faults was left, 4 if some have none: they have no
    key, cannot be read, or make nothing that compiles. Standard error names each with its reason; the others are written.
    """
    contract, words = _contract(folder), dictionary(folder)
    spec = contract.sources[picked(source, contract.sources)]
    home = Home.read(folder, version or _newest(contract), source)
    with closing(open_source(spec, workers=1)) as opened:
        catalog = _catalog(opened, contract.catalogs.get(source, Catalog({})), tables, patterns)
        chosen, broken = _readable(_chosen(catalog, tables, patterns), home)
        samples = _samples(opened, chosen, _Bounds(rows, seconds), yes=yes)
    given = {each.table.name: home.given(each.table.name) for each in samples}
    traits = {name: kinds()[each.kind].traits for name, each in contract.sources.items()}
    around = Surroundings(contract, home.version, source, catalog, traits)
    drafted = draft(samples, around, words, given)
    _keep(folder / "catalog" / f"{source}.yaml", contract.catalogs.get(source), catalog)
    _write(home, drafted)
    _next(folder, len(drafted.resources))
    if broken:
        raise click.ClickException(f"left as it is: {counted(len(broken), 'file')} with faults")
    if missing := len(chosen) - len(drafted.resources):
        lines([f"{missing:,} of {counted(len(chosen), 'table')} made no resource; the reasons stand above"])
        context.exit(_PARTIAL)


def _contract(folder: Path) -> Contract:
    """The contract as far as it is sound: files of resources may have faults, gateway.yaml may not. Raises Faults."""
    found = survey(folder, kinds(), os.environ)
    own = [fault for fault in found.faults if fault.place.file == "gateway.yaml" and fault.code != "missing-file"]
    if found.contract is None or own:
        raise Faults(own or found.faults)
    return found.contract


def _newest(contract: Contract) -> str:
    """The last version that holds whole resources alone; v1 where there is none yet."""
    whole = [name for name, version in contract.versions.items() if version.extends is None]
    return whole[-1] if whole else "v1"


def _catalog(source: Source, known: Catalog, tables: Sequence[str], patterns: Sequence[str]) -> Catalog:
    """The catalog on file, and what it lacks of the tables wanted, read now: what people reviewed is not read over."""
    names = [*tables]
    if patterns:
        names += [each.name for each in source.tables() if _matches(each.name, patterns)]
    missing = [name for name in names if name not in known.tables]
    if not missing:
        return known
    read = source.catalog(missing)
    unknown = next((name for name in missing if name not in read.tables), None)
    if unknown is not None:
        names = [*known.tables, *(each.name for each in source.tables())]
        raise click.UsageError(f"the source has no table {unknown!r} — {nearest(unknown, names)}")
    return replace(known, tables={**known.tables, **read.tables})


def _chosen(catalog: Catalog, tables: Sequence[str], patterns: Sequence[str]) -> list[Table]:
    """The tables wanted, each once."""
    if not tables and not patterns:
        raise click.UsageError("name tables, or a pattern: --like 'ORD*'")
    matching = sorted(name for name in catalog.tables if _matches(name, patterns))
    if not tables and not matching:
        raise click.UsageError(f"no table's name is like {' or '.join(patterns)}")
    return [catalog.tables[name] for name in dict.fromkeys((*tables, *matching))]


def _readable(tables: Sequence[Table], home: Home) -> tuple[list[Table], list[Standing]]:
    """The tables whose files can take a draft in, and the files that cannot, each named with its fault: nobody knows what is in them."""
    standing = [(table, home.file(table.name)) for table in tables]
    broken = [(table, file) for table, file in standing if file is not None and file.fault is not None]
    lines(f"{table.name}: no draft: {file.fault}" for table, file in broken)
    if len(broken) == len(tables):
        raise click.ClickException("no table made a resource")
    files = [file for _, file in broken]
    return [table for table, file in standing if file not in files], files


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _samples(source: Source, tables: Sequence[Table], bounds: _Bounds, *, yes: bool) -> list[Sample]:
    """A sample of each table, once somebody has seen what is sent. A table that may not be read, or takes too long, is passed over."""
    click.echo(
        f"From {source.name}, at most {bounds.rows:,} rows and {bounds.seconds:g} s of each table, read and no more:",
        err=True,
    )
    lines(f"  {' '.join(each.split())}" for table in tables for each in _statements(source, table, bounds.rows))
    if not yes:
        click.confirm("Read them?", abort=True, err=True)
    return list(_read(source, tables, bounds))


def _statements(source: Source, table: Table, rows: int) -> list[str]:
    """The statements of one table."""
    return [each for each in sample.statement(source, table, rows).splitlines() if each.strip()]


def _read(source: Source, tables: Sequence[Table], bounds: _Bounds) -> Iterator[Sample]:
    for table in tables:
        try:
            yield sample.read(source, table, rows=bounds.rows, seconds=bounds.seconds)
        except Unavailable:
            raise
        except SourceError as failure:  # one table is no reason to lose the others
            lines([f"{table.name}: no draft: {failure}"])


def _keep(path: Path, old: Catalog | None, new: Catalog) -> None:
    """Write the catalog where the draft has added to it."""
    if old is not new:
        path.parent.mkdir(exist_ok=True)
        path.write_text(catalog_file.write(new), encoding="utf-8")
        click.echo(f"{path}: {counted(len(new.tables), 'table')}")


def _write(home: Home, drafted: Drafted) -> None:
    """Write each draft to its file, and say what came of it."""
    if drafted.resources:
        home.begin()
    names = {each.name for each in drafted.resources}
    for resource in drafted.resources:
        _tell(resource, home.write(resource, names))
    lines(f"{table}: no draft: {reason}" for table, reason in drafted.left.items())


def _tell(draft: ResourceDraft, written: Written) -> None:
    """The file, what is in it, and what a person changed there."""
    parts: Mapping[str, int] = {
        "field": len(draft.fields),
        "expansion": len(draft.relations),
        "question": _questions(draft),
    }
    summary = ", ".join(counted(number, what) for what, number in parts.items() if number or what != "expansion")
    click.echo(f"{written.path}: {summary}")
    lines(f"  {sentence}" for sentence in written.said)


def _questions(draft: ResourceDraft) -> int:
    """The lines that are marked `check:`."""
    of_fields = sum(len(each.doubts) + len(each.proposal.doubts) for each in draft.fields)
    of_relations = sum(len(each.doubts) for each in draft.relations)
    of_rows = len(draft.key_doubts) + len(draft.active_doubts)
    return of_fields + of_relations + of_rows + len(draft.doubts) + bool(draft.unserved)


def _next(folder: Path, drafts: int) -> None:
    if not drafts:
        raise click.ClickException("no table made a resource")
    click.echo(
        f"\nNext: answer the questions (grep -rn 'check:' {folder}), then `bascule check {folder}` and `bascule serve {folder}`.",
        err=True,
    )
