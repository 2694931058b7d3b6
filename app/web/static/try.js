// "Try it": the example of a resource becomes a request that can be changed and sent, with the reader's key if there is one; its
// answer takes the example's place. Without this script the example stands there as it is.
import { offerCopies } from "./copy.js";
import { element } from "./dom.js";
import { coloured } from "./json.js";
import { askForKey, credential, key, onKey } from "./key.js";

const HEADERS = ["Age", "ETag", "Cache-Status", "Data-As-Of", "Bascule-Sandbox", "Server-Timing", "Retry-After", "RateLimit"];
const LONGEST = 20000; // characters of a body that are shown

function indented(text) {
  let shown = text;
  try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* no JSON: as it is */ }
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}\n… and ${shown.length - LONGEST} characters more` : shown;
}

function headersOf(answer) {
  const facts = element("dl", { class: "facts small" });
  for (const name of HEADERS) {
    const value = answer.headers.get(name);
    if (value !== null) facts.append(element("dt", {}, name), element("dd", {}, element("code", {}, value)));
  }
  return facts;
}

function show(answered, answer, text, milliseconds) {
  const status = `${answer.status} ${answer.statusText}`.trim();
  const code = element("code", {}, ...coloured(indented(text) || "no body"));
  const body = element("figure", { class: "code answer" }, element("figcaption", {}, "Answer"), element("pre", { tabindex: "0", "aria-label": "Answer" }, code));
  offerCopies([body]);
  answered.replaceChildren(
    element("p", { class: answer.ok ? "status good" : "status bad" }, element("strong", {}, status), ` in ${Math.round(milliseconds)} ms`),
    headersOf(answer), body);
}

async function send(address, answered) {
  const started = performance.now();
  answered.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json", ...credential() }, cache: "no-store", credentials: "omit" });
    show(answered, answer, await answer.text(), performance.now() - started);
  } catch {
    answered.replaceChildren(element("p", { class: "status bad" }, "The gateway did not answer."));
  }
  answered.removeAttribute("aria-busy");
}

function whoAsks(closed) {
  if (!closed) return [key() ? "Sent with your key, which an open API does not look at." : "Sent without a key: this API is open."];
  if (key()) return ["Sent with your key."];
  return [element("button", { type: "button", class: "link", click: askForKey }, "Use your key"), " first: this API asks for one."];
}

export function offerTry(section) {
  if (!section) return;
  const { path, query, closed } = section.dataset;
  const answered = section.querySelector(".answered");
  const input = element("input", { id: "try-query", type: "text", value: query, spellcheck: "false", autocomplete: "off", autocapitalize: "off" });
  const hint = element("p", { class: "small" });
  const asking = (event) => {
    event.preventDefault();
    section.querySelector("h2").textContent = "Your request";
    send(`${path}?${input.value.replace(/^\?/, "").trim()}`, answered);
  };
  const form = element("form", { class: "ask", submit: asking },
    element("label", { for: "try-query" }, `GET ${path}?`),
    element("div", {}, input, element("button", {}, "Try it")));
  const tell = () => hint.replaceChildren(...whoAsks(closed));
  answered.setAttribute("role", "status");
  section.querySelector(".asked").replaceChildren(form, hint);
  onKey(tell);
  tell();
}
