"""`bascule explain`: print what a request sends to its sources, and how they run it."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.opened import opened
from app.cli.terminal import FOLDER, counted
from app.explain import Explained, explain


@click.command("explain", short_help="Print what a request sends to its sources.")
@FOLDER
@click.argument("url", metavar="'PATH?QUERY'")
def command(folder: Path, url: str) -> None:
    """Answer GET 'PATH?QUERY' and print the statements that were sent for it, each with its source's own plan.

    The values in them are written out for reading; the gateway itself binds them. Exit code 1 if the answer is a problem.
    """
    with opened(folder) as gateway:
        answer, sent = explain(gateway, url)
    for number, statement in enumerate(sent, 1):
        click.echo(_shown(number, statement))
    click.echo(f"{answer.status}, {counted(len(answer.body), 'byte')}, {counted(len(sent), 'statement')}")
    if answer.status >= 400:
        raise click.ClickException(answer.body.decode())


def _shown(number: int, statement: Explained) -> str:
    text = "\n".join(line.strip() for line in statement.statement.splitlines())
    steps = "".join(f"    {step}\n" for step in statement.steps)
    return f"{number}. {statement.source}, {counted(statement.rows, 'row')}\n\n{text}\n\n{steps}"
