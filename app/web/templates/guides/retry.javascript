{% if closed %}const headers = { Authorization: `Bearer ${process.env.BASCULE_KEY}` };

{% endif %}async function get(address, attempts = 5) {
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(address{% if closed %}, { headers }{% endif %});
    const body = await answer.json();
    if (answer.ok) return body;
    if (!body.retryable || attempt === attempts - 1) throw new Error(`${body.code}: ${body.detail} (${body.instance})`);
    const seconds = Number(answer.headers.get("Retry-After") ?? 2 ** attempt) + Math.random();
    await new Promise((done) => setTimeout(done, 1000 * seconds));
  }
}

console.log((await get({{ text(url ~ "?limit=" ~ up_to(5)) }})).data);
