// What a program of a downloaded client looks like: every name and type in it comes from the document.
import { Client, ProblemError, type Order } from "./types.js";

declare const process: { argv: string[] };

const client = new Client(process.argv[2]);

const page = await client.orders.list({
  status: ["released", "held"],
  "ordered_on[gte]": "2026-01-01",
  sort: ["-ordered_on", "number"],
  expand: ["lines", "jobs"],
  limit: 5,
});
const orders = page.data.map((order: Order) => ({
  number: order.number,
  total: order.total?.toFixed(2),
  lines: order.lines?.map((line) => line.quantity),
  jobs: order.jobs?.map((job) => job.state),
}));

const late: (string | undefined)[] = [];
for await (const job of client.lateJobs.each({ limit: 100, sort: "due_at" })) {
  late.push(job.number);
}

const item = await client.items.get("HY-50/225", { expand: "components" });
const again = await client.items.get("HY-50/225", { expand: "components" });
const { component = "", sequence = 0 } = item.components?.[0] ?? {};
const first = await client.components.get(["HY-50/225", component, sequence]);

let missing: { code: string; retryable: boolean } | null = null;
try {
  await client.orders.get("0000001");
} catch (error) {
  if (!(error instanceof ProblemError)) throw error;
  missing = { code: error.code, retryable: error.retryable };
}

console.log(
  JSON.stringify({
    orders,
    asOf: page.asOf,
    late,
    components: item.components?.map((each) => each.component),
    same: JSON.stringify(item) === JSON.stringify(again),
    first,
    missing,
  }),
);
