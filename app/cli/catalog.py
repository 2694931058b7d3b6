"""`bascule catalog`: write the reviewed snapshot of a source's tables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from adapters.port import Catalog
from app.assembly import kinds, open_source
from app.cli.terminal import FOLDER, counted, picked
from app.contract import catalog_file
from app.contract.load import survey
from app.contract.model import Contract, SourceSpec
from app.shapes import Faults


@click.command("catalog", short_help="Write the snapshot of a source's tables.")
@FOLDER
@click.argument("source", required=False)
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Only this table; may be repeated. Others stay.")
@click.option("--all", "everything", is_flag=True, help="Every table of the source, not only those in use.")
def command(folder: Path, source: str | None, tables: tuple[str, ...], *, everything: bool) -> None:
    """Read the catalog of SOURCE (left out: of each source) and write FOLDER/catalog/SOURCE.yaml.

    Read are the tables that the contract uses, or every table as long as it uses none. With the file in place, a gateway
    starts while the source is down; review its changes like any other. Faults in resource files are no hindrance.
    """
    if tables and source is None:
        raise click.UsageError("--table needs a SOURCE")
    found = survey(folder, kinds(), os.environ)
    contract = found.contract
    wanted = [source] if source is not None else list(contract.sources if contract else ())
    if contract is None or not wanted or (source is not None and source not in contract.sources and found.faults):
        raise Faults(found.faults)
    for name in wanted:
        spec = contract.sources[picked(name, contract.sources)]
        catalog = _read(contract, spec, tables, everything=everything)
        if tables and name in contract.catalogs:
            catalog = _merged(contract.catalogs[name], catalog)
        _write(folder / "catalog" / f"{name}.yaml", catalog)


def _read(contract: Contract, spec: SourceSpec, tables: tuple[str, ...], *, everything: bool) -> Catalog:
    """The catalog of the tables named, or of those in use, or of all."""
    resources = [each for version in contract.versions.values() for each in version.resources.values()]
    used = [resource for resource in resources if resource.source == spec.name]
    wanted = tables or tuple(sorted({resource.table for resource in used if resource.table is not None}))
    queries = {resource.query: contract.queries[resource.query] for resource in used if resource.query is not None}
    source = open_source(spec, workers=1)
    try:
        return source.catalog(None if everything or not wanted else wanted, queries)
    finally:
        source.close()


def _merged(old: Catalog, new: Catalog) -> Catalog:
    return replace(old, tables={**old.tables, **new.tables}, queries={**old.queries, **new.queries})


def _write(path: Path, catalog: Catalog) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(catalog_file.write(catalog), encoding="utf-8")
    parts: Mapping[str, int] = {"table": len(catalog.tables)} | (
        {"named query result": len(catalog.queries)} if catalog.queries else {}
    )
    click.echo(f"{path}: {', '.join(counted(number, what) for what, number in parts.items())}")
