/* What every generated TypeScript client has, whatever its contract: requests, pages, validators, retries, problems.

   `app.describe.clients.typescript` copies what follows this comment into each client, beside `Problem`, which it makes of the
   document. It uses what browsers and Node.js 18 have, and nothing else. */

/** What a key and a query are made of. */
export type Scalar = string | number | boolean;

/** One value, or several. */
export type Many<Value> = Value | readonly Value[];

/** Where a list stands. `next` is the cursor of the next page, null on the last one; `total` is there with `count: "exact"`. */
export interface Page {
  limit: number;
  next: string | null;
  total?: number;
}

/** One page of a list. `asOf` is when its data was read. */
export interface Listing<Item> {
  data: Item[];
  page: Page;
  asOf: string | null;
}

export interface Settings {
  /** An API key, or an access token. */
  credential?: string;
  /** How often a request that may succeed later is made, the first time included; 3 unless set. */
  attempts?: number;
  /** Milliseconds for each attempt; 30,000 unless set. */
  timeout?: number;
  /** Instead of the environment's own `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** The gateway's answer to a request that it refuses (RFC 9457). `code` is stable: compare that, not the texts. */
export class ProblemError extends Error {
  readonly status: number;
  /** The problem document; empty where something else answered, as a proxy. */
  readonly problem: Partial<Problem>;
  /** Seconds to wait before the next attempt, where the gateway says so. */
  readonly retryAfter: number | null;

  constructor(status: number, problem: Partial<Problem>, retryAfter: number | null) {
    super(`${status} ${problem.code ?? ""}: ${problem.detail ?? problem.title ?? "not the answer of a gateway"}`);
    this.name = "ProblemError";
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  get code(): string {
    return this.problem.code ?? "";
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.problem.retryable ?? [429, 502, 503, 504].includes(this.status);
  }
}

interface Answer {
  etag: string | null;
  asOf: string | null;
  text: string;
}

const longest = 60; // seconds: who is told to wait longer is told so by an exception
const kept = 256; // answers whose ETag is remembered

/** Requests to one gateway. */
export class Gateway {
  readonly baseUrl: string;
  readonly #settings: Required<Settings>;
  readonly #answers = new Map<string, Answer>();

  constructor(baseUrl: string, settings: Settings = {}) {
    if (!/^https?:\/\//.test(baseUrl)) {
      throw new TypeError(`${JSON.stringify(baseUrl)} is no address of a gateway: https://api.example.com`);
    }
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    const ownFetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);
    this.#settings = { credential: "", attempts: 3, timeout: 30_000, fetch: ownFetch, ...settings };
  }

  /** What a path answers. Throws a ProblemError, or what `fetch` throws where no gateway is reached. */
  async request(path: string, options: object = {}, signal?: AbortSignal): Promise<{ body: unknown; asOf: string | null }> {
    const url = this.baseUrl + path + query(options);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.#once(url, signal);
        return { body: JSON.parse(answer.text), asOf: answer.asOf };
      } catch (failure) {
        const seconds = wait(failure, attempt);
        if (seconds === null || attempt >= this.#settings.attempts || signal?.aborted) {
          throw failure;
        }
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      }
    }
  }

  async #once(url: string, signal: AbortSignal | undefined): Promise<Answer> {
    const known = this.#answers.get(url);
    const headers: Record<string, string> = { Accept: "application/json" };
    if (this.#settings.credential) {
      headers["Authorization"] = `Bearer ${this.#settings.credential}`;
    }
    if (known?.etag) {
      headers["If-None-Match"] = known.etag;
    }
    const until = signal ?? AbortSignal.timeout(this.#settings.timeout);
    const response = await this.#settings.fetch(url, { headers, signal: until, redirect: "error" });
    const asOf = response.headers.get("Data-As-Of");
    if (response.status === 304 && known) {
      return { ...known, asOf: asOf ?? known.asOf };
    }
    const text = await response.text();
    if (!response.ok) {
      throw problemIn(response, text);
    }
    const answer = { etag: response.headers.get("ETag"), asOf, text };
    this.#keep(url, answer);
    return answer;
  }

  /** Remember an answer; the one that was remembered first is forgotten for it. */
  #keep(url: string, answer: Answer): void {
    this.#answers.delete(url);
    if (answer.etag) {
      this.#answers.set(url, answer);
    }
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= kept) {
        break;
      }
      this.#answers.delete(oldest);
    }
  }
}

/** One resource: a list, and its items by their key. */
export class Resource<Item, Key extends Scalar | readonly Scalar[], ListOptions extends object, ItemOptions extends object> {
  readonly #gateway: Gateway;
  readonly #path: string;

  constructor(gateway: Gateway, path: string) {
    this.#gateway = gateway;
    this.#path = path;
  }

  /** One item by its key. Throws a ProblemError, with the code `not-found` where there is none. */
  async get(key: Key, options?: ItemOptions, signal?: AbortSignal): Promise<Item> {
    const parts = [key].flat().map((part) => encodeURIComponent(String(part)));
    const found = await this.#gateway.request(`${this.#path}/${parts.join(",")}`, options, signal);
    return found.body as Item;
  }

  /** One page of the list. Throws a ProblemError. */
  async list(options?: ListOptions, signal?: AbortSignal): Promise<Listing<Item>> {
    const found = await this.#gateway.request(this.#path, options, signal);
    return { ...(found.body as { data: Item[]; page: Page }), asOf: found.asOf };
  }

  /** Page after page, from the one that `options` name. */
  async *pages(options?: ListOptions, signal?: AbortSignal): AsyncGenerator<Listing<Item>, void, undefined> {
    let asked = options;
    for (;;) {
      const page = await this.list(asked, signal);
      yield page;
      if (page.page.next === null) {
        return;
      }
      asked = { ...options, cursor: page.page.next } as unknown as ListOptions;
    }
  }

  /** Every item of the list, read page by page. */
  async *each(options?: ListOptions, signal?: AbortSignal): AsyncGenerator<Item, void, undefined> {
    for await (const page of this.pages(options, signal)) {
      yield* page.data;
    }
  }
}

/** The query, with its `?`; several values of a parameter repeat it. */
function query(options: object): string {
  const pairs = Object.entries(options).flatMap(([name, given]) =>
    [given].flat().map((value) => (value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`])),
  );
  const said = pairs.flat();
  return said.length > 0 ? `?${said.join("&")}` : "";
}

/** The problem in an answer, whatever its body is. */
function problemIn(response: { status: number; headers: { get(name: string): string | null } }, text: string): ProblemError {
  const after = response.headers.get("Retry-After") ?? "";
  const seconds = /^\d+$/.test(after) ? Number(after) : null;
  try {
    const found: unknown = JSON.parse(text);
    return new ProblemError(response.status, typeof found === "object" && found !== null ? found : {}, seconds);
  } catch {
    return new ProblemError(response.status, {}, seconds);
  }
}

/** Seconds until the next attempt; null where there is to be none. Without advice they double, and vary. */
function wait(failure: unknown, attempt: number): number | null {
  const problem = failure instanceof ProblemError ? failure : null;
  if (problem !== null && !problem.retryable) {
    return null;
  }
  const seconds = problem?.retryAfter ?? (0.1 + Math.random() * 0.15) * 2 ** attempt;
  return seconds <= longest ? seconds : null;
}
