"""The table of settings: what an operator may set in the environment. One definition for the code, the help, the docs.

A setting is not a word of the contract: it belongs to the place where the gateway runs, not to what it promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.shapes import nearest

PREFIX = "BASCULE_"


class BadSetting(ValueError):  # it names what is bad
    """A setting that cannot be used; `args[0]` says which, why, and what is expected."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the environment variable is `BASCULE_` and the upper-case name.

    A default that is a number makes it a whole number of at least `minimum`; `choices`, where there are any, are all the
    words that it takes.
    """

    name: str
    default: int | str
    help: str
    minimum: int = 0
    choices: tuple[str, ...] = ()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "base_url", "", "What links in answers start with, e.g. https://api.example.com. Empty: the request's host."
    ),
    Setting("max_query_bytes", 16_384, "Longest query string that is read; longer ones answer 414.", 1),
    Setting("max_parameters", 200, "Most query parameters of one request, repeated ones counted each.", 1),
    Setting("max_expanded_rows", 10_000, "Most rows that one expansion of one page may bring; more are not served.", 1),
    Setting("retry_after", 5, "Seconds in Retry-After when a source does not answer.", 1),
    Setting(
        "pepper",
        "",
        "A secret that the hashes of API keys are made with; the same on every host. Empty: one of the gateway's own, "
        "kept in its state.",
    ),
    Setting("admin_bind", "", "Where the admin API listens, e.g. 127.0.0.1:8081. Empty: nowhere."),
    Setting(
        "console_url",
        "",
        "The console's own address, which an issuer sends people back to, e.g. https://console.example.com. Empty: the request's host.",
    ),
    Setting(
        "console_issuer",
        "",
        "The issuer of the contract at which operators sign in to the console. Empty: by a key alone.",
    ),
    Setting("console_client_id", "", "What the console is called at that issuer."),
    Setting("console_client_secret", "", "Its secret there. Empty: it is a public client, which PKCE protects."),
    Setting("console_scope", "openid bascule:admin", "The scopes that it asks the issuer for."),
    Setting(
        "trusted_proxies",
        "",
        "Networks of proxies whose word about a request's origin is taken: 10.0.0.0/8,127.0.0.1. Empty: none.",
    ),
    Setting("hosts", "", "The host names that are served, separated by commas. Empty: any."),
    Setting("cors_origins", "", "Origins of web pages that may read answers, separated by commas. Empty: none."),
    Setting(
        "limits",
        "",
        "Where limits are counted: redis://host:6379/0 for several hosts. Empty: in the memory of this host.",
    ),
    Setting(
        "audit",
        "",
        "The file that each request is written down in; `-`: standard output; `audit.jsonl,-`: the file, and a copy on standard "
        "output. Empty: none.",
    ),
    Setting("audit_bytes", 100_000_000, "Size at which the audit's file is closed and another begun.", 10_000),
    Setting("audit_files", 10, "How many closed files of the audit are kept.", 1),
    Setting(
        "cache_file",
        "cache.db",
        "Where answers that outlive a restart are kept, below the contract's folder or anywhere else.",
    ),
    Setting(
        "apps",
        "",
        "A folder of web pages that use the API: each folder in it is served at /apps/ and its name. Empty: none.",
    ),
    Setting(
        "usage_days",
        400,
        "Days for which it is kept how often who read what, and for 35 of them at most what that cost. 0: neither is counted.",
    ),
    Setting(
        "drift_every",
        86_400,
        "Seconds between two looks at each source for drift: `bascule check --live` by itself, outside quiet windows. 0: none.",
    ),
    Setting("max_body_bytes", 1_048_576, "Longest body of a request that is read; longer ones answer 413.", 0),
    Setting(
        "log_format",
        "text",
        "How log lines are written: for people, or one JSON object each.",
        choices=("text", "json"),
    ),
    Setting(
        "traces",
        "",
        "Where traces are sent, by OTLP over HTTP: http://127.0.0.1:4318. Empty: nowhere. It takes the extra `traces`.",
    ),
    Setting(
        "traces_ratio",
        "0.01",
        "The share of requests that are traced, 0 to 1, where no trusted proxy has decided it.",
    ),
    Setting(
        "log_level",
        "info",
        "The least grave log lines that are written.",
        choices=("debug", "info", "warning", "error"),
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force; the fields are those of the table."""

    base_url: str = ""
    max_query_bytes: int = 16_384
    max_parameters: int = 200
    max_expanded_rows: int = 10_000
    retry_after: int = 5
    pepper: str = field(default="", repr=False)
    admin_bind: str = ""
    console_url: str = ""
    console_issuer: str = ""
    console_client_id: str = ""
    console_client_secret: str = field(default="", repr=False)
    console_scope: str = "openid bascule:admin"
    trusted_proxies: str = ""
    hosts: str = ""
    cors_origins: str = ""
    limits: str = field(default="", repr=False)  # may hold a password
    audit: str = ""
    audit_bytes: int = 100_000_000
    audit_files: int = 10
    cache_file: str = "cache.db"
    apps: str = ""
    usage_days: int = 400
    drift_every: int = 86_400
    max_body_bytes: int = 1_048_576
    log_format: str = "text"
    traces: str = ""
    traces_ratio: str = "0.01"
    log_level: str = "info"


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings; an unknown `BASCULE_…` name or a bad value raises BadSetting, naming the nearest valid one."""
    table = {PREFIX + setting.name.upper(): setting for setting in SETTINGS}
    found: dict[str, Any] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable.startswith(PREFIX + "TEST_"):
            continue
        setting = table.get(variable)
        if setting is None:
            raise BadSetting(f"{variable} is not a setting — {nearest(variable, table)}")
        found[setting.name] = _value(variable, setting, text)
    return Settings(**found)


def _value(variable: str, setting: Setting, text: str) -> int | str:
    if setting.choices and text not in setting.choices:
        choices = ", ".join(setting.choices)
        raise BadSetting(f"{variable}={text!r}: expected one of {choices} — {nearest(text, setting.choices)}")
    if isinstance(setting.default, str):
        return text.rstrip("/") if setting.name in {"base_url", "console_url"} else text
    if not text.isascii() or not text.isdigit() or int(text) < setting.minimum:
        raise BadSetting(f"{variable}={text!r}: expected a whole number of at least {setting.minimum}")
    return int(text)


assert {setting.name: setting.default for setting in SETTINGS} == {
    each.name: each.default for each in fields(Settings)
}, "the table and the values name the same settings"
