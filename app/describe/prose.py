"""The sentences of the document: what the API is, what changed in a version, what a resource is, how old its data may be.

In charge of the Markdown that the docs page shows. It must not know parameters or responses.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.plan.model import Change, Plan, Resource, Version

CONVENTIONS = """\
## Conventions

- A list is `data` and `page`; one item is the bare object. `page.next` is the `cursor` of the next page.
- Filters are parameters: `field=value` (repeat it for "one of"), `field[gte]=value` and the like. An unknown parameter,
  operator or value is refused with 422 and the nearest valid name; nothing is ignored.
- `fields` narrows an answer, `expand` brings related items along. Without `fields` every field is there, `null` where
  there is no value.
- Decimals are text, so that no digit is lost. Dates are ISO 8601; times carry the offset of the place that they belong to.
- A stored value that cannot be read is `null`, and `_issues` says so.
- Errors are problem documents (RFC 9457). `code` is stable, `type` links to a page that explains it, and `retryable` says
  whether the same request may succeed later.
- A path that ends in a slash redirects (308) to the one without it.
- `ETag` with `If-None-Match` saves a transfer; `Data-As-Of` says how old the data is.
"""

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def about(plan: Plan, version: Version) -> str:
    """The description of a version, in Markdown."""
    parts = (plan.description.strip(), _standing(version), CONVENTIONS, _changelog(version))
    return "\n\n".join(part.strip() for part in parts if part)


def _standing(version: Version) -> str:
    """What the status means for a reader: nothing to say of a current version."""
    if version.status == "draft":
        return f"**{version.name} is a draft**: it may change without notice."
    if version.status not in {"deprecated", "retired"}:
        return ""
    since = f" since {version.deprecated_on}" if version.deprecated_on else ""
    until = f" It will be shut down on {version.sunset_on}." if version.sunset_on else ""
    successor = f" Move to {version.successor}." if version.successor else ""
    return f"**{version.name} is {version.status}**{since}.{until}{successor}"


def _changelog(version: Version) -> str:
    if not version.changes:
        return ""
    return "\n".join([f"## What changed in {version.name}", "", *_changes(version.changes)])


def _changes(changes: tuple[Change, ...]) -> Iterator[str]:
    for change in changes:
        about = f"**{change.resource}**: " if change.resource else ""
        yield f"- {about}{change.what}. _{change.because.strip().rstrip('.')}._"


def of_resource(resource: Resource) -> str:
    """What a resource is, who answers for it, and how old its data may be, in Markdown."""
    owner = f"Owner: {resource.owner}." if resource.owner else ""
    return "\n\n".join(
        part for part in (sentence(resource.summary), resource.description.strip(), owner, _age(resource)) if part
    )


def _age(resource: Resource) -> str:
    spec = resource.cache
    if spec is None:
        return "Read from its source with each request."
    longer = (
        (spec.stale_while_revalidate, "while a new one is read"),
        (spec.stale_if_error, "while its source does not answer"),
    )
    later = " and ".join(f"for {spelled(seconds)} {why}" for seconds, why in longer if seconds)
    stale = f" After that it may still be served {later}." if later else ""
    return f"An answer may be {spelled(spec.fresh)} old.{stale} `Data-As-Of` says when its data was read."


def spelled(seconds: float) -> str:
    """A time in the largest unit of which it is a whole number."""
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds % size == 0), ("second", 1))
    number = seconds / size
    return f"{number:g} {unit}{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """The text with a full stop, or nothing."""
    return f"{text.strip().rstrip('.')}." if text.strip() else ""
