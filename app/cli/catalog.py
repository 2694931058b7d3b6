"""`bascule catalog`: write the reviewed snapshot of a source's tables."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import click

from adapters.port import Catalog, Listed, Source, Table
from app.assembly import kinds, open_source
from app.cli.terminal import FOLDER, counted, notes, picked
from app.contract import catalog_file
from app.contract.load import survey
from app.contract.model import Contract, SourceSpec
from app.shapes import Faults, nearest

_AT_ONCE: Final = 200  # tables of one reading, which has a deadline of its own
_FEW: Final = 10  # names in a sentence


@dataclass(frozen=True, slots=True)
class _Choice:
    """The tables that were asked for: by name, by schema and pattern (both must fit), or all; else those in use."""

    tables: tuple[str, ...]
    schemas: tuple[str, ...]
    patterns: tuple[str, ...]
    everything: bool

    @property
    def partial(self) -> bool:
        """Whether others stay in the file as they are."""
        return bool(self.tables or self.schemas or self.patterns) and not self.everything

    @property
    def searching(self) -> bool:
        """Whether the source has to say what there is."""
        return bool(self.everything or self.schemas or self.patterns)

    def fits(self, listed: Listed) -> bool:
        """Whether a table of the source is one of them. Case counts for nothing in a pattern: few sources know of it."""
        names = {listed.name.casefold(), f"{listed.schema}.{listed.name.rpartition('.')[2]}".casefold()}
        names |= {name.rpartition(".")[2] for name in names}
        likes = [pattern.casefold() for pattern in self.patterns]
        return self.everything or (
            (not self.schemas or listed.schema in self.schemas)
            and (not likes or any(fnmatchcase(name, like) for name in names for like in likes))
        )


@click.command("catalog", short_help="Write the snapshot of a source's tables.")
@FOLDER
@click.argument("source", required=False)
@click.option("--table", "tables", multiple=True, metavar="NAME", help="This table; may be repeated. Others stay.")
@click.option(
    "--schema",
    "schemas",
    multiple=True,
    metavar="NAME",
    help="The tables of this schema; may be repeated. Others stay.",
)
@click.option(
    "--like",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="The tables whose names fit, 'ORD*'; may be repeated. Others stay.",
)
@click.option("--all", "everything", is_flag=True, help="Every table of the source, not only those in use.")
def command(
    folder: Path,
    source: str | None,
    tables: tuple[str, ...],
    schemas: tuple[str, ...],
    patterns: tuple[str, ...],
    *,
    everything: bool,
) -> None:
    """Read the catalog of SOURCE (left out: of each source) and write FOLDER/catalog/SOURCE.yaml.

    Read are the tables that the contract uses, or every table as long as it uses none. With the file in place, a gateway
    starts while the source is down; review its changes like any other. Faults in resource files are no hindrance.

    No table is read for it: the number of rows is what the source's own statistics say, to two digits. If anything fails,
    or is interrupted, nothing is written.
    """
    choice = _Choice(tables, schemas, patterns, everything)
    if choice.partial and source is None:
        raise click.UsageError("--table, --schema and --like need a SOURCE")
    found = survey(folder, kinds(), os.environ)
    contract = found.contract
    wanted = [source] if source is not None else list(contract.sources if contract else ())
    if contract is None or not wanted or (source is not None and source not in contract.sources and found.faults):
        raise Faults(found.faults)
    specs = [contract.sources[picked(name, contract.sources)] for name in wanted]
    with _or_nothing():
        catalogs = {folder / "catalog" / f"{spec.name}.yaml": _read(contract, spec, choice) for spec in specs}
        _write({path: catalog_file.write(catalog) for path, catalog in catalogs.items()})
    for path, catalog in catalogs.items():
        click.echo(f"{path}: {_held(catalog)}")


@contextmanager
def _or_nothing() -> Iterator[None]:
    """Say that nothing was written where the reading or the writing ends before its end."""
    try:
        yield
    except BaseException:
        notes(["nothing was written"])
        raise


def _read(contract: Contract, spec: SourceSpec, choice: _Choice) -> Catalog:
    """The catalog of a source, with what is to stay of the old one."""
    resources = [each for version in contract.versions.values() for each in version.resources.values()]
    used = [resource for resource in resources if resource.source == spec.name]
    queries = {resource.query: contract.queries[resource.query] for resource in used if resource.query is not None}
    source = open_source(spec, workers=1)
    try:
        names = _names(source, choice, sorted({each.table for each in used if each.table is not None}))
        catalog = Catalog(_tables(source, names), source.catalog((), queries).queries if queries else {})
        _check_missing(source, choice, [name for name in names if name not in catalog.tables])
    finally:
        source.close()
    named = _named(source.name, catalog)
    old = contract.catalogs.get(spec.name)
    return _merged(old, named) if choice.partial and old is not None else named


def _names(source: Source, choice: _Choice, used: Sequence[str]) -> Sequence[str]:
    """The names of the tables to be read."""
    if not choice.searching and (choice.tables or used):
        return choice.tables or used
    listed = source.tables()
    if absent := list(_absent(choice, listed)):
        raise click.ClickException(f"{source.name}: {'; '.join(absent)}")
    return list(dict.fromkeys([*choice.tables, *(each.name for each in listed if choice.fits(each))]))


def _absent(choice: _Choice, listed: Sequence[Listed]) -> Iterator[str]:
    """What is wrong with a schema that is not there, and with a pattern that no table fits."""
    schemas = {each.schema for each in listed}
    for schema in choice.schemas:
        if schema not in schemas:
            yield _hinted(f"there is no schema {schema!r}", schema, schemas)
    for pattern in choice.patterns:
        if not any(replace(choice, patterns=(pattern,)).fits(each) for each in listed):
            yield _hinted(f"no table is like {pattern!r}", pattern.strip("*?"), [each.name for each in listed])


def _tables(source: Source, names: Sequence[str]) -> Mapping[str, Table]:
    """These tables, as many at once as one deadline is enough for."""
    tables: dict[str, Table] = {}
    with _progress(source.name, len(names)) as advance:
        for start in range(0, len(names), _AT_ONCE):
            batch = names[start : start + _AT_ONCE]
            tables |= source.catalog(batch).tables
            advance(len(batch))
    return tables


@contextmanager
def _progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where somebody sees it and it would move; it is told how many tables were read."""
    if length <= _AT_ONCE or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update


def _check_missing(source: Source, choice: _Choice, missing: Sequence[str]) -> None:
    """Say which tables are not there. Those that were asked for by name end the command."""
    if not missing:
        return
    known = [each.name for each in source.tables()]
    absent = [name for name in missing if name not in known]
    said = [_hinted(f"{source.name} has no table {name!r}", name, known) for name in absent[:_FEW]]
    if absent[_FEW:]:
        said.append(f"{source.name} has not got {_enumerated(absent[_FEW:])} either")
    if hidden := [name for name in missing if name in known]:
        said.append(f"{source.name} lists {_enumerated(hidden)}, of which nothing can be read")
    if set(missing) & set(choice.tables):
        raise click.ClickException("; ".join(said))
    notes(said)


def _named(source: str, catalog: Catalog) -> Catalog:
    """What of a catalog can be named; what cannot is said. A query that returns two columns of one name ends the command."""
    repeated = catalog_file.repeated(catalog)
    if repeated:
        said = (
            f"the named query {name} returns {_quoted(columns)} more than once" for name, columns in repeated.items()
        )
        raise click.ClickException(f"{source}: {'; '.join(said)}; give each column a name of its own, with AS")
    named = catalog_file.writable(catalog)
    pairs = ((catalog.tables, named.tables), (catalog.queries, named.queries))
    lost = [name for whole, kept in pairs for name in whole if name not in kept]
    less = [name for whole, kept in pairs for name in kept if kept[name] != whole[name]]
    if lost:
        notes([f"{source}: left out, since they have no name or no column with a name: {_quoted(lost)}"])
    if less:
        notes([f"{source}: columns and indexes without a name are left out of {_quoted(less)}"])
    return named


def _quoted(names: Sequence[str]) -> str:
    return _enumerated([repr(name) for name in names])


def _hinted(sentence: str, word: str, known: Iterable[str]) -> str:
    """A sentence, with the nearest name that there is."""
    hint = nearest(word, known)
    return f"{sentence} — {hint}" if hint else sentence


def _enumerated(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    rest = len(names) - _FEW
    return ", ".join(names[:_FEW]) + (f" and {rest} more" if rest > 0 else "")


def _merged(old: Catalog, new: Catalog) -> Catalog:
    return replace(old, tables={**old.tables, **new.tables}, queries={**old.queries, **new.queries})


def _write(texts: Mapping[Path, str]) -> None:
    """Write the files, each as a whole, and all of them or none: what was replaced before a failure is put back."""
    with ExitStack() as cleaning, ExitStack() as undoing:
        for path, text in texts.items():
            path.parent.mkdir(exist_ok=True)
            for ending in ("new", "old"):
                cleaning.callback(_beside(path, ending).unlink, missing_ok=True)
            _beside(path, "new").write_text(text, encoding="utf-8")
            if path.exists():
                shutil.copyfile(path, _beside(path, "old"))
        for path in texts:
            undoing.callback(_put_back, path)
            _beside(path, "new").replace(path)
        undoing.pop_all()


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}.{ending}")


def _put_back(path: Path) -> None:
    """Have the file as it was; a rename, since that needs no room on a full disk."""
    old = _beside(path, "old")
    if old.exists():
        old.replace(path)
    else:
        path.unlink(missing_ok=True)


def _held(catalog: Catalog) -> str:
    """`12 tables, 1 named query result`."""
    parts: Mapping[str, int] = {"table": len(catalog.tables)} | (
        {"named query result": len(catalog.queries)} if catalog.queries else {}
    )
    return ", ".join(counted(number, what) for what, number in parts.items())
