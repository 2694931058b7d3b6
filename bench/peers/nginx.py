"""nginx serving files of given bytes: what a cached answer would cost if no program had to think about it.

In charge of its configuration and of how it is started; it must not know what the files hold.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_CONFIG: Final = """\
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    default_type application/json;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=100;
    keepalive_timeout 60s;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/files;
{coded}
    }}
}}
"""


def missing() -> str:
    """Why it cannot be measured here; empty if it can."""
    return "" if shutil.which("nginx") else "nginx was not found; Debian: apt-get install nginx-light"


def prepare(folder: Path, files: Mapping[str, bytes], codings: Mapping[str, str], port: int) -> Sequence[str]:
    """Write the files and the configuration into an empty folder: the command. A file is at `/` and its name."""
    (folder / "files").mkdir(parents=True)
    for name, body in files.items():
        (folder / "files" / name).write_bytes(body)
    lines = [
        f"        location = /{name} {{ add_header Content-Encoding {coding}; }}"
        for name, coding in codings.items()
        if coding
    ]
    user = "user root;" if os.geteuid() == 0 else ""  # whose folder nobody else may read
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(folder=folder, port=port, user=user, coded="\n".join(lines)), encoding="utf-8")
    return [shutil.which("nginx") or "nginx", "-e", f"{folder}/error.log", "-c", str(config), "-p", str(folder)]
