"""The catalog: tables and views with their columns, keys, indexes and references, and what a named query returns.

In charge of reading PostgreSQL's system catalogs, each once for many tables. It must not know how values are bound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.port import Column, ForeignKey, Index, Listed, Table, TableKind
from adapters.postgresql.types import declared_type

Row = tuple[Any, ...]

# reltuples is what VACUUM and ANALYZE counted last: -1 is "never" since PostgreSQL 14, and 0 was before.
_RELATIONS: Final = """
SELECT c.oid, n.nspname, c.relname, n.nspname = current_schema(), c.relkind IN ('v', 'm'),
       CASE WHEN c.relkind <> 'v' AND (c.reltuples > 0 OR c.reltuples = 0 AND current_setting('server_version_num')::int >= 140000)
            THEN c.reltuples::bigint END,
       COALESCE(obj_description(c.oid, 'pg_class'), '')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname
"""

# A domain may stand for another one: what the innermost stands for is the type, with its modifier (the others have none).
_DOMAINS: Final = """
WITH RECURSIVE unfolded AS (
    SELECT oid, typbasetype AS base, typtypmod AS modifier, typnotnull AS required FROM pg_catalog.pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT u.oid, t.typbasetype, t.typtypmod, u.required OR t.typnotnull
    FROM unfolded u JOIN pg_catalog.pg_type t ON t.oid = u.base AND t.typtype = 'd'
), domains AS (
    SELECT u.* FROM unfolded u JOIN pg_catalog.pg_type t ON t.oid = u.base AND t.typtype <> 'd'
)
"""

# Of a row `t` of pg_type: the type's name, but that an extension's type of the string category (citext) is text, wherever it lies.
_SPELLED: Final = """
CASE WHEN t.typtype = 'b' AND t.typcategory = 'S' AND t.typnamespace <> 'pg_catalog'::regnamespace THEN 'text'
     ELSE format_type(t.oid, {modifier}) END
"""

_COLUMNS: Final = f"""
{_DOMAINS}
SELECT a.attrelid, a.attname, a.attnum, {_SPELLED.format(modifier="COALESCE(d.modifier, a.atttypmod)")},
       NOT (a.attnotnull OR COALESCE(d.required, false)), COALESCE(col_description(a.attrelid, a.attnum), '')
FROM pg_catalog.pg_attribute a LEFT JOIN domains d ON d.oid = a.atttypid
JOIN pg_catalog.pg_type t ON t.oid = COALESCE(d.base, a.atttypid)
WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""  # noqa: S608  # of this module's own texts

_INDEXES: Final = """
SELECT i.indrelid, c.relname, i.indisprimary, i.indisunique, (i.indkey::int2[])[0:i.indnkeyatts - 1]
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = c.relam AND m.amname = 'btree'
WHERE i.indrelid = ANY($1::oid[]) AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid
ORDER BY i.indrelid, c.relname
"""

# Of a reference to a partitioned table there is one more for each of its parts, which nobody declared.
_FOREIGN: Final = """
SELECT k.conrelid, k.conname, k.conkey, k.confrelid,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS f(number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = f.number ORDER BY f.place)
FROM pg_catalog.pg_constraint k
WHERE k.contype = 'f' AND k.conrelid = ANY($1::oid[])
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint w WHERE w.oid = k.conparentid AND w.conrelid = k.conrelid)
ORDER BY k.conrelid, k.conname
"""


@dataclass(frozen=True, slots=True)
class _Relation:
    """A row of pg_class. `own`: in the session's own schema, which need not be named."""

    oid: int
    schema: str
    name: str
    own: bool
    kind: TableKind
    rows: int | None
    text: str

    @property
    def spellings(self) -> Sequence[str]:
        """The names that mean it, the shortest first."""
        qualified = f"{self.schema}.{self.name}"
        return (self.name, qualified) if self.own else (qualified,)


def rows(connection: Any, statement: str, *parameters: Any) -> list[Row]:
    """All rows of a statement."""
    found: list[Row] = connection.execute(statement, parameters).fetchall()
    return found


def listing(connection: Any) -> Sequence[Listed]:
    """Tables and views by the shortest name that the session understands."""
    return [Listed(each.spellings[0], each.kind, each.text, each.schema) for each in _relations(connection)]


def inspect(connection: Any, tables: Sequence[str] | None) -> Mapping[str, Table]:
    """Tables and views by the name that was asked for, else by the shortest that the session understands."""
    relations = _relations(connection)
    asked = None if tables is None else set(tables)
    found = {name: each for each in relations for name in _wanted(each, asked)}
    named = {each.oid: (*_wanted(each, asked), *each.spellings)[0] for each in relations}
    oids = sorted({each.oid for each in found.values()})
    columns, indexes, foreign = (_grouped(rows(connection, part, oids)) for part in (_COLUMNS, _INDEXES, _FOREIGN))
    return {
        name: _table(name, each, columns[each.oid], indexes[each.oid], foreign[each.oid], named)
        for name, each in found.items()
    }


def _relations(connection: Any) -> Sequence[_Relation]:
    return [
        _Relation(oid, schema, name, own, "view" if view else "table", count, text)
        for oid, schema, name, own, view, count, text in rows(connection, _RELATIONS)
    ]


def _wanted(relation: _Relation, asked: set[str] | None) -> Sequence[str]:
    """The names under which it was asked for; its shortest one if all were."""
    return relation.spellings[:1] if asked is None else [name for name in relation.spellings if name in asked]


def _grouped(found: list[Row]) -> Mapping[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for oid, *rest in found:
        groups[oid].append(tuple(rest))
    return groups


def _table(
    name: str, relation: _Relation, columns: list[Row], indexes: list[Row], foreign: list[Row], named: Mapping[int, str]
) -> Table:
    by_number = {number: column for column, number, *_ in columns}
    keyed = [(*rest, tuple(by_number[each] for each in numbers)) for *rest, numbers in indexes]
    return Table(
        name,
        tuple(
            Column(column, declared_type(declared), nullable, note) for column, _, declared, nullable, note in columns
        ),
        next((names for _, primary, _, names in keyed if primary), ()),
        tuple(Index(index, names, unique) for index, _, unique, names in keyed),
        relation.text,
        relation.kind,
        relation.rows,
        tuple(
            ForeignKey(key, tuple(by_number[each] for each in numbers), named[other], tuple(references))
            for key, numbers, other, references in foreign
            if other in named
        ),
    )


# What a query returns.

# The protocol itself tells what a domain stands for.
_RETURNED: Final = f"""
SELECT {_SPELLED.format(modifier="given.modifier")}
FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS given(type, modifier, place)
JOIN pg_catalog.pg_type t ON t.oid = given.type
ORDER BY given.place
"""  # noqa: S608  # as above


def describe(connection: Any, query: str) -> Sequence[Column]:
    """A query's columns as the server types them; whether one can be NULL is not known, so it can."""
    result = connection.execute(f"SELECT * FROM (\n{query}\n) AS q LIMIT 0").pgresult  # noqa: S608  # the contract's own text
    fields = range(result.nfields)
    types, modifiers = [result.ftype(each) for each in fields], [result.fmod(each) for each in fields]
    declared = rows(connection, _RETURNED, types, modifiers)
    return [
        Column(result.fname(each).decode(), declared_type(text)) for each, (text,) in zip(fields, declared, strict=True)
    ]
