"""The catalog: tables, views and synonyms with their columns, keys, indexes and references, and what a named query returns.

In charge of the catalog views of SQL Server 2008 R2 and later, asked few times and for many objects at once. It must not
know shapes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.over_odbc import Connection
from adapters.port import Column, ForeignKey, Index, Listed, Missing, SourceError, Table, TableKind
from adapters.sql import fetch
from adapters.sql.query_text import lead
from adapters.sqlserver.faults import FAULTS
from adapters.sqlserver.session import patience
from adapters.sqlserver.types import declared_type

_SECONDS: Final = 60.0  # for each of these statements: large catalogs take their time
_AT_ONCE: Final = 1000  # objects in one statement

_DESCRIPTION: Final = (
    "LEFT JOIN sys.extended_properties AS p ON p.class = 1 AND p.name = N'MS_Description' AND p.major_id ="
)

# A synonym stands for the object that it leads to. Where that is in another database, OBJECT_ID gives the number of
# another database's object: such a synonym is described as a query is. Rows are counted in a table's heap or clustered index.
_TABLES: Final = f"""
SELECT COALESCE(y.target, o.object_id), s.name, o.name,
       CASE WHEN s.name = COALESCE(SCHEMA_NAME(), N'dbo') THEN 1 ELSE 0 END,
       CASE WHEN o.type = 'SN' AND y.target IS NULL THEN 1 ELSE 0 END,
       CASE o.type WHEN 'V' THEN 'view' WHEN 'SN' THEN 'alias' ELSE 'table' END,
       n.counted, CAST(p.value AS nvarchar(4000))
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN (
    SELECT object_id, OBJECT_ID(base_object_name) AS target FROM sys.synonyms
    WHERE PARSENAME(base_object_name, 4) IS NULL
      AND COALESCE(PARSENAME(base_object_name, 3), DB_NAME()) = DB_NAME()
) AS y ON y.object_id = o.object_id
LEFT JOIN (
    SELECT object_id, SUM(rows) AS counted FROM sys.partitions WHERE index_id IN (0, 1) GROUP BY object_id
) AS n ON n.object_id = COALESCE(y.target, o.object_id)
{_DESCRIPTION} o.object_id AND p.minor_id = 0
WHERE o.type IN ('U', 'V', 'SN') AND o.is_ms_shipped = 0
ORDER BY s.name, o.name
"""  # noqa: S608  # its parts are constants of this module

# The code page of a column, where it is the database's, whose code page every cast to varchar has; else NULL.
_PAGE: Final = """
CASE WHEN COLLATIONPROPERTY(c.collation_name, 'CodePage')
        = COLLATIONPROPERTY(CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128)), 'CodePage')
     THEN CAST(COLLATIONPROPERTY(c.collation_name, 'CodePage') AS int) END"""

_TYPE: Final = f"c.name, TYPE_NAME(c.system_type_id), c.max_length, c.precision, c.scale, {_PAGE}"

_COLUMNS: Final = f"""
SELECT c.object_id, c.column_id, c.is_nullable, CAST(p.value AS nvarchar(4000)), {_TYPE}
FROM sys.columns AS c
{_DESCRIPTION} c.object_id AND p.minor_id = c.column_id
WHERE c.object_id IN ({{objects}})
ORDER BY c.object_id, c.column_id
"""  # noqa: S608  # constants, and numbers of the server's own

# Clustered and nonclustered ones that serve every read: filtered, disabled and hypothetical ones do not.
_INDEXES: Final = """
SELECT i.object_id, i.name, i.is_primary_key, i.is_unique, k.column_id
FROM sys.indexes AS i
JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.key_ordinal > 0
WHERE i.object_id IN ({objects}) AND i.type IN (1, 2)
  AND i.is_disabled = 0 AND i.is_hypothetical = 0 AND i.has_filter = 0 AND k.is_included_column = 0
ORDER BY i.object_id, i.index_id, k.key_ordinal
"""

# To tables whose columns this login may see.
_FOREIGN: Final = """
SELECT f.parent_object_id, f.name, k.parent_column_id, f.referenced_object_id, c.name
FROM sys.foreign_keys AS f
JOIN sys.foreign_key_columns AS k ON k.constraint_object_id = f.object_id
JOIN sys.columns AS c ON c.object_id = k.referenced_object_id AND c.column_id = k.referenced_column_id
WHERE f.parent_object_id IN ({objects})
ORDER BY f.parent_object_id, f.name, k.constraint_column_id
"""

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Object:
    """A row of sys.objects. `number` is that of what a synonym leads to; `own`: in the login's own schema; `remote`: elsewhere."""

    number: int
    schema: str
    name: str
    own: bool
    remote: bool
    kind: TableKind
    rows: int | None
    text: str

    @property
    def spellings(self) -> Sequence[str]:
        """The names that mean it, the shortest first."""
        qualified = f"{self.schema}.{self.name}"
        return (self.name, qualified) if self.own else (qualified,)

    def wanted(self, asked: set[str] | None) -> Sequence[str]:
        """The names under which it was asked for; its shortest one if all were."""
        return self.spellings[:1] if asked is None else [name for name in self.spellings if name in asked]


def listing(connection: Connection) -> Sequence[Listed]:
    """Tables, views and synonyms by the shortest name that the session understands.

    What is in another database is left out: it may not be there any more, and has to be asked for by name.
    """
    with patience(connection, _SECONDS):
        objects = _objects(connection)
    return [Listed(each.spellings[0], each.kind, each.text, each.schema) for each in objects if not each.remote]


def inspect(connection: Connection, tables: Sequence[str] | None) -> Mapping[str, Table]:
    """Tables, views and synonyms by the name that was asked for, else by the shortest that the session understands.

    A name that leads to no columns is left out: a synonym may stand for a procedure, or for what is no longer there.
    """
    asked = None if tables is None else set(tables)
    with patience(connection, _SECONDS):
        objects = _objects(connection)
        wanted = {name: each for each in objects for name in each.wanted(asked)}
        parts = _parts(connection, {each.number for each in wanted.values() if not each.remote}, _named(objects, asked))
    here = {name: each for name, each in wanted.items() if not each.remote and parts.columns[each.number]}
    found = {name: _table(name, each, parts) for name, each in here.items()}
    if asked is None:  # another database is left alone, as in `listing`
        return found
    remote = {name: (each, _remote(connection, each)) for name, each in wanted.items() if each.remote}
    described = {
        name: Table(name, tuple(known), text=each.text, kind="alias") for name, (each, known) in remote.items() if known
    }
    return found | described


def _objects(connection: Connection) -> Sequence[_Object]:
    return [
        _Object(number, schema, name, bool(own), bool(remote), kind, rows, text or "")
        for number, schema, name, own, remote, kind, rows, text in _rows(connection, _TABLES)
    ]


def _named(objects: Sequence[_Object], asked: set[str] | None) -> Mapping[int, str]:
    """The name of each table by its number: as it was asked for, else the shortest."""
    tables = (each for each in objects if each.kind == "table")
    return {each.number: (*each.wanted(asked), *each.spellings)[0] for each in tables}


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the catalog views say of some objects, by their numbers; and the name of every table."""

    columns: Mapping[int, Rows]
    indexes: Mapping[int, Rows]
    foreign: Mapping[int, Rows]
    named: Mapping[int, str]


def _parts(connection: Connection, numbers: set[int], named: Mapping[int, str]) -> _Parts:
    objects = sorted(numbers)
    columns, indexes, foreign = (
        _grouped(_about(connection, statement, objects)) for statement in (_COLUMNS, _INDEXES, _FOREIGN)
    )
    return _Parts(columns, indexes, foreign, named)


def _about(connection: Connection, statement: str, objects: Sequence[int]) -> Rows:
    """The rows of a statement about these objects."""
    return [
        row
        for start in range(0, len(objects), _AT_ONCE)
        for row in _rows(connection, statement.format(objects=", ".join(map(str, objects[start : start + _AT_ONCE]))))
    ]


def _rows(connection: Connection, statement: str, *parameters: Any) -> Rows:
    return [tuple(row) for row in fetch(connection, statement, parameters)]


def _grouped(rows: Rows) -> Mapping[int, Rows]:
    groups: dict[int, Rows] = defaultdict(list)
    for number, *rest in rows:
        groups[number].append(tuple(rest))
    return groups


def _table(name: str, known: _Object, parts: _Parts) -> Table:
    columns = parts.columns[known.number]
    names = {number: column for number, _, _, column, *_ in columns}
    keyed: dict[tuple[str, bool, bool], list[str]] = defaultdict(list)
    for index, primary, unique, number in parts.indexes[known.number]:
        keyed[index, bool(primary), bool(unique)].append(names[number])
    return Table(
        name,
        tuple(
            Column(column, declared_type(*declared), bool(nullable), note or "")
            for _, nullable, note, column, *declared in columns
        ),
        next((tuple(each) for (_, primary, _), each in keyed.items() if primary), ()),
        tuple(Index(index, tuple(each), unique) for (index, _, unique), each in keyed.items()),
        known.text,
        known.kind,
        known.rows,
        _foreign(parts.foreign[known.number], names, parts.named),
    )


def _foreign(rows: Rows, names: Mapping[int, str], named: Mapping[int, str]) -> tuple[ForeignKey, ...]:
    """References, from a row for each of their columns."""
    keys: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    for name, number, other, referenced in rows:
        if other in named:
            keys[name, other].append((names[number], referenced))
    return tuple(
        ForeignKey(name, tuple(own for own, _ in columns), named[other], tuple(referenced for _, referenced in columns))
        for (name, other), columns in keys.items()
    )


def _quoted(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"


# What a query returns.

_ANALYSED: Final = f"""
SELECT {_TYPE}, c.error_number
FROM sys.dm_exec_describe_first_result_set(?, NULL, 0) AS c
WHERE COALESCE(c.is_hidden, 0) = 0
ORDER BY c.column_ordinal
"""  # noqa: S608  # its parts are constants of this module

_COPY: Final = "#bascule_described"
_COPIED: Final = f"""
SELECT {_TYPE} FROM tempdb.sys.columns AS c WHERE c.object_id = OBJECT_ID(N'tempdb..{_COPY}') ORDER BY c.column_id
"""  # noqa: S608  # its parts are constants of this module


def describe(connection: Connection, query: str) -> Sequence[Column]:
    """A query's columns as the server types them; whether one can be NULL is not always known, so it can.

    SQL Server 2012 analyses the query. An older one, and one that cannot analyse it, makes an empty copy of its answer in
    tempdb, which every login may, and tells of that; if the query is wrong, this is also where it says what is.
    """
    before, rest = lead(query, brackets=True)
    with patience(connection, _SECONDS):
        rows = _analysed(connection, f"{before}SELECT * FROM (\n{rest}\n) AS q")  # noqa: S608  # the contract's own text
        if rows is None:
            rows = _copied(connection, f"{before}SELECT TOP (0) * INTO {_COPY} FROM (\n{rest}\n) AS q")  # noqa: S608  # as above
    return [Column(name, declared_type(*declared)) for name, *declared in rows]


def _remote(connection: Connection, synonym: _Object) -> Sequence[Column]:
    """The columns of what a synonym stands for in another database; none if it is not there."""
    try:
        return describe(connection, f"SELECT * FROM {_quoted(synonym.schema)}.{_quoted(synonym.name)}")  # noqa: S608  # the catalog's own names
    except Exception as error:
        if isinstance(FAULTS.translate(error), Missing):
            return ()
        raise


def _analysed(connection: Connection, statement: str) -> Rows | None:
    """The server's analysis, or None if it has none."""
    try:
        rows = _rows(connection, _ANALYSED, statement)
    except Exception as error:
        failure: SourceError = FAULTS.translate(error)
        if isinstance(failure, Missing):  # before SQL Server 2012
            return None
        raise
    failed = not rows or any(row[-1] is not None for row in rows)
    return None if failed else [row[:-1] for row in rows]


def _copied(connection: Connection, statement: str) -> Rows:
    """The columns of an empty copy. The statement has no parameters, so that the copy outlives it in its session."""
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
    finally:
        cursor.close()
    try:
        return _rows(connection, _COPIED)
    finally:
        connection.raw.execute(f"DROP TABLE {_COPY}").close()
