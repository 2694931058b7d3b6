/* The shell of every page: what is asked how often, how old what is shown is, and what to do when it cannot be had.
 *
 * In charge of being honest about age: what is shown stays, and says so, while the gateway does not answer. It must not know what a
 * page shows.
 */

import { ask, entrance } from "./api.js";
import { h, show } from "./dom.js";
import { clock, now, span } from "./words.js";

const content = document.getElementById("content");
const notice = document.getElementById("notice");
const freshness = document.getElementById("freshness");
const freshText = document.getElementById("fresh-text");

/** A page in action. `paths` are addresses by name (or functions that give one), each with `every` seconds where it is not the page's,
 * and `when` where it is asked for only if what is known says so. */
export class Board {
  constructor({ paths, every, draw }) {
    this.every = every;
    this.draw = draw;
    this.asked = Object.entries(paths).map(([name, said]) => ({ name, every, ...(said.path ? said : { path: said }) }));
    this.known = {}; // by name: what was answered last, and when
    this.failure = null;
    this.ended = false;
  }

  /** Begin. */
  start() {
    who();
    addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.tick());
    setInterval(() => this.age(), 1000);
    this.tick();
    return this;
  }

  /** Ask for what is due, and again later; a page that nobody looks at asks for nothing. */
  async tick() {
    clearTimeout(this.timer);
    if (this.ended || document.visibilityState !== "visible") return;
    const at = now();
    const known = this.values;
    const due = ({ name, every, when }) => (!when || when(known)) && at - (this.known[name]?.at ?? 0) > every * 1000 - 500;
    await this.ask(this.asked.filter(due));
    this.timer = setTimeout(() => this.tick(), this.every * 1000);
  }

  /** Ask for these, or for everything, now. */
  async ask(wanted = this.asked) {
    const failures = await Promise.all(wanted.map((each) => this.one(each)));
    if (wanted.length) this.failure = failures.find(Boolean) ?? null;
    if (this.failure?.kind === "session") this.end();
    this.tell();
    this.redraw();
    this.age();
  }

  async one({ name, path }) {
    const address = typeof path === "function" ? path() : path;
    try {
      const value = await ask(address);
      this.known[name] = { value, at: now(), address };
      return null;
    } catch (failure) {
      if (this.known[name]?.address !== address) delete this.known[name]; // of another span: it is not what was asked for
      return failure;
    }
  }

  /** What was answered last, by name. */
  get values() {
    return Object.fromEntries(Object.entries(this.known).map(([name, { value }]) => [name, value]));
  }

  /** Show what is known, with nothing asked. */
  redraw() {
    const { values } = this;
    if (Object.keys(values).length) show(content, this.draw(values));
    else if (this.failure) show(content, h("p", { class: "quiet" }, "Nothing can be shown yet."));
  }

  /** When the oldest of what is shown was answered; 0: nothing is shown. */
  get oldest() {
    const always = this.asked.filter(({ when }) => !when);
    const moments = always.map(({ name, every }) => (this.known[name]?.at ?? 0) + Math.max(0, every - this.every) * 1000);
    return Math.min(...moments);
  }

  end() {
    this.ended = true;
    if (!Object.keys(this.known).length) location.replace(entrance());
  }

  tell() {
    if (!this.failure) return show(notice);
    const { kind, message } = this.failure;
    const shown = Object.values(this.known).map(({ at }) => at);
    const since = shown.length ? ` What is shown is from ${clock(Math.min(...shown))} and may be wrong by now.` : "";
    const way = kind === "session" ? h("a", { href: entrance() }, "Log in again") : null;
    return show(notice, h("p", { class: "banner bad" }, h("strong", {}, message), since, way ? " " : null, way));
  }

  age() {
    const old = (now() - this.oldest) / 1000;
    const late = this.oldest === 0 || old > 3 * this.every;
    const stopped = this.ended || this.failure;
    freshness.dataset.tone = stopped ? "bad" : late ? "warn" : "good";
    if (this.oldest === 0) freshText.textContent = stopped ? "no data" : "loading";
    else freshText.textContent = stopped || late ? `${span(old)} old` : `${clock(this.oldest)}, every ${this.every} s`;
  }
}

/** Say which gateway this is, on this page and on those that come after it. */
export function entitle(title) {
  sessionStorage.setItem("title", title);
  document.getElementById("gateway").textContent = title;
}

async function who() {
  try {
    document.getElementById("who").textContent = (await ask("/console/session")).name;
  } catch {
    // whoever it is: what is shown tells that the session is over
  }
}

entitle(sessionStorage.getItem("title") ?? "Bascule");

document.getElementById("log-out")?.addEventListener("click", async () => {
  await ask("/console/log-out", {}).catch(() => {});
  sessionStorage.clear();
  location.assign("/console/log-in");
});
