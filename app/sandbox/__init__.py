"""The sandbox: invented data for a whole contract, made of its plan and its catalogs alone.

In charge of data that looks and behaves like a source's: every value decodes, keys are unique, whoever refers to somebody finds
them, in whatever source. It must not know a source, nor a real value: not even the contract's examples. Nothing is written
anywhere; a table's rows are made when somebody first asks for them, and are the same wherever and whenever that is.
"""

from __future__ import annotations

from app.sandbox.claims import StandingIn
from app.sandbox.recipe import Recipe
from app.sandbox.world import World

__all__ = ["Recipe", "StandingIn", "World"]
