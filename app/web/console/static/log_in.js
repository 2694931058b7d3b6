/* The log-in page: a key to a session. In charge of saying why it did not open. */

import { ask } from "./api.js";
import { h, show } from "./dom.js";

const form = document.getElementById("log-in");
const notice = document.getElementById("notice");
const field = document.getElementById("key");
const button = form.querySelector("button");

const SAID = {
  unauthorized: "This key is not known here, has expired, was revoked, or may not be used from where you are.",
  "insufficient-scope": "This key is good, but it does not hold the scope bascule:admin.",
  "too-many-requests": "Too many attempts from your address. Wait a minute.",
};

function onward() {
  const wanted = new URL(new URLSearchParams(location.search).get("next") ?? "/console/", location.origin);
  const own = wanted.origin === location.origin && wanted.pathname.startsWith("/console/");
  return own ? wanted.pathname + wanted.search : "/console/";
}

const way = document.getElementById("sign-in");
if (way) way.search = new URLSearchParams({ next: onward() });

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    await ask("/console/log-in", { key: field.value });
    location.assign(onward());
  } catch (failure) {
    show(notice, h("p", { class: "banner bad" }, SAID[failure.problem.code] ?? failure.message));
    button.disabled = false;
    field.select();
    field.focus();
  }
});
