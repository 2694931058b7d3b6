// JSON in colours: its names, texts and other values told apart. The rule is that of app/web/portal/papers.py.
import { element } from "./dom.js";

const PARTS = /("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)/;

function kind(part, after) {
  if (part.startsWith('"')) return after.startsWith(":") ? "name" : "text";
  return "value";
}

/** The text as nodes. */
export function coloured(text) {
  const parts = text.split(PARTS);
  return parts.map((part, at) => (at % 2 ? element("span", { class: kind(part, parts[at + 1]) }, part) : part));
}
