// The search of every page: "/" goes there, arrows choose, Enter opens, Escape leaves (WAI-ARIA's combobox with a list). The index is
// fetched once, from the gateway. Without this script the field leads to a page of results.
import { element } from "./dom.js";

const MOST = 12; // results that are shown

// The rule is that of app/web/portal/search.py: each word must stand in an entry; its title as a whole, then its beginning, then within.
function rank(title, whole) {
  if (title === whole) return 0;
  if (title.startsWith(whole)) return 1;
  return title.includes(whole) ? 2 : 3;
}

/** An entry with the texts that a query is looked for in. */
export function searchable(entry) {
  return { ...entry, lower: entry.title.toLowerCase(), text: `${entry.title} ${entry.about} ${entry.words}`.toLowerCase() };
}

/** What a query finds, the best first. */
export function found(entries, query) {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return [];
  const whole = wanted.join(" ");
  return entries
    .filter((entry) => wanted.every((word) => entry.text.includes(word)))
    .map((entry, at) => ({ entry, at, rank: rank(entry.lower, whole) }))
    .sort((one, other) => one.rank - other.rank || one.at - other.at)
    .map((each) => each.entry);
}

async function load(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) return [];
  const { entries } = await answer.json();
  return entries.map(searchable);
}

function option(entry, at) {
  return element("li", { role: "option", id: `hit-${at}`, "aria-selected": "false", "data-href": entry.href },
    element("span", { class: "tag" }, entry.kind), " ", element("strong", {}, entry.title), " ",
    element("span", { class: "about" }, entry.about));
}

class Search {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input");
    this.list = element("ul", { role: "listbox", id: "hits", "aria-label": "Results", hidden: true });
    this.told = element("p", { class: "visually-hidden", role: "status" });
    this.chosen = -1;
    form.append(this.list, this.told);
    const roles = { role: "combobox", "aria-expanded": "false", "aria-controls": "hits", "aria-autocomplete": "list" };
    for (const [word, value] of Object.entries(roles)) this.input.setAttribute(word, value);
    this.listen();
  }

  listen() {
    this.input.addEventListener("focus", () => this.entries());
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150)); // a click on a result comes first
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.go(event.target.closest("[role=option]")));
    document.addEventListener("keydown", (event) => {
      const writing = event.target.closest?.("input, textarea, select, dialog");
      if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.input.focus();
      this.input.select();
    });
  }

  entries() {
    this.loading ??= load(this.form.dataset.index).catch(() => { this.loading = undefined; return []; });
    return this.loading;
  }

  async look() {
    const query = this.input.value;
    const hits = found(await this.entries(), query);
    if (query !== this.input.value) return; // somebody wrote on while the index came
    this.list.replaceChildren(...hits.slice(0, MOST).map(option));
    this.told.textContent = query.trim() ? `${hits.length} results` : "";
    this.choose(hits.length ? 0 : -1);
    this.open(hits.length > 0);
  }

  open(shown) {
    this.list.hidden = !shown;
    this.input.setAttribute("aria-expanded", String(shown));
  }

  close() {
    this.open(false);
    this.choose(-1);
  }

  choose(at) {
    const options = [...this.list.children];
    this.chosen = options.length ? (at + options.length) % options.length : -1;
    if (at < 0 && this.list.hidden) this.chosen = -1;
    options.forEach((each, index) => each.setAttribute("aria-selected", String(index === this.chosen)));
    const chosen = options[this.chosen];
    if (chosen) {
      this.input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  pressed(event) {
    if (event.key === "Escape") {
      this.close();
      return;
    }
    if (this.list.hidden) return;
    if (event.key === "ArrowDown") this.choose(this.chosen + 1);
    else if (event.key === "ArrowUp") this.choose(this.chosen - 1);
    else if (event.key === "Enter" && this.chosen >= 0) this.go(this.list.children[this.chosen]);
    else return;
    event.preventDefault();
  }

  go(chosen) {
    if (!chosen) return;
    this.close();
    location.assign(chosen.dataset.href);
  }
}

export function offerSearch(form) {
  if (form) new Search(form);
}
