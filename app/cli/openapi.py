"""`bascule openapi`: write the published OpenAPI documents of a contract folder, or compare them."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from app.assembly import compile_folder
from app.cli.terminal import FOLDER, counted, notes
from app.web.documents import document, render

_PUBLISHED = re.compile(r"v\d+\.json")


@click.command("openapi", short_help="Write or compare the OpenAPI documents.")
@FOLDER
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the documents are kept, FOLDER/openapi if not said.",
)
@click.option("--check", is_flag=True, help="Write nothing; print the differences and exit with 1 if there are any.")
def command(folder: Path, *, target: Path | None, check: bool) -> None:
    """Write FOLDER/openapi/v1.json and so on: the OpenAPI document of each version.

    With --check, compare them with what the contract says now: for a build that must not change what is published unseen.
    """
    compiled = compile_folder(folder, os.environ)
    notes(compiled.notes)
    target = target or folder / "openapi"
    documents = {f"{name}.json": render(document(compiled.plan, name)) for name in compiled.plan.versions}
    if check:
        _compare(target, documents)
    else:
        _write(target, documents)


def _write(target: Path, documents: Mapping[str, str]) -> None:
    target.mkdir(exist_ok=True)
    for name, text in documents.items():
        (target / name).write_text(text, encoding="utf-8")
        click.echo(str(target / name))
    for path in _stale(target, documents):
        path.unlink()
        click.echo(f"{path} removed: the contract has no such version")


def _compare(target: Path, documents: Mapping[str, str]) -> None:
    published = {name: _text(target / name) for name in documents}
    differing = [name for name, text in documents.items() if published[name] != text]
    for name in differing:
        click.echo("".join(difference(str(target / name), published[name], documents[name])), nl=False)
    stale = list(_stale(target, documents))
    for path in stale:
        click.echo(f"{path}: the contract has no such version")
    if differing or stale:
        count = counted(len(differing) + len(stale), "document")
        raise click.ClickException(f"{count} differ from the contract; `bascule openapi FOLDER` writes them")


def difference(name: str, old: str, new: str) -> Iterator[str]:
    """The lines of a unified difference, each with its line end."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"{name} (published)", f"{name} (contract)"
    )
    return (line if line.endswith("\n") else f"{line}\n" for line in lines)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _stale(target: Path, documents: Mapping[str, str]) -> Iterator[Path]:
    """Published documents of versions that the contract no longer has."""
    found = sorted(target.iterdir()) if target.is_dir() else ()
    return (path for path in found if _PUBLISHED.fullmatch(path.name) and path.name not in documents)
