/* The admin API, as the console's pages ask it.
 *
 * In charge of telling apart what can go wrong: no answer at all, a session that is over, a problem that the gateway tells. It must
 * not know a page. What it asks is of this origin, with the session's cookie.
 */

import { setClock } from "./words.js";

const PATIENCE = 10000; // milliseconds

/** Something that was asked for did not come. `kind` is `silence`, `session` or `problem`; `message` is for a person. */
export class Failure extends Error {
  constructor(kind, message, problem = {}) {
    super(message);
    this.kind = kind;
    this.problem = problem;
  }
}

/** GET; with a body, POST. Throws Failure. */
export async function ask(path, body) {
  const sent = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await answered(path, sent);
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) {
    setClock(answer.headers.get("Date"));
    return said;
  }
  if (answer.status === 401) throw new Failure("session", "Your session has ended.", said);
  throw new Failure("problem", said.detail || said.title || `The gateway answers ${answer.status}.`, said);
}

async function answered(path, sent) {
  try {
    return await fetch(path, { ...sent, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new Failure("silence", "The gateway does not answer.");
  }
}

/** Where one logs in to come back to this page. */
export function entrance() {
  return `/console/log-in?next=${encodeURIComponent(location.pathname + location.search)}`;
}
