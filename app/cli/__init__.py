"""The command line, `bascule`: one table of commands, each a module of this package.

In charge of finding a command and of turning what goes wrong into lines and exit codes: 0 fine, 1 the contract has faults
or the answer is no, 2 the command was not understood. A user's mistake never shows a traceback. It must not know what a
command does; a command's module is imported when it is asked for, so that `check` does not load a web framework.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import click

from adapters.port import SourceError
from app.cli.terminal import counted
from app.settings import BadSetting
from app.shapes import Faults, nearest

COMMANDS: Final = (
    "demo",
    "mock",
    "init",
    "check",
    "plan",
    "catalog",
    "draft",
    "serve",
    "keys",
    "links",
    "cache",
    "diff",
    "openapi",
    "issues",
    "explain",
    "doctor",
    "audit",
    "usage",
    "impact",
    "map",
    "schema",
)  # in the order in which a newcomer meets them; each is the attribute `command` of the module of its name


class Commands(click.Group):
    """The commands of the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the table's order."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            ctx.fail(f"there is no command {cmd_name!r} — {nearest(cmd_name, COMMANDS)}")
        command: click.Command = import_module(f"app.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what may go wrong in any of them becomes lines and an exit code here."""
        try:
            return super().invoke(ctx)
        except Faults as found:
            for fault in found:
                click.echo(str(fault), err=True)
            raise click.ClickException(counted(len(found.faults), "fault")) from None
        except BadSetting as bad:
            raise click.UsageError(str(bad)) from None
        except SourceError as failure:
            raise click.ClickException(f"{_spoken(failure)}: {failure}") from None
        except BrokenPipeError:
            raise  # click ends quietly: whoever read the output has left
        except OSError as failure:
            raise click.ClickException(f"{failure.filename or 'file'}: {failure.strerror or failure}") from None


def _spoken(failure: SourceError) -> str:
    """The class of failure as its own documentation names it."""
    return (type(failure).__doc__ or "The source did not answer.").strip().splitlines()[0].rstrip(".")


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="bascule", prog_name="bascule")
def main() -> None:
    """A gateway that gives a legacy database a REST API, without migration."""
