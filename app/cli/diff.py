"""`bascule diff`: what a changed contract means for those who hold the published documents."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import click

from app.assembly import Compiled, compile_folder
from app.changes import GRADES, Comparison, Difference, Grade, culprits, weigh
from app.changes.published import NoSuch, Unreadable, read
from app.cli.openapi import TO, bases, parsed, refusal, rendered, today
from app.cli.terminal import FOLDER, counted, notes
from app.shapes import nearest


@click.command("diff", short_help="Say what a changed contract breaks for clients.")
@FOLDER
@TO
@click.option(
    "--against",
    metavar="WHAT",
    help="What was published, if it is not what DIR has: a git revision of DIR, another folder, or one document.",
)
@click.option(
    "--level",
    type=click.Choice(tuple(reversed(get_args(Grade)))),
    default="breaking",
    show_default=True,
    help="The mildest change that is listed, and that ends with 1.",
)
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON, whatever its grade.")
def command(folder: Path, *, target: Path | None, against: str | None, level: Grade, as_json: bool) -> None:
    """Compare the contract with the OpenAPI documents that were published, and grade each change: breaking, risky, safe.

    Exit code 1 if a published version has a change of the level or worse, 2 if what is named to compare with is not there,
    else 0. What a new version changes in the one that it extends is told and is nobody's loss; nor is a change of a draft. In
    continuous integration, where the documents are committed together with the contract, compare with the branch that the
    change goes to: --against origin/main.
    """
    compiled = compile_folder(folder, os.environ)
    notes(compiled.notes)
    try:
        published = _published(folder, target, against)
    except Unreadable as fault:
        raise refusal(fault) from None
    comparisons = weigh(published, parsed(rendered(compiled.plan)), bases(compiled), today())
    if against is not None and Path(against).is_file():
        comparisons = tuple(each for each in comparisons if each.version in published)
    refused = sum(len(each.at(level)) for each in comparisons if each.binding)
    if as_json:
        click.echo(json.dumps(_document(compiled, comparisons, level, refused), indent=2, ensure_ascii=False))
    else:
        _print(compiled, comparisons, level)
    if refused:
        raise click.ClickException(_refusal(refused, level))


def _published(folder: Path, target: Path | None, against: str | None) -> Mapping[str, Mapping[str, Any]]:
    """The documents to compare with; none for a contract that is new, which is said. Raises Unreadable."""
    kept = target or folder / "openapi"
    published = read(kept, against).documents
    if published:
        return published
    if target is not None and not target.is_dir():
        folders = [str(each) for each in target.parent.iterdir() if each.is_dir()] if target.parent.is_dir() else []
        raise NoSuch("unknown-folder", f"{target}: there is no such folder", nearest(str(target), folders))
    notes([f"nothing was published in {kept}{f' at {against}' if against else ''} yet; `bascule openapi` does"])
    return {}


def _refusal(refused: int, level: Grade) -> str:
    what = "breaking" if level == "breaking" else f"{level} or worse" if level == "risky" else "of any grade"
    return f"{counted(refused, 'change')} {what}; leave the published version as it is, and change it in a new one"


def _print(compiled: Compiled, comparisons: Sequence[Comparison], level: Grade) -> None:
    for number, comparison in enumerate(comparisons):
        click.echo("\n" * bool(number) + _headline(comparison))
        for reason in _reasons(compiled, comparison):
            click.echo(f"  {reason}")
        for each in comparison.at(level):
            click.echo("\n".join(_lines(compiled, each)))


def _headline(comparison: Comparison) -> str:
    """`v1, published: 2 breaking, 1 safe`."""
    standing = {
        "published": "published",
        "draft": "published as a draft, which promises nothing",
        "new": f"new, beside {comparison.base}, which it extends" if comparison.base else "new",
        "gone": "published, and gone",
    }[comparison.standing]
    counts = Counter(each.grade for each in comparison.differences)
    told = ", ".join(f"{counts[grade]} {grade}" for grade in reversed(GRADES) if counts[grade])
    return f"{comparison.version}, {standing}: {told or 'no change'}"


def _reasons(compiled: Compiled, comparison: Comparison) -> Iterator[str]:
    """What a new version's own lenses say that they change, and why."""
    if comparison.standing == "new":
        for change in compiled.plan.versions[comparison.version].changes:
            about = f"{change.resource}: " if change.resource else ""
            yield f"{about}{change.what}. {change.because.strip()}"


def _lines(compiled: Compiled, each: Difference) -> Iterator[str]:
    about = f"{each.resource}: " if each.resource else ""
    yield f"  {each.grade:<9} {about}{each.sentence} [{each.kind.code}]"
    yield f"            {', '.join((each.place, *culprits(compiled.contract, each)))}"
    if each.grade != "safe":
        yield f"            {each.kind.why} {each.kind.instead}"


def _document(compiled: Compiled, comparisons: Sequence[Comparison], level: Grade, refused: int) -> dict[str, Any]:
    return {
        "level": level,
        "refused": refused,
        "versions": [
            {
                "version": comparison.version,
                "base": comparison.base,
                "standing": comparison.standing,
                "binding": comparison.binding,
                "changes": [_change(compiled, each) for each in comparison.differences],
            }
            for comparison in comparisons
        ],
    }


def _change(compiled: Compiled, each: Difference) -> dict[str, Any]:
    return {
        "code": each.kind.code,
        "grade": each.grade,
        "resource": each.resource,
        "subject": each.subject,
        "operators": each.operators,
        "was": each.was,
        "now": each.now,
        "what": each.sentence,
        "why": each.kind.why,
        "instead": each.kind.instead,
        "places": each.places,
        "files": culprits(compiled.contract, each),
    }
