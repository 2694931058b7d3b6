{% if not subject.changed %}{% if closed %}const headers = { Authorization: `Bearer ${process.env.BASCULE_KEY}` };
{% endif %}const address = {{ text(url ~ "?limit=" ~ up_to(100)) }};
const first = await fetch(address{% if closed %}, { headers }{% endif %});
if (!first.ok) throw new Error(`${first.status}: ${(await first.json()).detail}`);
const again = await fetch(address, { headers: { {% if closed %}...headers, {% endif %}"If-None-Match": first.headers.get("ETag") } });
console.log(again.status === 304 ? "unchanged" : (await again.json()).data);
{% else %}import { existsSync, readFileSync, writeFileSync } from "node:fs";

{% if closed %}const headers = { Authorization: `Bearer ${process.env.BASCULE_KEY}` };

{% endif %}async function ask(query) {
  const answer = await fetch(`{{ base }}{{ subject.followed.path }}?${new URLSearchParams(query)}`{% if closed %}, { headers }{% endif %});
  if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.json()).detail}`);
  return answer.json();
}

if (!existsSync("since.txt")) {
  const { data } = await ask({ sort: "-{{ subject.changed }}", limit: 1, "{{ subject.changed }}[gte]": "2000-01-01T00:00:00Z" });
  writeFileSync("since.txt", data[0].{{ subject.changed }});
}
const since = readFileSync("since.txt", "utf8");
const query = { sort: "{{ subject.changed }}", limit: {{ up_to(100, subject.followed) }}, "{{ subject.changed }}[gte]": since };
for (let cursor = ""; cursor !== null; ) {
  const { data, page } = await ask({ ...query, ...(cursor && { cursor }) });
  for (const item of data) {
    console.log(item); // write it over by its key
    writeFileSync("since.txt", item.{{ subject.changed }});
  }
  cursor = page.next;
}
{% endif %}
