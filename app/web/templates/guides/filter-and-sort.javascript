const asked = new URLSearchParams({
{%- for name, value in subject.filters %}
  {{ text(name) }}: {{ text(value) }},
{%- endfor %}
{%- if subject.order %}
  sort: {{ text(subject.order) }},
{%- endif %}
  fields: {{ text(subject.fields | join(",")) }},
  limit: {{ up_to(5) }},
});
const answer = await fetch(`{{ url }}?${asked}`
{%- if closed %}, {
  headers: { Authorization: `Bearer ${process.env.BASCULE_KEY}` },
}{% endif %});
if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.json()).detail}`);
for (const item of (await answer.json()).data) console.log(item);
