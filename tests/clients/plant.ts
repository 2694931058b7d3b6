// What a program of a client looks like: every name and type in it comes from the document.
import createClient from "openapi-fetch";
import type { components, paths } from "./v2.js";

declare const process: { argv: string[] };

type Order = components["schemas"]["Order"];
type Problem = components["schemas"]["Problem"];

const client = createClient<paths>({ baseUrl: process.argv[2] });

/** One page of late jobs, the latest first. */
async function lateJobsFrom(cursor: string | null): Promise<components["schemas"]["LateJobList"]> {
  const { data, error } = await client.GET("/v2/late-jobs", {
    params: { query: { limit: 100, sort: ["due_at"], ...(cursor === null ? {} : { cursor }) } },
  });
  if (error) throw new Error(error.detail);
  return data;
}

/** The numbers of all late jobs, page by page. */
async function lateJobs(): Promise<(string | undefined)[]> {
  const numbers: (string | undefined)[] = [];
  let cursor: string | null = null;
  do {
    const { data, page } = await lateJobsFrom(cursor);
    numbers.push(...data.map((job) => job.number));
    cursor = page.next;
  } while (cursor !== null);
  return numbers;
}

/** The newest released orders of this year, with their lines and jobs. */
async function newest(): Promise<Order[]> {
  const { data, error } = await client.GET("/v2/orders", {
    params: {
      query: {
        status: ["released", "held"],
        "ordered_on[gte]": "2026-01-01",
        sort: ["-ordered_on", "number"],
        expand: ["lines", "jobs"],
        limit: 5,
      },
    },
  });
  if (error) throw new Error(error.detail);
  return data.data;
}

/** How a key that nothing has is answered. */
async function missing(): Promise<Problem | undefined> {
  const { error } = await client.GET("/v2/order-lines/{order_number},{line_number}", {
    params: { path: { order_number: "0000001", line_number: 1 } },
  });
  return error;
}

/** The names of the components of an item whose number holds a slash. */
async function components_of(number: string): Promise<(string | undefined)[]> {
  const { data } = await client.GET("/v2/items/{number}", {
    params: { path: { number }, query: { expand: ["components"] } },
  });
  return (data?.components ?? []).map((each) => each.component);
}

const orders = await newest();
const problem = await missing();
console.log(
  JSON.stringify({
    late: await lateJobs(),
    orders: orders.map((order) => ({
      number: order.number,
      total: order.total?.toFixed(2),
      lines: order.lines?.map((line) => line.quantity),
      jobs: order.jobs?.map((job) => job.state),
    })),
    missing: problem?.code,
    retryable: problem?.retryable,
    components: await components_of("HY-50/225"),
  }),
);
