"""`bascule schema`: print the JSON Schema of contract files."""

from __future__ import annotations

import json

import click

from app.assembly import kinds
from app.contract.schema import document


@click.command("schema", short_help="Print the JSON Schema of contract files.")
def command() -> None:
    """Print the JSON Schema of a contract's files, for editors that complete and explain words."""
    click.echo(json.dumps(document(kinds()), indent=2, ensure_ascii=False))
