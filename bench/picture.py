"""The benchmarks' main figures as a picture: one bar a ratio, a mark for what was asked.

    python -m bench.picture        writes bench/figures.svg from bench/figures.toml

The scale is logarithmic, so that twice as fast is as long as half as fast is short; the line is where both are level. The
picture has its colours for light and dark pages in itself, and a text for readers who do not see it.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

FIGURES: Final = Path(__file__).with_name("figures.toml")
PICTURE: Final = Path(__file__).with_name("figures.svg")

WIDTH, TOP, ROW, LEFT, RIGHT = 920, 64, 40, 400, 64  # pixels
LOWEST, HIGHEST = 0.4, 10.0  # ratios at the two ends of the scale
TICKS: Final = (0.5, 1, 2, 4, 8)

STYLE: Final = """
text { font: 13px system-ui, sans-serif; fill: #1f2933 } .dim { fill: #5f6b7a; font-size: 12px } .title { font-size: 16px; font-weight: 600 }
.grid { stroke: #d9dee5 } .level { stroke: #5f6b7a } .met { fill: #2f7d5b } .missed { fill: #b7791f } .asked { stroke: #1f2933; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #e6e9ee } .dim { fill: #9aa5b4 } .grid { stroke: #2d3540 } .level { stroke: #9aa5b4 } .met { fill: #4fb286 }
.missed { fill: #e0a84a } .asked { stroke: #e6e9ee } }
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One ratio: `what` was measured, `beside` whom, what came out, what was `asked`, and the command that prints it."""

    what: str
    beside: str
    ratio: float
    asked: float
    command: str

    @property
    def met(self) -> bool:
        """Whether it is what was asked, or more."""
        return self.ratio >= self.asked


def read(text: str) -> tuple[str, tuple[Figure, ...]]:
    """The machine, and the figures of a TOML text."""
    said = tomllib.loads(text)
    return said["machine"], tuple(Figure(**each) for each in said["figure"])


def draw(machine: str, figures: Sequence[Figure]) -> str:
    """The SVG."""
    height = TOP + ROW * len(figures) + 40
    told = "; ".join(f"{each.what} beside {each.beside}: {each.ratio:g}, asked {each.asked:g}" for each in figures)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">',
        f'<title id="t">Bascule beside others</title><desc id="d">{escape(told)}</desc><style>{STYLE}</style>',
        '<text class="title" x="16" y="26">Requests a second, Bascule beside others</text>',
        f'<text class="dim" x="16" y="46">{escape(machine)}; the upright mark is what was asked</text>',
        *_scale(height - 36),
        *(line for row, figure in enumerate(figures) for line in _bar(TOP + ROW * row, figure)),
        "</svg>\n",
    ]
    return "\n".join(parts)


def place(ratio: float) -> float:
    """Where a ratio lies, in pixels from the left; what is beyond the scale lies at its end."""
    inside = min(max(ratio, LOWEST), HIGHEST)
    share = math.log(inside / LOWEST) / math.log(HIGHEST / LOWEST)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _scale(bottom: float) -> Iterator[str]:
    for tick in TICKS:
        x = place(tick)
        kind = "level" if tick == 1 else "grid"
        yield f'<line class="{kind}" x1="{x}" y1="{TOP - 4}" x2="{x}" y2="{bottom}"/>'
        yield f'<text class="dim" x="{x}" y="{bottom + 18}" text-anchor="middle">{tick:g}x</text>'


def _bar(top: float, figure: Figure) -> Iterator[str]:
    start, end, asked = place(1), place(figure.ratio), place(figure.asked)
    kind = "met" if figure.met else "missed"
    yield f'<text x="16" y="{top + 14}">{escape(figure.what)}</text>'
    yield f'<text class="dim" x="16" y="{top + 30}">beside {escape(figure.beside)}</text>'
    yield f'<rect class="{kind}" x="{min(start, end)}" y="{top + 5}" width="{abs(end - start):.1f}" height="20" rx="2"/>'
    yield f'<line class="asked" x1="{asked}" y1="{top + 1}" x2="{asked}" y2="{top + 29}"/>'
    yield f'<text x="{max(end, asked, start) + 8}" y="{top + 20}">{figure.ratio:g}</text>'


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(draw(*read(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
