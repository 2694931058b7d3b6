/* Data issues: what at the sources does not decode, by field. In charge of finding one among many. */

import { h } from "./dom.js";
import { badge, codes, moment, sieve, table } from "./parts.js";
import { Board } from "./shell.js";
import { count, many } from "./words.js";

let sought = "";

function draw({ issues }) {
  if (!issues) return [];
  const place = ({ version, resource, field, issue }) => `${version} ${resource}.${field} ${issue}`;
  const found = issues.data.filter((each) => place(each).toLowerCase().includes(sought.toLowerCase()));
  const seen = found.reduce((sum, each) => sum + each.seen, 0);
  return [
    h("p", { class: "lead" }, "Values that the contract's conversions could not read. They are served as null, or as the contract says; here is where to mend them."),
    h("div", { class: "tools" }, sieve("Narrow", sought, (text) => { sought = text; board.redraw(); }),
      h("p", { class: "quiet", role: "status" }, `${many(found.length, "kind")} of issues, served ${count(seen)} times.`)),
    table("Data issues, the most frequent first", [
      ["Field", ({ version, resource, field }) => [h("span", { class: "quiet" }, `${version} ${resource}.`), h("b", {}, field)]],
      ["Issue", ({ issue }) => badge(issue, "warn")],
      ["Served", ({ seen }) => count(seen), "number"],
      ["Last", ({ last_seen }) => moment(last_seen)],
      ["Some keys", ({ keys }) => codes(keys), "wrapped"],
    ], found, { key: place, empty: sought ? "None of that name." : "None: everything that was served could be read." }),
  ];
}

const board = new Board({ paths: { issues: "/issues" }, every: 30, draw }).start();
