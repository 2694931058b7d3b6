"""SQL-92 as every ODBC driver should take it, for SQLAlchemy to print.

In charge of what differs from SQLAlchemy's own plain dialect: how names are quoted, and the few words that some sources refuse.
It must not know a driver, and never connects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import IdentifierPreparer, SQLCompiler

from adapters.port import Missing

_REGULAR: Final = re.compile(r"[^\W\d]\w*")

QUOTES: Final[Mapping[str, str]] = {"double": '"', "backtick": "`", "none": ""}
"""The sign of each word that the option `quotes` takes."""


class _Compiler(SQLCompiler):
    """A table's alias without AS, which is optional in SQL-92 and an error in Oracle."""

    def get_render_as_alias_suffix(self, alias_name_text: str) -> str:
        return f" {alias_name_text}"


class _Bare(IdentifierPreparer):
    """Names of a source that cannot quote them: only those that need no quotes can be written."""

    def quote_identifier(self, value: str) -> str:
        if not _REGULAR.fullmatch(value):
            raise Missing(f"this source quotes no names, and {value!r} cannot be written without quotes")
        return value


class Dialect(DefaultDialect):
    """The dialect of a source that quotes names with `quotes`, one of the words of `QUOTES`."""

    name = "odbc"
    supports_statement_cache = True  # SQLAlchemy asks each dialect to say so; nothing here depends on a value
    statement_compiler = _Compiler

    def __init__(self, quotes: str = "double") -> None:
        super().__init__(paramstyle="qmark")
        sign = QUOTES[quotes]
        options: dict[str, Any] = {"initial_quote": sign} if sign else {}
        self.identifier_preparer = (IdentifierPreparer if sign else _Bare)(self, **options)
