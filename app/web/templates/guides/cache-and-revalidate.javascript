{% if closed %}const credential = { Authorization: `Bearer ${process.env.BASCULE_KEY}` };
{% endif %}const kept = new Map(); // address -> ETag and body

async function get(address) {
  const { etag, body } = kept.get(address) ?? {};
  const headers = { {% if closed %}...credential, {% endif %}...(etag && { "If-None-Match": etag }) };
  const answer = await fetch(address, { headers });
  if (answer.status === 304) return body;
  if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.json()).detail}`);
  const fresh = await answer.json();
  kept.set(address, { etag: answer.headers.get("ETag"), body: fresh });
  console.log("transferred; data as of", answer.headers.get("Data-As-Of"));
  return fresh;
}

const first = await get({{ text(url ~ "?limit=" ~ up_to(5)) }});
const again = await get({{ text(url ~ "?limit=" ~ up_to(5)) }});
console.log(again === first ? "unchanged" : "changed");
