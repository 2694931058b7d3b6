/* What differs from plant to plant. Everything else is app.js. */

export default {
  title: "Job board",
  api: "../../v2", // from this page; with a gateway elsewhere its whole address, which then has to allow this origin (CORS)
  timezone: "America/Detroit", // the plant's: a due time is shown as the clock in its hall shows it
  locale: "en",
  states: { running: "Running", released: "Released", "on-hold": "On hold" }, // those that are shown, and what they are called
  page: 250, // jobs of one request
  rows: 6, // jobs of a work center before "Show all"
  every: 5, // seconds between two looks, where the gateway does not say when something new may be had
  kiosk: { centers: 3, rows: 6, seconds: 15 }, // work centers at a time, their jobs, and how long they are shown
  // The demo's data does not age: its last report stands in for the clock. Without this line the clock is the clock.
  clock: "last-report",
};
