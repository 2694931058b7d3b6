// Reads collections with the libraries of the programs that open them, and prints what they see: `FOLDER POSTMAN`.
const { readFileSync, readdirSync, statSync } = require("node:fs");
const { join } = require("node:path");
const { bruToJsonV2, bruToEnvJsonV2, collectionBruToJson } = require("@usebruno/lang");
const { Collection } = require("postman-collection");

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

function seen(path) {
  const text = readFileSync(path, "utf8");
  if (path.includes("/environments/")) return bruToEnvJsonV2(text);
  return /(folder|collection)\.bru$/.test(path) ? collectionBruToJson(text) : bruToJsonV2(text);
}

const [folder, postman] = process.argv.slice(2);
const bruno = Object.fromEntries(
  files(folder)
    .filter((path) => path.endsWith(".bru"))
    .map((path) => [path.slice(folder.length + 1), seen(path)]),
);

const collection = new Collection(JSON.parse(readFileSync(postman, "utf8")));
const requests = [];
collection.forEachItem((item) => {
  item.request.url.query.each((each) => (each.disabled = each.key !== "limit"));
  const variables = collection.variables.toObject();
  requests.push({
    name: item.name,
    folder: item.parent().name,
    method: item.request.method,
    url: item.request.url.toString().replace("{{baseUrl}}", variables.baseUrl),
    path: item.request.url.getPath(),
    answers: item.responses.map((each) => ({ code: each.code, body: each.json() })),
  });
});
console.log(JSON.stringify({ bruno, auth: collection.auth ? collection.auth.type : null, requests }));
