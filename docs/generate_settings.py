"""docs/reference/settings.md, from the table of settings."""

from __future__ import annotations

from app.settings import PREFIX, SETTINGS, Setting

PAGE = "reference/settings.md"

_HEAD = """\
# Settings

Generated from `app/settings.py`. A setting belongs to the place where the gateway runs, not to what its contract promises,
so it is an environment variable. A name that is not in this table, or a value that it cannot take, stops the start: nothing
is ignored.

| variable | meaning | default |
|---|---|---|
"""


def render() -> str:
    """The page."""
    return _HEAD + "".join(map(_row, SETTINGS))


def _row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default != "" else ""
    choices = f" One of {', '.join(f'`{choice}`' for choice in setting.choices)}." if setting.choices else ""
    return f"| `{PREFIX}{setting.name.upper()}` | {setting.help}{choices} | {default} |\n"
