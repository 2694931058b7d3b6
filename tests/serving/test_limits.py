"""What is too long, at the server's own edge."""

from __future__ import annotations

import json

from tests.serving.conftest import Start


def test_a_long_query_is_a_problem(start: Start) -> None:
    """A query of 20 kB reaches the gateway, which answers with its own problem; one of 1 MB ends in a plain 414."""
    running = start()
    status, headers, body = running.get("/v1/items?name=" + "x" * 20_000)
    assert (status, headers["Content-Type"]) == (414, "application/problem+json")
    assert json.loads(body)["code"] == "query-too-long"
    assert running.status("/v1/items?name=" + "x" * 1_000_000) == 414
    assert running.status("/v1/items") == 200


def test_a_query_of_the_longest_length_is_read(start: Start) -> None:
    """16 384 bytes, the documented maximum, are longer than the server's own default and still read."""
    running = start()
    start_of_query = "name="
    status, _, body = running.get(f"/v1/items?{start_of_query}{'x' * (16_384 - len(start_of_query))}")
    assert json.loads(body).get("code") != "query-too-long"
    assert status in {200, 422}
