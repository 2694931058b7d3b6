// "Try it": sends a request to the resource of the page, with the reader's key if there is one, and shows what came back.
import { element } from "./dom.js";
import { askForKey, credential, key, onKey } from "./key.js";

const HEADERS = ["Age", "ETag", "Cache-Status", "Data-As-Of", "Server-Timing", "Retry-After", "RateLimit"];
const LONGEST = 20000; // characters of a body that are shown

function indented(text) {
  let shown = text;
  try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* no JSON: as it is */ }
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}\n… and ${shown.length - LONGEST} characters more` : shown;
}

function answerOf(answer, text, milliseconds) {
  const facts = element("dl", { class: "facts small" });
  for (const name of HEADERS) {
    const value = answer.headers.get(name);
    if (value !== null) facts.append(element("dt", {}, name), element("dd", {}, element("code", {}, value)));
  }
  const status = `${answer.status} ${answer.statusText}`.trim();
  return [
    element("p", { class: answer.ok ? "status good" : "status bad" }, element("strong", {}, status), ` in ${Math.round(milliseconds)} ms`),
    facts,
    element("figure", { class: "code answer" }, element("pre", { tabindex: "0", "aria-label": "Body" }, element("code", {}, indented(text) || "no body"))),
  ];
}

async function send(address, result) {
  const started = performance.now();
  result.replaceChildren(element("p", { class: "small" }, "Waiting for the answer…"));
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json", ...credential() }, cache: "no-store", credentials: "omit" });
    const text = await answer.text();
    result.replaceChildren(...answerOf(answer, text, performance.now() - started));
  } catch {
    result.replaceChildren(element("p", { class: "status bad" }, "The gateway did not answer."));
  }
}

export function offerTry(section) {
  if (!section) return;
  const { path, query, closed } = section.dataset;
  const input = element("input", { id: "try-query", type: "text", value: query, spellcheck: "false", autocomplete: "off", autocapitalize: "off" });
  const result = element("div", { class: "result", role: "status" });
  const hint = element("p", { class: "small" });
  const tell = () => {
    hint.replaceChildren(...(closed && !key()
      ? [element("button", { type: "button", class: "link", click: askForKey }, "Use your key"), ": callers need one here."]
      : [closed ? "Sent with your key." : key() ? "Sent with your key, which an open API does not look at." : "Sent without a key: this API is open."]));
  };
  const form = element("form", {
    submit: (event) => {
      event.preventDefault();
      send(`${path}?${input.value.replace(/^\?/, "").trim()}`, result);
    },
  },
  element("label", { for: "try-query" }, "Query"),
  element("div", { class: "ask" }, element("span", { class: "path", "aria-hidden": "true" }, `${path}?`), input, element("button", {}, "Send")));
  section.append(element("h2", {}, "Try it"), form, hint, result);
  onKey(tell);
  tell();
  section.hidden = false;
}
