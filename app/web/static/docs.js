// Starts the docs page: what it shows stands in the attributes of its element. Nothing is asked of another host.
// Loaded before Scalar, which is deferred.
"use strict";

// Scalar's validator tries at its start whether it may compile functions from text. The Content-Security-Policy forbids
// that and the browser reports the attempt, so that it is told beforehand.
globalThis.__zod_globalConfig = { jitless: true };

// Scalar would send every parameter that has an example. An optional one is to be switched on by hand: all filters of a
// list at once find nothing.
function switchOff(parameter) {
  if (parameter.required || !("example" in parameter)) return;
  parameter.examples = { default: { value: parameter.example, "x-disabled": true } };
  delete parameter.example;
}

// Scalar fetches everything with this: the document, and what is tried out, which is passed on as it is.
async function fetchFor(address, input, init) {
  const answer = await fetch(input, init);
  if (new URL(input.url ?? input, location.href).pathname !== address) return answer;
  const description = await answer.json();
  for (const path of Object.values(description.paths)) {
    for (const operation of Object.values(path)) (operation.parameters ?? []).forEach(switchOff);
  }
  return Response.json(description);
}

// Scalar's buttons that copy show a picture alone: those who hear the page are told what it means.
function nameCopyButtons() {
  for (const button of document.querySelectorAll("button[class*='copy-button']:not([aria-label])")) {
    button.setAttribute("aria-label", "Copy");
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const reference = document.getElementById("reference");
  const address = reference.dataset.document;
  new MutationObserver(nameCopyButtons).observe(reference, { childList: true, subtree: true });
  Scalar.createApiReference(reference, {
    url: address,
    fetch: (input, init) => fetchFor(address, input, init),
    withDefaultFonts: false,
    telemetry: false,
    proxyUrl: "",
    showDeveloperTools: "never",
    agent: { disabled: true },
    mcp: { disabled: true },
    hideClientButton: true,
    persistAuth: false,
    documentDownloadType: "direct",
    metaData: { title: document.title },
  });
});
