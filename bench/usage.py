"""What counting who reads what costs: a hit and an uncached read, of a gateway that counts and of one that does not.

    python -m bench.usage [--rounds 15]

In process: a hit is what the lane asks of the recall (`app/recall.py`), an uncached read is one of an item that nobody keeps, by its key. Both
gateways answer in turn, so that a busy machine is as bad for the one as for the other. Then the count alone, and the writing of a full
store of counts: the time that a worker's background thread takes for it, every ten seconds at most.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Final

from app.assembly import compile_folder, open_gateway
from app.exchange import Inbound
from app.gateway import Gateway
from app.observations import Observatory
from app.pipeline import respond
from app.plan.forms import Form, text_of
from app.recall import Recall
from app.settings import Settings
from app.state import State
from app.usage.counting import MOST, Usage
from bench import plants
from bench.read import some_key

MOST_HIT: Final = 0.7  # microseconds of CPU that counting may add to a hit
TIMES: Final = 5_000  # of one measurement
OFF, ON = "not counted", "counted"

Read = Callable[[], object]


def gateway(folder: Path, days: int) -> Gateway:
    """A gateway in this process, which tells nobody anything."""
    return open_gateway(compile_folder(folder, {}), Settings(usage_days=days), Observatory())


def in_turn(reads: Mapping[str, Read], times: int, rounds: int) -> dict[str, list[float]]:
    """Microseconds of processor time of each read, by round; the first round warms up and is left out."""
    found: dict[str, list[float]] = {name: [] for name in reads}
    gc.disable()
    for turn in range(rounds + 1):
        for name, read in reads.items():
            started = process_time()
            for _ in range(times):
                read()
            if turn:
                found[name].append((process_time() - started) / times * 1e6)
        gc.collect()
    gc.enable()
    return found


def hit(asked: Gateway, inbound: Inbound) -> Read:
    """A hit, as the lane asks for it. Once in a while the ordinary way has to look after what was purged, as it does when served."""
    assert respond(asked, inbound).status == 200
    recall = Recall(asked)
    known = recall.know(inbound)
    assert known is not None

    def read() -> None:
        if recall.recalled(known, "r1") is None:
            assert respond(asked, inbound).status == 200

    return read


def uncached(asked: Gateway, inbound: Inbound) -> Read:
    """A read of an item, received anew each time."""
    assert respond(asked, inbound).status == 200
    return lambda: respond(asked, replace(inbound))


def compared(what: str, reads: Mapping[str, Read], times: int, rounds: int) -> float:
    """Print both, and give what counting adds, in microseconds: the median of the differences within rounds."""
    found = in_turn(reads, times, rounds)
    more = statistics.median(on - off for on, off in zip(found[ON], found[OFF], strict=True))
    medians = {name: statistics.median(each) for name, each in found.items()}
    print(f"{what:24} {medians[OFF]:10.2f} us {medians[ON]:10.2f} us {more:+8.2f} us")
    return more


def requests(directory: Path, rounds: int) -> None:
    """Print what counting adds to requests."""
    kept, plain = plants.kept_plant(directory / "kept", closed=False), plants.uncached_plant(directory / "plain")
    inbound = Inbound("GET", f"/v1/orders/{some_key(plain):07}", "", {}, "http://localhost", "r1", "192.0.2.7")
    gateways = [{OFF: gateway(folder, 0), ON: gateway(folder, 400)} for folder in (kept, plain)]
    print(f"{'in process':24} {OFF:>13} {ON:>13} {'more':>11}")
    more = compared("a hit", {name: hit(each, inbound) for name, each in gateways[0].items()}, TIMES, rounds)
    reads = {name: uncached(each, inbound) for name, each in gateways[1].items()}
    compared("an item that is read", reads, TIMES // 10, rounds)
    print(f"counting adds {more:.2f} us to a hit; asked: {MOST_HIT:g} us: {'met' if more <= MOST_HIT else 'MISSED'}")
    for each in (each for pair in gateways for each in pair.values()):
        each.close()


def writing(directory: Path, rounds: int) -> None:
    """Print what the count alone takes, and the writing of as many pairs as may wait."""
    directory.mkdir()
    state = State("sqlite:///state.db", directory)
    usage = Usage(state.add_usage, 400, 3600.0)
    form = text_of(Form("v1", "orders", fields=tuple(f"field_{number}" for number in range(15))))
    alone = in_turn({"": lambda: usage.note("key:0", form)}, TIMES * 10, rounds)[""]
    print(f"the count alone: {statistics.median(alone):.2f} us")
    for what in ("new", "known"):
        for number in range(MOST):
            usage.note(f"key:{number}", form)
        started = process_time()
        usage.flush()
        print(f"{MOST} {what} pairs are written in {(process_time() - started) * 1e3:.0f} ms")
    state.close()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        requests(Path(directory), options.rounds)
        writing(Path(directory) / "state", options.rounds)


if __name__ == "__main__":
    main()
