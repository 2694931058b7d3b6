"""What callers cost: a read by its key with a credential, a scope, limits and an audit, beside the same read of an open gateway.

    python -m bench.callers [--seconds 3] [--rounds 5]

In process first: one gateway after another answers the same request, in turn, and the processor time of each is taken; each
has one part more than the one before it, so that the differences are what the parts cost. Then served: an open gateway and
one with everything, both under gunicorn, loaded in turn. Caching is off, and limits are too wide to refuse anybody.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import process_time

import orjson

from app.assembly import compile_folder, open_gateway
from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.callers.keys import Keyring
from app.callers.own_tokens import SECRET, OwnTokens
from app.exchange import Inbound
from app.gateway import Gateway
from app.observations import Observatory
from app.pipeline import respond
from app.settings import Settings
from app.state import State
from bench import harness
from bench.read import THREADS, WORKERS, some_key, uncached_plant

MOST = 15.0  # microseconds of CPU that all parts together may cost
READS = 400  # of one measurement in process
WARM = 100  # reads before it: whoever comes first would pay for caches that the others find warm
ACCESS = """
access:
  read: orders:read
  rows: {customer: claim:customer}
"""
LIMITS = "limits: {default: {requests: 1000000/s, burst: 1000000}}\n"
COSTS = "limits: {default: {requests: 1000000/s, burst: 1000000, rows: 1000000000/s, milliseconds: 1000000000/s}}\n"


def folder(place: Path, security: str, *, scoped: bool = False, limits: str = "") -> Path:
    """The uncached demo plant, whose orders belong to customers if `scoped`."""
    plant = uncached_plant(place)
    gateway = plant / "gateway.yaml"
    lines = gateway.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("security:")]
    text = "".join(kept) + f"security: {security}\n{limits}"
    gateway.write_text(text, encoding="utf-8")
    if scoped:
        orders = plant / "v1" / "orders.yaml"
        orders.write_text(orders.read_text(encoding="utf-8") + ACCESS, encoding="utf-8")
    return plant


def opened(plant: Path, settings: Settings) -> Gateway:
    """A gateway in this process, which tells nobody anything."""
    return open_gateway(compile_folder(plant, {}), settings, Observatory())


def credentials(plant: Path, customer: str) -> tuple[str, str]:
    """A key of that customer, and a token for it."""
    state = State("sqlite:///state.db", plant)
    pepper = pepper_of("", state)
    grant = Grant("bench", ("orders:read",), {"customer": (customer,)})
    text, _ = KeyManager(state, pepper).create(grant)
    keyring = Keyring(state, pepper)
    tokens = OwnTokens(state.secret(SECRET), 3600.0, keyring, state)
    issued = tokens.issue(keyring.caller(text), None)
    state.close()
    return text, issued.text


def asked(path: str, credential: str = "") -> Inbound:
    """The request."""
    headers = {"authorization": f"Bearer {credential}"} if credential else {}
    return Inbound("GET", path, "", headers, "http://localhost", "r1", "192.0.2.7")


def in_turn(reads: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Microseconds of processor time of each read, measured in turn; the first, uncounted, turn warms each up."""
    found: dict[str, list[float]] = {name: [] for name in reads}
    gc.disable()
    for turn in range(rounds + 1):
        for name, read in reads.items():
            for _ in range(WARM):
                read()
            started = process_time()
            for _ in range(READS):
                read()
            if turn:
                found[name].append((process_time() - started) / READS * 1e6)
        gc.collect()
    gc.enable()
    return found


def parts(directory: Path, rounds: int) -> None:
    """Print what each part costs, in process."""
    plain, closed = folder(directory / "open", "open"), folder(directory / "closed", "closed")
    scoped = folder(directory / "scoped", "{tokens: 1h}", scoped=True)
    limited = folder(directory / "limited", "{tokens: 1h}", scoped=True, limits=LIMITS)
    costly = folder(directory / "costly", "{tokens: 1h}", scoped=True, limits=COSTS)
    number, audit = some_key(plain), Settings(audit=str(directory / "audit.jsonl"))
    path = f"/v1/orders/{number:07}"
    customer = customer_of(plain, path)
    key, token = credentials(limited, customer)
    cases = {
        "an open gateway": (opened(plain, Settings()), ""),
        "and a key": (opened(closed, Settings()), credentials(closed, customer)[0]),
        "and a scope and the caller's rows": (opened(scoped, Settings()), credentials(scoped, customer)[0]),
        "and limits": (opened(limited, Settings()), key),
        "and the audit": (opened(limited, audit), key),
        "a token in place of the key": (opened(limited, audit), token),
        "a key, and limits of rows and time": (opened(costly, audit), credentials(costly, customer)[0]),
    }
    reads: dict[str, Callable[[], object]] = {}
    bodies = set()
    for name, (gateway, credential) in cases.items():
        inbound = asked(path, credential)
        answer = respond(gateway, inbound)
        assert answer.status == 200, (name, answer)
        bodies.add(answer.body)
        reads[name] = lambda gateway=gateway, inbound=inbound: respond(gateway, replace(inbound))  # type: ignore[misc]  # a loop's variables
    assert len(bodies) == 1, "the gateways answer differently"
    found = in_turn(reads, rounds)
    print(f"{'in process, one item by key':36} {'CPU us':>8} {'more':>8} {'ratio':>7}")
    first = found["an open gateway"]
    for name, times in found.items():
        more = statistics.median(each - base for each, base in zip(times, first, strict=True))
        ratio = statistics.median(each / base for each, base in zip(times, first, strict=True))
        print(f"{name:36} {statistics.median(times):8.1f} {more:8.1f} {ratio:6.2f}x")
    whole = statistics.median(each - base for each, base in zip(found["and the audit"], first, strict=True))
    print(f"all of it costs {whole:.1f} us; asked: at most {MOST:g} us: {'met' if whole <= MOST else 'MISSED'}\n")
    for gateway, _ in cases.values():
        gateway.close()


def customer_of(plant: Path, path: str) -> str:
    """Whose order it is."""
    gateway = opened(plant, Settings())
    body = orjson.loads(respond(gateway, asked(path)).body)
    gateway.close()
    return str(body["customer"])


def served(directory: Path, seconds: float, rounds: int) -> None:
    """Print what it costs under gunicorn."""
    plain = folder(directory / "served-open", "open")
    guarded = folder(directory / "served-closed", "closed", scoped=True, limits=LIMITS)
    path = f"/v1/orders/{some_key(plain):07}"
    key, _ = credentials(guarded, customer_of(plain, path))
    script = directory / "key.lua"
    script.write_text(f'wrk.headers["Authorization"] = "Bearer {key}"\n', encoding="utf-8")
    with ExitStack() as stack:
        servers = [
            _started(stack, "open", plain, {}),
            _started(stack, "closed", guarded, {"BASCULE_AUDIT": str(directory / "served.jsonl")}),
        ]
        print(
            f"{'served, one item by key':16} {'conns':>5} {'open':>10} {'closed':>10} {'ratio':>7} {'more CPU us':>12}"
        )
        for connections in (1, 16):
            paths = dict.fromkeys(("open", "closed"), path)
            found = harness.interleaved(servers, paths, connections, seconds, rounds, str(script))
            pairs = list(zip(found["closed"], found["open"], strict=True))
            rate = statistics.median(closed.rate / plain.rate for closed, plain in pairs)
            more = statistics.median(closed.cpu - plain.cpu for closed, plain in pairs)
            rates = [harness.median(found[name]).rate for name in ("open", "closed")]
            print(f"{'':16} {connections:11} {rates[0]:8.0f}/s {rates[1]:8.0f}/s {rate:6.2f}x {more:12.1f}")


def _started(stack: ExitStack, name: str, plant: Path, env: Mapping[str, str]) -> harness.Server:
    port = harness.free_port()
    scale = ["--workers", str(WORKERS), "--threads", str(THREADS)]
    command = [sys.executable, "-m", "app", "serve", str(plant), "--bind", f"127.0.0.1:{port}", *scale]
    return stack.enter_context(harness.serving(name, command, port, env, "/livez"))


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement of a server")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        parts(Path(directory), options.rounds)
        served(Path(directory), options.seconds, options.rounds)


if __name__ == "__main__":
    main()
