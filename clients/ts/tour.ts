// A tour of a client in TypeScript that is made from a province's own OpenAPI
// document:
//
//   npm install
//   curl -O http://localhost:8080/api/v1/openapi.json
//   npm run generate && npm run build
//   node out/tour.js http://localhost:8080 "$KEY" hy-xa hy-xa.csv
//
// It does what most programs do with a data set: find it, send a file, wait for
// the batch, read all records, and afterwards what has changed.

import createClient from "openapi-fetch";
import type { components, paths } from "./phohien.js";

type Batch = components["schemas"]["Batch"];
type Problem = components["schemas"]["Problem"];
type TableRecord = components["schemas"]["Record"];

declare const process: { argv: string[] };
const { readFile } = (await import("node:fs/promises" as string)) as { readFile(name: string): Promise<Uint8Array<ArrayBuffer>> };

const [server, key, id, file] = process.argv.slice(2) as [string, string, string, string];

const client = createClient<paths>({
  baseUrl: server,
  headers: { Authorization: `Bearer ${key}` },
  // Equalities are parameters of their own: field: { loai: "phuong" } is ?loai=phuong.
  querySerializer: { object: { style: "form", explode: true } },
});

// given is an answer, or the server's words as an exception.
function given<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) throw new Error(`${answer.error?.status} ${answer.error?.type}: ${answer.error?.en.detail}`);
  return answer.data;
}

// send sends a file and waits until its batch is over.
async function send(): Promise<Batch> {
  const body = await readFile(file);
  let batch: Batch = given(
    await client.POST("/api/v1/datasets/{id}/batches", {
      params: { path: { id }, query: { name: file.replace(/.*\//, "") }, header: { Prefer: "wait=10" } },
      headers: { "Content-Type": "application/octet-stream" },
      body: body as unknown as string, // the bytes of the file, as they are
      bodySerializer: (bytes) => bytes,
    }),
  );
  while (batch.state !== "scored") {
    if (["failed", "held", "cancelled", "interrupted"].includes(batch.state)) throw new Error(`${batch.state}: ${batch.message}`);
    await new Promise((done) => setTimeout(done, 200));
    batch = given(await client.GET("/api/v1/batches/{id}", { params: { path: { id: batch.batch } } }));
  }
  return batch;
}

// records reads all pages of a list; since is where to go on for what changes
// afterwards.
async function records(query: { changed_since?: string; field?: Record<string, string> }): Promise<{ all: TableRecord[]; since: string }> {
  const all: TableRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = given(
      await client.GET("/api/v1/datasets/{id}/records", { params: { path: { id }, query: { ...query, limit: 2, ...(after ? { after } : {}) } } }),
    );
    all.push(...page.items);
    if (!page.next) return { all, since: page.next_since };
    after = page.next;
  }
}

for (const set of given(await client.GET("/api/v1/datasets")).items) console.log("data set:", set.id, set.name);
const { since } = await records({});
const batch = await send();
console.log("batch:", batch.report?.read, "read,", batch.report?.inserted, "inserted");
const { all } = await records({});
console.log("records:", all.length);
console.log("changed:", (await records({ changed_since: since })).all.length);
// Each record by its key, whatever letters the key is of.
for (const r of all) {
  const one = given(await client.GET("/api/v1/datasets/{id}/records/{key}", { params: { path: { id, key: r._key } } }));
  console.log("record:", one._key);
}
// What goes wrong is a Problem: branch on its type, show its words to people.
const gone = await client.GET("/api/v1/datasets/{id}", { params: { path: { id: "khong-co-bo-nay" } } });
console.log("problem:", gone.response.status, gone.error?.type);
