/* Map: sources, tables, resources, versions and callers, and who leads to whom.
 *
 * In charge of the drawing, of following one of them through it, and of the same as a list in words.
 */

import { h, s } from "./dom.js";
import { badge, section } from "./parts.js";
import { Board } from "./shell.js";
import { columns, connected } from "./layout.js";
import { KINDS, count, many } from "./words.js";

const TITLES = ["Sources", "Tables", "Resources", "Versions", "Callers"];
const TONES = { current: "good", deprecated: "warn", retired: "bad" };
const NODE = { width: 160, height: 30, gap: 8, room: 50 };
const TOP = 26; // pixels for the columns' titles
const LONGEST = 22; // characters of a name in the drawing

let followed = "";

function draw({ map }) {
  if (!map) return [];
  const graph = graphed(map);
  if (followed && !graph.nodes.some(({ id }) => id === followed)) followed = "";
  return [
    h("div", { class: "tools" }, follow(graph), map.complete ? h("p", { class: "quiet" }, counted(map)) : null),
    map.complete ? null : h("p", { class: "banner warn" }, "The gateway's own memory does not answer: who reads what is not known. The rest is as the contract says."),
    h("div", { class: "table picture", role: "region", "aria-label": "The picture", tabindex: "0" }, picture(graph)),
    section("The same in words", h("ul", { class: "tree" }, map.sources.map(source))),
  ];
}

function counted({ days }) {
  return days === null ? "Nobody counts who reads what: BASCULE_USAGE_DAYS=0." : `Calls of the last ${many(days, "day")}.`;
}

// The graph.

/** The nodes and edges of a map: no node stands for two, so that what leads through one leads on. */
function graphed({ sources }) {
  const nodes = new Map();
  const edges = [];
  const node = (column, id, name, about, more = {}) => {
    const found = nodes.get(id) ?? { id, column, name, about, ...more };
    nodes.set(id, found);
    return found;
  };
  const edge = (from, to, calls) => edges.push({ from: from.id, to: to.id, calls: calls ?? 0 });
  for (const found of sources) {
    const first = node(0, found.name, found.name, KINDS[found.kind] ?? found.kind);
    for (const table of found.tables) {
      const second = node(1, `${first.id}/${table.name}`, table.name, table.kind);
      edge(first, second, callsOf(table.resources.flatMap(({ versions }) => versions)));
      for (const resource of table.resources) {
        const third = node(2, `${second.id} ${resource.name}`, resource.name, resource.owner);
        edge(second, third, callsOf(resource.versions));
        for (const version of resource.versions) {
          const words = { tone: TONES[version.status], calls: version.calls };
          const fourth = node(3, `${third.id} ${version.name}`, `${version.name} ${resource.name}`, version.status, words);
          edge(third, fourth, version.calls);
          for (const caller of version.callers) edge(fourth, node(4, caller.id, caller.name || caller.id, caller.name ? caller.id : ""), caller.calls);
        }
      }
    }
  }
  return { nodes: [...nodes.values()], edges };
}

function callsOf(versions) {
  return versions.reduce((sum, { calls }) => sum + (calls ?? 0), 0);
}

function follow({ nodes }) {
  const groups = TITLES.map((title, column) => [title, nodes.filter((each) => each.column === column)]);
  return h(
    "label",
    { class: "sieve" },
    h("span", {}, "Follow"),
    h("select", { value: followed, onchange: (event) => pick(event.target.value) },
      h("option", { value: "" }, "everything"),
      groups.filter(([, found]) => found.length).map(([title, found]) =>
        h("optgroup", { label: title }, found.map(({ id, name }) => h("option", { value: id }, name))))),
  );
}

function pick(id) {
  followed = id;
  board.redraw();
}

// The picture.

function picture({ nodes, edges }) {
  const layers = columns(nodes, edges);
  const tallest = Math.max(...layers.map((layer) => layer.length), 1);
  const height = TOP + tallest * (NODE.height + NODE.gap);
  const width = layers.length * (NODE.width + NODE.room) - NODE.room;
  const places = placed(layers, height);
  const lit = followed ? connected(followed, edges) : null;
  const most = Math.max(...edges.map(({ calls }) => calls), 1);
  return s(
    "svg",
    { class: "map", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "Who uses what, from sources to callers. The same stands below in words." },
    TITLES.slice(0, layers.length).map((title, column) => s("text", { class: "title", x: column * (NODE.width + NODE.room), y: 14 }, title)),
    edges.map((each) => link(each, places, most, lit)),
    nodes.map((each) => box(each, places.get(each.id), lit)),
  );
}

function placed(layers, height) {
  const places = new Map();
  layers.forEach((layer, column) => {
    const pitch = (height - TOP) / layer.length;
    layer.forEach(({ id }, row) => places.set(id, { x: column * (NODE.width + NODE.room), y: TOP + pitch * (row + 0.5) - NODE.height / 2 }));
  });
  return places;
}

function link({ from, to, calls }, places, most, lit) {
  const [one, other] = [places.get(from), places.get(to)];
  const [x, y, end, down] = [one.x + NODE.width, one.y + NODE.height / 2, other.x, other.y + NODE.height / 2];
  const middle = (x + end) / 2;
  const weight = 1 + 5 * Math.sqrt(calls / most);
  return s("path", {
    class: `link ${tint(lit, from, to)}`,
    d: `M${x} ${y}C${middle} ${y} ${middle} ${down} ${end} ${down}`,
    "stroke-width": weight.toFixed(1),
  });
}

function tint(lit, ...ids) {
  return lit === null ? "" : ids.every((id) => lit.has(id)) ? "lit" : "dim";
}

function box({ id, name, about, tone, calls }, { x, y }, lit) {
  const short = name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
  return s(
    "g",
    { class: `node ${tone ?? ""} ${tint(lit, id)}`, transform: `translate(${x} ${y})`, onclick: () => pick(followed === id ? "" : id) },
    s("title", {}, [name, about, calls ? many(calls, "call") : ""].filter(Boolean).join(", ")),
    s("rect", { width: NODE.width, height: NODE.height, rx: 5 }),
    s("text", { x: 9, y: NODE.height / 2 + 4 }, short),
  );
}

// The same in words.

function source({ name, kind, tables }) {
  return branch([h("b", {}, name), " ", h("span", { class: "quiet" }, KINDS[kind] ?? kind)], tables.map(table), true);
}

function table({ name, kind, resources }) {
  return branch([h("code", {}, name), " ", h("span", { class: "quiet" }, kind)], resources.map(resource), true);
}

function resource({ name, owner, versions }) {
  return branch([h("b", {}, name), owner ? h("span", { class: "quiet" }, ` ${owner}`) : null], versions.map(version), true);
}

function version({ name, status, calls, callers }) {
  const said = calls === null ? "not counted" : many(calls, "call");
  return branch([name, " ", badge(status, TONES[status] ?? "none"), h("span", { class: "quiet" }, ` ${said}`)], callers.map(caller), false);
}

function caller({ id, name, calls, last }) {
  return h("li", {}, name || id, h("span", { class: "quiet" }, ` ${name ? `${id}, ` : ""}${count(calls)}, last on ${last}`));
}

function branch(head, below, open) {
  if (!below.length) return h("li", {}, head);
  return h("li", {}, h("details", { open }, h("summary", {}, head), h("ul", {}, below)));
}

const board = new Board({ paths: { map: "/map" }, every: 60, draw }).start();
