// Where each word of the glossary really lies, for readers whose key may know: asked for by a button, with the key of this tab, and
// shown beside the terms.
import { element } from "./dom.js";
import { askForKey, credential, key, onKey } from "./key.js";

function line(place) {
  const where = place.table === null ? "a named query" : place.table;
  return element("p", { class: "lies small" },
    element("span", { class: "tag" }, place.source), " ",
    element("code", {}, `${where}: ${place.columns.join(" + ")}`), ` ${place.stored_as} · ${place.resource} ${place.versions.join(", ")}`);
}

function clear() {
  for (const each of document.querySelectorAll(".terms .lies")) each.remove();
}

async function show(address, told) {
  const answer = await fetch(address, { headers: { Accept: "application/json", ...credential() }, cache: "no-store", credentials: "omit" });
  const body = await answer.json();
  clear();
  if (!answer.ok) {
    told.textContent = answer.status === 403 ? "Your key may not know this: it takes the scope bascule:lineage." : body.detail;
    return;
  }
  for (const place of body.data) document.getElementById(place.field)?.append(line(place));
  told.textContent = `${body.data.length} places are shown beside their words. This look was written down.`;
}

export function offerLineage(section) {
  if (!section) return;
  const told = element("p", { class: "small", role: "status" });
  const button = element("button", {
    type: "button",
    click: () => (key() ? show(section.dataset.address, told).catch(() => { told.textContent = "The gateway did not answer."; }) : askForKey()),
  });
  const tell = () => {
    button.textContent = key() ? "Show where it lies" : "Use your key";
    if (!key()) { clear(); told.textContent = ""; }
  };
  section.append(element("p", {}, "Which table and column holds it is for those who may know: keys with the scope ", element("code", {}, "bascule:lineage"), ". ", button), told);
  onKey(tell);
  tell();
  section.hidden = false;
}
