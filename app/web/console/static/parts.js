/* The parts that pages are put together from: tables, bars, tiles, lamps, switches, dialogs.
 *
 * In charge of one look and one behaviour for each. It must not know what the admin API answers.
 */

import { h, s } from "./dom.js";
import { ago, clock, share as percent } from "./words.js";

/** A lamp: a colour, and a shape for those who do not see it. */
export function lamp(tone) {
  const shapes = {
    good: () => s("circle", { cx: 6, cy: 6, r: 4.5 }),
    warn: () => s("path", { d: "M6 1 11.5 10.8H.5z" }),
    bad: () => s("path", { d: "M1.5 1.5h9v9h-9z" }),
    calm: () => s("path", { d: "M8.6 1.6a4.9 4.9 0 1 0 1.8 7.2 4.2 4.2 0 0 1-1.8-7.2z" }),
    none: () => s("circle", { cx: 6, cy: 6, r: 4, class: "hollow" }),
  };
  return s("svg", { class: `lamp ${tone}`, viewBox: "0 0 12 12", "aria-hidden": "true" }, shapes[tone]());
}

/** A word in a frame. */
export function badge(text, tone = "none") {
  return h("span", { class: `badge ${tone}` }, text);
}

/** Text with `code` between backticks. */
export function marked(text) {
  return text.split("`").map((part, at) => (at % 2 ? h("code", {}, part) : part));
}

/** Names in the letters of code. */
export function codes(names) {
  return h("span", { class: "codes" }, names.map((name) => h("code", {}, name)));
}

/** A moment, with how long ago it was; the exact one when one points at it. */
export function moment(at, otherwise = "never") {
  return at ? h("time", { datetime: at, title: `${clock(at)} here, ${at}` }, ago(at)) : h("span", { class: "quiet" }, otherwise);
}

/** A bar as long as a share, 0 to 1. What it says stands beside it as text. */
export function bar(value, tone = "accent") {
  return h("span", { class: `meter ${tone}`, style: { "--share": String(Math.min(1, Math.max(0, value || 0))) }, "aria-hidden": "true" });
}

/** Several shares of a whole in one bar: [[name, number, tone], …]. */
export function stack(parts) {
  const sum = parts.reduce((total, [, number]) => total + number, 0);
  const said = parts.map(([name, number]) => `${name} ${percent(sum ? number / sum : 0)}`).join(", ");
  return h(
    "div",
    { class: "stack", role: "img", "aria-label": said },
    parts.filter(([, number]) => number).map(([name, number, tone]) =>
      h("span", { class: tone, style: { "--share": String(number / sum) }, title: `${name} ${percent(number / sum)}` })),
  );
}

/** A figure with its name, and a line that says what it is of. */
export function tile(name, figure, line, tone = "none", picture = null) {
  return h(
    "div",
    { class: `tile ${tone}` },
    h("dt", {}, name),
    h("dd", {}, h("strong", {}, figure), line ? h("span", { class: "quiet" }, line) : null, picture),
  );
}

/** A table. Columns are [name, from a row to a cell, class]; a cell is a text or nodes. */
export function table(caption, columns, rows, { key = null, empty = "Nothing.", hidden = true } = {}) {
  if (!rows.length) return h("p", { class: "quiet" }, empty);
  return h(
    "div",
    { class: "table", role: "region", "aria-label": caption, tabindex: "0" },
    h(
      "table",
      {},
      h("caption", { class: hidden ? "unseen" : "" }, caption),
      h("thead", {}, h("tr", {}, columns.map(([name, , kind]) => h("th", { scope: "col", class: kind }, name)))),
      h("tbody", {}, rows.map((row) => line(columns, row, key))),
    ),
  );
}

function line(columns, row, key) {
  return h(
    "tr",
    { "data-key": key ? key(row) : null },
    columns.map(([name, cell, kind], place) =>
      h(place ? "td" : "th", { class: kind, "data-name": name, scope: place ? null : "row" }, cell(row))),
  );
}

/** One choice of a few: [[value, name], …]. */
export function choice(legend, options, chosen, choose) {
  return h(
    "fieldset",
    { class: "choice" },
    h("legend", { class: "unseen" }, legend),
    options.map(([value, name]) =>
      h("button", { type: "button", "aria-pressed": String(value === chosen), onclick: () => choose(value) }, name)),
  );
}

/** A field that narrows a list. */
export function sieve(label, text, sift) {
  return h("label", { class: "sieve" }, h("span", {}, label), h("input", { type: "search", value: text, oninput: (event) => sift(event.target.value) }));
}

/** A section with its heading. */
export function section(heading, ...nodes) {
  return h("section", {}, h("h2", {}, heading), ...nodes);
}

/** A question before something that cannot be undone. Answers what was done, null if nothing was; a failure is told in place. */
export function confirm({ title, text, act, does }) {
  return new Promise((resolve) => {
    const said = h("p", { class: "banner bad", role: "alert", hidden: true });
    const doing = h("button", { type: "submit", class: "danger" }, act);
    const dialog = h(
      "dialog",
      { "aria-labelledby": "asked" },
      h("form", { method: "dialog" }, h("h2", { id: "asked" }, title), h("p", {}, text), said,
        h("p", { class: "actions" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), doing)),
    );
    let done = null;
    dialog.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      doing.disabled = true;
      try {
        done = (await does()) ?? true;
        dialog.close();
      } catch (failure) {
        said.textContent = failure.message;
        said.hidden = false;
        doing.disabled = false;
      }
    });
    open(dialog, () => resolve(done));
  });
}

/** Show a dialog, and take it away when it is closed: where one was before has the focus again. */
export function open(dialog, closed = () => {}) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  dialog.showModal();
}

/** Tell in passing what was done; screen readers are told as well. */
export function tell(text) {
  let place = document.getElementById("told");
  if (!place) {
    place = h("div", { id: "told", role: "status" });
    document.body.append(place);
  }
  const said = h("p", {}, text);
  place.replaceChildren(said);
  setTimeout(() => said.remove(), 8000);
}
