"""`bascule doctor`: what is missing between this machine and each source, and the step that mends it."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import click

from adapters.port import Finding
from app.assembly import kinds
from app.cli.terminal import picked
from app.contract.load import Survey, survey
from app.doctor import examine_contract, examine_kind, examine_machine, examine_source
from app.shapes import nearest

_SHOWN: Final = {
    "ok": ("ok", "green"),
    "warning": ("warning", "yellow"),
    "missing": ("MISSING", "red"),
    "failed": ("FAILED", "red"),
    "skipped": ("skipped", "bright_black"),
}
_INDENT: Final = 2 + max(len(label) for label, _ in _SHOWN.values()) + 2

_BREAK: Final = "\n"

Section = tuple[str, Iterable[Finding]]


@click.command("doctor", short_help="Say what is missing between here and the sources.")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--kind", "wanted", multiple=True, metavar="KIND", help="Without FOLDER: this kind is needed; may be repeated."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 60),
    metavar="N",
    default=5.0,
    show_default=True,
    help="Patience with a name server, and with a port.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def command(
    context: click.Context,
    folder: Path | None,
    sources: tuple[str, ...],
    wanted: tuple[str, ...],
    seconds: float,
    *,
    as_json: bool,
) -> None:
    """Walk from this machine to each SOURCE of the contract in FOLDER (left out: to all) and say what stands in the way.

    The steps are those that a connection takes: packages, driver manager, driver, data source, name, port, TLS, log-in, the
    contract's tables. A step that fails ends the walk of its source, and is shown with what mends it on this platform. A
    log-in is tried once: hosts disable a user after a few wrong passwords.

    Without FOLDER: what this machine has for each kind of source; with --kind, what is missing for those kinds counts.
    Exit code 0 if all is well, else 1.
    """
    if folder is not None and wanted:
        raise click.UsageError("--kind is for a machine without a contract: leave FOLDER out")
    show = _as_json if as_json else as_text
    if folder is None:
        wrong = _walk(_machine(wanted), show)
        last = _openable(wanted, wrong)
    else:
        wrong = _walk(_contract(folder, sources, seconds), show)
        last = f"Something is wrong: {', '.join(wrong)}." if wrong else "Nothing is wrong."
    if not as_json:
        click.echo(f"\n{last}")
    if wrong and (folder is not None or wanted):
        context.exit(1)


def _machine(wanted: tuple[str, ...]) -> Iterator[Section]:
    """This machine, and what each kind needs of it."""
    known = kinds()
    unknown = next((name for name in wanted if name not in known), None)
    if unknown is not None:
        raise click.UsageError(f"there is no kind of source {unknown!r} — {nearest(unknown, known)}")
    yield "this machine", examine_machine()
    for name in wanted or known:
        yield _kind(name), examine_kind(known[name])


def _kind(name: str) -> str:
    return f"kind {name}"


def _contract(folder: Path, names: tuple[str, ...], seconds: float) -> Iterator[Section]:
    """This machine, the contract, then each source."""
    known = kinds()
    found = survey(folder, known, os.environ)
    declared = _declared(found)
    chosen = [picked(name, declared) for name in names] or declared
    yield "this machine", examine_machine()
    yield f"contract {folder}", examine_contract(found)
    for name in chosen:
        yield _source(found, name), examine_source(found, name, known, seconds)


def _source(found: Survey, name: str) -> str:
    spec = found.contract.sources.get(name) if found.contract is not None else None
    return f"source {name}" if spec is None else f"source {name} ({spec.kind})"


def _declared(found: Survey) -> list[str]:
    """The names of the sources in gateway.yaml, faulty ones too."""
    words = found.contract.node.value if found.contract is not None else None
    node = words.get("sources") if isinstance(words, dict) else None
    declared = node.value if node is not None and isinstance(node.value, dict) else {}
    return [str(name) for name in declared]


def _walk(sections: Iterable[Section], show: Callable[[Iterable[Section]], Iterator[tuple[str, Finding]]]) -> list[str]:
    """Show each finding as it is found; what is wrong, each section once."""
    return list(dict.fromkeys(about for about, finding in show(sections) if finding.wrong))


def _as_json(sections: Iterable[Section]) -> Iterator[tuple[str, Finding]]:
    for about, findings in sections:
        for finding in findings:
            click.echo(json.dumps({"about": about, **dataclasses.asdict(finding)}, ensure_ascii=False))
            yield about, finding


def as_text(sections: Iterable[Section]) -> Iterator[tuple[str, Finding]]:
    """Print each section's findings as they are found, for a person, and hand each on with its section."""
    told: set[tuple[str, ...]] = set()
    for number, (about, findings) in enumerate(sections):
        click.echo("\n" * bool(number) + click.style(about, bold=True))
        for finding in findings:
            click.echo(_shown(finding, told))
            yield about, finding


def _openable(wanted: tuple[str, ...], wrong: list[str]) -> str:
    """Which kinds of source can be opened from this machine."""
    every = list(wanted or kinds())
    good = [name for name in every if _kind(name) not in wrong]
    bad = [name for name in every if name not in good]
    parts = [f"{words} {', '.join(names)}" for words, names in (("ready for", good), ("not ready for", bad)) if names]
    return f"This machine is {', and '.join(parts)}."


def _shown(finding: Finding, told: set[tuple[str, ...]]) -> str:
    """`  ok         unixODBC 2.3.11`; a driver's own words and the mending steps stand below, told once."""
    label, colour = _SHOWN[finding.state]
    first, *more = finding.text.splitlines()
    steps = ("as above",) if finding.mend in told else finding.mend
    told.update({finding.mend} - {()})
    lines = [f"  {click.style(f'{label:<{_INDENT - 4}}', fg=colour)}  {first}"]
    lines += [f"{'':{_INDENT}}{click.style(line.strip(), dim=True)}" for line in more if line.strip()]
    lines += [f"{'':{_INDENT}}→ {step.replace(_BREAK, _BREAK + ' ' * (_INDENT + 2))}" for step in steps]
    return "\n".join(lines)
