/* Keys: who holds one, what for; how one is given out, and how one ends.
 *
 * In charge of never showing the text of a key but this once, and of asking before one ends.
 */

import { ask } from "./api.js";
import { h } from "./dom.js";
import { badge, choice, codes, confirm, moment, open, sieve, table, tell } from "./parts.js";
import { Board } from "./shell.js";
import { many } from "./words.js";

const TONES = { active: "good", replaced: "warn", expired: "none", revoked: "none" };
const LIFETIMES = [["86400", "a day"], ["2592000", "30 days"], ["7776000", "90 days"], ["31536000", "a year"], ["", "for ever"]];

let shown = "living";
let sought = new URLSearchParams(location.search).get("key") ?? "";

function draw({ keys }) {
  if (!keys) return [];
  const living = ({ state }) => state === "active" || state === "replaced";
  const said = ({ id, owner, note, scopes, rate }) => [id, owner, note, rate, ...scopes].join(" ").toLowerCase();
  const found = keys.data.filter((each) => (shown === "all" || living(each)) && said(each).includes(sought.toLowerCase())).reverse();
  return [
    h("div", { class: "tools" },
      choice("Which", [["living", "Living"], ["all", "Dead ones too"]], shown, (which) => { shown = which; board.redraw(); }),
      sieve("Narrow", sought, (text) => { sought = text; board.redraw(); }),
      h("button", { type: "button", class: "strong", onclick: create }, "New key …")),
    h("p", { class: "quiet counted", role: "status" }, many(found.length, "key")),
    table("Keys, the newest first", [
      ["Key", ({ id, owner, note }) => [h("b", {}, owner), " ", h("code", {}, id), note ? h("span", { class: "quiet note" }, note) : null]],
      ["State", ({ state }) => badge(state, TONES[state])],
      ["May", (key) => rights(key), "wrapped"],
      ["Used last", ({ last_used_at: at }) => moment(at)],
      ["Ends", (key) => end(key)],
      ["Action", (key) => (living(key) ? revoker(key) : null), "action"],
    ], found, { key: ({ id }) => id, empty: sought ? "None of that name." : "None." }),
  ];
}

function rights({ scopes, claims, networks, rate }) {
  const bound = Object.entries(claims).map(([name, values]) => `${name} ${values.join(" or ")}`);
  return [
    scopes.length ? codes(scopes) : h("span", { class: "quiet" }, "no scope"),
    h("span", { class: "quiet note" }, [...bound, ...networks.map((each) => `from ${each}`), `limits: ${rate}`].join(" · ")),
  ];
}

function end({ state, revoked_at, expires_at, replaced_by }) {
  if (state === "revoked") return ["revoked ", moment(revoked_at)];
  const day = expires_at ? h("time", { datetime: expires_at }, expires_at.slice(0, 10)) : h("span", { class: "quiet" }, "never");
  return replaced_by ? [day, h("span", { class: "quiet note" }, "replaced by ", h("code", {}, replaced_by))] : day;
}

function revoker({ id, owner }) {
  return h("button", { type: "button", "aria-label": `Revoke ${owner} ${id}`, onclick: () => revoke(id, owner) }, "Revoke …");
}

async function revoke(id, owner) {
  const done = await confirm({
    title: `Revoke the key of ${owner}?`,
    text: ["Whoever uses ", h("code", {}, id), " is refused on all workers within two seconds. A revoked key does not come back."],
    act: "Revoke it",
    does: () => ask(`/keys/${id}/revoke`, {}),
  });
  if (!done) return;
  await board.ask();
  tell(`The key ${id} of ${owner} is revoked.`);
}

// A new key.

function field(name, label, hint, attributes = {}) {
  return h("label", {}, h("span", {}, label), h("input", { name, autocomplete: "off", ...attributes }), hint ? h("small", {}, hint) : null);
}

function create() {
  const said = h("p", { class: "banner bad", role: "alert", hidden: true });
  const form = h(
    "form",
    { method: "dialog", class: "fields" },
    h("h2", { id: "wish" }, "New key"),
    field("owner", "Owner", "Who holds it: a person, a company, a system.", { required: true }),
    field("scopes", "Scopes", "With blanks between: orders:read parts:read"),
    field("claims", "Claims", "What binds it to rows: customer=10001"),
    field("networks", "Networks", "Where it may be used from: 10.0.0.0/8. Empty: anywhere."),
    field("rate", "Class of limits", null, { value: "default" }),
    h("label", {}, h("span", {}, "Good for"), h("select", { name: "lifetime", value: "31536000" }, LIFETIMES.map(([seconds, name]) => h("option", { value: seconds }, name)))),
    field("note", "Note", "What the next person should know about it."),
    said,
    h("p", { class: "actions" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), h("button", { type: "submit", class: "strong" }, "Make it")),
  );
  const dialog = h("dialog", { "aria-labelledby": "wish" }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const made = await ask("/keys", wish(new FormData(form)));
      dialog.close();
      reveal(made);
      board.ask();
    } catch (failure) {
      said.textContent = failure.message;
      said.hidden = false;
    }
  });
  open(dialog);
}

function wish(said) {
  const words = (name) => said.get(name).split(/[\s,]+/).filter(Boolean);
  const claims = {};
  for (const [name, value] of words("claims").map((pair) => pair.split(/=(.*)/s))) (claims[name] ??= []).push(value ?? "");
  const lifetime = said.get("lifetime") ? { lifetime: Number(said.get("lifetime")) } : {};
  return { owner: said.get("owner").trim(), scopes: words("scopes"), claims, networks: words("networks"), rate: said.get("rate").trim(), note: said.get("note").trim(), ...lifetime };
}

/** The text of a new key: shown until the dialog is closed, and never again. */
function reveal({ key, owner, notes }) {
  const copied = h("button", { type: "button", onclick: () => copy(copied, key) }, "Copy");
  const dialog = h(
    "dialog",
    { "aria-labelledby": "made" },
    h("form", { method: "dialog" },
      h("h2", { id: "made" }, `The key of ${owner}`),
      h("p", {}, "Give it to its holder now. It is kept nowhere, and is not shown again."),
      h("p", { class: "secret" }, h("code", { tabindex: "0" }, key), copied),
      notes.map((note) => h("p", { class: "banner warn" }, note)),
      h("p", { class: "actions" }, h("button", { type: "submit", class: "strong" }, "Done"))),
  );
  open(dialog);
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(button.previousSibling); // no clipboard over plain HTTP: it is selected, to be copied by hand
    button.textContent = "Selected";
  }
}

const board = new Board({ paths: { keys: "/keys" }, every: 15, draw }).start();
