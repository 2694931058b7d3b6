"""`${VAR}` and `${file:/run/secrets/x}`: values that the contract names and does not hold.

In charge of resolving them, and of refusing a secret that is written in clear. No message of this module repeats what a
variable, a file, or a secret word holds. It must not know which words are secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from app.shapes import Fault, Node, Report, nearest

MOST_BYTES: Final = 64 * 1024

_REFERENCE: Final = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_URL_PASSWORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:(?P<password>[^\s]+)@")
_NAMED_PASSWORD: Final = re.compile(
    r"(?i)(?<!\w)(?:password|passwd|pwd|sslpassword)\s*=\s*(?P<password>\{(?:[^}]|\}\})*\}?|'[^']*'?|[^\s;&]+)"
)
PASSWORDS: Final = (_URL_PASSWORD, _NAMED_PASSWORD)
"""Where passwords stand in URLs and in connection strings; an ODBC driver's braces, and libpq's quotes, may hold blanks."""

_HOW: Final = "${VARIABLE} or ${file:/run/secrets/name}"


@dataclass(frozen=True, slots=True)
class Vault:
    """Where secrets come from: files relative to `folder`, and the variables of `environ`.

    Where they are not `needed`, what is not there is no fault, and the word that names it as good as left out.
    """

    folder: Path
    environ: Mapping[str, str]
    needed: bool = True

    def resolve(self, node: Node, report: Report) -> str | None:
        """The text of a scalar, every reference replaced; None after a reported fault."""
        text = node.source or str(node.value)
        if "${" in _REFERENCE.sub("", text):
            report(Fault("wrong-reference", node.place, "a '${' is never closed", _HOW))
            return None
        found = [self._value(reference[1], node, report) for reference in _REFERENCE.finditer(text)]
        if None in found:
            return None
        values = iter(found)
        return _REFERENCE.sub(lambda _: next(values) or "", text)

    def _value(self, reference: str, node: Node, report: Report) -> str | None:
        if reference.startswith("file:"):
            return self._file(reference.removeprefix("file:"), node, report)
        if not _VARIABLE.fullmatch(reference):
            report(Fault("wrong-reference", node.place, f"'${{{reference}}}' names no variable and no file", _HOW))
            return None
        if reference not in self.environ and self.needed:
            hint = nearest(reference, self.environ)
            message = f"the environment variable {reference} is not set"
            report(Fault("unset-variable", node.place, message, hint=hint if hint.startswith("did") else ""))
        return self.environ.get(reference)

    def _file(self, name: str, node: Node, report: Report) -> str | None:
        why = f"it is larger than {MOST_BYTES // 1024} KB"
        try:
            with (self.folder / name).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
            if len(content) <= MOST_BYTES:
                return content.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            why = "it is not UTF-8 text"
        except OSError as error:
            why = str(error.strerror)
        except ValueError:
            why = "its name is not a file's"
        if self.needed:
            report(Fault("unreadable-secret", node.place, f"the secret file {name!r} cannot be read: {why}"))
        return None


def refuse_clear(name: str, node: Node, report: Report, *, secret: bool) -> None:
    """Report a word that holds a password in clear: a secret without a reference, or a URL with a password in it."""
    text = node.source or str(node.value)
    if secret and "${" not in text:
        report(Fault("secret-in-clear", node.place, f"the secret {name!r} is written in clear", _HOW))
        return
    for pattern in PASSWORDS:
        found = pattern.search(text)
        if found and not _REFERENCE.search(unquote(found["password"])):
            report(Fault("secret-in-clear", node.place, f"{name!r} holds a password in clear", _HOW))
            return
