const answer = await fetch({{ text(url ~ "?limit=1") }}
{%- if closed %}, {
  headers: { Authorization: `Bearer ${process.env.BASCULE_KEY}` },
}{% endif %});
if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.json()).detail}`);
const { data } = await answer.json();
console.log(data);
