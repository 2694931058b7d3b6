"""The tables of mistakes in gateway.yaml, in versions and lenses, and in catalogs."""

from __future__ import annotations

from typing import Final

from tests.contract.mistake import Mistake, file, lens, source

GATEWAYS: Final = (
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db, password: x}",
        "3:46: the secret 'password' is written in clear; expected ${VARIABLE} or ${file:/run/secrets/name} [secret-in-clear]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        '  erp: {kind: paper, path: erp.db, url: "postgresql://u:hunter2@h/d"}',
        "3:41: 'url' holds a password in clear; expected ${VARIABLE} or ${file:/run/secrets/name} [secret-in-clear]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        '  erp: {kind: paper, path: erp.db, url: "host=x password=hunter2"}',
        "3:41: 'url' holds a password in clear; expected ${VARIABLE} or ${file:/run/secrets/name} [secret-in-clear]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        '  erp: {kind: paper, path: erp.db, password: "${TOKN}"}',
        "3:46: the environment variable TOKN is not set — did you mean 'TOKEN'? [unset-variable]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        '  erp: {kind: paper, path: erp.db, password: "${TOKEN"}',
        "3:46: a '${' is never closed; expected ${VARIABLE} or ${file:/run/secrets/name} [wrong-reference]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        '  erp: {kind: paper, path: erp.db, password: "${a-b}"}',
        "3:46: '${a-b}' names no variable and no file; expected ${VARIABLE} or ${file:/run/secrets/name} [wrong-reference]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        '  erp: {kind: paper, path: erp.db, password: "${EMPTY}"}',
        "3:46: 'password' resolves to nothing [unset-variable]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        '  erp: {kind: paper, path: erp.db, password: "${file:gone}"}',
        "3:46: the secret file 'gone' cannot be read: No such file or directory [unreadable-secret]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, pth: erp.db}",
        "3:22: a source of kind paper has no word 'pth' — did you mean 'path'? [unknown-word]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db, connections: 0}",
        "3:49: '0' stands here; expected a whole number from 1 to 1000 [wrong-value]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db, deadline: 5}",
        "3:46: '5' stands here; expected a time with its unit: 500ms, 5s, 1m, 8h, 1d [wrong-value]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db, timezone: America/Detroyt}",
        "3:46: 'America/Detroyt' stands here; expected an IANA time zone: America/Detroit — did you mean 'America/Detroit'? [wrong-value]",
    ),
    source(
        "title: Plant 3", "title: Plant 3\nstrict: yes", "2:9: 'yes' stands here; expected true or false [wrong-value]"
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: papr, path: erp.db}",
        "3:15: there is no kind 'papr'; expected one of paper, stone — did you mean 'paper'? [unknown-kind]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {path: erp.db}",
        "3:8: a source needs 'kind'; expected one of paper, stone [missing-word]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: paper",
        "3:8: 'paper' stands here; expected a source: a mapping with its kind [wrong-value]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db}\nsecurity: opne",
        "4:11: 'opne' stands here; expected one of open, closed — did you mean 'open'? [wrong-value]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db}\nlimits: {}",
        "4:9: an empty mapping stands here; expected a mapping of classes to limits, each value limits [wrong-value]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db}\nstate: mysql://x",
        "4:8: the state's URL names another database; expected sqlite:///state.db or postgresql://user@host/database — known: postgresql, sqlite [wrong-value]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db}\nstate: postgresql://u:p@h/d",
        "4:8: 'state' holds a password in clear; expected ${VARIABLE} or ${file:/run/secrets/name} [secret-in-clear]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db}\ncache: {memory: 64}",
        "4:17: '64' stands here; expected a size with its unit: 512KB, 64MB, 1GB [wrong-value]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db}\ncache: {shared: x}",
        "4:17: the shared cache's URL names no Redis; expected redis://host:6379/0, rediss://… or unix://… — known: redis, rediss, unix [wrong-value]",
    ),
    source(
        "  erp: {kind: paper, path: erp.db}",
        "  erp: {kind: paper, path: erp.db}\ncache: {shared: 'redis://:secret@cache/0'}",
        "4:17: 'shared' holds a password in clear; expected ${VARIABLE} or ${file:/run/secrets/name} [secret-in-clear]",
    ),
    file(
        "gateway.yaml",
        "title: x\n",
        "1:1: gateway.yaml needs 'sources'; expected a mapping of sources, each value a source [missing-word]",
    ),
    file("gateway.yaml", "", "1:1: this file is empty [empty-file]"),
    source("title: Plant 3", "title:", "1:7: nothing stands here; expected text [wrong-value]"),
)

VERSIONS: Final = (
    file("v2/version.yaml", "extends: v9", "1:10: there is no version 'v9' — known: v1, v2 [unknown-version]"),
    file("v1/version.yaml", "extends: v1", "1:10: v1 extends itself, by way of v1 [version-cycle]"),
    Mistake(
        {"v1/version.yaml": "extends: v2", "v2/version.yaml": "extends: v1"},
        (
            "v1/version.yaml:1:10: v1 extends itself, by way of v2 [version-cycle]",
            "v2/version.yaml:1:10: v2 extends itself, by way of v1 [version-cycle]",
        ),
    ),
    file(
        "v1/version.yaml",
        "status: deprecated",
        "1:9: a deprecated version says since when; expected 'deprecated_on': a date [missing-word]",
    ),
    file(
        "v1/version.yaml",
        "{deprecated_on: 2026-09-01, sunset_on: 2026-08-01}",
        "1:40: sunset_on is before deprecated_on; expected 2026-09-01 or later [wrong-value]",
    ),
    file(
        "v1/version.yaml",
        "released_on: 2026-02-30",
        "1:14: '2026-02-30' stands here; expected a date: 2026-01-31 — day is out of range for month [wrong-value]",
    ),
    file(
        "v1/version.yaml",
        "released_on: yesterday",
        "1:14: 'yesterday' stands here; expected a date: 2026-01-31 [wrong-value]",
    ),
    file(
        "v1/version.yaml",
        "changes: [{remove: x, because: y}]",
        "1:1: v1 extends no version that 'changes' could change; expected 'extends' in v1/version.yaml [needs-extends]",
    ),
    file(
        "v1/a.yaml",
        "resource: orders\nchanges: [{remove: x, because: y}]",
        "1:11: the resource 'orders' stands twice in this version, first in v1/orders.yaml [duplicate-resource]",
        "2:1: v1 extends no version that 'changes' could change; expected 'extends' in v1/version.yaml [needs-extends]",
    ),
    lens("changes: [{remove: x}]", "2:11: a change needs 'because'; expected text [missing-word]"),
    lens(
        "changes: [{remove: x, rename: {a: b}, because: y}]",
        "2:23: 'rename' cannot stand beside 'remove'; expected one of them [conflicting-words]",
    ),
    lens(
        "changes: [{because: y}]",
        "2:11: a change needs 'rename' or 'retype' or 'add' or 'split' or 'remove' [missing-word]",
    ),
    lens(
        "changes: [{rename: {status: sort}, because: y}]",
        "2:29: no field can be called 'sort': every list takes a query parameter of that name [reserved-name]",
    ),
    lens(
        "changes: [{retype: {status: {column: A, columns: [B], type: date}}, because: y}]",
        "2:41: 'columns' cannot stand beside 'column'; expected one of them [conflicting-words]",
    ),
    lens(
        "changes: [{split: {status: {a: date}}, because: y}]",
        "2:28: a mapping stands here; expected a mapping of new fields to their types, each value one of string, integer, number, decimal, boolean, enum, date, month, week, time, datetime, binary (at least 2) [wrong-value]",
    ),
    lens("changes: []", "2:10: an empty list stands here; expected a list, each a change (at least 1) [wrong-value]"),
    file(
        "v2/version.yaml",
        "{extends: v1, changes: [{rename: {orders: docs}, because: y}]}",
        "1:43: no resource can be called 'docs': every version has a page of that name [reserved-name]",
    ),
    Mistake({"V2/a.yaml": ""}, ("V2:1:1: the folder 'V2' is no version; expected a version: v1, v2, … [wrong-name]",)),
    Mistake(
        {"v02/a.yaml": ""}, ("v02:1:1: the folder 'v02' is no version; expected a version: v1, v2, … [wrong-name]",)
    ),
)

CATALOGS: Final = (
    file(
        "catalog/epr.yaml",
        "tables: {}",
        "1:1: there is no source 'epr' that this catalog could be of — did you mean 'erp'? [unknown-source]",
    ),
    file(
        "catalog/erp.yaml",
        "tables: {A: {columns: {B: {type: chr(8)}}}}",
        "1:34: 'chr(8)' stands here; expected a column type: char(8), decimal(11,2), integer, timestamp — did you mean 'char'? [wrong-value]",
    ),
    file(
        "catalog/erp.yaml",
        'tables: {A: {columns: {B: {type: "char(8,2)"}}}}',
        "1:34: 'char(8,2)' stands here; expected a column type: char(8), decimal(11,2), integer, timestamp — char takes a length: char(8) [wrong-value]",
    ),
    file(
        "catalog/erp.yaml",
        'tables: {A: {columns: {B: {type: "integer(8)"}}}}',
        "1:34: 'integer(8)' stands here; expected a column type: char(8), decimal(11,2), integer, timestamp — integer takes digits, and no decimals: integer(19,0) [wrong-value]",
    ),
    file(
        "catalog/erp.yaml",
        'tables: {A: {columns: {B: {type: "integer(19,2)"}}}}',
        "1:34: 'integer(19,2)' stands here; expected a column type: char(8), decimal(11,2), integer, timestamp — integer takes digits, and no decimals: integer(19,0) [wrong-value]",
    ),
    file(
        "catalog/erp.yaml",
        "tables: {A: {columns: {B: {type: integer}}, key: [C], indexes: {i: {columns: [BB]}}}}",
        "1:51: the table has no column 'C' — known: B [unknown-column]",
        "1:79: the table has no column 'BB' — did you mean 'B'? [unknown-column]",
    ),
    file(
        "catalog/erp.yaml",
        "tables: {A: {}}",
        "1:13: a table needs 'columns'; expected a mapping of columns, each value a column [missing-word]",
    ),
    file(
        "catalog/erp.yml",
        "a",
        "1:1: a file that ends in .yml is not read; expected the ending .yaml — rename it to erp.yaml [wrong-name]",
    ),
)
