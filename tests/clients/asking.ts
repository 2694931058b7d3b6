// Asks a gateway for one order, several times: `asking.js ADDRESS TIMES`, and prints what came of each.
import { Client, ProblemError } from "./types.js";

declare const process: { argv: string[] };

const client = new Client(process.argv[2], { credential: "k", attempts: 3 });
const found: unknown[] = [];
for (let time = 0; time < Number(process.argv[3]); time += 1) {
  try {
    found.push(await client.orders.get("1"));
  } catch (error) {
    found.push(error instanceof ProblemError ? { ...error, code: error.code, retryable: error.retryable } : String(error));
  }
}
console.log(JSON.stringify(found));
