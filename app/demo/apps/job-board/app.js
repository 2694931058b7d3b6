/* The job board: jobs by work center, late ones first.

   It reads two lists of the public API, jobs with their operations and work centers, and asks for them as feed.js does: a board that
   hangs in the hall all day costs its plant's system nothing beside the first one. Only what has changed is touched in the page. */

import config from "./config.js";
import { Reader, follow } from "./feed.js";

const id = (name) => document.getElementById(name);
const query = new URLSearchParams(location.search);
const kiosk = query.has("kiosk");
const rows = new Map(); // job number → its row: {li, parts, texts, job}
const sections = new Map(); // work center's id → its section: {element, list, parts, texts, more, whole}
const KEY = "bascule-job-board-key";
const NOWHERE = { id: 0, code: "—", name: "No open operation", hall: "" };

const FIELDS = "number,order_number,item_number,quantity,state,expedited,due_at,started_at,operations";
const STATES = Object.keys(config.states).map((state) => `state=${state}`).join("&");
const JOBS = `${config.api}/jobs?${STATES}&sort=due_at&limit=${config.page}&expand=operations&fields=${FIELDS}`;
const CENTERS = `${config.api}/work-centers?limit=100&fields=id,code,name,hall`;

const formats = (options) => new Intl.DateTimeFormat(config.locale, { timeZone: config.timezone, ...options });
const dueFormat = formats({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const timeFormat = formats({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dayFormat = formats({ weekday: "short", day: "numeric", month: "short" });

let centers = new Map([[NOWHERE.id, NOWHERE]]);
let named = false; // whether the work centers are known, or cannot be had: a board that names them later would jump
let jobs = [];
let now = Date.now(); // when lateness is judged
let latest = null; // the last answer
let again = 0; // when the gateway is asked again, where it did not answer; 0: it did
let told = { late: null, at: 0 };

/* What a job is, in words. */

/** The operation that a job stands at: the one that runs, else the first that waits. */
function current(job) {
  return job.operations.find((each) => each.state === "running") ?? job.operations.find((each) => each.state === "waiting");
}

/** How late a job is, in milliseconds; below 0: it is not. A job without a due time is not late. */
const lateBy = (job) => (job.due_at === null ? -Infinity : now - Date.parse(job.due_at));

function duration(milliseconds) {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

/** "12.000" pieces are 12; what cannot be read in the plant's data is a dash. */
const quantity = (text) => (text === null ? "?" : String(Number(text)));

function texts(job) {
  const counted = job.operations.filter((each) => each.state !== "cancelled");
  const done = counted.filter((each) => each.state === "done").length;
  const late = lateBy(job);
  return {
    number: job.number,
    state: config.states[job.state] ?? "Unknown state",
    lateness: late > 0 ? `${duration(late)} late` : "",
    item: `${job.item_number ?? "no item"} × ${quantity(job.quantity)}`,
    order: job.order_number ? `Order ${job.order_number}` : "",
    due: job.due_at ? `Due ${dueFormat.format(Date.parse(job.due_at))}` : "No due date",
    steps: `${done} of ${counted.length}`,
    done,
    all: counted.length,
    hot: job.expedited === true,
    kind: job.state,
    late: late > 0,
  };
}

/* The page. Each text is written only where it differs from what stands there. */

function parts(element) {
  return Object.fromEntries([...element.querySelectorAll("[data-part]")].map((each) => [each.dataset.part, each]));
}

function fill(target, wanted) {
  for (const [name, element] of Object.entries(target.parts)) {
    if (typeof wanted[name] === "string" && target.texts[name] !== wanted[name]) element.textContent = wanted[name];
  }
}

function drawRow(job) {
  let row = rows.get(job.number);
  if (!row) {
    const li = id("row-template").content.firstElementChild.cloneNode(true);
    rows.set(job.number, (row = { li, parts: parts(li), bar: li.querySelector("progress"), texts: {} }));
  }
  row.job = job;
  const wanted = texts(job), before = row.texts;
  fill(row, wanted);
  if (before.hot !== wanted.hot) row.parts.hot.hidden = !wanted.hot;
  if (before.kind !== wanted.kind) row.li.dataset.state = wanted.kind ?? "";
  if (before.late !== wanted.late) row.li.classList.toggle("late", wanted.late);
  if (before.steps !== wanted.steps) Object.assign(row.bar, { max: Math.max(wanted.all, 1), value: wanted.done });
  row.texts = wanted;
  return row;
}

function section(center) {
  let found = sections.get(center.id);
  if (!found) {
    const element = id("section-template").content.firstElementChild.cloneNode(true);
    found = { element, parts: parts(element), texts: {}, list: element.querySelector("ol"), more: element.querySelector(".more"), whole: false };
    found.more.addEventListener("click", () => {
      found.whole = !found.whole;
      draw();
    });
    element.querySelector("h2").id = `center-${center.id}`;
    element.setAttribute("aria-labelledby", `center-${center.id}`);
    sections.set(center.id, found);
  }
  return found;
}

/** Have exactly these children in this order, and leave alone what is in its place. */
function place(parent, wanted) {
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

function drawSection(center, found) {
  const shown = section(center), late = found.filter((job) => lateBy(job) > 0).length;
  const most = kiosk ? config.kiosk.rows : config.rows;
  const whole = !kiosk && (shown.whole || filtered());
  const counts = `${late ? "of " : ""}${found.length} ${found.length === 1 ? "job" : "jobs"}`;
  const wanted = { code: center.code, name: [center.name, center.hall].filter(Boolean).join(", "), late: late ? `${late} late` : "", counts };
  fill(shown, wanted);
  shown.texts = wanted;
  place(shown.list, (whole ? found : found.slice(0, most)).map((job) => drawRow(job).li));
  const more = kiosk || filtered() || found.length <= most ? "" : shown.whole ? "Show less" : `Show all ${found.length}`;
  if (shown.more.textContent !== more) Object.assign(shown.more, { textContent: more, hidden: !more });
  return shown.element;
}

const filtered = () => Boolean(id("search").value || id("late").checked || id("center").value);

function fits(job) {
  const words = id("search").value.toLowerCase().split(/\s+/);
  const text = `${job.number} ${job.order_number} ${job.item_number}`.toLowerCase();
  return words.every((word) => text.includes(word)) && (!id("late").checked || lateBy(job) > 0);
}

/** Show what is known. */
function draw() {
  if (!named || latest === null) return;
  now = config.clock === "last-report" ? lastReport() : Date.now();
  const groups = new Map();
  for (const job of jobs.filter(fits)) {
    const center = current(job)?.work_center_id ?? NOWHERE.id;
    groups.set(center, [...(groups.get(center) ?? []), job]);
  }
  const wanted = [...groups.keys()].map((key) => centers.get(key) ?? { ...NOWHERE, id: key, code: `No. ${key}`, name: "" });
  wanted.sort((one, other) => (one.id === 0) - (other.id === 0) || one.code.localeCompare(other.code));
  const chosen = id("center").value;
  const shown = wanted.filter((center) => !chosen || center.code === chosen);
  for (const list of groups.values()) list.sort((one, other) => lateBy(other) - lateBy(one));
  place(id("board"), turned(shown).map((center) => drawSection(center, groups.get(center.id))));
  id("nothing").hidden = shown.length > 0;
  drawSummary();
}

/** The newest time that the floor has reported: the demo's clock. */
function lastReport() {
  const times = jobs.flatMap((job) => [job.started_at, ...job.operations.map((each) => each.started_at)]);
  return Math.max(0, ...times.filter(Boolean).map(Date.parse)) || Date.now();
}

function drawSummary() {
  const late = jobs.filter((job) => lateBy(job) > 0).length;
  const hot = jobs.filter((job) => job.expedited).length;
  const clock = config.clock === "last-report" && jobs.length ? `; last report ${dueFormat.format(now)}` : "";
  write(id("summary"), `${jobs.length} jobs, ${late} late, ${hot} hot${clock}`);
  announce(late);
}

/** Tell who cannot see the board that the number of late jobs has changed; once a minute is often enough. */
function announce(late) {
  if (late === told.late || Date.now() - told.at < 60_000) return;
  if (told.late !== null) write(id("told"), `${late} jobs are late; there were ${told.late}.`);
  told = { late, at: Date.now() };
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/* How old it is. */

function drawAge() {
  const next = again ? `asking again at ${timeFormat.format(again)}` : "";
  const old = latest ? `As of ${timeFormat.format(latest.asOf)}, ${seconds(latest.age())} ago` : "";
  if (next || old) write(id("age-text"), [old, next].filter(Boolean).join("; "));
}

const seconds = (milliseconds) => (milliseconds < 120_000 ? `${Math.round(milliseconds / 1000)} s` : duration(milliseconds));

/** What is wrong, in a sentence or two for whoever stands before the board; empty: nothing. */
function wrong({ answer, refused }) {
  const known = latest ? ` Showing what was known at ${when(latest.asOf)}.` : "";
  if (answer?.stale === "quiet") return `The plant's system is left alone in its quiet hours.${known}`;
  if (answer?.stale) return `The plant's system is asleep: no word from it since ${when(answer.asOf)}. Showing what was known then.`;
  if (!refused || refused.status === 401) return "";
  if (refused.status === 503 || refused.status === 504) return `The plant's system is asleep.${known}`;
  if (refused.status === 0) return `The gateway cannot be reached.${known}`;
  if (refused.status === 429) return `Too many questions from here.${known}`;
  return refused.final ? `This board may not go on. ${refused.message}` : `The gateway has a problem of its own.${known}`;
}

/** The time of day; with the day, where it is not today's. */
function when(moment) {
  const day = dayFormat.format(moment);
  return `${day === dayFormat.format(Date.now()) ? "" : `${day}, `}${timeFormat.format(moment)}`;
}

function hear(news) {
  if (news.answer) {
    const changed = latest === null || news.answer.changed;
    latest = news.answer;
    if (changed) take(latest.body);
  }
  if (news.refused?.status === 401 || news.refused?.status === 403) askForKey(news.refused);
  again = news.refused && !news.refused.final ? news.again : 0;
  const text = wrong(news);
  write(id("banner"), text);
  id("banner").hidden = !text;
  document.body.classList.toggle("stale", Boolean(text));
  drawAge();
}

function take(found) {
  jobs = found.map((job) => ({ ...job, operations: job.operations ?? [] })); // null where there are more than a page may bring
  draw();
  const numbers = new Set(jobs.map((job) => job.number));
  for (const number of rows.keys()) if (!numbers.has(number)) rows.delete(number);
}

/* Whose board it is. Where the contract is open nobody is asked. */

let key = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY) ?? "";
const reader = new Reader(() => (key ? { "X-Api-Key": key } : {}));
let feeds = [];

function start() {
  feeds.forEach((feed) => feed.stop());
  feeds = [follow(() => reader.all(JOBS), hear, config.every), follow(() => reader.all(CENTERS), hearCenters, 600)];
}

function hearCenters({ answer }) {
  const first = !named;
  named = true;
  if (answer?.changed) nameCenters(answer);
  else if (first) draw();
}

function nameCenters(answer) {
  centers = new Map([NOWHERE, ...answer.body].map((each) => [each.id, each]));
  const codes = answer.body.map((each) => each.code).sort();
  const chosen = id("center").value || query.get("center") || "";
  id("center").replaceChildren(new Option("All", ""), ...codes.map((code) => new Option(code, code, false, code === chosen)));
  draw();
}

function askForKey(refused) {
  write(id("entry-why"), refused.status === 403 ? `${refused.message} ` : key ? "That key is wrong, over or revoked." : "Your administrator makes one for this screen.");
  id("entry").hidden = false;
  id("key").focus();
}

id("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  key = id("key").value.trim();
  (id("keep").checked ? localStorage : sessionStorage).setItem(KEY, key);
  id("key").value = "";
  id("entry").hidden = true;
  start();
});

/* The wall screen: some work centers at a time, without hands. */

let first = 0;
let paused = matchMedia("(prefers-reduced-motion: reduce)").matches;

function turned(shown) {
  if (!kiosk) return shown;
  if (first >= shown.length) first = 0;
  return shown.slice(first, first + config.kiosk.centers);
}

function pause(wanted) {
  paused = wanted;
  write(id("pause"), paused ? "Go on" : "Pause");
}

if (kiosk) {
  document.body.classList.add("kiosk");
  id("filters").hidden = true;
  id("pause").hidden = false;
  pause(paused);
  id("pause").addEventListener("click", () => pause(!paused));
  setInterval(() => {
    if (paused || document.hidden) return;
    first += config.kiosk.centers;
    draw();
  }, config.kiosk.seconds * 1000);
}

/* Filters stand in the address, so that a board can be kept as a bookmark. */

function filter() {
  const wanted = new URLSearchParams();
  if (kiosk) wanted.set("kiosk", "");
  if (id("center").value) wanted.set("center", id("center").value);
  if (id("search").value) wanted.set("q", id("search").value);
  if (id("late").checked) wanted.set("late", "");
  history.replaceState(null, "", `${location.pathname}${wanted.size ? `?${wanted}` : ""}`);
  draw();
}

document.title = config.title;
write(id("title"), config.title);
document.documentElement.lang = config.locale;
id("search").value = query.get("q") ?? "";
id("late").checked = query.has("late");
for (const name of ["center", "search", "late"]) id(name).addEventListener("input", filter);
id("filters").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.matches("input, select")) {
    event.preventDefault();
    id("search").focus();
  }
});
setInterval(drawAge, 1000);
if (config.clock !== "last-report") setInterval(draw, 60_000);
start();
