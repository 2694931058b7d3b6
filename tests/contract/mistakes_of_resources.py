"""The table of mistakes in the files of resources, and in files as such."""

from __future__ import annotations

from typing import Final

from tests.contract.conftest import ORDERS
from tests.contract.mistake import Mistake, file, order

MISTAKES: Final = (
    order(
        "sort: [number]",
        "sort: [number]\nunindexed: [state, 'status[contains]', all]",
        "10:13: the resource has no field 'state' — did you mean 'status'? [unknown-field]",
    ),
    order(
        "sort: [number]",
        "sort: [number]\nunindexed: [status, 'status[has]']",
        "10:21: 'status[has]' stands here; expected a field, a field with one operator in quotes ('name[contains]'), an expansion, or all [wrong-value]",
    ),
    order(
        "type: string}",
        "type: date, stored_as: cyymmd}",
        "7:50: there is no conversion 'cyymmd' — did you mean 'cyymmdd'? [unknown-conversion]",
    ),
    order(
        "type: string}",
        "type: date, stored_as: {cyymmdd: {null: 0}}}",
        "7:61: cyymmdd has no word 'null' — did you mean 'nulls'? [unknown-word]",
    ),
    order(
        "key: number",
        "key: [number",
        "5:7: this is not YAML: while parsing a flow sequence that starts at line 4 did not find expected ',' or ']' [not-yaml]",
    ),
    order(
        "source: erp",
        "source: erp: x",
        "2:12: this is not YAML: mapping values are not allowed in this context — a second ':' stands in this line, or the line is indented otherwise than its neighbours; text that holds ': ' needs quotes [not-yaml]",
    ),
    order(
        "filter: [status]",
        "filter: [status]\nfilter: [number]",
        "9:1: 'filter' stands twice in one mapping, first at v1/orders.yaml:8:1 [duplicate-word]",
    ),
    order(
        "filter: [status]",
        "filtre: [status]",
        "8:1: a resource has no word 'filtre' — did you mean 'filter'? [unknown-word]",
    ),
    order(
        "sort: [number]", "soort: [number]", "9:1: a resource has no word 'soort' — did you mean 'sort'? [unknown-word]"
    ),
    order(
        "  status: {column: ORDST, type: string}",
        "  status: {column: ORDST, type: strng}",
        "7:33: 'strng' stands here; expected one of string, integer, number, decimal, boolean, enum, date, month, week, time, datetime, binary — did you mean 'string'? [wrong-value]",
    ),
    order(
        "  status: {column: ORDST, type: string}",
        "  status: {column: ORDST, tpye: string}",
        "7:27: a field has no word 'tpye' — did you mean 'type'? [unknown-word]",
    ),
    order(
        "  status: {column: ORDST, type: string}",
        "  status: {type: string}",
        "7:11: a field needs 'column' or 'columns' [missing-word]",
    ),
    order(
        "  status: {column: ORDST, type: string}",
        "  status: {column: ORDST, columns: [A], type: string}",
        "7:27: 'columns' cannot stand beside 'column'; expected one of them [conflicting-words]",
    ),
    order(
        "type: string}",
        "type: string, stored_as: {lines: [A, B]}}",
        "7:12: 'column' cannot stand beside a 'stored_as' that names columns; expected one of them [conflicting-words]",
    ),
    order(
        "column: ORDST, type: string}",
        "columns: [A, B], type: string, stored_as: {lines: [A, B]}}",
        "7:12: 'columns' cannot stand beside a 'stored_as' that names columns; expected one of them [conflicting-words]",
    ),
    order(
        "column: ORDST, type: string}",
        "type: string, stored_as: {lines: [A]}}",
        "7:45: a list stands here; expected a list, each a column (at least 2) [wrong-value]",
    ),
    order(
        "column: ORDST, type: string}",
        "type: date, stored_as: {parts: [CC, YY, [MM], ]}}",
        "7:52: a list stands here; expected a column [wrong-value]",
    ),
    order(
        "column: ORDST, type: string}",
        "columns: [T], type: datetime, stored_as: [{parts: [CC, YY]}, hhmmss]}",
        "7:62: columns are named for one of two conversions here; expected the columns of both, in 'columns' [wrong-value]",
    ),
    order("table: ORDHDR\nkey: number", "key: number", "1:1: a resource needs 'table' or 'query' [missing-word]"),
    order(
        "table: ORDHDR",
        "table: ORDHDR\nquery: a.sql",
        "4:1: 'query' cannot stand beside 'table'; expected one of them [conflicting-words]",
        "4:8: there is no query 'a.sql' in queries/ [unknown-query]",
    ),
    Mistake(
        {
            "v1/orders.yaml": "resource: orders\nsource: erp\nquery: late_job.sql\nkey: number\nfields:\n  number: {column: ORDNO, type: integer}\n  status: {column: ORDST, type: string}\nfilter: [status]\nsort: [number]\n",
            "queries/late_jobs.sql": "select 1",
        },
        (
            "v1/orders.yaml:3:8: there is no query 'late_job.sql' in queries/ — did you mean 'late_jobs.sql'? [unknown-query]",
        ),
    ),
    order(
        "table: ORDHDR",
        "procedure: X",
        "3:1: 'procedure' is reserved: this release does not serve procedures [not-served-yet]",
    ),
    order(
        "key: number", "key: nummer", "4:6: the resource has no field 'nummer' — did you mean 'number'? [unknown-field]"
    ),
    order("key: number", "key: [number, number]", "4:15: 'number' stands twice in this list [repeated-item]"),
    order(
        "filter: [status]",
        "filter: [state]",
        "8:10: the resource has no field 'state' — did you mean 'status'? [unknown-field]",
    ),
    order(
        "filter: [status]",
        'filter: ["status[gtee]"]',
        "8:10: 'status[gtee]' stands here; expected a field, or a field with one operator, in quotes: ordered_on, 'ordered_on[gte]' [wrong-value]",
    ),
    order(
        "sort: [number]",
        "sort: number",
        "9:7: 'number' stands here; expected a list, each a field name: lower-case letters, digits and underscores, a letter first [wrong-value]",
    ),
    order(
        "  status: {column: ORDST, type: string}",
        "  sort: {column: ORDST, type: string}",
        "7:3: no field can be called 'sort': every list takes a query parameter of that name [reserved-name]",
        "8:10: the resource has no field 'status' — known: number, sort [unknown-field]",
    ),
    order(
        "resource: orders",
        "resource: docs",
        "1:11: no resource can be called 'docs': every version has a page of that name [reserved-name]",
    ),
    order(
        "  status: {column: ORDST, type: string}",
        "  _status: {column: ORDST, type: string}",
        "7:3: '_status' stands here; expected a field name: lower-case letters, digits and underscores, a letter first [wrong-value]",
        "8:10: the resource has no field 'status' — did you mean '_status'? [unknown-field]",
    ),
    order(
        "  status: {column: ORDST, type: string}",
        '  status: {column: ORDST, type: string, "": x}\n  "": {column: ORDST, type: string}',
        "7:41: a field has no word '' — known: classification, column, columns, description, example, on_issue, open, scope, stored_as, type [unknown-word]",
        "8:3: '' stands here; expected a field name: lower-case letters, digits and underscores, a letter first [wrong-value]",
    ),
    order(
        "sort: [number]",
        'active_when: {"": A}',
        "9:15: '' stands here; expected text [wrong-value]",
    ),
    order("sort: [number]", "?\n: x", "9:2: a name is missing before ':' [not-yaml]"),
    order("source: erp", "source: epr", "2:9: there is no source 'epr' — did you mean 'erp'? [unknown-source]"),
    order(
        "sort: [number]",
        "page: {default: 600}",
        "9:8: default 600 is more than max 500, its value where none is said [wrong-value]",
    ),
    order("sort: [number]", "page: {default: 20, max: 10}", "9:8: default 20 is more than max 10 [wrong-value]"),
    order(
        "sort: [number]",
        "page: {max: 0}",
        "9:13: '0' stands here; expected a whole number from 1 to 10000 [wrong-value]",
    ),
    order(
        "sort: [number]",
        "cache: {fresh: 30}",
        "9:16: '30' stands here; expected a time with its unit: 500ms, 5s, 1m, 8h, 1d [wrong-value]",
    ),
    order(
        "sort: [number]",
        "cache: {fresh: 0s}",
        "9:16: '0s' stands here; expected a time with its unit: 500ms, 5s, 1m, 8h, 1d — it must be more than nothing [wrong-value]",
    ),
    order(
        "sort: [number]",
        "cache: {stale_if_error: 8h}",
        "9:8: a cache needs 'fresh'; expected a time with its unit: 500ms, 5s, 1m, 8h, 1d [missing-word]",
    ),
    order(
        "sort: [number]",
        "cache: {fresh: 1d, stale_if_error: 7d}",
        "9:20: an answer would be kept for more than 7 days; expected at most 7d, `fresh` counted in [wrong-value]",
    ),
    order(
        "sort: [number]",
        "cache: {fresh: 1s, negative: 1m}",
        "9:20: negative 1m is more than fresh 1s; expected at most 1s [wrong-value]",
    ),
    order(
        "sort: [number]",
        "cache: {fresh: 1s, persist: maybe}",
        "9:29: 'maybe' stands here; expected true or false [wrong-value]",
    ),
    order(
        "sort: [number]", "write: {}", "9:1: 'write' is reserved: this release does not serve writes [not-served-yet]"
    ),
    order(
        "sort: [number]",
        "expand: {status: {resource: orders, on: {number: number}}}",
        "9:10: 'status' is the name of a field already, at v1/orders.yaml:7:11 [duplicate-word]",
    ),
    order(
        "sort: [number]",
        "expand: {lines: {resource: order, on: {nummer: number}}}",
        "9:28: there is no resource 'order' — did you mean 'orders'? [unknown-resource]",
        "9:40: the resource has no field 'nummer' — did you mean 'number'? [unknown-field]",
    ),
    order(
        "sort: [number]",
        "expand: {lines: {resource: orders}}",
        "9:17: an expansion needs 'on'; expected a mapping of this resource's fields to the other's, each value a field name: lower-case letters, digits and underscores, a letter first [missing-word]",
    ),
    order(
        "  status: {column: ORDST, type: string}",
        "  status: {column: ORDST, type: string, open: true}",
        "7:41: 'open' stands at a field that is no enum; expected type: enum [conflicting-words]",
    ),
    order(
        "  status: {column: ORDST, type: string}",
        "  status: {column: ORDST, type: date, stored_as: {cyymmdd: {on_issue: fail}}, on_issue: omit-row}",
        "7:79: on_issue is 'omit-row' here and 'fail' in stored_as; expected one of them [conflicting-words]",
    ),
    order(
        "  number: {column: ORDNO, type: integer}",
        "  number: {column: ORDNO, type: integer, scope: x y}",
        "6:49: 'x y' stands here; expected a scope, without blanks: orders:read [wrong-value]",
    ),
    order(
        "resource: orders",
        "resource: Orders",
        "1:11: 'Orders' stands here; expected a resource name: lower-case letters, digits and hyphens, a letter first [wrong-value]",
    ),
    order(
        "sort: [number]",
        "active_when: {}",
        "9:14: an empty mapping stands here; expected a mapping of columns to values, each value a list, each text, a number, true or false (at least 1) [wrong-value]",
    ),
    order(
        "sort: [number]",
        "active_when: {A: [null]}",
        "9:19: nothing stands here; expected text, a number, true or false [wrong-value]",
    ),
    order("sort: [number]", "summary:", "9:9: nothing stands here; expected text [wrong-value]"),
    Mistake(
        {"v1/more.yaml": ORDERS},
        (
            "v1/orders.yaml:1:11: the resource 'orders' stands twice in this version, first in v1/more.yaml [duplicate-resource]",
        ),
    ),
    order(
        "key: number",
        "key: number\n<<: {a: b}",
        "5:1: YAML 1.2 has no merge key '<<' — repeat the words, or give the whole mapping an &anchor and use it as *alias [not-yaml]",
    ),
    order(
        "  number: {column: ORDNO, type: integer}",
        "  number: {column: *x, type: integer}",
        "6:20: the alias *x names no anchor that ends before it [unknown-alias]",
    ),
    order(
        "  number: {column: ORDNO, type: integer}",
        "  number: {column: !!str x, type: integer}",
        "6:20: the tag '!!str' stands here; expected no tag — write the value without it; quotes make text of a number [yaml-tag]",
    ),
    file("v1/orders.yaml", "", "1:1: this file is empty [empty-file]"),
    file("v1/orders.yaml", "# nothing\n", "1:1: this file is empty [empty-file]"),
    file("v1/orders.yaml", "- a\n", "1:1: a list stands here; expected a resource [wrong-value]"),
    order(
        "sort: [number]",
        "sort: [number]\n---\na: b",
        "10:1: a second YAML document starts here; expected one document a file [not-yaml]",
    ),
    file(
        "v1/orders.yaml",
        b"\xef\xbb\xbfresource: orders\nsource: erp\ntable: ORDHDR\nkey: number\nfields:\n  number: {column: ORDNO, type: integer}\n  status: {column: ORDST, type: string}\nfilter: [status]\nsort: [number]\n",
        "1:1: a byte order mark stands here; expected UTF-8 text — save the file as UTF-8 without a byte order mark [not-text]",
    ),
    file(
        "v1/orders.yaml",
        b"a: b\nb: \xe9\n",
        "2:4: byte 0xe9 is not UTF-8; expected UTF-8 text — save the file as UTF-8 [not-text]",
    ),
    file("v1/orders.yaml", "a: \u0000\n", "1:4: the control character U+0000 stands here; expected text [not-text]"),
    file(
        "v1/orders.yaml",
        "a:\n\t- b\n",
        "2:1: this is not YAML: while scanning for the next token that starts at line 2 found character that cannot start any token — text that starts with one of @ ` % or a tab needs quotes; indentation is made of spaces [not-yaml]",
    ),
    file(
        "v1/orders.yaml",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "1:52: values are nested deeper than 50 levels here [not-yaml]",
    ),
    file(
        "v1/a.yml",
        "x: y",
        "1:1: a file that ends in .yml is not read; expected the ending .yaml — rename it to a.yaml [wrong-name]",
    ),
    Mistake({"v1/x.yaml/y": "z"}, ("v1/x.yaml:1:1: this file cannot be read: Is a directory [unreadable-file]",)),
    file("v1/orders.yaml", "? [a]\n: b\n", "1:3: a name must be text, not a list, mapping or alias [not-yaml]"),
    file(
        "v1/orders.yaml",
        'a: "x\n',
        "2:1: this is not YAML: while scanning a quoted scalar that starts at line 1 found unexpected end of stream — a quote or bracket is never closed [not-yaml]",
    ),
    file(
        "v1/orders.yaml",
        ": x\n",
        "1:1: this is not YAML: while parsing a block mapping that starts at line 1 did not find expected key — the line is indented otherwise than its neighbours, or a bracket is missing [not-yaml]",
    ),
)
