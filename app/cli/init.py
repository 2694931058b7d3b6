"""`bascule init`: begin a contract with a source, which is tried before anything is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from adapters.port import Finding, Kind, Option
from app.assembly import kinds
from app.cli.doctor import as_text
from app.contract.layout import GATEWAY
from app.contract.load import Survey, survey
from app.contract.options import SEPARATOR
from app.contract.words import FIELD_NAME
from app.doctor import examine_source
from app.draft.flow import flow, text
from app.shapes import Faults, nearest

EXAMPLE: Final = ".env.example"
_SECONDS: Final = 5.0  # patience with a name server, and with a port
_REFERENCE: Final = "${"
_LATER: Final = frozenset({"missing-file"})  # faults of a contract that is only begun


@dataclass(frozen=True, slots=True)
class Begun:
    """What was answered: the source's name and kind, its options as the contract has them, and the secrets, by variable."""

    title: str
    name: str
    kind: Kind
    timezone: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def _source_name(context: click.Context, parameter: click.Parameter, name: str | None) -> str | None:
    """A name that the contract takes."""
    if name is not None and not FIELD_NAME.takes(name):
        raise click.BadParameter(f"{name!r}: expected {FIELD_NAME.expected}", context, parameter)
    return name


def _pairs(context: click.Context, parameter: click.Parameter, texts: Sequence[str]) -> dict[str, str]:
    """OPTION=VALUE, as often as there are options."""
    found: dict[str, str] = {}
    for each in texts:
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            raise click.BadParameter(f"{each!r}: expected OPTION=VALUE, like path=archive.db", context, parameter)
        found[name] = value
    return found


@click.command("init", short_help="Begin a contract: ask for a source, and try it.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--title", metavar="TEXT", help="The API's name.")
@click.option("--name", metavar="SOURCE", callback=_source_name, help="What the contract calls the source.")
@click.option("--kind", metavar="KIND", help="The kind of database.")
@click.option("--timezone", metavar="ZONE", help="The zone of its local times, such as Europe/Berlin; UTC if left out.")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="OPTION=VALUE",
    callback=_pairs,
    help="An option of the source; may be repeated.",
)
@click.option("--yes", is_flag=True, help="Write even if the source cannot be reached.")
def command(
    folder: Path,
    title: str | None,
    name: str | None,
    kind: str | None,
    timezone: str | None,
    given: dict[str, str],
    *,
    yes: bool,
) -> None:
    """Write FOLDER/gateway.yaml with one source, once the source has been tried as `bascule doctor` does.

    What no option says is asked for; with --kind, only what the kind cannot do without. A secret is never written down:
    gateway.yaml names a variable, FOLDER/.env.example says which, and what is typed here serves for the trial alone. On the
    command line a secret is given as a reference: --set 'password=${ERP_PASSWORD}'.

    A gateway.yaml that is there is left alone. Exit code 0 if it was written.
    """
    if (folder / GATEWAY).exists():
        raise click.UsageError(f"{folder / GATEWAY} is there already: add the source to it by hand")
    begun = _asked(folder, title, name, _kind(kind), timezone, given, everything=kind is None)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GATEWAY).write_text(gateway(begun), encoding="utf-8")
    try:
        kept = _tried(folder, begun, unset=yes) or yes
        kept = kept or click.confirm("\nWrite gateway.yaml all the same?", err=True)
    except BaseException:  # an interrupt while a dead host is tried, too
        _undo(folder)
        raise
    if not kept:
        _undo(folder)
        raise click.ClickException("nothing was written")
    _finish(folder, begun)


def gateway(begun: Begun) -> str:
    """The text of gateway.yaml."""
    lines = [f"title: {text(begun.title)}"]
    lines += [f"timezone: {text(begun.timezone)}"] if begun.timezone else []
    lines += ["", "sources:", f"  {begun.name}:", f"    kind: {text(begun.kind.name)}"]
    many = {option.name for option in begun.kind.options if option.many}
    for name, value in begun.options.items():
        lines.append(f"    {name}: {flow(value.split(SEPARATOR) if name in many and SEPARATOR in value else value)}")
    lines += [
        "",
        "# Without `security`, the gateway listens on this machine alone. `security: closed` serves holders of API keys,",
        "# `security: open` everybody who can reach it.",
    ]
    return "".join(f"{line}\n" for line in lines)


def _kind(name: str | None) -> Kind:
    """The kind of that name, or the one that is picked from all."""
    known = kinds()
    if name is None:
        for each in known.values():
            click.echo(f"  {each.name:<12}{each.summary}", err=True)
        name = click.prompt("Kind of database", type=click.Choice(list(known)), show_choices=False, err=True)
    if name not in known:
        raise click.UsageError(f"there is no kind of source {name!r} — {nearest(str(name), known)}")
    return known[name]


def _asked(
    folder: Path,
    title: str | None,
    name: str | None,
    kind: Kind,
    timezone: str | None,
    given: Mapping[str, str],
    *,
    everything: bool,
) -> Begun:
    """All that gateway.yaml needs, asked for where it was not given."""
    _check(kind, given)
    own = folder.resolve().name
    if everything:
        title = title or click.prompt("The API's name", default=own.replace("-", " ").title(), err=True)
        name = name or click.prompt("What the contract calls the source", default="erp", value_proc=_named, err=True)
        zone = timezone if timezone is not None else click.prompt("Zone of its local times", default="UTC", err=True)
        timezone = "" if zone == "UTC" else zone
    begun = Begun(title or own, name or "erp", kind, timezone or "")
    options, secrets = dict(given), dict[str, str]()
    for option in kind.options[: _asked_for(kind, everything=everything)]:
        if option.name not in given and (everything or option.required):
            _ask(option, begun.name, options, secrets)
    ordered = {each.name: _placed(each, options[each.name], folder) for each in kind.options if each.name in options}
    return Begun(begun.title, begun.name, kind, begun.timezone, ordered, secrets)


def _named(name: str) -> str:
    if not FIELD_NAME.takes(name):
        raise click.BadParameter(f"expected {FIELD_NAME.expected}")
    return name


def _asked_for(kind: Kind, *, everything: bool) -> int:
    """How many options are worth a question: up to the last that a log-in may need, since a kind names those first."""
    needed = [at for at, option in enumerate(kind.options) if option.required or (everything and option.secret)]
    return max(needed, default=-1) + 1


def _check(kind: Kind, given: Mapping[str, str]) -> None:
    """Refuse an option that the kind does not take, and a secret that everybody on this machine could read."""
    known = {option.name: option for option in kind.options}
    for name, value in given.items():
        if name not in known:
            raise click.UsageError(f"a source of kind {kind.name} has no option {name!r} — {nearest(name, known)}")
        if known[name].secret and _REFERENCE not in value:
            reference = "${ERP_" + name.upper() + "}"
            raise click.UsageError(f"{name} is a secret: name the variable that holds it, --set '{name}={reference}'")


def _ask(option: Option, source: str, options: dict[str, str], secrets: dict[str, str]) -> None:
    """Ask for one option; nothing typed leaves it out, unless it is required."""
    words = f"{option.help.partition(';')[0]} ({option.name})"
    default = None if option.required else ""
    if not option.secret:
        choice = click.Choice(["", *option.choices]) if option.choices else None
        found = click.prompt(words, default=default, show_default=False, type=choice, err=True)
        options.update({option.name: found} if found else {})
        return
    variable = f"{source}_{option.name}".upper()
    found = os.environ.get(variable) or click.prompt(
        f"{words}, for the trial alone", default=default, show_default=False, hide_input=True, err=True
    )
    if found:
        options[option.name] = "${" + variable + "}"
        secrets[variable] = found


def _placed(option: Option, value: str, folder: Path) -> str:
    """A path as the contract has it: from its folder, where it was typed from here."""
    if option.path and not (folder / value).exists() and Path(value).exists():
        return os.path.relpath(value, folder)
    return value


def _undo(folder: Path) -> None:
    """Leave the folder as it was."""
    (folder / GATEWAY).unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def _tried(folder: Path, begun: Begun, *, unset: bool) -> bool:
    """Walk to the source as `bascule doctor` does; whether nothing is wrong.

    Raises Faults where the words are; a variable that is not set here may be `unset`.
    """
    found = survey(folder, kinds(), {**os.environ, **begun.secrets})
    later = {*_LATER, "unset-variable"} if unset else _LATER
    wrong = [each for each in found.faults if each.place.file == GATEWAY and each.code not in later]
    if wrong:
        raise Faults(wrong)
    return not any(finding.wrong for _, finding in as_text(_sections(found, begun)))


def _sections(found: Survey, begun: Begun) -> Iterator[tuple[str, Iterator[Finding]]]:
    yield f"source {begun.name} ({begun.kind.name})", examine_source(found, begun.name, kinds(), _SECONDS)


def _finish(folder: Path, begun: Begun) -> None:
    """Say which variables the gateway needs, and what comes next."""
    variables = [
        value[2:-1] for value in begun.options.values() if value.startswith(_REFERENCE) and value.endswith("}")
    ]
    names = [each for each in variables if ":" not in each]
    click.echo(f"\n{folder / GATEWAY}: the source {begun.name}")
    if names and not (folder / EXAMPLE).exists():
        head = (
            "# What gateway.yaml takes from the environment. Copy it to a file that is not in version control: .env\n"
        )
        (folder / EXAMPLE).write_text(head + "".join(f"{each}=\n" for each in names), encoding="utf-8")
        click.echo(f"{folder / EXAMPLE}: {', '.join(names)}")
    click.echo(
        f"\nNext: `bascule catalog {folder} {begun.name} --all`, then `bascule draft {folder} {begun.name} --like '*'`.",
        err=True,
    )
