// The fate of POSTs that are sent while Palisade closes their idle connection. Prints a Markdown table.
//
//   cargo build --package palisade
//   node tests/proxies/idle.mjs
//
// Palisade runs with IDLE_TIMEOUT=3s. Ten of each client at once, each with its own connections, send 13 POSTs, 2,994 to
// 3,006 milliseconds after the previous answer. It is not part of any test: it measures a race.

import http from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

import { freePort, listens, running, start, stop } from "./processes.mjs";

const TIMEOUT = 3000;
const BESIDE = 10;
const GAPS = Array.from({ length: 13 }, (_, turn) => TIMEOUT - 6 + turn);
const PATH = "/api/v1/auth/logout";

const byAgent = (agent) => (url) =>
  new Promise((resolve, reject) => {
    const asked = http.request(url, { method: "POST", agent }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode)).on("error", reject);
    });
    asked.on("error", reject).end();
  });

const CLIENTS = {
  "`fetch`": async (url) => {
    const answer = await fetch(url, { method: "POST" });
    await answer.arrayBuffer();
    return answer.status;
  },
  "`http.globalAgent`": byAgent(http.globalAgent),
  "`new http.Agent({ keepAlive: true, timeout: 60_000 })`": byAgent(new http.Agent({ keepAlive: true, timeout: 60_000 })),
  "`new http.Agent({ keepAlive: true })`": byAgent(new http.Agent({ keepAlive: true })),
};

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function inWorker() {
  const { name, url } = workerData;
  const outcomes = [];
  await CLIENTS[name](url);
  for (const gap of GAPS) {
    await sleep(gap);
    const outcome = CLIENTS[name](url).then(
      (status) => (status === 200 ? "right" : `${status}`),
      (error) => error.cause?.code ?? error.code ?? error.message,
    );
    outcomes.push(await outcome);
    // The next turn begins with a recently used connection.
    if (outcomes.at(-1) !== "right") await CLIENTS[name](url).catch(() => null);
  }
  parentPort.postMessage(outcomes);
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), "palisade-idle-"));
  const repository = join(dirname(fileURLToPath(import.meta.url)), "../..");
  const port = await freePort();
  const binary = process.env.PALISADE_BINARY ?? join(repository, "target/debug/palisade");
  const many = { RATE_LIMIT_STRICT: "1000000/60s", RATE_LIMIT_NORMAL_NETWORK: "1000000/60s", RATE_LIMIT_REFUSED: "1000000/60s" };
  const child = start(binary, [], folder, { PORT: `${port}`, IDLE_TIMEOUT: `${TIMEOUT / 1000}s`, ...many });
  try {
    await listens(port, child);
    console.log(`| client (Node.js ${process.versions.node}, undici ${process.versions.undici}) | POSTs | failed |\n|---|---|---|`);
    for (const name of Object.keys(CLIENTS)) {
      const ask = () =>
        new Promise((resolve, reject) => {
          const data = { name, url: `http://127.0.0.1:${port}${PATH}` };
          new Worker(new URL(import.meta.url), { workerData: data }).on("message", resolve).on("error", reject);
        });
      const outcomes = (await Promise.all(Array.from({ length: BESIDE }, ask))).flat();
      const failed = outcomes.filter((outcome) => outcome !== "right");
      const kinds = [...new Set(failed)].join(", ");
      console.log(`| ${name} | ${outcomes.length} | ${failed.length}${kinds && ` (${kinds})`} |`);
    }
  } finally {
    await Promise.all([...running].map(stop));
    rmSync(folder, { recursive: true, force: true });
  }
}

await (isMainThread ? main() : inWorker());
