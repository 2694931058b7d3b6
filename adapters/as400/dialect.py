"""The SQL of Db2 for i, as IBM's own SQLAlchemy dialect writes it.

In charge of the dialect alone: it compiles statements and never connects, so that what it would do to a connection (isolation,
a look into QSYS2.SYSTEXTSERVERS, keywords that are strings) does not happen. It must not know the port.
"""

from __future__ import annotations

from typing import Any

from adapters.port import Unavailable


def dialect() -> Any:
    """The dialect, of the package sqlalchemy-ibmi. Raises Unavailable where it is not installed."""
    try:
        from sqlalchemy_ibmi.base import DB2TypeCompiler, IBMiDb2Dialect  # noqa: PLC0415  # an extra: only for this kind
    except ImportError as error:
        raise Unavailable(
            f"an AS/400 source needs sqlalchemy-ibmi, which cannot be imported ({error}); run: pip install 'bascule[as400]'"
        ) from error

    class Types(DB2TypeCompiler):  # type: ignore[misc]  # IBM's package has no types
        """A cast to text names the code page that it is told of, in `collation`, and no other: IBM's always says 1208."""

        def _extend(self, type_: Any, name: str, ccsid: Any = None, length: Any = None) -> str:
            del ccsid
            text: str = super()._extend(type_, name, None, length)
            return f"{text} CCSID {type_.collation}" if type_.collation else text

    class Gateway(IBMiDb2Dialect):  # type: ignore[misc]  # as above
        """IBM's dialect with these types."""

        supports_statement_cache = False
        type_compiler = type_compiler_cls = Types

    return Gateway()
