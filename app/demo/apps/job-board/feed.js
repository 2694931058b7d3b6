/* Feed: how a page asks the gateway again and again, and costs nobody anything by it.

     const reader = new Reader(() => ({ "X-Api-Key": key }));
     const feed = follow(() => reader.all("../../v2/jobs?limit=250"), (news) => …, 5);

   - It says which answer it has (If-None-Match). What has not changed comes back as 304, without a body.
   - It asks when the gateway's own answer is no longer fresh, and not before: Cache-Control, Age and Cache-Status say when that is.
   - It does not ask while nobody looks: a hidden tab waits, and asks when it is shown again.
   - It waits for as long as Retry-After says, longer after each failure, and never at the same moment as all other screens.
   - It does not repeat what was refused for good: a wrong key, a link that has ended.

   The same file in each app, which can be copied alone. */

const LONGEST = 120; // seconds between two attempts, however often they have failed
const PATIENCE = 20_000; // milliseconds for one answer
const PASSING = new Set(["stale-while-revalidate"]); // a new answer is being read at this moment
const BRIEFLY = new Set(["slow", "busy", "incomplete"]); // as well, perhaps: worth a word only after a while
const A_WHILE = 60_000; // milliseconds

/** What the gateway refused, or why it could not be asked. `after`: seconds that it asks to be left alone for; `final`: for good. */
export class Refused extends Error {
  constructor(status, problem = {}, after = 0) {
    super(problem.detail ?? problem.title ?? "");
    this.status = status; // 0: there was no answer at all
    this.code = problem.code ?? "unreachable";
    this.after = after;
    this.final = [400, 401, 403, 404, 410, 422].includes(status);
  }
}

/** Asks for addresses, and remembers the last answer of each. `headers` makes those that every request has. */
export class Reader {
  #known = new Map();
  #headers;

  constructor(headers = () => ({})) {
    this.#headers = headers;
  }

  /** One answer: `body`, whether it has `changed` since the last time, and what it says of its age. Throws Refused. */
  async one(address) {
    const known = this.#known.get(address);
    const response = await asked(address, { Accept: "application/json", ...this.#headers(), ...(known && { "If-None-Match": known.etag }) });
    const body = response.status === 304 ? known.body : await response.json().catch(unreadable);
    this.#known.set(address, { etag: response.headers.get("ETag"), body });
    return { body, changed: response.status !== 304, ...aged(response.headers) };
  }

  /** All pages of a list as one answer, as old as its oldest page. Throws Refused. */
  async all(address) {
    const pages = [], seen = new Set();
    for (let next = address; next; ) {
      seen.add(next);
      const page = await this.one(next);
      pages.push(page);
      next = page.body.page.next && `${address}&cursor=${page.body.page.next}`;
    }
    for (const key of this.#known.keys()) if (key.startsWith(address) && !seen.has(key)) this.#known.delete(key);
    const oldest = pages.reduce((one, other) => (other.asOf < one.asOf ? other : one));
    const due = pages.map((page) => page.next).filter((seconds) => seconds !== null);
    return {
      ...oldest,
      body: pages.flatMap((page) => page.body.data),
      changed: pages.some((page) => page.changed),
      stale: pages.map((page) => page.stale).find(Boolean) ?? "",
      next: due.length ? Math.min(...due) : null,
    };
  }
}

/** An answer that broke off, or that is none of the gateway's: something between here and there failed, and is asked again. */
function unreadable() {
  throw new Refused(0);
}

async function asked(address, headers) {
  let response;
  try {
    response = await fetch(address, { headers, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new Refused(0);
  }
  if (response.ok || response.status === 304) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refused(response.status, problem, Number(response.headers.get("Retry-After")) || 0);
}

/** When the data was read (`asOf`, by the gateway's clock), how old it is (`age()`, in milliseconds), in how many seconds there may
    be something newer (`next`; null: it does not say), and why it is an old answer (`stale`; empty: it is none). */
function aged(headers) {
  const number = (name, pattern) => Number(pattern.exec(headers.get(name) ?? "")?.[1] ?? NaN);
  const sent = Date.parse(headers.get("Date") ?? "") || Date.now();
  const asOf = Date.parse(headers.get("Data-As-Of") ?? "") || sent;
  const ahead = Date.now() - sent; // of this clock before the gateway's: a wrong clock makes no data older
  const age = () => Math.max(0, Date.now() - ahead - asOf);
  const ttl = number("Cache-Status", /;\s*ttl=(-?\d+)/);
  const left = Number.isNaN(ttl) ? number("Cache-Control", /max-age=(\d+)/) - Number(headers.get("Age") ?? 0) : ttl;
  const detail = /;\s*detail=([\w-]+)/.exec(headers.get("Cache-Status") ?? "")?.[1] ?? "";
  const passing = PASSING.has(detail);
  const stale = passing || (BRIEFLY.has(detail) && age() < A_WHILE) ? "" : detail;
  return { asOf, age, stale, next: left > 0 ? left : passing ? 1 : null };
}

/** Ask now, and again whenever there may be something new. `tell` hears {answer} or {refused, again}, where `again` is the time of
    the next attempt; `every` is how many seconds lie between two answers that do not say how long they are good for. */
export function follow(ask, tell, every) {
  let timer, due = 0, failures = 0, asking = false, over = false;

  async function turn() {
    if (asking || over) return;
    asking = true;
    clearTimeout(timer);
    const news = await ask().then((answer) => ({ answer }), (refused) => ({ refused }));
    asking = false;
    if (over) return;
    if (news.refused && !(news.refused instanceof Refused)) throw news.refused; // a mistake in the page itself
    failures = news.refused ? failures + 1 : 0;
    const seconds = news.refused ? Math.max(news.refused.after, Math.min(2 ** failures, LONGEST)) : news.answer.next ?? every;
    due = Date.now() + seconds * 1000 * (1 + Math.random() * 0.2);
    over = Boolean(news.refused?.final);
    tell({ ...news, again: due });
    if (!over) wait();
  }

  function wait() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(turn, Math.max(0, due - Date.now()));
  }

  const shown = () => !asking && !over && wait();
  document.addEventListener("visibilitychange", shown);
  turn();
  return {
    stop() {
      over = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", shown);
    },
  };
}
