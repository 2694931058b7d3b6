"""What every generated Python client has, whatever its contract: requests, pages, validators, retries, problems.

`app.describe.clients.python` copies what follows this docstring into each client, so that it is checked and tested like any other
module. It uses the standard library alone, and must not know a contract.
"""

from __future__ import annotations

import datetime as dt
import decimal
import http.client
import json
import random
import threading
import time
import typing
import urllib.error
import urllib.parse
import urllib.request
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_Item = typing.TypeVar("_Item")
_Key = typing.TypeVar("_Key")
_ListOptions = typing.TypeVar("_ListOptions")
_ItemOptions = typing.TypeVar("_ItemOptions")

Many: typing.TypeAlias = _Item | Iterable[_Item]
"""One value, or several."""
_Shape = Mapping[str, str]
"""How the members of a schema are read: the name of a converter, or of the schema of what is nested."""

_RETRIED = frozenset({429, 502, 503, 504})
"""Statuses of what may pass, where no problem document says whether it is `retryable`."""
_LONGEST = 60.0  # seconds: who is told to wait longer is told so by an exception
_KEPT = 256  # answers whose ETag is remembered

_CHANCE = random.SystemRandom()

_CONVERTERS: Mapping[str, typing.Callable[[str], object]] = {
    "date": dt.date.fromisoformat,
    "date-time": dt.datetime.fromisoformat,
    "decimal": decimal.Decimal,
}


class ProblemError(Exception):
    """The gateway's answer to a request that it refuses (RFC 9457).

    `code` is stable: compare that, not the texts. `retryable` says whether the same request may succeed later, `retry_after` after
    how many seconds. What is no problem document, as a proxy's page, has the code `""`.
    """

    def __init__(self, status: int, document: Mapping[str, typing.Any], retry_after: float | None) -> None:
        self.status = status
        self.type: str = document.get("type", "about:blank")
        self.title: str = document.get("title", http.client.responses.get(status, ""))
        self.detail: str = document.get("detail", self.title)
        self.instance: str = document.get("instance", "")
        self.code: str = document.get("code", "")
        self.retryable: bool = document.get("retryable", status in _RETRIED)
        self.errors: list[dict[str, str]] = document.get("errors", [])
        self.retry_after = retry_after
        super().__init__(f"{status} {self.code or self.title}: {self.detail}")


@dataclass(frozen=True)
class Listing(typing.Generic[_Item]):
    """One page of a list. `next` is the cursor of the page after it; `as_of` is when its data was read."""

    data: list[_Item]
    limit: int
    next: str | None
    total: int | None
    as_of: dt.datetime | None


@dataclass(frozen=True)
class _Answer:
    """A body, and the headers that came with it, in lower case: proxies spell them as they like."""

    body: bytes
    headers: Mapping[str, str]


class _Stay(urllib.request.HTTPRedirectHandler):
    """No redirect is followed: a credential goes to the gateway, and to nobody that something else names."""

    def redirect_request(self, *about: typing.Any) -> None:
        del about


class Gateway:
    """Requests to one gateway. Safe for threads.

    `credential` is an API key or an access token. A request that may succeed later is made again, `attempts` times at most, after
    the time that the gateway asks for. `timeout` is in seconds, for each attempt.
    """

    def __init__(self, base_url: str, credential: str = "", *, timeout: float = 30.0, attempts: int = 3) -> None:
        if urllib.parse.urlsplit(base_url).scheme not in {"http", "https"}:
            raise ValueError(f"{base_url!r} is no address of a gateway: https://api.example.com")
        self.base_url = base_url.rstrip("/")
        self.credential = credential
        self.timeout = timeout
        self.attempts = attempts
        self._opener = urllib.request.build_opener(_Stay)
        self._kept: OrderedDict[tuple[str, str], _Answer] = OrderedDict()
        self._keeping = threading.Lock()

    def fetch(self, path: str, options: Mapping[str, typing.Any]) -> _Answer:
        """What a path answers. Raises ProblemError, and OSError where no gateway is reached."""
        url = f"{self.base_url}{path}{_query(options)}"
        for attempt in range(1, self.attempts + 1):
            try:
                return self._once(url)
            except (ProblemError, OSError) as failure:
                wait = _wait(failure, attempt)
                if wait is None or attempt == self.attempts:
                    raise
            time.sleep(wait)
        raise ValueError("attempts is less than 1")

    def _once(self, url: str) -> _Answer:
        place = url, self.credential
        with self._keeping:
            known = self._kept.get(place)
        try:
            with self._opener.open(self._request(url, known), timeout=self.timeout) as response:
                answer = _Answer(response.read(), _lowered(response.headers.items()))
        except http.client.HTTPException as error:
            raise ConnectionError(f"the answer broke off: {error!r}") from error
        except urllib.error.HTTPError as error:
            with error:
                if error.code == http.HTTPStatus.NOT_MODIFIED and known is not None:
                    return _Answer(known.body, {**known.headers, **_lowered(error.headers.items())})
                raise _problem(error) from None
        self._keep(place, answer)
        return answer

    def _request(self, url: str, known: _Answer | None) -> urllib.request.Request:
        headers = {"Accept": "application/json"}
        if self.credential:
            headers["Authorization"] = f"Bearer {self.credential}"
        if known is not None:
            headers["If-None-Match"] = known.headers["etag"]
        return urllib.request.Request(url, headers=headers)  # noqa: S310 # the scheme is checked where the address is given

    def _keep(self, place: tuple[str, str], answer: _Answer) -> None:
        if "etag" not in answer.headers:
            return
        with self._keeping:
            self._kept[place] = answer
            self._kept.move_to_end(place)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


class Resource(typing.Generic[_Item, _Key, _ListOptions, _ItemOptions]):
    """One resource: a list, and its items by their key."""

    def __init__(self, gateway: Gateway, path: str, shape: str, shapes: Mapping[str, _Shape]) -> None:
        self._gateway = gateway
        self._path = path
        self._shape = shape
        self._shapes = shapes

    def get(self, key: _Key, options: _ItemOptions | None = None) -> _Item:
        """One item by its key. Raises ProblemError, with the code `not-found` where there is none."""
        parts = key if isinstance(key, tuple) else (key,)
        path = ",".join(urllib.parse.quote(_text(part), safe="") for part in parts)
        answer = self._gateway.fetch(f"{self._path}/{path}", _asked(options))
        return typing.cast("_Item", self._read(json.loads(answer.body), self._shape))

    def list(self, options: _ListOptions | None = None) -> Listing[_Item]:
        """One page of the list. Raises ProblemError."""
        answer = self._gateway.fetch(self._path, _asked(options))
        found = json.loads(answer.body)
        page = found["page"]
        as_of = answer.headers.get("data-as-of")
        return Listing(
            [typing.cast("_Item", self._read(each, self._shape)) for each in found["data"]],
            page["limit"],
            page["next"],
            page.get("total"),
            dt.datetime.fromisoformat(as_of) if as_of else None,
        )

    def pages(self, options: _ListOptions | None = None) -> Iterator[Listing[_Item]]:
        """Page after page, from the one that `options` name. Raises ProblemError."""
        asked = _asked(options)
        while True:
            page = self.list(typing.cast("_ListOptions", asked))
            yield page
            if page.next is None:
                return
            asked = {**asked, "cursor": page.next}

    def each(self, options: _ListOptions | None = None) -> Iterator[_Item]:
        """Every item of the list, read page by page. Raises ProblemError."""
        for page in self.pages(options):
            yield from page.data

    def _read(self, value: typing.Any, shape: str) -> typing.Any:
        """A value of a body, as the schema or the converter of that name reads it."""
        if value is None:
            return None
        if isinstance(value, list):
            return [self._read(each, shape) for each in value]
        if shape in _CONVERTERS:
            return _CONVERTERS[shape](value)
        members = self._shapes.get(shape, {})
        return {name: self._read(each, members[name]) if name in members else each for name, each in value.items()}


def _lowered(headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers}


def _asked(options: object) -> Mapping[str, typing.Any]:
    return typing.cast("Mapping[str, typing.Any]", options or {})


def _query(options: Mapping[str, typing.Any]) -> str:
    """The query, with its `?`; several values of a parameter repeat it."""
    pairs = [(name, _text(value)) for name, given in options.items() for value in _values(given)]
    return f"?{urllib.parse.urlencode(pairs)}" if pairs else ""


def _values(given: typing.Any) -> Iterable[typing.Any]:
    return given if isinstance(given, Iterable) and not isinstance(given, str) else (given,)


def _text(value: object) -> str:
    """A value as an address has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, decimal.Decimal) else str(value)


def _problem(error: urllib.error.HTTPError) -> ProblemError:
    """The problem in an answer, whatever its body is."""
    try:
        document = json.loads(error.read())
    except ValueError:
        document = None
    after = error.headers.get("Retry-After", "")
    wait = float(after) if after.isdigit() else None
    return ProblemError(error.code, document if isinstance(document, dict) else {}, wait)


def _wait(failure: Exception, attempt: int) -> float | None:
    """Seconds until the next attempt; None where there is to be none. Without advice they double, and vary."""
    advised = failure.retry_after if isinstance(failure, ProblemError) else None
    if isinstance(failure, ProblemError) and not failure.retryable:
        return None
    wait = advised if advised is not None else _CHANCE.uniform(0.1, 0.25) * 2**attempt
    return wait if wait <= _LONGEST else None
