"""T-SQL as SQLAlchemy's dialect writes it, with the few words that this gateway wants otherwise.

In charge of the dialect alone: it compiles, and never connects. It must not know the port.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.dialects.mssql.base import MSDialect, MSSQLCompiler
from sqlalchemy.sql.compiler import SQLCompiler


class Compiler(MSSQLCompiler):
    """`SELECT TOP (?) …`, which every SQL Server since 2005 takes as a value, where SQLAlchemy writes a number.

    Pages are keyset pages, so that no statement skips rows: OFFSET, which SQL Server 2008 R2 lacks, is never written.
    """

    def get_select_precolumns(self, select: Any, **keywords: Any) -> str:
        """What stands between SELECT and its columns."""
        before = SQLCompiler.get_select_precolumns(self, select, **keywords)
        limit = select._limit_clause  # noqa: SLF001  # as SQLAlchemy's own dialects do
        return before if limit is None else f"{before}TOP ({self.process(limit, **keywords)}) "

    def _use_top(self, select: Any) -> bool:
        """SQLAlchemy asks where it would else write OFFSET, or count rows in a subquery."""
        del select
        return True

    def visit_count_func(self, function: Any, **keywords: Any) -> str:
        """COUNT gives an `int`, and fails beyond 2,147,483,647 rows."""
        return f"COUNT_BIG{self.function_argspec(function, **keywords)}"


class Dialect(MSDialect):
    """The dialect of this kind's statements."""

    statement_compiler = Compiler
    supports_statement_cache = False  # what is compiled is kept by the source


DIALECT: Final = Dialect(paramstyle="qmark")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
