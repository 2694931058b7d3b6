"""The table of mistakes in who may call and who sees what."""

from __future__ import annotations

from typing import Final

from tests.contract.mistake import Mistake, order, source

SOURCE: Final = "  erp: {kind: paper, path: erp.db}"


def security(words: str, *faults: str) -> Mistake:
    """A mistake behind the sources of gateway.yaml, from its fourth line on."""
    return source(SOURCE, f"{SOURCE}\n{words}", *faults)


def access(words: str, *faults: str) -> Mistake:
    """A mistake in the access rules of orders, in its tenth line."""
    return order("sort: [number]", f"sort: [number]\naccess: {words}", *faults)


MISTAKES: Final = (
    security(
        "security: {isuers: {}}", "4:12: who may call has no word 'isuers' — did you mean 'issuers'? [unknown-word]"
    ),
    security(
        "security: {issuers: {a: {issuer: 'http://x.example', audience: b}}}",
        "4:34: 'http://x.example' stands here; expected an address: https://login.example.com/realms/plant — what comes over plain http can be changed on its way [wrong-value]",
    ),
    security(
        "security: {issuers: {a: {issuer: 'https://x.example'}}}",
        "4:25: an issuer needs 'audience'; expected a list, each an audience (at least 1) [missing-word]",
    ),
    security(
        "security: {issuers: {a: {issuer: 'https://x.example', audience: b, algorithms: [HS256]}}}",
        "4:81: 'HS256' stands here; expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA — did you mean 'RS256'? [wrong-value]",
    ),
    security(
        "security: {tokens: 10}",
        "4:20: '10' stands here; expected a time with its unit: 500ms, 5s, 1m, 8h, 1d [wrong-value]",
    ),
    security(
        "security: {documents: nobody}", "4:23: 'nobody' stands here; expected one of public, callers [wrong-value]"
    ),
    security(
        "limits: {default: {requests: 600}}",
        "4:30: '600' stands here; expected so much in a time: 10/s, 600/min, 5000/hour, 100000/day [wrong-value]",
    ),
    security(
        "limits: {default: {requests: 0/min}}",
        "4:30: '0/min' stands here; expected so much in a time: 10/s, 600/min, 5000/hour, 100000/day — it must be more than nothing [wrong-value]",
    ),
    security(
        "limits: {default: {request: 600/min}}",
        "4:20: limits has no word 'request' — did you mean 'requests'? [unknown-word]",
    ),
    security(
        "limits: {Default: {requests: 600/min}}",
        "4:10: 'Default' stands here; expected the name of a class of limits [wrong-value]",
    ),
    access(
        "{read: 'orders read'}",
        "10:16: 'orders read' stands here; expected a scope, without blanks: orders:read [wrong-value]",
    ),
    access(
        "{rows: {status: customer}}",
        "10:25: 'customer' stands here; expected a claim of the caller: claim:customer [wrong-value]",
    ),
    access(
        "{rows: {}}",
        "10:16: an empty mapping stands here; expected a mapping of fields to claims, each value a claim of the caller: claim:customer [wrong-value]",
    ),
    access(
        "{row: {status: 'claim:customer'}}",
        "10:10: access rules has no word 'row' — did you mean 'rows'? [unknown-word]",
    ),
    order(
        "ORDST, type: string}",
        "ORDST, type: string, classification: secret}",
        "7:57: 'secret' stands here; expected one of public, internal, confidential, personal [wrong-value]",
    ),
)
