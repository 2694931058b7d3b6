"""The pictures of the docs: every page, in light and dark, on a desk and on a phone; and the console during an outage.

    python -m tests.browser.pictures [--to docs/pictures] [--only NAME …]

In charge of which pages there are and of the stages that they are taken on, which are those of the tests. It must not know what
a page shows. Needs Chromium; takes minutes. Nothing is compared: pictures are for people, tests are beside this file.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Final

from app.demo import tracking
from app.demo.plant import build
from app.web.console.pages import PAGES
from tests.browser.console_stage import staged
from tests.browser.devtools import DESKTOP, PHONE, Page, browser
from tests.browser.outage import acts, outage
from tests.browser.plants import served

FORMS: Final = {
    "light": (DESKTOP, False),
    "dark": (DESKTOP, True),
    "phone-light": (PHONE, False),
    "phone-dark": (PHONE, True),
}
SETTLED: Final = 0.8  # seconds until what a page fetches and draws stands still


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture: its file's name, the address, and what has to be so before it is taken, as JavaScript."""

    name: str
    address: str
    ready: str = "true"


PORTAL: Final = (
    Scene("portal-start", "/"),
    Scene("portal-resources", "/resources"),
    Scene("portal-resource", "/resources/v2/orders"),
    Scene("portal-guides", "/guides"),
    Scene("portal-guide", "/guides/page-through"),
    Scene("portal-changes", "/changes/v2"),
    Scene("portal-glossary", "/glossary"),
    Scene("portal-search", "/search?q=order"),
    Scene("portal-problems", "/problems"),
    Scene("portal-problem", "/problems/cursor-mismatch"),
    Scene("portal-reference", "/v2/docs", "document.body.innerText.length > 500"),
    Scene("job-board", "/apps/job-board/", "document.querySelector('main article, main section, main li') !== null"),
    Scene("job-board-kiosk", "/apps/job-board/?kiosk"),
)


def main() -> None:
    """Take the pictures."""
    reader = argparse.ArgumentParser(description="Take the pictures of the docs.")
    reader.add_argument("--to", type=Path, default=Path("docs/pictures"))
    reader.add_argument("--only", nargs="*", default=[], help="beginnings of names")
    asked = reader.parse_args()

    def wanted(name: str) -> bool:
        return not asked.only or name.startswith(tuple(asked.only))

    for take in (_public, _console, _outage):
        take(asked.to, wanted)
    (asked.to / "README.md").write_text(_gallery(asked.to), encoding="utf-8")


@contextmanager
def _desk() -> Iterator[tuple[Path, Page]]:
    """A folder of one's own, and a browser."""
    with TemporaryDirectory() as folder, browser(Path(folder) / "profile") as page:
        yield Path(folder), page


def _public(to: Path, wanted: Callable[[str], bool]) -> None:
    """The portal and the example apps, before the open demo plant."""
    with _desk() as (folder, page), ExitStack() as leaving:
        build(folder / "plant")
        plant = leaving.enter_context(served(folder / "plant", folder / "served", fresh="30s"))
        followed = [
            Scene(f"order-tracking-{number}", tracking.address(each, plant.link))
            for number, each in enumerate(tracking.FOLLOWED, 1)
        ]
        for scene in (*PORTAL, *followed):
            if wanted(scene.name):
                _take(page, to, scene, plant.origin)


def _console(to: Path, wanted: Callable[[str], bool]) -> None:
    """The console, before its stage."""
    names = {each.script: f"console-{each.script}" for each in PAGES}
    if not any(map(wanted, (*names.values(), "console-log-in"))):
        return
    with _desk() as (folder, page), staged(folder / "plant") as stage:
        if wanted("console-log-in"):
            _take(page, to, Scene("console-log-in", "/console/log-in"), stage.origin)
        stage.log_in(page)
        for each in PAGES:
            if wanted(names[each.script]):
                _take(page, to, Scene(names[each.script], f"/console/{each.path}"), stage.origin)


def _outage(to: Path, wanted: Callable[[str], bool]) -> None:
    """The console while a source is killed and comes back, in order."""
    if not wanted("outage"):
        return
    with _desk() as (folder, page), outage(folder / "gateway") as stage:
        page.appear(*DESKTOP)
        stage.log_in(page)
        for act in acts(stage, page):
            page.screenshot(to / f"outage-{act}.webp", whole=False)


def _gallery(folder: Path) -> str:
    """The pictures on one page: a row for each page, its forms side by side; the outage in order."""
    taken = {each.name.split(".")[0]: each for each in sorted(folder.glob("*.webp"))}
    pages = [name for name in taken if not name.startswith("outage")]
    rows = [f"| {name} | {' | '.join(_shown(f'{name}.{form}.webp', name, form) for form in FORMS)} |" for name in pages]
    acts_shown = [f"![{name}]({name}.webp)" for name in taken if name.startswith("outage")]
    head = [
        "# Pictures",
        "",
        "Every page in light and dark, on a desk and on a phone. Taken by `python -m tests.browser.pictures`, of invented data.",
        "",
        f"| page | {' | '.join(FORMS)} |",
        f"|---|{'---|' * len(FORMS)}",
    ]
    said = "The console while the business system is killed and comes back:"
    return "\n".join([*head, *rows, "", "## An outage", "", said, "", "\n\n".join(acts_shown)]) + "\n"


def _shown(file: str, name: str, form: str) -> str:
    return f'<img src="{file}" alt="{name}, {form}" height="220">'


def _take(page: Page, to: Path, scene: Scene, origin: str) -> None:
    for form, (size, dark) in FORMS.items():
        page.appear(*size, dark=dark)
        page.open("about:blank")  # an address that differs behind its # alone would be the same page
        page.open(f"{origin}{scene.address}")
        page.until(scene.ready)
        sleep(SETTLED)
        page.screenshot(to / f"{scene.name}.{form}.webp", whole=False)


if __name__ == "__main__":
    main()
