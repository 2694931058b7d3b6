"""A kind's own words in gateway.yaml: what a source of the kind is opened with.

In charge of their shape (text, one of some words, a list) and of the text that the kind is given: references resolved, paths
absolute, the words of a list joined by commas. It must not know any kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.port import Option
from app.contract.secrets import Vault, refuse_clear
from app.contract.words import LINE
from app.shapes import Fault, Listing, Node, Report, Shape, Text, Word, nearest

SEPARATOR: Final = ","  # between the words of a list, as a kind is given them
_ITEM: Final = Text("text without a comma", r"[^,]*[^,\s][^,]*")
_REFERENCE: Final = "${"


@dataclass(frozen=True)
class Referring(Shape):
    """What `inner` takes, or text with a reference, of which nothing is known before it is resolved."""

    inner: Shape

    @property
    def expected(self) -> str:
        """What `inner` takes."""
        return self.inner.expected

    def check(self, node: Node, report: Report) -> Any:
        """The value, or the text with its reference."""
        return node.value if _refers(node) else self.inner.check(node, report)

    def json_schema(self) -> dict[str, Any]:
        """Either of them."""
        return {"anyOf": [self.inner.json_schema(), {"type": "string", "pattern": r"\$\{"}]}


def shape(option: Option) -> Shape:
    """What the contract may say of an option."""
    one: Shape = _ITEM if option.many else LINE
    if option.choices:
        one = Referring(Word(dict.fromkeys(option.choices, "")))
    return Listing(one, minimum=1, single=True, unique=True) if option.many else one


def value(option: Option, node: Node, vault: Vault, report: Report) -> str | None:
    """The text that the kind is given; None after a reported fault."""
    words = node.value if option.many and isinstance(node.value, list) else [node]
    found = [_one(option, word, vault, report) for word in words]
    return None if None in found else SEPARATOR.join(word for word in found if word is not None)


def _one(option: Option, node: Node, vault: Vault, report: Report) -> str | None:
    if isinstance(node.value, dict | list) or node.value is None:
        return None  # the shape reported it
    refuse_clear(option.name, node, report, secret=option.secret)
    text = vault.resolve(node, report)
    if text == "" and (option.required or option.secret):
        report(Fault("unset-variable", node.place, f"{option.name!r} resolves to nothing"))
    if text and option.choices and _refers(node):
        _check_choice(option, text, node, report)
    return str(vault.folder.absolute() / text) if text and option.path else text


def _check_choice(option: Option, text: str, node: Node, report: Report) -> None:
    """Report a reference that resolves to none of the choices, without repeating what it holds."""
    for word in _words(option, text):
        if word not in option.choices:
            expected = Word(dict.fromkeys(option.choices, "")).expected
            hint = nearest(word, option.choices)
            message = f"{option.name!r} resolves to something else"
            report(Fault("wrong-value", node.place, message, expected, hint if hint.startswith("did") else ""))


def _words(option: Option, text: str) -> Sequence[str]:
    """The words of a resolved reference: a variable may hold a whole list, written as the kind is given it."""
    return text.split(SEPARATOR) if option.many else [text]


def _refers(node: Node) -> bool:
    return isinstance(node.value, str) and _REFERENCE in node.value
