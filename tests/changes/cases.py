"""One case for each kind of change, at least: what is edited, and exactly what is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from tests.changes.documents import (
    ANSWERS,
    CUSTOMER,
    FIELDS,
    GONE,
    ITEM,
    LIMIT,
    LIST,
    ORDER,
    STATUS,
    WEIGHT,
    Edits,
)


@dataclass(frozen=True, slots=True)
class Case:
    """Edits of the old and the new document, and the codes that are found with their sentences."""

    found: dict[str, str]
    old: Edits = field(default_factory=dict)
    new: Edits = field(default_factory=dict)


def case(code: str, sentence: str, *, old: Edits | None = None, new: Edits | None = None, **also: str) -> Case:
    """A case that finds `code`; `also` has other codes, with `_` for `-`."""
    return Case({code: sentence, **{name.replace("_", "-"): text for name, text in also.items()}}, old or {}, new or {})


def _info(sentence: str) -> Edits:
    return {("info", "description"): sentence}


INFO: Final = "`info: description` is worded anew"
DRAFT: Final = _info("**v1 is a draft**: it may change without notice.")
DEPRECATED: Final = _info("**v1 is deprecated** since 2026-09-01. It will be shut down on 2027-09-01. Move to v2.")
LATER: Final = _info("**v1 is deprecated** since 2026-09-01. It will be shut down on 2027-12-01.")
ENDLESS: Final = _info("**v1 is deprecated** since 2026-09-01.")
PAST: Final = _info("**v1 is deprecated** since 2025-09-01. It will be shut down on 2026-11-20.")
RETIRED: Final = _info("**v1 is retired** since 2025-09-01. It will be shut down on 2026-11-20.")
SCOPED: Final[Edits] = {
    (*FIELDS, "name", "description"): "Only with the scope `sales`; without it, the field is not there."
}
CLOSED: Final[Edits] = {("security",): [{"key": []}]}
NEEDED: Final[Any] = {"name": "site", "in": "query", "required": True, "schema": {"type": "string"}}
BODY: Final[Any] = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
REGISTERED: Final[Edits] = {
    ("components", "securitySchemes"): {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}
}

CASES: Final = (
    # Versions.
    case("version-published", "the version is no draft any more: it is `current`", old=DRAFT, text_changed=INFO),
    case("version-withdrawn", "the version is a draft again, was `current`", new=DRAFT, text_changed=INFO),
    case(
        "version-ended",
        "the version is shut down; its document said: `sunset 2026-11-20`",
        old=PAST,
        new=RETIRED,
        text_changed=INFO,
    ),
    case(
        "version-shut-down",
        "the version is shut down, and its document said: `no sunset`",
        new=RETIRED,
        text_changed=INFO,
    ),
    case(
        "version-shut-down", "the version is shut down, and its document said: `no sunset`", new=PAST, text_changed=INFO
    ),
    case("version-deprecated", "the version is deprecated", new=ENDLESS, text_changed=INFO),
    case("version-reinstated", "the version is not deprecated any more", old=ENDLESS, text_changed=INFO),
    case(
        "sunset-announced",
        "the version will be shut down on `2027-09-01`",
        old=ENDLESS,
        new=DEPRECATED,
        text_changed=INFO,
    ),
    case(
        "sunset-brought-forward",
        "the version will be shut down on `2027-09-01`, was `2027-12-01`",
        old=LATER,
        new=DEPRECATED,
        text_changed=INFO,
    ),
    case(
        "sunset-put-off", "the sunset is `2027-12-01`, was `2027-09-01`", old=DEPRECATED, new=LATER, text_changed=INFO
    ),
    case(
        "sunset-withdrawn", "there is no sunset any more, was `2027-12-01`", old=LATER, new=ENDLESS, text_changed=INFO
    ),
    case("marked-deprecated", "`the operation` is marked as deprecated", new={(*LIST, "deprecated"): True}),
    case("mark-lifted", "`name` is not marked as deprecated any more", old={(*FIELDS, "name", "deprecated"): True}),
    # Addresses.
    case("path-removed", "`/v1/orders/{number}` is gone", new={ITEM[:2]: GONE}),
    case("path-added", "`/v1/orders/{number}` is new", old={ITEM[:2]: GONE}),
    case("operation-removed", "`POST /v1/orders` is gone", old={("paths", "/v1/orders", "post"): {"tags": ["orders"]}}),
    case("operation-added", "`POST /v1/orders` is new", new={("paths", "/v1/orders", "post"): {"tags": ["orders"]}}),
    case(
        "generated-name-changed",
        "`the operation` is now `orders`, was `listOrders`",
        new={(*LIST, "operationId"): "orders"},
    ),
    case("server-changed", "the server is `/api`, was `/`", new={("servers", 0, "url"): "/api"}),
    # Parameters.
    case("parameter-removed", "the parameter `customer` is gone", new={CUSTOMER: GONE}),
    case("parameter-added", "the parameter `customer` is new", old={CUSTOMER: GONE}),
    case("parameter-renamed", "the parameter `customer` is called `buyer`", new={(*CUSTOMER, "name"): "buyer"}),
    case(
        "required-parameter-added", "the parameter `site` is new and required", new={(*LIST, "parameters", 9): NEEDED}
    ),
    case(
        "required-parameter-added",
        "the parameter `the body as application/json` is new and required",
        new={(*LIST, "requestBody"): BODY},
    ),
    case("parameter-required-narrowed", "the parameter `weight` is now required", new={(*WEIGHT, "required"): True}),
    case("parameter-required-widened", "the parameter `weight` may be left out", old={(*WEIGHT, "required"): True}),
    case(
        "parameter-type-changed",
        "the parameter `weight` takes `string`, was `integer`",
        new={(*WEIGHT, "schema"): {"type": "string"}},
    ),
    case(
        "parameter-type-narrowed",
        "the parameter `weight` takes `integer` alone, was `number`",
        old={(*WEIGHT, "schema", "type"): "number"},
    ),
    case(
        "parameter-type-widened",
        "the parameter `weight` takes `number`, was `integer`",
        new={(*WEIGHT, "schema", "type"): "number"},
    ),
    case(
        "parameter-null-narrowed",
        "the parameter `weight` does not take null any more",
        old={(*WEIGHT, "schema", "type"): ["integer", "null"]},
    ),
    case(
        "parameter-null-widened",
        "the parameter `weight` takes null",
        new={(*WEIGHT, "schema", "type"): ["integer", "null"]},
    ),
    case(
        "parameter-enum-narrowed",
        "the parameter `status` takes fewer values: not `shut` any more",
        new={(*STATUS, "schema", "items", "enum"): ["open"]},
    ),
    case(
        "parameter-enum-widened",
        "the parameter `status` takes more values: `held`",
        new={(*STATUS, "schema", "items", "enum"): ["held", "shut", "open"]},
    ),
    case(
        "parameter-format-changed",
        "the parameter `weight` has the format `int64`, was `int32`",
        old={(*WEIGHT, "schema", "format"): "int32"},
        new={(*WEIGHT, "schema", "format"): "int64"},
    ),
    case(
        "parameter-format-narrowed",
        "the parameter `customer` must have the format `uuid`",
        new={(*CUSTOMER, "schema", "format"): "uuid"},
    ),
    case(
        "parameter-format-widened",
        "the parameter `customer` need not have the format `uuid`",
        old={(*CUSTOMER, "schema", "format"): "uuid"},
    ),
    case(
        "parameter-pattern-changed",
        "the parameter `customer` must match `^B`, was `^A`",
        old={(*CUSTOMER, "schema", "pattern"): "^A"},
        new={(*CUSTOMER, "schema", "pattern"): "^B"},
    ),
    case(
        "parameter-pattern-narrowed",
        "the parameter `customer` must match `^B`",
        new={(*CUSTOMER, "schema", "pattern"): "^B"},
    ),
    case(
        "parameter-pattern-widened",
        "the parameter `customer` need not match `^B`",
        old={(*CUSTOMER, "schema", "pattern"): "^B"},
    ),
    case(
        "parameter-range-narrowed",
        "the parameter `customer` is bounded by `maxLength 5`, was `maxLength 8`",
        new={(*CUSTOMER, "schema", "maxLength"): 5},
    ),
    case(
        "parameter-range-narrowed",
        "the parameter `weight` is bounded by `multipleOf 5`, was nothing",
        new={(*WEIGHT, "schema", "multipleOf"): 5},
    ),
    case(
        "parameter-range-narrowed",
        "the parameter `status` is bounded by `uniqueItems`, was nothing",
        new={(*STATUS, "schema", "uniqueItems"): True},
    ),
    case(
        "parameter-range-widened",
        "the parameter `weight` is bounded by `minimum -1`, was `minimum 0`",
        new={(*WEIGHT, "schema", "minimum"): -1},
    ),
    case(
        "page-limit-lowered",
        "a page has `100` items at most, was `500`",
        new={(*LIMIT, "schema", "maximum"): 100},
    ),
    case(
        "parameter-default-changed",
        "who leaves out `limit` gets `20`, was `50`",
        new={(*LIMIT, "schema", "default"): 20},
    ),
    case(
        "parameter-style-changed",
        "the parameter `status` is written as `form separated`, was `form exploded`",
        new={(*STATUS, "explode"): False},
    ),
    case(
        "parameter-open-narrowed",
        "`customer` takes no members that the document does not name",
        new={(*CUSTOMER, "schema", "additionalProperties"): False},
    ),
    case(
        "parameter-open-widened",
        "`customer` takes members that the document does not name",
        old={(*CUSTOMER, "schema", "additionalProperties"): False},
    ),
    case(
        "parameter-exclusion-changed",
        'the parameter `customer` does not take `{"const": "B"}`, and did not take `{"const": "A"}`',
        old={(*CUSTOMER, "schema", "not"): {"const": "A"}},
        new={(*CUSTOMER, "schema", "not"): {"const": "B"}},
    ),
    case(
        "parameter-exclusion-narrowed",
        'the parameter `customer` does not take `{"const": "A"}` any more',
        new={(*CUSTOMER, "schema", "not"): {"const": "A"}},
    ),
    case(
        "parameter-exclusion-widened",
        'the parameter `customer` takes `{"const": "A"}` too',
        old={(*CUSTOMER, "schema", "not"): {"const": "A"}},
    ),
    # Answers.
    case("status-removed", "no answer is `304` any more", old={(*ANSWERS, "304"): {"description": "As before."}}),
    case("status-added", "an answer may be `304`", new={(*ANSWERS, "304"): {"description": "As before."}}),
    case("error-removed", "no answer is `404` any more", new={(*ANSWERS, "404"): GONE}),
    case("error-added", "an answer may be `429`", new={(*ANSWERS, "429"): {"description": "Too much."}}),
    case("media-type-removed", "`text/csv` is not served any more", old={(*ANSWERS, "200", "content", "text/csv"): {}}),
    case("media-type-added", "`text/csv` is served too", new={(*ANSWERS, "200", "content", "text/csv"): {}}),
    case("header-removed", "answers have no header `ETag`", new={(*ANSWERS, "200", "headers"): {}}),
    case("header-added", "answers have the header `Age`", new={(*ANSWERS, "200", "headers", "Age"): {"schema": {}}}),
    case(
        "header-changed",
        'the header `ETag` is `optional, {"type": "integer"}`, was `optional, {"type": "string"}`',
        new={("components", "headers", "ETag", "schema", "type"): "integer"},
    ),
    # Fields.
    case("field-removed", "`weight` is gone", new={(*FIELDS, "weight"): GONE}),
    case("field-added", "`weight` is new", old={(*FIELDS, "weight"): GONE}),
    case(
        "field-renamed",
        "`weight` is called `kilograms`",
        new={(*FIELDS, "weight"): GONE, (*FIELDS, "kilograms"): {"type": "integer"}},
    ),
    case("field-type-changed", "`weight` is `string`, was `integer`", new={(*FIELDS, "weight", "type"): "string"}),
    case("field-type-widened", "`weight` may be `number`, was `integer`", new={(*FIELDS, "weight", "type"): "number"}),
    case(
        "field-type-narrowed", "`weight` is always `integer`, was `number`", old={(*FIELDS, "weight", "type"): "number"}
    ),
    case("field-null-widened", "`weight` may be null", new={(*FIELDS, "weight", "type"): ["integer", "null"]}),
    case(
        "field-null-narrowed",
        "`status` is never null",
        new={(*FIELDS, "status"): {"type": "string", "enum": ["open", "shut"]}},
    ),
    case("field-required-widened", "`number` may be missing", new={(*ORDER, "required"): []}),
    case("field-required-narrowed", "`day` is always there", new={(*ORDER, "required"): ["day", "number"]}),
    case(
        "field-enum-widened",
        "`status` may have other values: `held`",
        new={(*FIELDS, "status", "enum"): ["open", "shut", "held", None]},
    ),
    case("field-enum-widened", "`status` may have other values: `any`", new={(*FIELDS, "status", "enum"): GONE}),
    case("field-enum-narrowed", "`status` is never `open` any more", new={(*FIELDS, "status", "enum"): ["shut", None]}),
    case(
        "field-format-changed",
        "`day` has the format `date-time`, was `date`",
        new={(*FIELDS, "day", "format"): "date-time"},
    ),
    case("field-format-widened", "`day` need not have the format `date`", new={(*FIELDS, "day", "format"): GONE}),
    case("field-format-narrowed", "`name` has the format `email`", new={(*FIELDS, "name", "format"): "email"}),
    case(
        "field-pattern-changed",
        "`name` matches `^[A-Z]*$`, was `^[a-z]*$`",
        new={(*FIELDS, "name", "pattern"): "^[A-Z]*$"},
    ),
    case("field-pattern-widened", "`name` need not match `^[a-z]*$`", new={(*FIELDS, "name", "pattern"): GONE}),
    case("field-pattern-narrowed", "`day` matches `^2`", new={(*FIELDS, "day", "pattern"): "^2"}),
    case(
        "field-range-widened",
        "`name` is bounded by `maxLength 40`, was `maxLength 20`",
        new={(*FIELDS, "name", "maxLength"): 40},
    ),
    case(
        "field-range-widened",
        "`name` is bounded by nothing, was `maxLength 20`",
        new={(*FIELDS, "name", "maxLength"): GONE},
    ),
    case(
        "field-range-narrowed",
        "`name` is bounded by `minLength 1`, was nothing",
        new={(*FIELDS, "name", "minLength"): 1},
    ),
    case(
        "field-open-widened",
        "it may have members that the document does not name",
        new={(*ORDER, "additionalProperties"): True},
    ),
    case("field-open-narrowed", "it has no members but those named", old={(*ORDER, "additionalProperties"): GONE}),
    case(
        "field-exclusion-changed",
        '`name` is never `{"const": "B"}`, and was never `{"const": "A"}`',
        old={(*FIELDS, "name", "not"): {"const": "A"}},
        new={(*FIELDS, "name", "not"): {"const": "B"}},
    ),
    case(
        "field-exclusion-widened",
        '`name` may be `{"const": "A"}`, which it never was',
        old={(*FIELDS, "name", "not"): {"const": "A"}},
    ),
    case(
        "field-exclusion-narrowed", '`name` is never `{"const": "A"}`', new={(*FIELDS, "name", "not"): {"const": "A"}}
    ),
    # Access.
    case("credential-required", "callers need a credential", new=CLOSED),
    case("credential-lifted", "callers need no credential", old=CLOSED),
    case(
        "credential-removed",
        "the credential `token` is not taken any more",
        old={("security",): [{"key": []}, {"token": []}]},
        new=CLOSED,
    ),
    case(
        "credential-added",
        "the credential `token` is taken too",
        old=CLOSED,
        new={("security",): [{"token": []}, {"key": []}]},
    ),
    case(
        "credential-changed",
        'the credential `key` is sent as `{"in": "header", "name": "X-Key", "type": "apiKey"}`,'
        ' was `{"in": "header", "name": "X-Api-Key", "type": "apiKey"}`',
        old=REGISTERED,
        new={**REGISTERED, ("components", "securitySchemes", "key", "name"): "X-Key"},
    ),
    case(
        "scope-added",
        "the scope `orders:read` is asked for",
        old=CLOSED,
        new={("security",): [{"key": ["orders:read"]}]},
    ),
    case(
        "scope-removed",
        "the scope `orders:read` is not asked for",
        old={("security",): [{"key": ["orders:read"]}]},
        new=CLOSED,
    ),
    case(
        "field-scope-added",
        "`name` is there with the scope `sales` alone",
        new=SCOPED,
        text_changed="`name: description` is worded anew",
    ),
    case(
        "field-scope-removed",
        "`name` is there without the scope `sales`",
        old=SCOPED,
        text_changed="`name: description` is worded anew",
    ),
    # Texts, and what nobody knows.
    case("text-changed", "`day: example` is worded anew", new={(*FIELDS, "day", "example"): "2026-11-21"}),
    case("text-changed", "`tags` is worded anew", new={("tags", 0, "description"): "Orders."}),
    case("unknown-changed", "`name: if` is `{}`, was nothing", new={(*FIELDS, "name", "if"): {}}),
    case("unknown-changed", "`name: anyOf` is `{}`, was nothing", new={(*FIELDS, "name", "anyOf"): [{}]}),
    case("unknown-changed", "`webhooks` is `{}`, was nothing", new={("webhooks",): {}}),
)
