"""Heads: the bytes of a plain read, and what gunicorn would make of them.

In charge of two questions about bytes that came in: are they exactly one whole request that can only be read in one way, and if
they are the beginning of one, would gunicorn go on reading. It must not know what is asked, nor what a connection is.

The grammar is narrower than HTTP's on purpose. Whatever is rare, ambiguous or about framing is not this module's to decide: it
goes to gunicorn's parser, byte for byte. `tests/lane` holds the two to the same WSGI environment.

    read     GET or HEAD, a path from the root, HTTP/1.1, no body
    fields   names of letters, digits and token characters without `_`, values of visible ASCII, none of them twice
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader
from gunicorn.util import unquote_to_wsgi_str

END: Final = b"\r\n\r\n"

Environ = dict[str, Any]
Address = tuple[Any, ...]

# A target with `//` first or with a fragment is read in more than one way; so is a name with `_`, in an environment.
_READ: Final = re.compile(
    rb"(GET|HEAD) (/(?:[!\"$-.0-~][!\"$-~]*)?) HTTP/1\.1\r\n((?:[!#$%&'*+.^`|~0-9A-Za-z-]+:[\t -~]*\r\n)+)\r\n"
)
# Fields that frame a message, change its protocol, or ask for another kind of answer.
_OTHERS: Final = frozenset(
    {
        "HTTP_CONTENT_LENGTH",
        "HTTP_EXPECT",
        "HTTP_HTTP2_SETTINGS",
        "HTTP_IF_RANGE",
        "HTTP_PROXY_CONNECTION",
        "HTTP_RANGE",
        "HTTP_TE",
        "HTTP_TRAILER",
        "HTTP_TRANSFER_ENCODING",
        "HTTP_UPGRADE",
    }
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a head may have: bytes of its request line, fields, bytes of one field with its line end."""

    line: int
    fields: int
    field_bytes: int

    @property
    def whole(self) -> int:
        """The most bytes of a whole head."""
        return self.line + self.fields * (self.field_bytes + 2) + 2 * len(END)


def environ(data: bytes, bounds: Bounds, client: Address, server: Address) -> Environ | None:
    """The WSGI environment that gunicorn would make of a plain read, but for its own keys; None for any other bytes.

    `client` and `server` are the two ends of the connection, as sockets name them: host, port.
    """
    found = _READ.fullmatch(data)
    if found is None or found.start(3) - 2 > bounds.line:
        return None
    path, _, query = found[2].decode("ascii").partition("?")
    mount = os.environ.get("SCRIPT_NAME", "")
    fields = _fields(found[3].decode("ascii").split("\r\n")[:-1], bounds)
    if fields is None or not path.startswith(mount):
        return None
    return {
        "REQUEST_METHOD": found[1].decode("ascii"),
        "RAW_URI": found[2].decode("ascii"),
        "PATH_INFO": unquote_to_wsgi_str(path.removeprefix(mount)),
        "QUERY_STRING": query,
        "SCRIPT_NAME": mount,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.url_scheme": "http",
        **fields,
    }


def unfinished(data: bytes, config: Config, client: Address) -> bool:
    """Whether gunicorn's parser, given these bytes, would wait for more of the head; else it has something to say of them."""
    try:
        Request(config, _Beginning(data), client)
    except _EndsHere:
        return True
    except Exception:  # noqa: BLE001  # whatever is wrong with them, the ordinary way finds it anew, and answers it
        return False
    return False


def _fields(lines: list[str], bounds: Bounds) -> Mapping[str, str] | None:
    """The fields by the names of their variables; None where gunicorn should look at them."""
    found: dict[str, str] = {}
    if len(lines) > bounds.fields:
        return None
    for line in lines:
        name, _, value = line.partition(":")
        variable = _variable(name)
        if not variable or variable in found or len(line) + 2 > bounds.field_bytes:
            return None
        found[variable] = value.strip(" \t")
    if found.get("HTTP_CONNECTION", "keep-alive").lower() != "keep-alive":
        return None
    return found


@lru_cache(maxsize=512)
def _variable(name: str) -> str:
    """The variable that a field stands in; none for a field that is not for this module."""
    found = "HTTP_" + name.upper().replace("-", "_")
    if found == "HTTP_CONTENT_TYPE":
        return "CONTENT_TYPE"
    return "" if found in _OTHERS else found


class _EndsHere(Exception):
    """More was asked for than there is."""


class _Beginning(Unreader):
    """What there is of a message, as gunicorn's parser reads it."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.unread(data)

    def chunk(self, size_hint: int | None = None) -> bytes:
        """There is no more, however much is asked for. Raises _EndsHere."""
        del size_hint
        raise _EndsHere
