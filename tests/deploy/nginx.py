"""Debian's nginx with the project's own configuration, on free ports and with a certificate that was made for the test.

It keeps public answers where a test says so: then the files that do it stand beside the one that serves.

Without nginx the tests that need it are skipped, or fail where BASCULE_TEST_REQUIRE is `all`.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.serving.running import PATIENCE, ROOT, free_port

FILES = ROOT / "deploy" / "nginx"
CONFIGURATION = FILES / "bascule.conf"
KEEPING = FILES / "keep.conf"
KEEPING_LOCATION = FILES / "keep-location.conf"
NAME = "shop.example"
_SEARCHED = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"  # Debian keeps it there, off the path of users

_TRIES = 3  # a port that was free may be somebody else's a moment later, and nginx listens also to test

_MAIN = """\
{user}daemon off;
master_process on;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/bascule*.conf;
}}
"""
_PASSES = "proxy_pass http://bascule; "
_KEEPS = "# include /etc/nginx/snippets/bascule-keep.conf;"
_USER = "user root;\n" if os.geteuid() == 0 else ""  # a test's folders are closed to others


def required_nginx() -> str:
    """The program; without it the test is skipped, or fails where nothing may be skipped."""
    found = shutil.which("nginx", path=_SEARCHED)
    if found is None:
        if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
            pytest.fail("no nginx can be had: apt-get install nginx-light")
        pytest.skip("no nginx: apt-get install nginx-light")
    return found


@dataclass
class Nginx:
    """A started nginx. `secure` and `plain` are its two ports, `tls` is what a client needs to trust it."""

    process: subprocess.Popen[bytes]
    folder: Path
    secure: int
    plain: int
    tls: ssl.SSLContext

    @classmethod
    def start(cls, folder: Path, gateway: int, *, keeps: bool = False) -> Nginx:
        """Start nginx before the gateway at a port of this machine, and wait until it listens. `keeps`: public answers."""
        program = required_nginx()
        certificate = make_certificate(folder)
        if keeps:
            keep(folder)
        options = ["-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(folder / "error.log")]
        (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, user=_USER), encoding="utf-8")
        for _ in range(_TRIES):
            secure, plain = free_port(), free_port()
            served = configuration(folder, secure, plain, gateway)
            if keeps:
                served = replaced(served, ((_PASSES, "# "), (_KEEPS, f"include {folder}/keep-location.conf;")))
            (folder / "bascule.conf").write_text(served, encoding="utf-8")
            if subprocess.run([program, "-t", "-q", *options], check=False, timeout=PATIENCE).returncode == 0:
                break
        else:
            pytest.fail((folder / "error.log").read_text(encoding="utf-8"))
        started = cls(subprocess.Popen([program, *options]), folder, secure, plain, trusting(certificate))
        try:
            started.await_up()
        except BaseException:
            started.end()
            raise
        return started

    def await_up(self) -> None:
        """Wait until it listens: it writes its process id after it has opened its ports (`-t` leaves an empty file)."""
        until = time.monotonic() + PATIENCE
        while not (self.folder / "nginx.pid").read_text(encoding="ascii"):
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < until, self.log()
            time.sleep(0.02)

    def log(self) -> str:
        """What it has written about errors, and about requests."""
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.log")))

    def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(PATIENCE)


def configuration(folder: Path, secure: int, plain: int, gateway: int) -> str:
    """The project's file with the addresses of a test."""
    return replaced(
        CONFIGURATION.read_text(encoding="utf-8"),
        (
            ("    listen [::]:443 ssl http2 default_server;\n", ""),  # a test's machine may have no IPv6
            ("    listen [::]:443 ssl http2;\n", ""),
            ("    listen [::]:80 default_server;\n", ""),
            ("listen 443 ", f"listen 127.0.0.1:{secure} "),
            ("listen 80 ", f"listen 127.0.0.1:{plain} "),
            ("server 127.0.0.1:8080;", f"server 127.0.0.1:{gateway};"),
            ("/etc/bascule/tls/fullchain.pem", f"{folder}/certificate.pem"),
            ("/etc/bascule/tls/privkey.pem", f"{folder}/key.pem"),
            ("/var/log/nginx/", f"{folder}/"),
            ("client_header_timeout 10s;", f"client_header_timeout {PATIENCE:.0f}s;"),
            ("client_body_timeout 10s;", f"client_body_timeout {PATIENCE:.0f}s;"),
            ("api.example.com", NAME),
        ),
    )


def keep(folder: Path) -> None:
    """Put the two files there that keep public answers."""
    between = ("127.0.0.1:8079", f"127.0.0.1:{free_port()}")
    places = (("/var/lib/nginx/bascule ", f"{folder}/kept "), ("/var/log/nginx/", f"{folder}/"), between)
    (folder / "bascule-keep.conf").write_text(replaced(KEEPING.read_text("utf-8"), places), encoding="utf-8")
    (folder / "keep-location.conf").write_text(KEEPING_LOCATION.read_text("utf-8"), encoding="utf-8")


def replaced(text: str, meant: Iterable[tuple[str, str]]) -> str:
    """The text with other words. Each one that is replaced has to be there."""
    for said, instead in meant:
        assert said in text, f"the configuration no longer says {said!r}"
        text = text.replace(said, instead)
    return text


def make_certificate(folder: Path) -> Path:
    """A key, and a certificate for the name that is signed with it, as PEM files in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    path = folder / "certificate.pem"
    path.write_bytes(certificate.public_bytes(pem))
    return path


def trusting(certificate: Path, *protocols: str) -> ssl.SSLContext:
    """What a client needs that trusts this certificate alone, and offers these protocols."""
    context = ssl.create_default_context(cafile=str(certificate))
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context
