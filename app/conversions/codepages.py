"""Code pages: the number that IBM gives one (CCSID), and Python's codec for it.

In charge of which code pages can be read. It must not know what the text of a column means. The codecs are Python's own and
those of the package `ebcdic`. Double-byte EBCDIC (930, 939, 1399 …) has no codec in either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ebcdic  # type: ignore[import-untyped]  # noqa: F401  # it has no stubs; importing it registers its codecs

from app.conversions.base import BadOption
from app.shapes import Whole

_EBCDIC: Final = (
    37, 273, 277, 278, 280, 284, 285, 290, 297, 420, 424, 500, 833, 838, 870, 871, 875, 1025, 1026, 1047, 1097, 1112,
    1122, 1123, 1140, 1141, 1142, 1143, 1144, 1145, 1146, 1147, 1148, 1149,
)  # fmt: skip
EBCDIC: Final[Mapping[int, str]] = {number: f"cp{number:03}" for number in _EBCDIC}
CODE_PAGES: Final[Mapping[int, str]] = {
    **EBCDIC,
    **{number: f"cp{number}" for number in (437, 850, 852, 858, 1250, 1251, 1252, 1253, 1254, 1257)},
    367: "ascii",
    819: "iso8859-1",
    912: "iso8859-2",
    923: "iso8859-15",
    1208: "utf-8",
}
CCSID_SHAPE: Final = Whole(1, 65534)


def codec(ccsid: Any, option: str, pages: Mapping[int, str] = CODE_PAGES) -> str:
    """Python's name of a code page. Raises BadOption, which names the option and the nearest number."""
    if not isinstance(ccsid, int):
        raise BadOption(f"{option} is not said", "a code page (CCSID) such as 37 or 273")
    if ccsid not in pages:
        closest = min(pages, key=lambda known: (abs(known - ccsid), known))
        listed = ", ".join(str(known) for known in sorted(pages))
        raise BadOption(f"{option}: no code page {ccsid} is known", f"did you mean {closest}? known: {listed}")
    return pages[ccsid]


def is_total(name: str) -> bool:
    """Whether each of the 256 bytes is a character in a codec, so that no stored value can fail to decode."""
    try:
        bytes(range(256)).decode(name)
    except UnicodeDecodeError:
        return False
    return True
