/* Order tracking: where an order is, for whoever holds its links.

     …/apps/order-tracking/#order=bascule_l_…&line=bascule_l_…&job=bascule_l_…&shipment=bascule_l_…

   Each link shows some fields of one item, to whoever has it: the order's is needed; those of lines, jobs and shipments show more.
   They stand behind the #, which no browser sends to anybody: they are in no log of a server and in no Referer. */

import config from "./config.js";
import { Reader, follow } from "./feed.js";
import texts from "./texts.js";

const KINDS = ["order", "line", "job", "shipment"];
const STEPS = ["entered", "released", "production", "packing", "shipped"];
const REACHED = { entered: 0, held: 0, released: 1, picking: 3, packed: 3, shipped: 4, invoiced: 4 }; // an order's states as steps
const A_WHILE = 60; // seconds: what asks for more than that knows when it is back, as in its quiet hours
const LINK = /bascule_l_[A-Za-z0-9_-]{38,}/; // in an address, or alone

const id = (name) => document.getElementById(name);
let say, dayFormat, timeFormat, momentFormat;
let feeds = [];
let parts = []; // what the links are about: {kind, answer, refused, again}

/* What is asked for. */

/** The links of an address: pairs of kind and text, the order's first. A link that stands there alone is an order's. */
function linksOf(hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const found = KINDS.flatMap((kind) => said.getAll(kind).map((text) => [kind, LINK.exec(text)?.[0]]));
  const alone = found.length ? null : LINK.exec(hash)?.[0];
  return (alone ? [["order", alone]] : found).filter(([, text]) => text);
}

function start() {
  feeds.forEach((feed) => feed.stop());
  speak(new URLSearchParams(location.hash.slice(1)).get("lang"));
  const links = linksOf(location.hash), reader = new Reader();
  parts = links.map(([kind]) => ({ kind }));
  show(id("order"), false);
  show(id("entry"), false);
  if (!links.some(([kind]) => kind === "order")) ask(say.missing, say.missingWhy);
  feeds = links.map(([, text], index) => follow(() => reader.one(config.links + text), (news) => hear(index, news), config.every));
  draw();
}

function hear(index, { answer, refused, again }) {
  const part = parts[index];
  parts[index] = { kind: part.kind, answer: answer ?? part.answer, refused, again };
  draw();
}

/** The items of one kind that are known. */
const known = (kind) => parts.filter((part) => part.kind === kind && part.answer).map((part) => part.answer.body);

/* What it comes to. */

/** How far an order is: the `step` that it stands at, whether it is `held`, `cancelled`, or `partly` on its way, and the word for it. */
function stateOf(order, jobs, lines, shipments) {
  const begun = jobs.some((job) => job.started_at || job.state === "running" || job.state === "complete");
  const step = order.status === "released" && begun ? 2 : REACHED[order.status] ?? -1;
  const left = shipments.length > 0 || lines.some((line) => Number(line.shipped_quantity) > 0);
  const there = shipments.length > 0 && shipments.every((shipment) => shipment.delivered_at);
  let word = STEPS[step] ?? "unknown";
  if (order.status === "held" || order.status === "cancelled") word = order.status;
  else if (step === 4 && there) word = "delivered";
  return { step, word, partly: left && step >= 0 && step < 4, cancelled: word === "cancelled", held: word === "held" };
}

/** What stands beside each step: dates where there are any, and how much of the work is done. */
function notes(order, jobs, shipments) {
  const live = jobs.filter((job) => job.state !== "cancelled");
  const done = live.filter((job) => job.state === "complete").length;
  const begun = earliest(live.map((job) => job.started_at));
  const left = earliest(shipments.map((shipment) => shipment.shipped_at));
  return {
    entered: day(order.ordered_on),
    production: [begun && done < live.length ? say.since(moment(begun)) : "", live.length ? say.jobs(done, live.length) : ""].filter(Boolean).join(", "),
    shipped: moment(left),
  };
}

const earliest = (times) => times.filter(Boolean).sort((one, other) => Date.parse(one) - Date.parse(other))[0];
const number = (text) => (text === null || text === undefined ? "?" : Number(text).toLocaleString(document.documentElement.lang));
const day = (date) => (date ? dayFormat.format(Date.parse(date)) : "");
const moment = (time) => (time ? momentFormat.format(Date.parse(time)) : "");

/* The page. */

function draw() {
  const [order] = known("order");
  if (order) drawOrder(order, known("job"), known("line"), known("shipment"));
  const main = parts.find((part) => part.kind === "order");
  if (main?.refused?.final) {
    show(id("order"), false);
    ask(say.gone, say.goneWhy);
  }
  drawBanner(main);
  drawAge();
}

function drawOrder(order, jobs, lines, shipments) {
  const state = stateOf(order, jobs, lines, shipments);
  show(id("order"), true);
  write(id("title"), order.number ? say.order(order.number) : say.title);
  document.title = id("title").textContent;
  write(id("reference"), order.purchase_order ? say.reference(order.purchase_order) : "");
  write(id("now"), [say.now[state.word], state.partly ? say.partly : ""].filter(Boolean).join(" "));
  id("now").dataset.state = state.word;
  const dates = [[say.promised, order.promised_on], [say.requested, order.requested_on]].filter(([, date]) => date);
  write(id("dates"), state.cancelled || state.step === 4 ? "" : dates.map(([word, date]) => `${word} ${day(date)}`).join(" · "));
  drawSteps(state, notes(order, jobs, shipments));
  drawList("lines", say.lines, lines.map(lineItem));
  drawList("shipments", say.shipments, shipments.map(shipmentItem));
}

function drawSteps(state, notes) {
  const items = STEPS.map((name, index) => {
    const place = state.cancelled || state.step < 0 ? "open" : index < state.step ? "done" : index === state.step ? "current" : "open";
    const item = node("li", { className: place }, node("strong", {}, say.steps[name]), " ", node("span", { className: "quiet" }, notes[name] || (place === "open" ? say.notYet : "")));
    if (place === "current") item.setAttribute("aria-current", "step");
    return item;
  });
  items[0].classList.toggle("held", state.held);
  replace(id("steps"), items);
  show(id("steps"), !state.cancelled);
}

function lineItem(line) {
  const unit = say.units[line.unit] ?? "", shipped = Number(line.shipped_quantity) > 0 && line.status === "partly-shipped";
  const state = shipped ? say.shippedOf(number(line.shipped_quantity), number(line.quantity), unit) : say.line[line.status] ?? "";
  const what = node("span", {}, node("strong", {}, line.item_number ?? "?"), ` × ${number(line.quantity)} ${unit}`);
  return node("li", { className: line.status ?? "" }, what, " ", node("span", { className: "quiet" }, state));
}

function shipmentItem(shipment) {
  const carrier = say.carriers[shipment.carrier] ?? shipment.carrier ?? "";
  const head = [carrier, shipment.packages ? say.packages(shipment.packages) : ""].filter(Boolean).join(", ");
  const facts = [
    [say.left, moment(shipment.shipped_at)],
    [say.arrived, shipment.carrier === "customer-pickup" ? "" : moment(shipment.delivered_at) || say.notYet],
    [say.tracking, shipment.tracking_number],
  ].filter(([, fact]) => fact);
  return node("li", {}, node("strong", {}, head), node("dl", {}, ...facts.map(([word, fact]) => node("div", {}, node("dt", {}, word), node("dd", {}, fact)))));
}

function drawList(name, title, items) {
  const section = id(name);
  show(section, items.length > 0);
  write(section.querySelector("h2"), title);
  replace(section.querySelector("ul"), items);
}

/** What is not as it should be, in a sentence; nothing where all is well. */
function wrong(main) {
  const refused = parts.map((part) => part.refused).find((each) => each && !each.final);
  const stale = parts.map((part) => part.answer).find((answer) => answer?.stale);
  const late = earliestOf(parts.filter((part) => part.answer?.stale).map((part) => part.answer.asOf));
  if (refused && !main.answer) return trouble(refused, main.again);
  if (stale) return (stale.stale === "quiet" ? say.quiet : say.asleep)(at(late));
  if (refused) return refused.status >= 500 ? say.asleep(at(main.answer.asOf)) : trouble(refused, main.again);
  return !main.refused?.final && parts.some((part) => part.refused?.final) ? say.partGone : "";
}

function trouble(refused, again) {
  if (refused.status === 0) return say.unreachable;
  if (refused.status === 429) return say.busy;
  return refused.after > A_WHILE ? say.down(at(again)) : say.away; // a short wait is no promise: the gateway only asks for patience
}

const earliestOf = (moments) => Math.min(...moments);

function drawBanner(main) {
  const text = main ? wrong(main) : "";
  write(id("banner"), text);
  show(id("banner"), Boolean(text));
}

/** How old what is shown is: as old as its oldest part. */
function drawAge() {
  const answers = parts.map((part) => part.answer).filter(Boolean);
  const waiting = parts.find((part) => part.refused && !part.refused.final);
  const oldest = answers.length && answers.reduce((one, other) => (other.asOf < one.asOf ? other : one));
  const over = parts.some((part) => part.kind === "order" && part.refused?.final);
  const old = oldest && !over ? say.asOf(at(oldest.asOf), ago(oldest.age())) : "";
  const again = waiting ? say.again(timeFormat.format(waiting.again)) : "";
  write(id("age"), old || again ? `${old} ${again}`.trim() : parts.some((part) => !part.refused) ? say.asking : "");
}

const ago = (milliseconds) => (milliseconds < 120_000 ? `${Math.round(milliseconds / 1000)} s` : milliseconds < 7_200_000 ? `${Math.floor(milliseconds / 60_000)} min` : `${Math.floor(milliseconds / 3_600_000)} h`);

/** A time of day; with the day, where it is not today's. */
function at(time) {
  return new Date(time).toDateString() === new Date().toDateString() ? timeFormat.format(time) : momentFormat.format(time);
}

/** Ask for a link, for a reason. */
function ask(title, why) {
  write(id("entry-title"), title);
  write(id("entry-why"), why);
  show(id("entry"), true);
}

function node(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Have new children, where they differ from the old: what is read aloud or selected is not disturbed by a look. */
function replace(parent, items) {
  const made = node("div", {}, ...items).innerHTML;
  if (parent.innerHTML !== made) parent.replaceChildren(...items);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function show(element, wanted) {
  element.hidden = !wanted;
}

/** Speak the language that the address or the browser asks for, or English; dates are those of whoever reads. */
function speak(wanted) {
  const tag = [wanted, ...navigator.languages].find((each) => each && texts[each.slice(0, 2)]) ?? "en";
  say = texts[tag.slice(0, 2)];
  document.documentElement.lang = tag;
  dayFormat = new Intl.DateTimeFormat(tag, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  timeFormat = new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  momentFormat = new Intl.DateTimeFormat(tag, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  document.title = say.title;
  write(id("title"), say.title);
  write(id("reference"), "");
  write(id("entry-label"), say.field);
  write(id("entry-open"), say.open);
  write(id("contact"), config.contact ? `${say.contact} ${config.contact}` : "");
}

id("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = id("link").value.trim(), hash = said.includes("#") ? said.slice(said.indexOf("#")) : said;
  const links = linksOf(hash);
  write(id("entry-wrong"), links.length ? "" : say.noLink);
  if (links.length) location.hash = new URLSearchParams(links).toString();
});
addEventListener("hashchange", start);
setInterval(drawAge, 1000);
start();
