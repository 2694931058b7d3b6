"""The feed of the example apps, run by Node.js: it goes on whatever an answer is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from app.demo.links import apps_folder
from tests.clients import node

PROGRAM = """
import { Reader, follow } from "./feed.mjs";
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
const answers = [BROKEN, '{"data": [1], "page": {"next": null}}'];
globalThis.fetch = async () => new Response(answers.shift(), { headers: { ETag: '"1"' } });
const heard = [];
const feed = follow(() => new Reader().all("/v1/jobs?limit=1"), (news) => {
  heard.push(news.refused?.code ?? news.answer.body);
  if (!news.answer) return;
  feed.stop();
  console.log(JSON.stringify(heard));
}, 5);
"""
BROKEN = (
    "new ReadableStream({ start: (body) => { body.enqueue(new TextEncoder().encode('{')); body.error(new Error('cut')); } })",
    "'<html>A proxy that wants a log-in</html>'",
)


@pytest.mark.parametrize("broken", BROKEN)
def test_an_answer_that_breaks_off_is_asked_for_again(broken: str, tmp_path: Path) -> None:
    """A board in the hall has nobody who loads it again: a cut connection is told as one, and does not end the questions."""
    node.required()
    shutil.copy(apps_folder() / "job-board" / "feed.js", tmp_path / "feed.mjs")
    (tmp_path / "run.mjs").write_text(PROGRAM.replace("BROKEN", broken), encoding="utf-8")
    ran = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == ["unreachable", [1]]
