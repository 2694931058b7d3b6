"""docs/reference/cli.md, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click

from app.cli import main

PAGE = "reference/cli.md"

_HEAD = """\
# The command line

Generated from the commands; `bascule COMMAND --help` says the same. Output goes to standard output; faults, notes and log
lines go to standard error.

| exit code | meaning |
|---|---|
| 0 | fine |
| 1 | the contract has faults, documents differ, a source does not answer, or an address cannot be listened at |
| 2 | the command line or a `BASCULE_…` setting was not understood |
"""


def render() -> str:
    """The page."""
    context = click.Context(main, info_name="bascule")
    sections = [_HEAD]
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        sections += _sections(command, click.Context(command, context, name), "##")
    return "\n".join(sections)


def _sections(command: click.Command, context: click.Context, level: str) -> Iterator[str]:
    """The command's section, then those of its own commands, a level below."""
    yield "\n".join(_section(command, context, level))
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _sections(each, click.Context(each, context, name), f"{level}#")


def _section(command: click.Command, context: click.Context, level: str) -> Iterator[str]:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    title = context.command_path.removeprefix("bascule ")
    yield f"{level} {title}\n\n    {usage}\n"
    for paragraph in (command.help or "").split("\n\n"):
        yield f"{' '.join(paragraph.split())}\n"
    options = [
        each for each in command.get_params(context) if isinstance(each, click.Option) and "--help" not in each.opts
    ]
    if options:
        yield "| option | meaning | default |"
        yield "|---|---|---|"
        yield from (_row(option, context) for option in options)
        yield ""


def _row(option: click.Option, context: click.Context) -> str:
    name = option.opts[0] if option.is_flag else f"{option.opts[0]} {option.make_metavar(context)}"
    default = f"`{option.default}`" if option.show_default else ""
    return f"| `{name.replace('|', chr(92) + '|')}` | {option.help or ''} | {default} |"
