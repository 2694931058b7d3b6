/* Callers: who asks, within which limits, and who was turned away. In charge of leading from a caller to its key. */

import { h } from "./dom.js";
import { badge, choice, moment, table } from "./parts.js";
import { Board } from "./shell.js";
import { clock, count, duration, many, span } from "./words.js";

const SPANS = [["hour", "Last hour"], ["day", "Last 24 hours"], ["week", "Last 7 days"]];
const KINDS = { links: "holders of links", anonymous: "without a credential", other: "others, for whom there was no room" };

let wanted = "day";

function draw({ callers }) {
  if (!callers) return [choices()];
  if (!callers.counted) return [h("p", { class: "banner warn" }, "Callers are not counted: BASCULE_USAGE_DAYS=0.")];
  const refused = callers.data.reduce((sum, each) => sum + each.refused, 0);
  return [
    h("div", { class: "tools" }, choices(), h("p", { class: "quiet" }, `Since ${clock(callers.since, { seconds: false })}: ${many(callers.data.length, "caller")}, ${many(refused, "request")} turned away.`)),
    callers.complete ? null : h("p", { class: "banner warn" }, "The gateway's own memory does not answer: these are the callers that one worker has yet to write, and whose keys they have is not known."),
    table("Callers, the busiest first", [
      ["Caller", (each) => [h("b", {}, each.name || KINDS[each.kind] || each.caller), h("span", { class: "quiet note" }, each.caller)]],
      ["Limits", ({ limits: found }) => limits(found), "wrapped"],
      ["Requests", ({ requests }) => count(requests), "number"],
      ["Turned away", ({ refused: away }) => (away ? badge(count(away), "warn") : "0"), "number"],
      ["Statements", ({ statements }) => count(statements), "number"],
      ["Time at sources", ({ milliseconds }) => duration(milliseconds), "number"],
      ["Last seen", ({ last_seen_at: at }) => moment(at)],
      ["Key", (each) => key(each)],
    ], callers.data, { key: ({ caller }) => caller, empty: "Nobody has asked for anything." }),
  ];
}

function choices() {
  return choice("Span", SPANS, wanted, (chosen) => {
    wanted = chosen;
    board.ask();
  });
}

function limits(found) {
  if (!found) return h("span", { class: "quiet" }, "nothing bounds it, or nobody can tell");
  const rate = (name, said) => (said ? `${count(said.amount)} ${name} in ${span(said.seconds)}` : null);
  const said = [rate("requests", found.requests), found.requests ? `${count(found.burst)} at once` : null, rate("rows", found.rows), rate("ms at a source", found.milliseconds)];
  return [h("b", {}, found.name), h("span", { class: "quiet note" }, said.filter(Boolean).join(" · ") || "any number")];
}

function key({ key: id, state }) {
  if (!id) return h("span", { class: "quiet" }, "–");
  const tone = { active: "good", replaced: "warn" }[state] ?? "none";
  return [h("a", { href: `/console/keys?key=${id}` }, h("code", {}, id)), " ", state === "active" ? null : badge(state, tone)];
}

const board = new Board({ paths: { callers: () => `/callers?span=${wanted}` }, every: 15, draw }).start();
