/* Costs: who and what costs the sources how much. In charge of saying it as a sentence before it is a table. */

import { h } from "./dom.js";
import { bar, choice, section, table } from "./parts.js";
import { Board } from "./shell.js";
import { clock, count, duration, many, share } from "./words.js";

const SPANS = [["hour", "Last hour"], ["day", "Last 24 hours"], ["week", "Last 7 days"]];
const CALLED = { as400: "the AS/400", sqlserver: "the SQL Server", postgresql: "the PostgreSQL database", sqlite: "the SQLite file", odbc: "the ODBC source" };

let wanted = "day";

function draw({ costs, overview }) {
  if (!costs) return [choices()];
  if (!costs.counted) return [h("p", { class: "banner warn" }, "Callers are not counted: BASCULE_USAGE_DAYS=0.")];
  const kinds = Object.fromEntries((overview?.sources ?? []).map(({ name, kind }) => [name, kind]));
  return [
    h("div", { class: "tools" }, choices(), h("p", { class: "quiet" }, `Since ${clock(costs.since, { seconds: false })}.`)),
    costs.complete ? null : h("p", { class: "banner warn" }, "The gateway's own memory does not answer: this is what one worker has yet to write, and whose keys they are is not known."),
    sentences(costs, kinds),
    section("Callers", callers(costs.callers)),
    section("Resources", resources(costs.resources)),
  ];
}

function choices() {
  return choice("Span", SPANS, wanted, (span) => {
    wanted = span;
    board.ask(board.asked.filter(({ name }) => name === "costs"));
  });
}

/** For each source, who cost it most. */
function sentences({ callers: found }, kinds) {
  const names = [...new Set(found.flatMap(({ sources }) => Object.keys(sources)))].sort();
  const said = names.map((source) => {
    const most = found.reduce((one, other) => ((other.sources[source]?.milliseconds ?? -1) > (one.sources[source]?.milliseconds ?? -1) ? other : one));
    return h("li", { "data-key": source }, sentence(most, source, kinds[source]));
  });
  return h("ul", { class: "said" }, said);
}

function sentence(caller, source, kind) {
  const spent = caller.sources[source];
  return [
    h("strong", {}, caller.name || caller.caller), caller.name ? ` (${caller.caller.replace(":", " ")})` : "", " cost ",
    h("strong", {}, `${CALLED[kind] ?? "the source"} ${source}`), ` ${many(spent.statements, "statement")}, ${many(spent.rows, "row")}, `,
    h("strong", {}, duration(spent.milliseconds)), ` in the ${SPANS.find(([span]) => span === wanted)[1].toLowerCase()}: more than anybody else.`,
  ];
}

function callers(found) {
  return table("Callers, the costliest first", [
    ["Caller", ({ name, caller }) => [name || caller, name ? h("span", { class: "quiet" }, ` ${caller}`) : null]],
    ["Share of time", (each) => h("span", { class: "metered" }, bar(each.share), h("b", {}, share(each.share))), "number"],
    ["Time at sources", ({ milliseconds }) => duration(milliseconds), "number"],
    ["Statements", ({ statements }) => count(statements), "number"],
    ["Rows", ({ rows }) => count(rows), "number"],
    ["Requests", ({ requests }) => count(requests), "number"],
    ["At", ({ sources }) => at(sources)],
  ], found, { key: ({ caller }) => caller, empty: "Nobody has asked for anything." });
}

function at(sources) {
  const parts = Object.entries(sources).sort(([, one], [, other]) => other.milliseconds - one.milliseconds);
  return parts.map(([name, { milliseconds }]) => h("span", { class: "part" }, `${name} ${duration(milliseconds)}`));
}

function resources(found) {
  const most = Math.max(...found.map(({ milliseconds }) => milliseconds), 1);
  return table("Resources, the costliest first", [
    ["Resource", ({ route }) => h("code", {}, route)],
    ["Time at sources", (each) => h("span", { class: "metered" }, bar(each.milliseconds / most), h("b", {}, duration(each.milliseconds))), "number"],
    ["An answer took", ({ mean_ms }) => duration(mean_ms), "number"],
    ["The slowest", ({ max_ms }) => duration(max_ms), "number"],
    ["Statements", ({ statements }) => count(statements), "number"],
    ["Rows", ({ rows }) => count(rows), "number"],
    ["Requests", ({ requests }) => count(requests), "number"],
  ], found, { key: ({ route }) => route, empty: "Nothing was asked for." });
}

const board = new Board({
  paths: { costs: () => `/costs?span=${wanted}`, overview: { path: "/overview", every: 60 } },
  every: 30,
  draw,
}).start();
