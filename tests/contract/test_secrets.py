"""Secrets are resolved, never shown, and never stand in clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.contract.load import load, survey
from app.contract.secrets import Vault, refuse_clear
from app.shapes import Fault, Node, Place
from tests.contract.conftest import GATEWAY, KINDS, Write

PLACE = Place("gateway.yaml", 3, 10)


def resolved(text: str, folder: Path) -> str | None:
    """What a text resolves to without a fault."""
    faults: list[Fault] = []
    value = Vault(folder, {"HOST": "db", "EMPTY": "", "BRACES": "${HOST}"}).resolve(
        Node(text, PLACE, text), faults.append
    )
    assert faults == []
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${HOST}", "db"),
        ("postgresql://u@${HOST}:5432/${HOST}", "postgresql://u@db:5432/db"),
        ("${EMPTY}", ""),
        ("a${EMPTY}b", "ab"),
        ("${BRACES}", "${HOST}"),
        ("$HOST {HOST}", "$HOST {HOST}"),
        ("${file:key}", "s3cret"),
        ("x${file:key}y", "xs3crety"),
    ],
)
def test_a_reference_is_replaced_once(text: str, value: str, tmp_path: Path) -> None:
    """Variables and files stand anywhere in a text; what they hold is not read for references again."""
    (tmp_path / "key").write_text("s3cret\r\n")
    assert resolved(text, tmp_path) == value


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * (64 * 1024 + 1)])
def test_a_file_that_is_no_secret_is_refused(content: bytes, tmp_path: Path) -> None:
    """Bytes that are not text, and more than any key has; the fault does not repeat them."""
    (tmp_path / "key").write_bytes(content)
    faults: list[Fault] = []
    node = Node("${file:key}", PLACE, "${file:key}")
    assert Vault(tmp_path, {}).resolve(node, faults.append) is None
    assert [fault.code for fault in faults] == ["unreadable-secret"]
    assert "xxx" not in str(faults[0])


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:hunter2@h/d",
        "postgresql://u:hunter2@h:5432/d?sslmode=require",
        "postgresql://:hunter2@h",
        "postgresql://u:hun/ter@2@h/d",
        "postgresql://u@h/d?password=hunter2",
        "host=h password=hunter2",
        "Driver=x;PWD=hunter2;Server=h",
    ],
)
def test_a_password_in_a_url_is_in_clear(text: str) -> None:
    """Every place where a connection text holds a password is looked at; the fault does not repeat it."""
    faults: list[Fault] = []
    refuse_clear("url", Node(text, PLACE, text), faults.append, secret=False)
    assert [fault.code for fault in faults] == ["secret-in-clear"]
    assert "hun" not in str(faults[0])


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u@h/d",
        "postgresql://u:${PASSWORD}@h/d",
        "postgresql://h:5432/d",
        "host=h user=u password=${file:/run/secrets/p}",
        "plain text: with a colon, and a@b",
        "sqlite:///state.db",
    ],
)
def test_what_is_no_password_may_stand(text: str) -> None:
    """References, ports and addresses are not taken for passwords."""
    faults: list[Fault] = []
    refuse_clear("url", Node(text, PLACE, text), faults.append, secret=False)
    assert faults == []


def test_no_fault_and_no_value_shows_a_secret(write: Write) -> None:
    """A contract can be logged: neither its text nor the texts of its faults hold what a reference stands for."""
    source = GATEWAY.replace("path: erp.db", 'path: erp.db, password: "${KEY}"')
    environ = {"KEY": "hunter2"}
    contract = load(write({"gateway.yaml": source + 'state: "postgresql://u:${KEY}@h/d"\n'}), KINDS, environ)
    assert contract.sources["erp"].options["password"] == "hunter2"
    assert contract.state == "postgresql://u:hunter2@h/d"
    assert "hunter2" not in repr(contract)
    faulty = survey(write({"gateway.yaml": source.replace("path:", "pth:") + 'state: "x${KEY}://"\n'}), KINDS, environ)
    assert faulty.faults
    assert "hunter2" not in "".join(map(str, faulty.faults))
