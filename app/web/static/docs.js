// Starts the docs page: what it shows stands in the attributes of its element. Nothing is asked of another host.
"use strict";

const reference = document.getElementById("reference");

Scalar.createApiReference(reference, {
  url: reference.dataset.document,
  withDefaultFonts: false,
  telemetry: false,
  proxyUrl: "",
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  persistAuth: false,
  defaultOpenAllTags: false,
  documentDownloadType: "direct",
  metaData: { title: document.title },
});
