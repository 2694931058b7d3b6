/* Words for numbers, times and names: how a value of the admin API is said to a person.
 *
 * In charge of units and of saying "nobody knows" where there is no value. It must not know where a value stands.
 */

export const NOTHING = "–";

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const TENTH = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const SPANS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

const TOLERATED = 2000; // milliseconds: HTTP tells whole seconds, and they travel

let skew = 0; // milliseconds by which the gateway's clock is ahead of this one's

/** Take the gateway's clock for the clock: ages are told by it. */
export function setClock(moment) {
  const ahead = Date.parse(moment) - Date.now();
  if (Math.abs(ahead - skew) > TOLERATED) skew = ahead;
}

/** Milliseconds since 1970 by the gateway's clock. */
export function now() {
  return Date.now() + skew;
}

/** A count, in full up to six digits. */
export function count(value) {
  if (value === null || value === undefined) return NOTHING;
  return Math.abs(value) < 1e6 ? WHOLE.format(value) : SHORT.format(value);
}

/** A quantity with at most one digit behind the point. */
export function quantity(value) {
  if (value === null || value === undefined) return NOTHING;
  return Math.abs(value) < 100 ? TENTH.format(value) : count(value);
}

/** A share, 0 to 1, in percent. A small one is not said to be none. */
export function share(value) {
  if (value === null || value === undefined) return NOTHING;
  const percent = value * 100;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  if (percent < 100 && percent > 99.9) return "> 99.9 %";
  return `${TENTH.format(percent)} %`;
}

/** A duration, from milliseconds. */
export function duration(value) {
  if (value === null || value === undefined) return NOTHING;
  if (value < 10) return `${TENTH.format(value)} ms`;
  if (value < 1000) return `${WHOLE.format(value)} ms`;
  if (value < 60000) return `${TENTH.format(value / 1000)} s`;
  return span(value / 1000);
}

/** A span of seconds by its two greatest units: `2 h 5 min`. */
export function span(seconds) {
  let rest = Math.max(0, Math.round(seconds));
  const parts = [];
  for (const [size, name] of SPANS) {
    if (rest >= size && parts.length < 2) {
      parts.push(`${Math.floor(rest / size)} ${name}`);
      rest %= size;
    } else if (parts.length) break;
  }
  return parts.join(" ") || "0 s";
}

/** How long ago a moment was. */
export function ago(moment) {
  const seconds = (now() - Date.parse(moment)) / 1000;
  return seconds < 2 ? "just now" : `${span(seconds >= 120 ? Math.floor(seconds / 60) * 60 : seconds)} ago`;
}

/** A moment on this machine's clock: the time, and the day where it is another one. */
export function clock(moment, { seconds = true } = {}) {
  const at = new Date(moment);
  const digits = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(seconds ? { second: "2-digit" } : {}) };
  const time = at.toLocaleTimeString("en", digits);
  const today = at.toDateString() === new Date(now()).toDateString();
  return today ? time : `${at.toLocaleDateString("en-CA")} ${time}`;
}

/** A text with its first letter large. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** So many of something. */
export function many(number, one, several = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : several}`;
}

/** Names in a sentence: `erp, mes and crm`. */
export function listed(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** What people call the kinds of databases. */
export const KINDS = {
  as400: "AS/400",
  sqlserver: "SQL Server",
  postgresql: "PostgreSQL",
  sqlite: "SQLite",
  odbc: "ODBC",
};
