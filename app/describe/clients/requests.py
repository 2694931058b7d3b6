"""What collections of requests have in common, whichever program opens them: addresses, values, words about a request.

In charge of turning an operation into what a person fills in: the key is one part of the path, percent-encoded. It must not know
the format of any program.
"""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from app.describe.clients.api import Operation, Parameter

BASE: Final = "baseUrl"
CREDENTIAL: Final = "apiKey"
KEY: Final = "key"

_JSON: Final = json.JSONEncoder(ensure_ascii=False)


def text_of(value: Any) -> str:
    """A value as a query has it."""
    return value if isinstance(value, str) else _JSON.encode(value)


def segments(operation: Operation) -> list[str]:
    """The parts of the path. A key of several parts is one variable: programs know no two of them in one part of a path."""
    *before, last = operation.path.strip("/").split("/")
    return [*before, f":{variable(operation)}" if operation.key else last]


def variable(operation: Operation) -> str:
    """What the variable of an item's path is called: as the key's only part, or `key`."""
    return operation.key[0].name if len(operation.key) == 1 else KEY


def example_key(operation: Operation) -> str:
    """The example's key as it stands in a path."""
    return ",".join(quote(text_of(part.example), safe="") for part in operation.key)


def about_key(operation: Operation) -> str:
    """What the key is made of."""
    if len(operation.key) == 1:
        return operation.key[0].description
    parts = "; ".join(f"`{part.name}`: {part.description}" for part in operation.key)
    return f"The parts of the key, with commas between them. {parts}"


def about(operation: Operation) -> str:
    """What an operation does, what it takes, and what may be asked, in Markdown."""
    scopes = f"Takes the scope {', '.join(f'`{scope}`' for scope in operation.scopes)}." if operation.scopes else ""
    old = "**Deprecated.**" if operation.deprecated else ""
    return "\n\n".join(part for part in (old, operation.description, scopes) if part)


def table(parameters: tuple[Parameter, ...]) -> str:
    """Parameters as a Markdown list."""
    return "\n".join(f"- `{each.name}`: {' '.join(each.description.split())}" for each in parameters)
