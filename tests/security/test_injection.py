"""Injection: whatever stands in a parameter, a key or a claim, the statements that are sent are those of harmless requests.

A source tells the text of each statement that it was sent (`StatementRun`). For each parameter, the texts that harmless values
lead to are collected first, with the number of values in an IN left open; nothing else may be sent for any hostile one. A text
that held a value could not pass: values of the corpus differ from the harmless ones, so their statements would too.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_from_bytes

import pytest

from app.callers.key_manager import Grant
from app.state import State
from tests.security.operations import Operation, Parameter, operations, owned, reads, values
from tests.security.tenants import ANYBODY, NOBODY, A, B
from tests.security.test_tenants import OTHERS
from tests.security.world import PEPPER, READS, World, claims, compiled, give_keys

every = pytest.mark.parametrize("operation", operations(), ids=str)

ROLE: Final = "accountant of A"  # who may ask for every field
HOLE: Final = "zqxhole"  # where hostile text is put into a path
MARK: Final = "zqx"  # stands in each hostile value that has room for a word, and in no statement

HOSTILE: Final = (
    "'",
    "''",
    '"',
    "`",
    "\\'",
    "zqx' OR '1'='1",
    "zqx' OR 1=1 --",
    "zqx'/**/OR/**/1=1#",
    "1 OR 1=1",
    "1) OR (1=1",
    "zqx'; DROP TABLE ORDHDR; --",
    "zqx' UNION SELECT INVNO, CUSNO, INVAMT FROM INVOICE --",
    "zqx') UNION ALL SELECT name FROM sqlite_master --",
    "zqx' AND (SELECT COUNT(*) FROM RECEIPT) > 0 --",
    "zqx' || (SELECT CUSNO FROM ORDHDR) || '",
    "zqx'+(SELECT 1)+'",
    "';WAITFOR DELAY '0:0:5'--",
    "1; SELECT pg_sleep(5)",
    "zqx\u2019 OR \u20191\u2019=\u20191",
    "zqx\uff07 OR 1=1",
    "zqx\u02bc OR 1=1",
    "%",
    "_",
    "%%%",
    "zqx%' ESCAPE '!",
    "zqx\\%",
    "[a-z]%",
    "?",
    ":param_1",
    ":1",
    "%(param_1)s",
    "$1",
    "{0}",
    "{self.__class__}",
    "${jndi:ldap://zqx}",
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "0x41",
    "1_000",
    "\u0661\u0662",
    "-0",
    "9" * 400,
    "zqx" * 1000,
    "0001-01-01",
    "9999-12-31T23:59:59+23:59",
    "true",
    "null",
    "",
    "\u202ezqx",
    "\U0001f600",
    "\ufffe",
    "..%2f..",
    "../../etc/passwd",
    "<script>zqx</script>",
)
RAW: Final = (  # percent-encoded as they stand: what no text can say
    "%00",
    "zqx%00' OR 1=1",
    "%ff",
    "%c0%27",
    "%ed%a0%80",
    "%0d%0aX-Zqx:%201",
    "%zz",
    "%",
    "%2527",
    quote_from_bytes("zqx' OR 1=1".encode("utf-16")),
)
STATUSES: Final = {200, 400, 404, 422}

_IN: Final = re.compile(r"IN \((?:[^()]*\?[^()]*)\)")


def shape(statement: str) -> str:
    """A statement without the number of values in its lists."""
    return _IN.sub("IN (?)", statement)


CORPUS: Final = (*(quote(text, safe="") for text in HOSTILE), *RAW)  # percent-encoded
SHARE: Final = 4


def hostile(*words: str) -> tuple[str, ...]:
    """A share of the corpus, another one for each place: over all parameters, each value stands in a good many of them."""
    return CORPUS[zlib.crc32("".join(words).encode()) % SHARE :: SHARE]


def path_of(operation: Operation) -> str:
    """Where the operation has something of A's to show."""
    return operation.at(owned(operation, A, ANYBODY)[0].item) if operation.key else operation.path


def shapes(world: World, target: str) -> set[str]:
    """The shapes of the statements that a request leads to, past any cache."""
    world.forget()
    world.statements()
    reply = world.get(ROLE, target)
    assert reply.status in STATUSES, (target, reply.body)
    assert reply.without(target).shows(*OTHERS[ROLE]) == [], target
    return set(map(shape, world.statements()))


def harmless(world: World, operation: Operation, parameter: Parameter) -> set[str]:
    """What good values of a parameter lead to, and what its absence does."""
    found = shapes(world, path_of(operation))
    for value in values(operation, parameter, A, B, ANYBODY):
        found |= shapes(world, f"{path_of(operation)}?{quote(parameter.name, safe='')}={quote(value, safe='')}")
    return found


@every
def test_a_value_never_becomes_sql(world: World, operation: Operation) -> None:
    """Every query parameter with hostile values: only statements that harmless ones lead to, too."""
    for parameter in operation.query:
        known = harmless(world, operation, parameter)
        assert [each for each in known if MARK in each] == []
        name = quote(parameter.name, safe="")
        for value in hostile(str(operation), parameter.name):
            assert shapes(world, f"{path_of(operation)}?{name}={value}") <= known, (parameter.name, value)


@every
def test_a_name_never_becomes_sql(world: World, operation: Operation) -> None:
    """Hostile text as the name of a parameter, as an operator, or as a word after a good one is refused unread."""
    good = operation.words("fields")[0]
    for value in hostile(str(operation)):
        for query in (f"{value}=1", f"{good}[{value}]=1", f"fields={good},{value}", f"sort={value}", f"expand={value}"):
            found = shapes(world, f"{path_of(operation)}?{query}")
            assert found == set() or not value, query


@pytest.mark.parametrize("operation", [each for each in operations() if each.key], ids=str)
def test_a_key_never_becomes_sql(world: World, operation: Operation) -> None:
    """Hostile text as any part of a key: the one statement of an item, or none."""
    good = owned(operation, A, ANYBODY)[0].item
    known = shapes(world, operation.at(good)) | shapes(world, operation.absent)
    assert len(known) == 1
    for name in operation.key:
        for value in filter(None, CORPUS):  # without a value it is another path
            path = operation.at({**good, name: HOLE}).replace(HOLE, value)
            assert shapes(world, path) <= known, path


def test_a_claim_never_becomes_sql(world: World) -> None:
    """Hostile text as a claim that scopes rows: the statements of a good claim, and nobody's rows, or a refusal."""
    texts = [text for text in HOSTILE if text and text.isprintable() and len(text) < 900]
    grants = {text: Grant("hostile", READS, dict.fromkeys(claims(A), (text,))) for text in texts}
    single = {name: found[:1] for name, found in claims(NOBODY).items()}
    keys = given(grants | {"harmless": Grant("harmless", READS, single)})
    known_to(world, keys["harmless"])
    for operation in reads(key=False):
        known = claimed(world, operation, keys["harmless"])
        for text in texts:
            assert claimed(world, operation, keys[text]) <= known, text


def given(grants: Mapping[str, Grant]) -> dict[str, str]:
    """Keys for these grants, of the gateway's own state."""
    found = compiled().contract
    state = State(found.state, Path(found.folder))
    keys = give_keys(state, PEPPER, grants)
    state.close()
    return keys


def claimed(world: World, operation: Operation, key: str) -> set[str]:
    """The shapes of the statements that a key leads to, whose holder sees no row of a tenant's."""
    world.forget()
    world.statements()
    reply = world.ask("GET", operation.path, {"Authorization": f"Bearer {key}"})
    assert reply.status == 200 or reply.code in {"claim-required", "bad-data"}, reply.body
    assert reply.shows(A, B) == []
    return set(map(shape, world.statements()))


def known_to(world: World, key: str) -> None:
    """Wait until the gateway has heard of a key that was just made: that takes two seconds at most."""
    until = time.monotonic() + 30
    while world.ask("GET", "/v1/centers", {"Authorization": f"Bearer {key}"}).status == 401:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_corpus_would_be_noticed(world: World) -> None:
    """A statement of another shape, or one that holds a value, is none of those that are known."""
    known = shapes(world, "/v1/orders?customer=QALFA01")
    (statement,) = known
    for changed in (
        statement.replace("?", "'zqx'", 1),
        f"{statement} OR 1=1",
        statement.replace("IN (?)", "IN (?) OR 1"),
    ):
        assert shape(changed) not in known or changed == statement
