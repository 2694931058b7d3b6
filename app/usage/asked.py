"""Asked: under whose name a caller's reads are counted.

It must not know what was read, nor when it is counted.
"""

from __future__ import annotations

from typing import Final

from app.exchange import Caller

LINKS: Final = "links"  # the caller that all holders of links are: a link lives for days, and there are many
_LINK: Final = "link:"


def who(caller: Caller) -> str:
    """The name under which a caller's reads are counted: that of the credential, which stays the same as long as it does."""
    return LINKS if caller.identity.startswith(_LINK) else caller.identity
