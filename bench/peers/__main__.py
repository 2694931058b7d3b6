"""The peers' environments.

    python -m bench.peers install [NAME ...]     make them, from PyPI and npm; nothing else here needs a network
    python -m bench.peers list                   say which peers can be measured here, and why others cannot

Benchmarks name the peers that they leave out, and measure the others.
"""

from __future__ import annotations

import argparse
import sys

from bench.peers import environments
from bench.peers.cast import PEERS


def install(names: list[str]) -> int:
    """Make environments; 1 if one could not be made."""
    failed = 0
    for name in names or environments.names():
        problem = environments.install(name)
        print(f"{name:14} {problem or 'installed'}", flush=True)
        failed |= bool(problem)
    return failed


def show() -> int:
    """Print a line a peer."""
    for peer in PEERS:
        print(f"{peer.name:28} over {peer.store:12} {peer.missing() or 'can be measured'}")
    return 0


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("install", "list"))
    parser.add_argument("names", nargs="*", choices=[[], *environments.names()], default=[])
    options = parser.parse_args()
    return install(options.names) if options.what == "install" else show()


if __name__ == "__main__":
    sys.exit(main())
