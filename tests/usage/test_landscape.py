"""The landscape: who leads to whom, as a tree, as a flow chart, as values."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assembly import Compiled, compile_folder
from app.landscape import (
    SHOWN,
    Caller,
    Landscape,
    Reads,
    Served,
    Source,
    Table,
    Version,
    _label,
    landscape,
    mermaid,
    text,
)
from app.plan.forms import Form
from app.state import UsageRecord
from tests.pipeline.kept_scene import build

LIST = Form("v1", "orders", fields=("number",), expansions=(("orders", "lines"),), along=(("lines", ("order",)),))
RECORDS = (
    UsageRecord("key:a", LIST, 1000, "2026-11-01", "2026-11-19"),
    UsageRecord("key:a", Form("v1", "orders", item=True), 234, "2026-11-01", "2026-11-20"),
    UsageRecord("key:b", Form("v2", "remarks"), 1, "2026-11-03", "2026-11-03"),
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """Two sources, two versions; notes are remarks in the second."""
    return compile_folder(build(tmp_path_factory.mktemp("landscape") / "kept"), {})


def picture(compiled: Compiled, reads: Reads | None = None) -> Landscape:
    """The landscape of the contract."""
    return landscape(compiled.contract, compiled.plan, reads)


TREE = """\
Kept
├─ main (sqlite)
│  └─ ORDHDR
│     └─ orders  (no owner)
│        ├─ v1 deprecated, 1,234 calls in 30 days
│        │  └─ key:a ACME: 1,234 calls, last 2026-11-20
│        └─ v2 current, 0 calls in 30 days
└─ side (sqlite)
   ├─ NOTE
   │  ├─ notes  (no owner)
   │  │  └─ v1 deprecated, 0 calls in 30 days
   │  └─ remarks  (no owner)
   │     └─ v2 current, 1 call in 30 days
   │        └─ key:b: 1 call, last 2026-11-03
   └─ ORDLIN
      └─ lines  (no owner)
         ├─ v1 deprecated, 1,000 calls in 30 days
         │  └─ key:a ACME: 1,000 calls, last 2026-11-19
         └─ v2 current, 0 calls in 30 days
"""


def test_the_tree(compiled: Compiled) -> None:
    """From sources to callers; what is expanded is read, too."""
    assert text(picture(compiled, Reads(30, RECORDS, {"key:a": "ACME"}))) == TREE


def test_without_counts_there_are_no_callers(compiled: Compiled) -> None:
    """And none is said to have read nothing."""
    found = picture(compiled)
    assert found.days is None
    lines = text(found).splitlines()
    assert [line for line in lines if "call" in line] == []
    assert len(lines) == TREE.count("\n") - TREE.count("key:")


def test_a_picture_names_some_callers(compiled: Compiled) -> None:
    """Those who read most; the others are counted, and all are among the values."""
    many = [UsageRecord(f"key:{n}", LIST, n, "2026-11-01", "2026-11-01") for n in range(1, SHOWN + 4)]
    found = picture(compiled, Reads(30, many))
    assert "and 3 more: 6 calls" in text(found)
    assert "key:1:" not in text(found)
    assert mermaid(found).count("others") == 1
    (orders,) = found.sources[0].tables[0].resources
    assert [caller.calls for caller in orders.versions[0].callers] == list(range(SHOWN + 3, 0, -1))


def test_a_named_query_is_read_like_a_table(compiled: Compiled) -> None:
    """It stands under its source, behind the tables."""
    query = Table("late.sql", "query", (Served("late", "", (Version("v1", "current", None, ()),)),))
    found = Landscape("x", None, (Source("mes", "odbc", (query,)),))
    assert "└─ late.sql (query)\n" in text(found)
    assert {table.kind for source in picture(compiled).sources for table in source.tables} == {"table"}


# Mermaid: the grammar of what is written here, which is a part of its own flow charts.

_QUOTED = r'"(?:[^"#&<>`\\\x00-\x1f]|#\d+;)+"'
_NODE = re.compile(
    rf"  (source\d+\[\({_QUOTED}\)\]|table\d+\[{_QUOTED}\]|resource\d+\({_QUOTED}\)|version\d+\{{\{{{_QUOTED}\}}\}}|caller\d+\(\[{_QUOTED}\]\))"
)
_EDGE = re.compile(r"  ([a-z]+\d+) -->(?:\|[\d,]+ calls?\|)? ([a-z]+\d+)")


def chart(said: str) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """The nodes and edges of a flow chart; fails where a line is neither, or an edge leads to what is not there."""
    first, *lines = said.removesuffix("\n").split("\n")
    assert first == "flowchart LR"
    nodes: dict[str, str] = {}
    edges: set[tuple[str, str]] = set()
    for line in lines:
        if node := _NODE.fullmatch(line):
            name, _, label = re.split(r"([\[({]+)", node[1], maxsplit=1)
            assert name not in nodes
            nodes[name] = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label[1 : label.rindex('"')])
        else:
            edge = _EDGE.fullmatch(line)
            assert edge is not None, line
            assert {edge[1], edge[2]} <= nodes.keys(), line
            assert (edge[1], edge[2]) not in edges, line
            edges.add((edge[1], edge[2]))
    return nodes, edges


def test_the_flow_chart(compiled: Compiled) -> None:
    """The same as edges; a version and a caller are one node, whatever leads to them."""
    nodes, edges = chart(mermaid(picture(compiled, Reads(30, RECORDS, {"key:a": 'ACME "Bolt" & Söhne #1'}))))
    leads = {(nodes[first], nodes[second]) for first, second in edges}
    assert leads == {
        ("main (sqlite)", "ORDHDR"), ("ORDHDR", "orders"), ("orders", "v1 deprecated"), ("orders", "v2 current"),
        ("side (sqlite)", "ORDLIN"), ("ORDLIN", "lines"), ("lines", "v1 deprecated"), ("lines", "v2 current"),
        ("side (sqlite)", "NOTE"), ("NOTE", "notes"), ("notes", "v1 deprecated"), ("NOTE", "remarks"), ("remarks", "v2 current"),
        ("v1 deprecated", 'ACME "Bolt" & Söhne #1'), ("v2 current", "key:b"),
    }  # fmt: skip
    assert len(set(nodes.values())) == len(nodes)


@given(st.text(max_size=40))
def test_any_name_can_be_drawn(name: str) -> None:
    """Whatever a caller or a table is called, the chart is one, and says it, but for what cannot be printed."""
    caller = Caller(name, "", 3, "2026-11-01")
    served = Served(name, name, (Version("v1", "current", 3, (caller,)),))
    nodes, edges = chart(mermaid(Landscape(name, 30, (Source(name, "odbc", (Table(name, "table", (served,)),)),))))
    shown = "".join(each if each.isprintable() else " " for each in name)
    assert list(nodes.values()) == [f"{shown} (odbc)", shown or " ", shown or " ", "v1 current", shown or " "]
    assert len(edges) == 4


def test_a_wrong_chart_would_be_found() -> None:
    """The grammar refuses a quote within a label, an edge to nowhere, and words of its own."""
    for line in ('  table0["a"b"]', "  table0 --> table1", "  end", "  subgraph x"):
        with pytest.raises(AssertionError):
            chart(f'flowchart LR\n  table0["a"]\n{line}\n')
    assert _label("a\nb<i>") == "a b#60;i#62;"


def test_names_of_the_values_stay() -> None:
    """Programs read them: a change of one breaks who does."""
    caller = Caller("key:a", "ACME", 3, "2026-11-01")
    served = Served("orders", "desk", (Version("v1", "current", 3, (caller,)),))
    assert asdict(Landscape("t", 30, (Source("erp", "sqlite", (Table("ORDHDR", "table", (served,)),)),))) == {
        "title": "t",
        "days": 30,
        "sources": (
            {
                "name": "erp",
                "kind": "sqlite",
                "tables": (
                    {
                        "name": "ORDHDR",
                        "kind": "table",
                        "resources": (
                            {
                                "name": "orders",
                                "owner": "desk",
                                "versions": (
                                    {
                                        "name": "v1",
                                        "status": "current",
                                        "calls": 3,
                                        "callers": ({"id": "key:a", "name": "ACME", "calls": 3, "last": "2026-11-01"},),
                                    },
                                ),
                            },
                        ),
                    },
                ),
            },
        ),
    }
