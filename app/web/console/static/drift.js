/* Drift: where a source is no longer as the contract says. In charge of putting what breaks before what may. */

import { h } from "./dom.js";
import { badge, codes, marked, moment } from "./parts.js";
import { Board } from "./shell.js";
import { many } from "./words.js";

const GRADES = [["breaking", "bad"], ["risky", "warn"], ["safe", "none"]];

function draw({ drift }) {
  if (!drift) return [];
  if (!drift.data.length) return [h("p", { class: "quiet" }, "No source was looked at yet. The gateway looks once a day, as BASCULE_DRIFT_EVERY says; `bascule check --live` looks now.")];
  return [
    h("p", { class: "lead" }, "Each source is held against the contract once in a while: what has changed there, who stands on it, and what to do."),
    drift.data.map(source),
  ];
}

function source(look) {
  const counts = GRADES.filter(([grade]) => look[grade]).map(([grade, tone]) => badge(`${look[grade]} ${grade}`, tone));
  return h(
    "section",
    { "data-key": look.source },
    h("h2", {}, look.source, " ", counts.length ? counts : badge("as the contract says", "good")),
    h("p", { class: "quiet" }, "Looked at ", moment(look.checked_at), "; again ", h("span", {}, look.due_at.replace("T", " ").replace("Z", " UTC")), "."),
    look.failure ? h("p", { class: "banner warn" }, `The last look came to nothing: ${look.failure}. What is shown is what the one before found.`) : null,
    GRADES.map(([grade, tone]) => graded(look.findings.filter((each) => each.grade === grade), grade, tone)),
  );
}

function graded(findings, grade, tone) {
  if (!findings.length) return null;
  const items = h("ul", { class: "findings" }, findings.map((each) => finding(each, tone)));
  if (grade !== "safe") return items;
  return h("details", { "data-key": grade }, h("summary", {}, `${many(findings.length, "finding")} that ${findings.length === 1 ? "hurts" : "hurt"} nobody`), items);
}

function finding(found, tone) {
  const hurt = found.resources.map(({ version, resource, fields }) => `${version}/${resource}${fields.length ? `: ${fields.join(", ")}` : ""}`);
  return h(
    "li",
    { class: `finding ${tone}`, "data-key": found.id },
    h("p", {}, badge(found.code, tone), " ", h("code", {}, found.place), " ", h("b", {}, marked(found.message))),
    found.hint ? h("p", {}, "→ ", marked(found.hint)) : null,
    hurt.length ? h("p", { class: "quiet" }, "Who stands on it: ", codes(hurt)) : null,
    found.of ? h("p", { class: "quiet" }, `${found.rows} of ${many(found.of, "row")} of a sample`, found.keys.length ? [": ", codes(found.keys)] : null) : null,
  );
}

new Board({ paths: { drift: "/drift" }, every: 30, draw }).start();
