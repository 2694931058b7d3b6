/* Small charts over one axis of time: lines, and bars for what is counted.
 *
 * In charge of drawing numbers so that they can be compared at a glance, and of the one point in time that all charts of a page
 * tell. It must not know what the numbers are. The drawing is for eyes; the numbers themselves stand in a table below.
 */

import { h, s } from "./dom.js";
import { clock, span } from "./words.js";

const WIDTH = 600; // of the drawing's own units, stretched to the width that there is
const HEIGHT = 100;

/** What a page's charts have in common: when each point begins, and which one is told. */
export class Axis {
  constructor(redraw) {
    this.at = [];
    this.step = 60;
    this.chosen = null;
    this.redraw = redraw;
  }

  /** Take another run of points. */
  take(at, step) {
    this.at = at;
    this.step = step;
    if (this.chosen !== null && this.chosen >= at.length) this.chosen = null;
  }

  /** The point that is told: the chosen one, or the last that is over. */
  get told() {
    return this.chosen ?? Math.max(0, this.at.length - 2);
  }

  /** What that point is, in words. */
  get words() {
    if (!this.at.length) return "";
    const begins = this.at[this.told];
    return `${clock(begins, { seconds: false })}, ${span(this.step)}`;
  }

  choose(point) {
    const wanted = point === null ? null : Math.min(this.at.length - 1, Math.max(0, point));
    if (wanted === this.chosen) return;
    this.chosen = wanted;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(this.redraw);
  }

  /** The slider that goes along it, by keyboard or finger, and says where it stands. */
  slider() {
    return h(
      "div",
      { class: "slider" },
      h("label", { for: "point" }, "Point in time"),
      h("input", {
        id: "point", type: "range", min: 0, max: Math.max(0, this.at.length - 1), value: String(this.told),
        "aria-valuetext": this.words, oninput: (event) => this.choose(Number(event.target.value)),
      }),
      h("output", { for: "point" }, this.words),
    );
  }
}

/** A chart. A series is {name, values, tone, bars}; null is a gap. `most` bounds the scale from below. */
export function chart(axis, { title, series, format, most = 0 }) {
  const top = nice(Math.max(most, ...series.flatMap(({ values }) => values.filter((value) => value !== null)), 0));
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, h("span", { class: "title" }, title), readout(axis, series, format)),
    h(
      "div",
      {
        class: "plot",
        onpointermove: (event) => axis.choose(pointed(event, axis.at.length)),
        onpointerleave: (event) => event.pointerType === "mouse" && axis.choose(null),
      },
      h("span", { class: "top", "aria-hidden": "true" }, format(top)),
      drawing(axis, series, top, `${title}, ${described(series, format)}`),
    ),
    h("div", { class: "axis", "aria-hidden": "true" }, marks(axis.at).map((at) => h("span", {}, clock(at, { seconds: false }).slice(-5)))),
  );
}

function readout(axis, series, format) {
  const single = series.length === 1;
  return h(
    "span",
    { class: "readout" },
    series.map(({ name, values, tone }) =>
      h("span", { class: tone }, single ? null : h("i", { class: "key" }), single ? null : `${name} `, h("b", {}, format(values[axis.told] ?? null)))),
  );
}

function drawing(axis, series, top, label) {
  const x = (point) => ((point + 0.5) * WIDTH) / Math.max(1, axis.at.length);
  const y = (value) => HEIGHT - (value / top) * (HEIGHT - 4);
  return s(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    s("path", { class: "grid", d: `M0 ${y(top)}H${WIDTH}M0 ${y(top / 2)}H${WIDTH}` }),
    s("path", { class: "ground", d: `M0 ${HEIGHT}H${WIDTH}` }),
    s("path", { class: axis.chosen === null ? "told faint" : "told", d: `M${x(axis.told)} 0V${HEIGHT}` }),
    series.map(({ values, tone, bars }) => (bars ? s("path", columns(values, x, y, tone)) : curve(values, x, y, tone))),
  );
}

function columns(values, x, y, tone) {
  const half = (WIDTH / Math.max(1, values.length)) * 0.36;
  const one = (value, point) => (value ? `M${x(point) - half} ${HEIGHT}V${y(value)}h${2 * half}V${HEIGHT}z` : "");
  return { class: `bars ${tone}`, d: values.map(one).join("") };
}

/** Points next to each other are joined; one alone between gaps is a dot. */
function curve(values, x, y, tone) {
  const known = (point) => values[point] !== null && values[point] !== undefined;
  const at = (point) => `${x(point).toFixed(1)} ${y(values[point]).toFixed(1)}`;
  let line = "";
  let dots = "";
  for (let point = 0; point < values.length; point += 1) {
    if (!known(point)) continue;
    if (known(point - 1)) line += `L${at(point)}`;
    else if (known(point + 1)) line += `M${at(point)}`;
    else dots += `M${at(point)}h.01`;
  }
  return [s("path", { class: `line ${tone}`, d: line }), s("path", { class: `dots ${tone}`, d: dots })];
}

/** A line of a tile: no axis, no words; what it shows stands beside it. */
export function sparkline(values) {
  const top = Math.max(...values.map((value) => value ?? 0), 0) || 1;
  const x = (point) => ((point + 0.5) * 120) / Math.max(1, values.length);
  const y = (value) => 27 - (value / top) * 25;
  return s("svg", { class: "spark", viewBox: "0 0 120 28", preserveAspectRatio: "none", "aria-hidden": "true" }, curve(values, x, y, "accent"));
}

function pointed(event, points) {
  const box = event.currentTarget.getBoundingClientRect();
  return Math.floor(((event.clientX - box.left) / box.width) * points);
}

function marks(at) {
  if (at.length < 2) return at;
  return [0, 0.25, 0.5, 0.75, 1].map((part) => at[Math.round(part * (at.length - 1))]);
}

function described(series, format) {
  const said = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    return known.length ? `${name}: from ${format(Math.min(...known))} to ${format(Math.max(...known))}` : `${name}: nothing`;
  });
  return said.join("; ");
}

/** The least round number that is not less: 1, 2, 2.5 or 5 times a power of ten. */
export function nice(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((round) => round >= value * 0.9999);
}
