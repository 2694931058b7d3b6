{% if closed %}const headers = { Authorization: `Bearer ${process.env.BASCULE_KEY}` };

{% endif %}async function* pages(address, query) {
  for (let cursor = ""; cursor !== null; ) {
    const asked = new URLSearchParams({ ...query, ...(cursor && { cursor }) });
    const answer = await fetch(`${address}?${asked}`{% if closed %}, { headers }{% endif %});
    if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.json()).detail}`);
    const { data, page } = await answer.json();
    yield data;
    cursor = page.next;
  }
}

let number = 0;
for await (const items of pages({{ text(url) }}, { limit: {{ up_to(2) }} })) {
  console.log(++number, items);
  if (number === 3) break;
}
