"""Cached reads: the gateway's hits beside a program that does nothing, and beside a static file server.

    python -m bench.hits [--seconds 2] [--rounds 5]

One item, a page of 100, and that page with gzip, over 1, 32 and 256 connections; in turn within one run. The two others serve the very
bytes that the gateway answers: a bare WSGI application under gunicorn's gthread, and nginx from a file. The gateway is
measured open, and closed with a key, a scope and limits, without and with the audit; where `serve` has `--lane`, closed
without the lane as well; and then with 256 keys in turn. That answers are hits is looked at before each measurement and after it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bench import harness, plants
from bench.harness import Round, Server
from bench.peers import cast, nginx

CONNECTIONS: Final = (1, 32, 256)
CROWD: Final = 256  # keys
LOOKS: Final = 20  # answers in a row that have to be hits
PATIENCE: Final = 400  # looks until every worker has the answer
HIT: Final = "bascule; hit"
BARE, NGINX = "bare WSGI", "nginx"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is read: a name for files, a path of the gateway, the content coding that is asked for (empty: none)."""

    name: str
    file: str
    path: str
    coding: str = ""
    beside_bare: float = 0.0  # what is asked for with 32 connections, key and limits
    beside_nginx: float = 0.0

    @property
    def headers(self) -> Mapping[str, str]:
        """What a request says beside its key."""
        return {"Accept-Encoding": self.coding} if self.coding else {}


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to run the gateway."""

    name: str
    closed: bool
    audit: bool = False
    options: Sequence[str] = ()

    @property
    def asked(self) -> bool:
        """Whether the table of what was asked is about it."""
        return self.closed and not self.audit and "off" not in self.options


def subjects(number: int) -> Sequence[Subject]:
    """The three answers."""
    page = "/v1/orders?limit=100"
    return (
        Subject("item", "item", f"/v1/orders/{number:07}", "", 6.0, 0.6),
        Subject("page of 100", "page", page),
        Subject("page of 100, gzip", "page-gzip", page, "gzip", 4.0),
    )


def variants() -> Sequence[Variant]:
    """The ways to run it that this version has."""
    command = [sys.executable, "-m", "app", "serve", "--help"]
    lane = "--lane" in subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = (
        Variant("open", closed=False),
        Variant("closed", closed=True),
        Variant("and audited", closed=True, audit=True),
    )
    return (*found, Variant("closed, no lane", closed=True, options=("--lane", "off"))) if lane else found


# Servers.


def gateways(stack: ExitStack, folder: Path) -> tuple[Mapping[Variant, Server], Sequence[str]]:
    """Every variant, started, each over a folder of its own; and the keys that all closed ones know."""
    plain = plants.kept_plant(folder / "open", closed=False)
    guarded = plants.kept_plant(folder / "closed", closed=True)
    keys = plants.keys(guarded, CROWD)
    found = {}
    for at, variant in enumerate(variants()):
        own = folder / f"variant-{at}"
        shutil.copytree(guarded if variant.closed else plain, own)
        env = {"BASCULE_AUDIT": str(own / "audit.jsonl")} if variant.audit else {}
        found[variant] = stack.enter_context(harness.gateway(variant.name, own, env, *variant.options))
    return found, keys


def bare(stack: ExitStack, folder: Path, subject: Subject, body: bytes) -> Server:
    """The bare application with these bytes."""
    path, port = folder / f"bare-{subject.file}", harness.free_port()
    path.write_bytes(body)
    env = {"PEER_BODY": str(path), "PEER_CODING": subject.coding}
    command = cast.gunicorn(sys.executable, "bench.peers.constant:wsgi()")(port)
    return stack.enter_context(harness.serving(BARE, command, port, env, "/"))


def static(stack: ExitStack, folder: Path, bodies: Mapping[Subject, bytes]) -> Server | None:
    """Nginx with a file for each subject; None where there is none."""
    if reason := nginx.missing():
        print(f"left out: nginx: {reason}")
        return None
    port = harness.free_port()
    files = {subject.file: body for subject, body in bodies.items()}
    codings = {subject.file: subject.coding for subject in bodies}
    command = nginx.prepare(folder / "nginx", files, codings, port)
    return stack.enter_context(harness.serving(NGINX, command, port, {}, "/item"))


# Proof.


def look(server: Server, path: str, headers: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
    """An answer over a connection of its own, which any worker may take: body and headers, whose names are lower case."""
    connection = HTTPConnection(urlsplit(server.base).netloc, timeout=10)
    connection.request("GET", path, headers=dict(headers))
    response = connection.getresponse()
    body = response.read()
    found = {name.lower(): value for name, value in response.getheaders()}
    connection.close()
    if response.status != 200:
        sys.exit(f"{server.name} answered {path} with {response.status}: {body[:200]!r}")
    return body, found


def warm(server: Server, path: str, headers: Mapping[str, str]) -> bytes:
    """Ask until every worker answers from its cache: the answer."""
    row = 0
    for _ in range(PATIENCE):
        body, found = look(server, path, headers)
        row = row + 1 if found.get("cache-status", "").startswith(HIT) else 0
        if row == LOOKS:
            return body
    sys.exit(f"{server.name}: {path} is not answered from the cache after {PATIENCE} requests")


def bodies_of(server: Server, wanted: Sequence[Subject]) -> Mapping[Subject, bytes]:
    """The bytes of each subject that the gateway has; a coding that it has not is named."""
    found = {}
    for subject in wanted:
        body = warm(server, subject.path, subject.headers)
        coding = look(server, subject.path, subject.headers)[1].get("content-encoding", "")
        if coding == subject.coding:
            found[subject] = body
        else:
            print(f"left out: {subject.name}: the gateway answers it without that coding")
    return found


def said(body: bytes, coding: str) -> Any:
    """What an answer says; of a page its items, since the mark of the next one is each contract's own."""
    content = json.loads(gzip.decompress(body) if coding == "gzip" else body)
    return content.get("data", content)


def prove(servers: Mapping[Variant, Server], others: Sequence[Server], subject: Subject, body: bytes, key: str) -> None:
    """Stop unless every gateway answers this from its cache, and every other server answers these bytes."""
    headers = {**subject.headers, "Authorization": f"Bearer {key}"}
    expected = said(body, subject.coding)
    same = [said(warm(server, subject.path, headers), subject.coding) == expected for server in servers.values()]
    same += [look(server, f"/{subject.file}", headers)[0] == body for server in others]
    if not all(same):
        sys.exit(f"{subject.name}: the answers differ")


# Measurement.


def script(folder: Path, name: str, headers: Mapping[str, str], keys: Sequence[str]) -> str:
    """Wrk's script that says these headers and one key after another: its path."""
    lines = [f'wrk.headers["{header}"] = "{value}"' for header, value in headers.items()]
    lines.append(f'wrk.headers["Authorization"] = "Bearer {keys[0]}"')
    if len(keys) > 1:
        listed = ", ".join(f'"{key}"' for key in keys)
        lines.append(f"""
local keys, requests, turn = {{{listed}}}, {{}}, 0
init = function()
    for at, key in ipairs(keys) do
        wrk.headers["Authorization"] = "Bearer " .. key
        requests[at] = wrk.format()
    end
end
request = function()
    turn = turn % #requests + 1
    return requests[turn]
end""")
    path = folder / f"{name}.lua"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def measure(
    servers: Mapping[Variant, Server],
    others: Sequence[Server],
    subject: Subject,
    connections: int,
    lua: str,
    options: argparse.Namespace,
) -> Mapping[str, Sequence[Round]]:
    """The rounds of every server, in turn."""
    paths = {server.name: subject.path for server in servers.values()} | dict.fromkeys(
        (BARE, NGINX), f"/{subject.file}"
    )
    return harness.interleaved([*others, *servers.values()], paths, connections, options.seconds, options.rounds, lua)


def report(
    title: str,
    connections: int,
    found: Mapping[str, Sequence[Round]],
    variants: Sequence[Variant],
    subject: Subject,
) -> None:
    """Print a line a server; the gateway's with the ratios to the others'."""
    print(f"{title}, {connections} connections")
    for name, rounds in found.items():
        typical = harness.median(rounds)
        text = f"  {name:18} {typical.rate:8.0f}/s {typical.cpu:7.1f}"
        variant = next((each for each in variants if each.name == name), None)
        if variant is not None:
            for other, least in ((BARE, subject.beside_bare), (NGINX, subject.beside_nginx)):
                text += beside(found, name, other, least if variant.asked and connections == 32 else 0.0)
        print(text.rstrip(), flush=True)


def beside(found: Mapping[str, Sequence[Round]], ours: str, theirs: str, least: float) -> str:
    """The columns that compare with one of the others."""
    if theirs not in found:
        return ""
    ratio = harness.ratio(found, ours, theirs)
    verdicts = f"rate {harness.verdict(ratio.rate, least)}, CPU {harness.verdict(ratio.cpu, least)}"
    asked = f"asked {least:g}x: {verdicts}" if least else ""
    return f" {ratio.rate:7.2f}x {ratio.cpu:6.2f}x {asked:36}"


def run(folder: Path, options: argparse.Namespace) -> None:
    """Measure everything."""
    with ExitStack() as stack:
        servers, keys = gateways(stack, folder)
        first = next(iter(servers.values()))
        bodies = bodies_of(first, subjects(plants.some_key(folder / "open")))
        nginx_server = static(stack, folder, bodies)
        print(f"\n{'':20} {'rate':>10} {'CPU us':>7}  against {BARE}: rate, CPU; against {NGINX}: rate, CPU")
        for subject, body in bodies.items():
            others = [bare(stack, folder, subject, body), *([nginx_server] if nginx_server else [])]
            prove(servers, others, subject, body, keys[0])
            lua = script(folder, subject.file, subject.headers, keys[:1])
            title = f"{subject.name} ({len(body)} bytes)"
            for connections in CONNECTIONS:
                found = measure(servers, others, subject, connections, lua, options)
                report(title, connections, found, list(servers), subject)
            if subject.file == "item":
                crowd(folder, {each: servers[each] for each in servers if each.closed}, others, subject, keys, options)
            prove(servers, others, subject, body, keys[0])


def crowd(
    folder: Path,
    servers: Mapping[Variant, Server],
    others: Sequence[Server],
    subject: Subject,
    keys: Sequence[str],
    options: argparse.Namespace,
) -> None:
    """The same with many keys in turn."""
    lua = script(folder, "crowd", subject.headers, keys)
    for connections in CONNECTIONS[1:]:
        found = measure(servers, others, subject, connections, lua, options)
        report(f"{subject.name}, {len(keys)} keys", connections, found, list(servers), subject)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        run(Path(directory), options)


if __name__ == "__main__":
    main()
