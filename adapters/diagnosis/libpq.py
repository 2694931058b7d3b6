"""What PostgreSQL's own client library, libpq, reads and says: it stands beneath psycopg and beneath psqlODBC alike.

In charge of the way that a connection URL of libpq leads, and of what its messages ask for. It must not know a kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from adapters.diagnosis.network import port_answers, resolves
from adapters.port import Finding

_PORT: Final = 5432
_START: Final = (
    "start it on the host: sudo systemctl start postgresql",
    "have it listen beyond its own host: listen_addresses = '*' in postgresql.conf",
)

ADVICE: Final[Mapping[str, str]] = {
    "no pg_hba.conf entry": "add a line for this user, database and address to the server's pg_hba.conf, then: SELECT pg_reload_conf()",
    "no password supplied": "give the source a password: password: ${VARIABLE} in gateway.yaml",
    "password authentication failed": "correct the password in the variable or file that gateway.yaml names; "
    "the server is given a new one by: ALTER ROLE {user} PASSWORD '…'",
    'role "': "have the role created: CREATE ROLE {user} LOGIN PASSWORD '…'",
    'database "': "correct the database in the source's url; psql -l lists those that there are",
    "certificate verify failed": "name the authority that signed the server's certificate: add sslrootcert=/path/ca.pem to the url",
    "root certificate file": "name the authority that signed the server's certificate: add sslrootcert=/path/ca.pem to the url",
    "server certificate for": "use the host name that the certificate is made out to in the source's url",
    "server does not support SSL": "switch TLS on at the server (ssl = on), or say sslmode=prefer in the url",
    "too many clients": "raise max_connections at the server, or lower `connections` of its clients",
    "starting up": "wait: the server is starting",
    "shutting down": "wait: the server is being stopped",
}


def way(url: str, seconds: float) -> Iterator[Finding]:
    """The way to the server that a URL names; several servers are left to libpq, which tries one after the other."""
    from psycopg import ProgrammingError  # noqa: PLC0415  # as the kind does: only a gateway with such a source needs it
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415  # as above

    try:
        words = conninfo_to_dict(url)
    except ProgrammingError as error:
        yield Finding(
            "url",
            "failed",
            f"libpq does not understand the source's url\n{error}",
            ("correct the url in gateway.yaml",),
        )
        return
    host, port = str(words.get("hostaddr") or words.get("host") or ""), str(words.get("port") or _PORT)
    if host.startswith(("/", "@")):
        yield _socket(host, port)
    elif host and "," not in host and port.isdigit():
        yield resolves(host, seconds)
        yield port_answers(host, int(port), seconds, "PostgreSQL", _START)


def grant(options: Mapping[str, str], table: str) -> str:
    """What lets the user of these options read a table."""
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415  # as above

    user = options.get("user") or conninfo_to_dict(options["url"]).get("user") or "…"
    return f"GRANT SELECT ON {table} TO {user}"


def _socket(folder: str, port: str) -> Finding:
    """The Unix socket of a server on this machine; one in the abstract namespace is no file."""
    path = Path(folder) / f".s.PGSQL.{port}"
    if folder.startswith("@") or path.is_socket():
        return Finding("socket", "ok", f"socket {path}")
    return Finding(
        "socket", "missing", f"socket {path}", ("start the server on this machine, or name its host in the url",)
    )
