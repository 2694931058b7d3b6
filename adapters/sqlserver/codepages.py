"""The code pages of SQL Server's collations, by Python's names for them.

In charge of this table. It must not know columns or statements.
"""

from __future__ import annotations

from typing import Final

UTF_16: Final = 1200  # of nchar, nvarchar and ntext
UTF_8: Final = 65001  # of collations that end in _UTF8, since SQL Server 2019

# COLLATIONPROPERTY(name, 'CodePage') of every collation of sys.fn_helpcollations(); 0 is that of collations for Unicode
# only, whose char and varchar columns do not exist.
_CODECS: Final = {
    page: f"cp{page}"
    for page in (437, 850, 874, 932, 936, 949, 950, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258)
} | {UTF_8: "utf-8", UTF_16: "utf-16-le"}


def codec(page: int | None) -> str | None:
    """Python's name of a code page; that of UTF-16 for None, as text is bound that has no page; None if it is unknown."""
    return _CODECS.get(UTF_16 if page is None else page)
