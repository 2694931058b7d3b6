"""Parts of a document that are as they will stand.

In charge of sparing them the copies that apispec and flask-smorest make of whatever they are given, one at each of four steps. It
must not know what a part says.
"""

from __future__ import annotations

from typing import Any, Self


class Settled(dict[str, Any]):
    """An object without a schema class or a name of a component in it: there is nothing left to put in its place."""

    def __deepcopy__(self, memo: object) -> Self:
        """Itself."""
        del memo
        return self
