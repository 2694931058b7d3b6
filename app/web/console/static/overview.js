/* Overview: what is up, what is not, and what to do about it; then the last hour in five figures.
 *
 * In charge of saying the worst first.
 */

import { sparkline } from "./chart.js";
import { h } from "./dom.js";
import { badge, bar, lamp, marked, moment, section, table, tile } from "./parts.js";
import { Board, entitle } from "./shell.js";
import { KINDS, ago, clock, count, duration, listed, many, now, quantity, share, span } from "./words.js";

/** For each state its tone, its rank (the worst first), what it means, and for those that are ill what is said of it in the headline. */
const STATES = {
  refused: ["bad", 0, "refuses the gateway's user or password; it is not asked again by itself", "lets nobody in"],
  open: ["bad", 1, "its breaker is open: it failed so often that only a trial goes there every few seconds", "is down"],
  sick: ["warn", 2, "answers some, and failed in the last two minutes", "is sick"],
  quiet: ["calm", 3, "in a quiet window: left in peace"],
  unknown: ["none", 4, "nobody has asked it yet"],
  up: ["good", 5, "answers"],
};
const ill = ({ state }) => STATES[state].length > 3;

let noticed = null; // when this page first saw a source ill, and how many answers had been stale by then

function draw({ overview, history, cache }) {
  if (!overview) return [];
  entitle(overview.title);
  const sources = [...overview.sources].sort((one, other) => STATES[one.state][1] - STATES[other.state][1]);
  return [
    overview.complete ? null : forgetful(),
    headline(sources),
    served(sources, cache),
    tiles(overview.hour, history),
    section("Sources", h("div", { class: "sources" }, sources.map(card))),
    section("Versions", versions(overview.versions)),
  ];
}

function forgetful() {
  const text = "The gateway's own memory does not answer. What is shown is what one worker knows; drift, and what others have noted, is missing.";
  return h("p", { class: "banner warn", "data-key": "forgetful" }, text);
}

function headline(sources) {
  const down = sources.filter(ill);
  const quiet = sources.filter(({ state }) => state === "quiet").map(({ name }) => name);
  const worst = down.length ? STATES[down[0].state][0] : "good";
  const said = down.length
    ? down.map(({ name, state }) => `${name} ${STATES[state][3]}`).join(", ")
    : sources.length === 1 ? `${sources[0].name} is well` : "All sources are well";
  const rest = quiet.length ? `; ${listed(quiet)} ${quiet.length === 1 ? "is" : "are"} in a quiet window` : "";
  return h("p", { class: `headline ${worst}`, "data-key": "headline" }, lamp(worst), h("span", {}, said + rest));
}

/** While a source is ill: what its callers get meanwhile, as far as this page saw it. */
function served(sources, cache) {
  if (!sources.some(ill)) noticed = null;
  else if (cache && !noticed) noticed = { at: now(), stale: cache.requests.stale };
  if (!noticed || !cache) return null;
  const stale = cache.requests.stale - noticed.stale;
  const text = stale > 0
    ? `Callers are served meanwhile: ${many(stale, "answer")} from what is kept, older than they should be and said to be so, since ${clock(noticed.at)}.`
    : `Since ${clock(noticed.at)} no answer came from what is kept beyond its time: nobody asked for any, or the contract keeps none.`;
  return h("p", { class: "quiet", "data-key": "served" }, text);
}

function tiles(hour, history) {
  const errors = hour.requests ? hour.errors / hour.requests : null;
  const per1000 = history && history.requests.map((requests, point) => {
    const sum = Object.values(history.sources).reduce((total, { statements }) => total + statements[point], 0);
    return requests ? (1000 * sum) / requests : null;
  });
  const spark = (values) => (history ? sparkline(values) : null);
  return h(
    "dl",
    { class: "tiles", "data-key": "tiles", "aria-label": "The last hour" },
    tile("Requests", count(hour.requests), "in the last hour", "none", spark(history?.requests)),
    tile("Errors", share(errors), many(hour.errors, "answer with 5xx", "answers with 5xx"), errors > 0.01 ? "bad" : "none", spark(history?.errors)),
    tile("Latency", duration(hour.p95_ms), "p95: 95 of 100 within", "none", spark(history?.p95_ms)),
    tile("Cache hits", share(hour.hit_ratio), "needed no read", "none", spark(history?.hit_ratio)),
    tile("Statements", quantity(hour.statements_per_1000_requests), "for 1,000 requests", "none", spark(per1000)),
  );
}

function card(source) {
  const [tone, , meaning] = STATES[source.state];
  return h(
    "article",
    { class: `source ${tone}`, "data-key": source.name },
    h("h3", {}, lamp(tone), source.name, " ", h("span", { class: "quiet" }, KINDS[source.kind] ?? source.kind), badge(source.state, tone)),
    h("p", { class: "state" }, standing(source, meaning)),
    failure(source),
    h(
      "dl",
      { class: "facts" },
      fact("Connections", connections(source.connections), source.connections.open / source.connections.limit, source.connections.lost ? "bad" : "accent"),
      source.rows_today
        ? fact("Rows today", `${count(source.rows_today.read)} of ${count(source.rows_today.limit)}`, source.rows_today.read / source.rows_today.limit, source.rows_today.read > 0.9 * source.rows_today.limit ? "warn" : "accent")
        : null,
      fact("Drift", drift(source.drift)),
    ),
  );
}

function standing(source, meaning) {
  const since = source.since ? [", since ", h("time", { datetime: source.since }, clock(source.since)), ` (${ago(source.since).replace(" ago", "")})`] : [];
  if (source.state !== "quiet") return [meaning, ...since];
  const until = source.quiet_until ? ` until ${clock(source.quiet_until, { seconds: false })}` : "";
  return [`${meaning}${until}${source.quiet_reason ? `: ${source.quiet_reason}` : ""}`, ...since];
}

/** What it failed with. Of a source that is well it is history, and folded away. */
function failure({ state, last_failure: last }) {
  if (!last) return null;
  const words = [
    h("p", {}, h("strong", {}, marked(last.words))),
    h("p", {}, marked(last.advice)),
    h("p", { class: "driver" }, h("code", {}, last.text || last.error)),
    h("p", { class: "quiet" }, last.error, " · ", moment(last.at), last.request_id ? [" · request ", h("code", {}, last.request_id)] : null),
  ];
  if (ill({ state })) return h("div", { class: "failure" }, words);
  return h("details", { class: "failure" }, h("summary", {}, "Last failure ", moment(last.at)), words);
}

function fact(name, text, part, tone) {
  return [h("dt", {}, name), h("dd", {}, text, part === undefined ? null : bar(part, tone))];
}

function connections({ limit, open, lost }) {
  return `${count(open)} of ${count(limit)}${lost ? `, ${count(lost)} hang` : ""}`;
}

function drift(found) {
  if (!found) return h("span", { class: "quiet" }, "not looked at yet");
  const grades = [["breaking", "bad"], ["risky", "warn"], ["safe", "none"]].filter(([grade]) => found[grade]);
  const said = grades.length ? grades.map(([grade, tone]) => badge(`${found[grade]} ${grade}`, tone)) : "as the contract says";
  return [h("a", { href: "/console/drift" }, said), " ", h("span", { class: "quiet" }, found.checked_at ? ago(found.checked_at) : "")];
}

function versions(found) {
  const tones = { current: "good", deprecated: "warn", retired: "bad" };
  const ends = ({ sunset_on: on }) => {
    if (!on) return h("span", { class: "quiet" }, "–");
    const left = (Date.parse(on) - now()) / 1000;
    return [on, h("span", { class: "quiet" }, left > 0 ? ` in ${span(Math.ceil(left / 86400) * 86400)}` : " over")];
  };
  return table("Versions", [
    ["Version", ({ name }) => name],
    ["Status", ({ status }) => badge(status, tones[status] ?? "none")],
    ["Ends", ends],
    ["Resources", ({ resources }) => count(resources), "number"],
  ], found, { key: ({ name }) => name });
}

new Board({
  paths: { overview: "/overview", cache: { path: "/cache", when: ({ overview }) => overview?.sources.some(ill) }, history: { path: "/history?span=hour", every: 30 } },
  every: 5,
  draw,
}).start();
