"""The desk: everything that gives out credentials and takes them back, in one value.

In charge of nothing but of holding it together, for the doors that lead to it: the token endpoint and the admin API.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.callers.key_manager import KeyManager
from app.callers.link_manager import LinkManager
from app.callers.own_tokens import OwnTokens
from app.contract.model import Contract


@dataclass(frozen=True, slots=True)
class Desk:
    """The keys and links of a gateway; `tokens` is None where it gives out none. `contract` is what they are given out for."""

    contract: Contract
    keys: KeyManager
    links: LinkManager
    tokens: OwnTokens | None = None
