/* Cache: what became of requests, what is kept, and how it is ended. In charge of asking before much of it ends. */

import { ask } from "./api.js";
import { h } from "./dom.js";
import { bar, confirm, moment, section, stack, table, tell, tile } from "./parts.js";
import { Board } from "./shell.js";
import { count, duration, quantity, share } from "./words.js";

/** What may become of a request: its name, its tone, and what it means. */
const OUTCOMES = [
  ["hit", "good", "kept, and fresh"],
  ["collapsed", "calm", "shared a read that another request had begun"],
  ["stale", "warn", "kept, and older than it should be"],
  ["miss", "accent", "read at the source"],
  ["bypass", "none", "read at the source: nothing of the resource is kept"],
];
const UNITS = [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]];

function bytes(value) {
  const [size, name] = UNITS.find(([least]) => value >= least) ?? [1, "bytes"];
  return `${quantity(value / size)} ${name}`;
}

function draw({ cache, purges, map }) {
  return [cache ? counts(cache) : null, section("Purge", purge(map)), section("Recent purges", recent(purges))];
}

function counts({ requests, age, statements, statements_per_1000_requests: per1000, host }) {
  const asked = OUTCOMES.reduce((sum, [name]) => sum + requests[name], 0);
  const free = requests.hit + requests.stale + requests.collapsed;
  return h(
    "section",
    { "data-key": "counts" },
    h("h2", {}, "Since the start or the last reload"),
    h("dl", { class: "tiles" },
      tile("Requests", count(requests.requests), "all of them"),
      tile("Cache hits", share(asked ? free / asked : null), "needed no read"),
      tile("Age", duration(age * 1000), "of the data, on the average"),
      tile("Statements", quantity(per1000), "for 1,000 requests"),
      tile("Memory", bytes(host.used), `of ${bytes(host.bytes)}`, "none", bar(host.used / host.bytes)),
      tile("Driven out", count(host.evicted), "by newer answers")),
    stack(OUTCOMES.map(([name, tone]) => [name, requests[name], tone])),
    table("What became of requests", [
      ["Outcome", ([name, tone]) => [h("i", { class: `key ${tone}` }), name]],
      ["Means", ([, , meaning]) => meaning],
      ["Requests", ([name]) => count(requests[name]), "number"],
      ["Share", ([name]) => share(asked ? requests[name] / asked : null), "number"],
    ], OUTCOMES),
    table("Statements by source", [["Source", ([name]) => name], ["Statements", ([, number]) => count(number), "number"]], Object.entries(statements)),
  );
}

// Purging.

function purge(map) {
  const names = resources(map);
  return h(
    "form",
    { class: "line", onsubmit: (event) => { event.preventDefault(); submit(event.target); } },
    h("label", {}, h("span", {}, "What"), h("select", { name: "what" },
      h("optgroup", { label: "A resource" }, names.map((name) => h("option", { value: `resources ${name}` }, name))),
      h("optgroup", { label: "All of a source" }, (map?.sources ?? []).map(({ name }) => h("option", { value: `sources ${name}` }, name))),
      h("optgroup", { label: "Everything" }, h("option", { value: "everything" }, "everything")))),
    h("label", {}, h("span", {}, "Key of one item"), h("input", { name: "key", autocomplete: "off", placeholder: "all of them" })),
    h("button", { type: "submit", class: "strong" }, "Purge …"),
  );
}

function resources(map) {
  const found = (map?.sources ?? []).flatMap(({ tables }) => tables.flatMap((each) => each.resources));
  return [...new Set(found.flatMap(({ name, versions }) => versions.map((version) => `${version.name}/${name}`)))].sort();
}

async function submit(form) {
  const [word, name] = form.elements.what.value.split(" ");
  const key = form.elements.key.value.trim();
  if (key && word !== "resources") return tell("A key belongs to a resource: choose one.");
  const body = key ? { items: [`${name}/${key}`] } : word === "everything" ? { everything: true } : { [word]: [name] };
  const named = key ? `${name}/${key}` : name ?? "everything";
  const done = await confirm({
    title: `Purge ${named}?`,
    text: key
      ? "The item is read anew, and everything that shows items of its resource."
      : "What is kept of it is read anew from its source by the next requests. A source that is down cannot be read: callers then get a problem instead of an older answer.",
    act: "Purge it",
    does: () => ask("/cache/purge", body),
  });
  if (!done) return null;
  form.elements.key.value = "";
  await board.ask();
  return tell(`Purged: ${done.purged.join(", ")}.`);
}

function recent(purges) {
  if (!purges) return h("p", { class: "quiet" }, "They cannot be read now.");
  return table("Purges, the newest first", [
    ["Name", ({ tag }) => h("code", {}, tag)],
    ["When", ({ at }) => moment(at)],
    ["By whom", ({ who }) => h("code", {}, who)],
  ], purges.data, { key: ({ tag }) => tag, empty: "None yet." });
}

const board = new Board({
  paths: { cache: "/cache", purges: "/cache/purges?limit=30", map: { path: "/map", every: 120 } },
  every: 10,
  draw,
}).start();
