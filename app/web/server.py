"""Serving: gunicorn around the web application, with everything about processes decided in one place.

In charge of the listening addresses, of workers, and of replacing a plan while requests are served. It must not know what a
request is. The parent process compiles the contract and builds the application before it forks; nothing in that opens a
connection, so workers inherit a finished plan and open their sources at their first request.

    start    a contract with faults: every fault is printed, and nothing listens
    HUP      the contract is compiled anew. With faults the running workers stay as they are; else they are replaced,
             each after it has answered what it had begun
    TERM     no new connections; requests that have begun are answered (at most `GRACE` seconds)
"""

from __future__ import annotations

import errno
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from flask import Flask
from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from gunicorn.http import message, wsgi

from app.assembly import Compiled, Gateway, compile_folder, open_gateway
from app.contract.load import collector_paused
from app.drift import Watch
from app.kept.arena import Arena
from app.metrics.metrics import Metrics
from app.observations import Observation, Observatory, PlanLoaded, PlanRefused, SourceChanged, to_log
from app.recall import Recall
from app.sandbox import Recipe
from app.settings import PREFIX, BadSetting, Settings, from_environment
from app.shapes import Faults
from app.web import log_lines, poller, wire
from app.web.admin.api import create_admin
from app.web.factory import create_app
from app.web.heads import Bounds
from app.web.lane import Lane
from app.web.parent import Parent
from app.web.ports import Application, Ports
from app.web.surface import Surface

GRACE: Final = 30  # seconds that a request may still take after TERM or HUP
LONGEST_PATH: Final = 8_190  # bytes of the request line besides the query: gunicorn's own bound for the whole line

log = logging.getLogger("bascule")


class CannotListen(Exception):
    """The address cannot be listened at; `args[0]` says why and what would help."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. IPv6 hosts are written in brackets; port 0 is any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """HOST:PORT; an IPv6 host stands in brackets. Raises ValueError, whose text says what was expected."""
        host, colon, port = text.rpartition(":")
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        ambiguous = ":" in bare and bare == host
        if not (colon and bare and port.isascii() and port.isdigit() and int(port) <= 65_535) or ambiguous:
            raise ValueError(f"{text!r}: expected HOST:PORT, like 127.0.0.1:8080 or [::1]:8080")
        return cls(bare, int(port))

    def __str__(self) -> str:
        """`127.0.0.1:8080`, `[::1]:8080`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it: each address that the host's name has is a loopback address."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError:
            return False
        return all(ipaddress.ip_address(str(where[0]).partition("%")[0]).is_loopback for *_, where in found)


@dataclass(frozen=True, slots=True)
class Process:
    """How the gateway runs: where it listens, how many worker processes, how many threads in each, and whether it has a lane."""

    address: Address
    workers: int = 2
    threads: int = 8
    lane: bool = True
    recipe: Recipe | None = None  # of invented data, in the place of all sources


@dataclass(frozen=True, slots=True)
class Built:
    """A gateway without an open connection, the application that serves it, its watch, and what an operator should be told."""

    gateway: Gateway
    application: Application
    lane: Lane
    watch: Watch
    notes: tuple[str, ...]


def serve(folder: Path, process: Process, environ: Mapping[str, str] = os.environ, ready: str = "") -> None:
    """Serve the contract folder until the process is told to stop; ends by SystemExit, as gunicorn does.

    `ready` is printed once the gateway listens.

    Raises:
        Faults: the contract does not compile. Nothing listens.
        BadSetting: a setting cannot be used.
        CannotListen: an address is in use, is not this machine's, or may not be served to others.
    """
    settings = from_environment(environ)
    _write_log(settings)
    server = Server(folder, process, settings, environ)
    if ready:
        server.cfg.set("when_ready", lambda _parent: print(ready, flush=True))  # noqa: T201  # a person waits for it
    with collector_paused():
        server.take(server.build())
    for address in server.addresses:
        _try_address(address)
    server.run()


class Server(BaseApplication):
    """The gateway as gunicorn sees it: settings, and the application that a worker serves."""

    def __init__(self, folder: Path, process: Process, settings: Settings, environ: Mapping[str, str]) -> None:
        self.folder, self.process, self.settings, self.environ = folder, process, settings, environ
        self.parent = os.getpid()
        self.arena: Arena | None = None  # of the gateway in force
        self.metrics: Metrics | None = None  # as well
        self.admin = admin_address(settings.admin_bind, process.address)
        self.observatory = Observatory(to_log, self._replace_if_exhausted)
        _adapt_gunicorn(settings)
        super().__init__()

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens."""
        return (self.process.address,) if self.admin is None else (self.process.address, self.admin)

    def load_config(self) -> None:
        """Hand gunicorn its settings."""
        for name, value in gunicorn_settings(self.process, self.settings).items():
            self.cfg.set(name, value)
        self.cfg.set("bind", list(map(str, self.addresses)))
        self.cfg.set("post_worker_init", self._enter)
        self.cfg.set("worker_exit", self._leave)
        if self.process.lane and not (reason := poller.obstacle(self.cfg)):
            self.cfg.set("worker_class", poller.Worker)
        elif self.process.lane:
            log.warning("the lane is off: %s", reason)

    def build(self) -> Built:
        """Compile the folder and build its application.

        Raises:
            Faults: the contract does not compile.
            CannotListen: the contract does not say that it serves everybody, and the address is not a loopback one.
        """
        compiled = compile_folder(self.folder, self.environ, recipe=self.process.recipe)
        if not compiled.contract.said and not self.process.address.loopback:
            raise CannotListen(_NOT_OPEN.format(address=self.process.address))
        process = self.process
        gateway = open_gateway(
            compiled, self.settings, self.observatory, process.workers, process.threads, self.arena, self.metrics
        )
        gateway.close()  # its state was opened, to know now whether it can be; no connection may cross the fork
        public = create_app(gateway)
        application, lane = self._application(gateway, public), self._lane(gateway, public)
        return Built(gateway, application, lane, self._watch(compiled, gateway), (*compiled.notes, *self._notes()))

    def _application(self, gateway: Gateway, public: Application) -> Application:
        if self.admin is None:
            return public
        assert gateway.desk is not None
        return Ports(public, create_admin(gateway, gateway.desk), self.admin.port)

    def _lane(self, gateway: Gateway, public: Flask) -> Lane:
        assert isinstance(public.wsgi_app, Surface)
        bounds = Bounds(self.cfg.limit_request_line, self.cfg.limit_request_fields, self.cfg.limit_request_field_size)
        return Lane(Recall(gateway), public.wsgi_app, bounds, None if self.admin is None else self.admin.port)

    def _watch(self, compiled: Compiled, gateway: Gateway) -> Watch:
        assert gateway.state is not None
        return Watch(compiled, gateway.sources, gateway.state, gateway.observatory, self.settings.drift_every)

    def _notes(self) -> Iterator[str]:
        if self.admin is not None and not self.admin.loopback:
            yield f"the admin API listens at {self.admin}: whoever can reach it can try credentials there"

    def take(self, built: Built) -> None:
        """Serve this from the next worker on."""
        self.gateway, self.application = built.gateway, built.application
        self.lane, self.watch = built.lane, built.watch
        host = built.gateway.cache.store.host
        self.arena = host if isinstance(host, Arena) else None
        self.metrics = built.gateway.metrics
        for note in built.notes:
            log.warning("%s", note)
        versions = built.gateway.plan.versions
        resources = sum(len(version.resources) for version in versions.values())
        built.gateway.observatory.tell(PlanLoaded(str(self.folder), tuple(versions), resources))
        gc.freeze()  # a plan lives as long as its workers: no collection has to walk it, nor copy its pages after a fork

    def rebuild(self) -> bool:
        """Compile the folder anew and serve it; False, and told to the log, if it cannot be served."""
        try:
            with collector_paused():
                self.take(self.build())
        except Faults as found:
            self._refuse(tuple(map(str, found)))
        except CannotListen as refusal:
            self._refuse((str(refusal),))
        except Exception as failure:  # whatever a new contract provokes, the old plan goes on being served
            log.exception("the contract could not be loaded")
            self._refuse((f"{type(failure).__name__}: {failure}",))
        else:
            return True
        return False

    def _enter(self, _worker: object) -> None:
        """Begin what a worker does by itself, after the fork."""
        if self.metrics is not None:
            self.metrics.begin()
        self.watch.start()

    def _leave(self, _parent: object, worker: Any) -> None:
        """Close a worker's connections as its process ends; gunicorn may also call this in the parent.

        Where some do not close, the process ends here: a driver may have its own clean-up wait for its host, at exit, for as
        long as the network is dead, and meanwhile nobody would take this worker's place.
        """
        if worker.pid != os.getpid():
            return
        self.watch.close()
        self.gateway.close()
        if self.gateway.hangs():
            failure = sys.exception()
            os._exit(failure.code if isinstance(failure, SystemExit) and isinstance(failure.code, int) else 0)

    def _replace_if_exhausted(self, observation: Observation) -> None:
        """End this worker where too many of its threads hang at a source; gunicorn starts another in its place.

        It stops taking connections and answers what it has begun, as after any TERM.
        """
        lost = isinstance(observation, SourceChanged) and observation.event == "abandoned"
        if lost and os.getpid() != self.parent and self.gateway.exhausted():
            log.warning("too many statements hang at a source: this worker is replaced")
            os.kill(os.getpid(), signal.SIGTERM)

    def _refuse(self, faults: tuple[str, ...]) -> None:
        for fault in faults:
            log.error("%s", fault)
        self.gateway.observatory.tell(PlanRefused(str(self.folder), faults))

    def tidy(self) -> None:
        """Drop the credentials of the last moment; a worker asks for it every second at least."""
        self.gateway.credentials.recent.tidy()
        self.lane.tidy()

    def wsgi(self) -> Any:
        """The application of the plan in force: what a worker asks for after the fork."""
        return self.application

    def run(self) -> None:
        """Serve until told to stop."""
        Parent(self).run()


class _Log(glogging.Logger):
    """gunicorn's own log lines, in the form of ours."""

    formatter: ClassVar = log_lines.formatter("text")

    def setup(self, cfg: Any) -> None:
        """Take the settings; again after a reload."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(self.formatter)


def gunicorn_settings(process: Process, settings: Settings) -> dict[str, Any]:
    """What gunicorn is told. Threads, because drivers block; no recycling of workers, because nothing is known to leak."""
    memory = Path("/dev/shm")  # noqa: S108  # the heartbeat files are opened and unlinked at once; on a disk they can stall
    return {
        "workers": process.workers,
        "threads": process.threads,
        "worker_class": wire.Worker,
        "timeout": 60,  # of the worker's main loop, not of a request: sources have their own deadlines
        "graceful_timeout": GRACE,
        "keepalive": 5,
        "limit_request_line": settings.max_query_bytes + LONGEST_PATH,
        "limit_request_fields": wire.FIELDS,
        "limit_request_field_size": wire.FIELD_BYTES,
        "http_parser": "python",  # the one that the tests of the wire hold, also where gunicorn's faster one is installed
        "header_map": "drop",  # X_Forwarded_For and its like would be taken for X-Forwarded-For
        "forwarded_allow_ips": "",  # who is believed is BASCULE_TRUSTED_PROXIES' to say: app/web/addresses.py
        "worker_tmp_dir": str(memory) if os.access(memory, os.W_OK) else None,
        "control_socket_disable": True,  # signals are the only way in
        "accesslog": None,  # an answered request is an observation
        "errorlog": "-",
        "loglevel": "info"
        if settings.log_level == "debug"
        else settings.log_level,  # its debug lines hold what was sent
        "logger_class": _Log,
        "proc_name": "bascule",
    }


def admin_address(text: str, public: Address) -> Address | None:
    """Where the admin API listens, from the setting; None: nowhere. Raises BadSetting.

    It has a port of its own on every interface: by the port alone is it told from the public one (app/web/ports.py).
    """
    if not text:
        return None
    try:
        found = Address.parse(text)
    except ValueError as error:
        raise BadSetting(f"{PREFIX}ADMIN_BIND: {error}") from None
    if found.port in {0, public.port} or not public.port:
        raise BadSetting(
            f"{PREFIX}ADMIN_BIND: {found}: the admin API needs a port of its own, and neither port may be 0"
        )
    return found


_NOT_OPEN: Final = (
    "{address} can be reached from other machines, and the contract does not say who may call: "
    "listen at 127.0.0.1, or say in gateway.yaml `security: closed` to serve holders of API keys, or `security: open` to serve "
    "everybody"
)


def _adapt_gunicorn(settings: Settings) -> None:
    """Two things that gunicorn has no setting for: longer request lines than 8190 bytes, and no `Server` header."""
    vars(message).update(MAX_REQUEST_LINE=settings.max_query_bytes + LONGEST_PATH)
    vars(wsgi).update(Response=wire.Response)


def _try_address(address: Address) -> None:
    """Raise CannotListen at once where gunicorn would try five times and then print an errno.

    Not in a process that takes over the listening sockets of another (USR2): there the address is in use by right.
    """
    os.environ.pop("LISTEN_PID", None)  # sockets of a service manager would bypass the rule for open contracts
    if "GUNICORN_FD" in os.environ:
        return
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address.host, address.port))
        except OSError as failure:
            raise CannotListen(_why(address, failure)) from None


def _why(address: Address, failure: OSError) -> str:
    if failure.errno == errno.EADDRINUSE:
        return f"{address} is in use by another program: stop it, or listen at another port"
    if failure.errno == errno.EACCES:
        return f"{address} may not be listened at by this user: ports below 1024 need a privilege"
    return f"{address} cannot be listened at: {failure.strerror or failure}"


def _write_log(settings: Settings) -> None:
    """Write log lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    _Log.formatter = log_lines.formatter(settings.log_format)
    handler.setFormatter(_Log.formatter)
    log.handlers[:] = [handler]
    log.propagate = False
    log.setLevel(settings.log_level.upper())
