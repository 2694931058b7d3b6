"""Authenticate: where a credential stands, which kind it is, and how long its caller is known again."""

from __future__ import annotations

import pytest

from app.callers.credentials import NotAccepted
from app.exchange import ANYBODY, Caller, Inbound
from app.problems import ProblemError
from app.stages import authenticate as stage
from app.stages.authenticate import Credentials, authenticate


class Desk:
    """Checks credentials, and remembers which."""

    def __init__(self) -> None:
        self.checked: list[tuple[str, str]] = []
        self.revoked = False

    def check(self, text: str, client: str) -> Caller:
        """Whose it is."""
        self.checked.append((text, client))
        if self.revoked or text.endswith("wrong"):
            raise NotAccepted("wrong")
        return Caller(text)


@pytest.fixture
def desk() -> Desk:
    """A desk."""
    return Desk()


@pytest.fixture
def credentials(desk: Desk) -> Credentials:
    """Keys of that desk, and tokens of somebody else."""
    return Credentials(True, (("key_", desk.check),), lambda text, _: Caller(f"token {text}"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, which stands until a test moves it."""
    now = [100.0]
    monkeypatch.setattr(stage, "monotonic", lambda: now[0])
    return now


def asked(client: str = "192.0.2.7", **headers: str) -> Inbound:
    """A request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Inbound("GET", "/v1/orders", "", named, client=client)


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"authorization": "Bearer key_1"}, "key_1"),
        ({"authorization": "bearer key_1"}, "key_1"),
        ({"x_api_key": "key_1"}, "key_1"),
        ({"authorization": "Bearer eyJ"}, "token eyJ"),
    ],
)
def test_a_credential_stands_in_one_of_two_headers(
    credentials: Credentials, headers: dict[str, str], name: str
) -> None:
    """A key in either, a token as a bearer token."""
    assert authenticate(credentials, asked(**headers)).name == name


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Basic a2V5"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer key_1", "x_api_key": "key_1"},
    ],
)
def test_without_one_credential_nobody_is_anybody(credentials: Credentials, headers: dict[str, str]) -> None:
    """None, another scheme, or two of them."""
    with pytest.raises(ProblemError) as caught:
        authenticate(credentials, asked(**headers))
    assert caught.value.problem.code == "unauthorized"


def test_an_open_gateway_asks_for_none(credentials: Credentials) -> None:
    """It does not even look."""
    assert authenticate(Credentials(needed=False, kinds=credentials.kinds), asked(x_api_key="key_wrong")) is ANYBODY


def test_a_caller_is_known_again_for_a_moment(credentials: Credentials, desk: Desk, clock: list[float]) -> None:
    """The same headers from the same address are not checked again before it is over."""
    first = authenticate(credentials, asked(x_api_key="key_1"))
    authenticate(credentials, asked(x_api_key="key_1"))
    clock[0] += stage.MOMENT - 0.01
    assert authenticate(credentials, asked(x_api_key="key_1")) is authenticate(credentials, asked(x_api_key="key_1"))
    assert authenticate(credentials, asked(x_api_key="key_1")) == first
    assert len(desk.checked) == 1


def test_what_was_revoked_is_checked_when_the_moment_is_over(
    credentials: Credentials, desk: Desk, clock: list[float]
) -> None:
    """No caller outlives its credential by more."""
    for _ in range(3):
        authenticate(credentials, asked(x_api_key="key_1"))
    desk.revoked = True
    clock[0] += stage.MOMENT
    with pytest.raises(NotAccepted):
        authenticate(credentials, asked(x_api_key="key_1"))


def test_another_address_is_another_request(credentials: Credentials, desk: Desk, clock: list[float]) -> None:
    """A key may be bound to networks."""
    del clock
    for client in ("192.0.2.7", "192.0.2.7", "198.51.100.1"):
        authenticate(credentials, asked(client, x_api_key="key_1"))
    assert desk.checked[-1] == ("key_1", "198.51.100.1")


def test_who_was_refused_is_checked_each_time(credentials: Credentials, desk: Desk, clock: list[float]) -> None:
    """Only callers are known again."""
    del clock
    for _ in range(3):
        with pytest.raises(NotAccepted):
            authenticate(credentials, asked(x_api_key="key_wrong"))
    assert len(desk.checked) == 3


def test_what_is_known_again_is_bounded(
    credentials: Credentials, desk: Desk, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More callers in a moment than are kept are checked each time."""
    del clock
    monkeypatch.setattr(stage, "MOST_RECENT", 2)
    for _ in range(3):
        for number in range(5):
            assert authenticate(credentials, asked(x_api_key=f"key_{number}")).name == f"key_{number}"
    assert len(credentials.recent._kept) == 2
    assert len(desk.checked) > 9


def test_nothing_lies_about_where_nobody_asks(credentials: Credentials, clock: list[float]) -> None:
    """An idle worker drops the headers of its last callers, and nobody's before their moment is over."""
    authenticate(credentials, asked(x_api_key="key_1"))
    credentials.recent.tidy()
    assert len(credentials.recent._kept) == 1
    clock[0] += stage.MOMENT
    credentials.recent.tidy()
    assert not credentials.recent._kept


def test_no_header_is_in_a_repr(credentials: Credentials) -> None:
    """What is known again are secrets."""
    authenticate(credentials, asked(x_api_key="key_1"))
    authenticate(credentials, asked(x_api_key="key_1"))
    assert "key_1" not in repr(credentials)
