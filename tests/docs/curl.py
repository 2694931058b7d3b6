"""`curl`, as far as pages use it: python -m tests.docs.curl -s -H 'X-Api-Key: …' http://127.0.0.1:8080/v1/orders.

In charge of asking the gateway that a walk serves, at whatever port it listens: a page's own address stays the one that the
gateway is told. A test needs no program for it.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import os
import sys
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

PORT: Final = "WALK_PORT_"  # and a port of the page: the variable that says where the gateway listens in its place
_FORM: Final = "application/x-www-form-urlencoded"


def _arguments() -> argparse.Namespace:
    """What was asked for; an option that pages do not use yet is an error."""
    options = argparse.ArgumentParser("curl")
    for flag in ("-s", "-g", "-i"):
        options.add_argument(flag, action="store_true")
    options.add_argument("-H", action="append", default=[])
    options.add_argument("-d", action="append", default=[])
    options.add_argument("-u", default="")
    options.add_argument("url")
    return options.parse_args()


def _headers(asked: argparse.Namespace, host: str) -> Iterator[tuple[str, str]]:
    yield "Host", host
    if asked.u:
        yield "Authorization", f"Basic {base64.b64encode(asked.u.encode()).decode()}"
    if asked.d:
        yield "Content-Type", _FORM
    for header in asked.H:
        name, _, value = header.partition(":")
        yield name, value.strip()


def main() -> None:
    """Ask, and print the answer."""
    asked = _arguments()
    url = urlsplit(asked.url)
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ[f"{PORT}{url.port}"]), timeout=60)
    target = url.path + f"?{url.query}" * bool(url.query)
    body = "&".join(asked.d) if asked.d else None
    connection.request("POST" if body else "GET", target, body, dict(_headers(asked, url.netloc)))
    response = connection.getresponse()
    if asked.i:
        head = [
            f"HTTP/1.1 {response.status} {response.reason}",
            *(f"{name}: {value}" for name, value in response.getheaders()),
        ]
        sys.stdout.write("\n".join([*head, "", ""]))
    sys.stdout.write(response.read().decode())


if __name__ == "__main__":
    main()
