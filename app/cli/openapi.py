"""`bascule openapi`: write the published OpenAPI documents of a contract folder and the log of their changes, or compare them.

The log is written here, since an entry can be made only while the document that is replaced is still there.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import click

from app.assembly import Compiled, compile_folder
from app.changes import introduced, log, weigh
from app.changes.published import LOG, PUBLISHED, NoSuch, Published, Unreadable, of_revision, read
from app.cli.terminal import FOLDER, counted, notes
from app.plan.model import Plan
from app.web.documents import document, render

TO: Final = click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the documents are kept, FOLDER/openapi if not said.",
)


@click.command("openapi", short_help="Write or compare the OpenAPI documents.")
@FOLDER
@TO
@click.option(
    "--against",
    "revision",
    metavar="REVISION",
    help="The git revision from which the log tells what changed; DIR as it is if not said.",
)
@click.option("--check", is_flag=True, help="Write nothing; print the differences and exit with 1 if there are any.")
def command(folder: Path, *, target: Path | None, revision: str | None, check: bool) -> None:
    """Write FOLDER/openapi/v1.json and so on: the OpenAPI document of each version; and CHANGES.md, what changed for clients.

    With --against HEAD, or the branch that a change goes to, the log gets one entry however often this is run meanwhile.
    With --check, compare the documents with what the contract says now: for a build that must not change what is published unseen.
    """
    compiled = compile_folder(folder, os.environ)
    notes(compiled.notes)
    target = target or folder / "openapi"
    texts = rendered(compiled.plan)
    documents = {f"{name}.json": text for name, text in texts.items()}
    if check:
        _compare(target, {**documents, **_expected_log(target, texts)})
        return
    try:
        before = of_revision(target, revision) if revision is not None else read(target)
        logged = _logged(compiled, before, texts, today())
    except Unreadable as fault:
        raise refusal(fault) from None
    _write(target, {**documents, LOG: logged})


def refusal(fault: Unreadable) -> click.ClickException:
    """How a command ends where nothing can be compared: with 2 for a name that means nothing, else with 1."""
    return click.UsageError(str(fault)) if isinstance(fault, NoSuch) else click.ClickException(str(fault))


def today() -> date:
    """The day, in UTC."""
    return datetime.now(UTC).date()


def rendered(plan: Plan) -> dict[str, str]:
    """The text of each version's document."""
    return {name: render(document(plan, name)) for name in plan.versions}


def parsed(texts: Mapping[str, str]) -> dict[str, Any]:
    """The documents as whoever downloads them has them."""
    return {name: json.loads(text) for name, text in texts.items()}


def bases(compiled: Compiled) -> dict[str, str | None]:
    """The version that each version extends."""
    return {name: spec.extends for name, spec in compiled.contract.versions.items()}


def _logged(compiled: Compiled, before: Published, texts: Mapping[str, str], day: date) -> str:
    """The log that goes with the documents `texts`; one that begins here introduces what was published before it."""
    published, extends = before.documents, bases(compiled)
    begun = introduced(published, extends) if not before.log else ()
    comparisons = (*begun, *weigh(published, parsed(texts), extends, day))
    return log.extended(before.log, texts, comparisons, compiled.plan.versions, day)


def _expected_log(target: Path, texts: Mapping[str, str]) -> dict[str, str]:
    """The log as it stands, with the documents to which it should have come; a folder without one has none to fall behind."""
    logged = _text(target / LOG)
    return {LOG: log.come_to(logged, texts)} if logged else {}


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
    return (path for path in found if PUBLISHED.fullmatch(path.name) and path.name not in documents)
