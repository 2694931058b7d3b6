"""JSON that people read.

In charge of its notation: two spaces a level, texts as they are.
"""

from __future__ import annotations

import json
from typing import Any

import orjson


def indented(value: Any) -> str:
    """A value as indented JSON, without a line end. Raises TypeError for what JSON has no word for."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:  # a whole number beyond 64 bits
        return json.dumps(value, indent=2, ensure_ascii=False)
