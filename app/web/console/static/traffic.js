/* Traffic: requests and what they cost the sources, over the last hour or day. In charge of one axis for all charts. */

import { Axis, chart } from "./chart.js";
import { h } from "./dom.js";
import { choice, section, table } from "./parts.js";
import { Board } from "./shell.js";
import { KINDS, clock, count, duration, quantity, share } from "./words.js";

let wanted = new URLSearchParams(location.search).get("span") === "day" ? "day" : "hour";
const unfolded = new Set(); // tables that somebody opened: a table is made when it is looked at

const axis = new Axis(() => board.redraw());

function draw({ history, overview }) {
  if (!history) return [choices()];
  axis.take(history.at, history.step);
  const kinds = Object.fromEntries((overview?.sources ?? []).map(({ name, kind }) => [name, KINDS[kind] ?? kind]));
  return [
    h("div", { class: "tools" }, choices(), axis.slider()),
    history.complete ? null : h("p", { class: "banner warn" }, "The gateway's own memory does not answer: these are the minutes that one worker has yet to write."),
    section("The gateway", h("div", { class: "charts" }, ofGateway(history)), numbers("The gateway", gatewayColumns(history), history)),
    Object.entries(history.sources).map(([name, found]) =>
      h("section", { "data-key": name }, h("h2", {}, name, " ", h("span", { class: "quiet" }, kinds[name] ?? "")),
        h("div", { class: "charts" }, ofSource(found)), numbers(name, sourceColumns(found), history))),
  ];
}

function choices() {
  return choice("Span", [["hour", "Last hour"], ["day", "Last day"]], wanted, (span) => {
    wanted = span;
    window.history.replaceState(null, "", span === "day" ? "?span=day" : location.pathname);
    axis.choose(null);
    board.ask(board.asked.filter(({ name }) => name === "history"));
  });
}

function ofGateway({ requests, errors, p50_ms, p95_ms, p99_ms, hit_ratio }) {
  return [
    chart(axis, { title: "Requests", format: count, series: [
      { name: "all", values: requests, tone: "accent", bars: true }, { name: "5xx", values: errors, tone: "bad", bars: true }] }),
    chart(axis, { title: "Latency", format: duration, series: [
      { name: "p99", values: p99_ms, tone: "faint" }, { name: "p95", values: p95_ms, tone: "accent" }, { name: "p50", values: p50_ms, tone: "good" }] }),
    chart(axis, { title: "Cache hits", format: share, most: 1, series: [{ name: "cache hits", values: hit_ratio, tone: "accent" }] }),
  ];
}

function ofSource({ statements, per_1000_requests, failures, p95_ms }) {
  return [
    chart(axis, { title: "Statements for 1,000 requests", format: quantity, series: [{ name: "statements", values: per_1000_requests, tone: "accent" }] }),
    chart(axis, { title: "Statements", format: count, series: [
      { name: "answered", values: statements, tone: "accent", bars: true }, { name: "failed", values: failures, tone: "bad", bars: true }] }),
    chart(axis, { title: "Statement time, p95", format: duration, series: [{ name: "time", values: p95_ms, tone: "accent" }] }),
  ];
}

function gatewayColumns({ requests, errors, p50_ms, p95_ms, p99_ms, hit_ratio }) {
  return [["Requests", requests, count], ["5xx", errors, count], ["p50", p50_ms, duration], ["p95", p95_ms, duration],
    ["p99", p99_ms, duration], ["Cache hits", hit_ratio, share]];
}

function sourceColumns({ statements, per_1000_requests, failures, p95_ms }) {
  return [["Statements", statements, count], ["For 1,000 requests", per_1000_requests, quantity], ["Failures", failures, count], ["p95", p95_ms, duration]];
}

/** The numbers behind the charts, the newest first. */
function numbers(name, columns, { at }) {
  const rows = unfolded.has(name) ? at.map((_, point) => point).reverse() : [];
  return h(
    "details",
    { class: "numbers", ontoggle: (event) => unfold(name, event.target.open) },
    h("summary", {}, "The numbers"),
    rows.length ? table(`${name}, the newest first`, [
      ["Begins", (point) => clock(at[point], { seconds: false })],
      ...columns.map(([title, values, format]) => [title, (point) => format(values[point] ?? null), "number"]),
    ], rows) : null,
  );
}

function unfold(name, open) {
  if (open === unfolded.has(name)) return;
  if (open) unfolded.add(name);
  else unfolded.delete(name);
  board.redraw();
}

const board = new Board({
  paths: { history: () => `/history?span=${wanted}`, overview: { path: "/overview", every: 60 } },
  every: 15,
  draw,
}).start();
