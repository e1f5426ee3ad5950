// How long a proxy keeps a connection that nobody uses, and what becomes of POSTs that meet the moment at which Palisade closes it.

import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

/** Palisade's, unless it is set otherwise. */
const DEFAULT = 130_000;
const SHORT = 3000;
/** Sent at once, so that no two of them use one connection of the proxy's. */
const BESIDE = 20;

const many = "1000000/60s";
const VARIABLES = {
  ...{ RATE_LIMIT_STRICT: many, RATE_LIMIT_NORMAL: many, RATE_LIMIT_NORMAL_NETWORK: many, RATE_LIMIT_REFUSED: many },
  TRUSTED_PROXIES: "loopback",
};

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** How many connections to this port are open where they were opened, by what Linux says of its sockets. */
function connections(port) {
  const end = `:${Number(port).toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets = readFileSync("/proc/net/tcp", "utf8").split("\n").map((line) => line.trim().split(/\s+/));
  return sockets.filter(([, , remote, state]) => remote?.endsWith(end) && state === "01").length;
}

function post(origin, agent) {
  const { request } = origin.startsWith("https") ? https : http;
  return new Promise((resolve) => {
    const asked = request(`${origin}/api/v1/auth/logout`, { method: "POST", agent, timeout: 30_000 }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode === 200 ? "right" : `${answer.statusCode}`));
      answer.on("error", (error) => resolve(error.code ?? error.message));
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer"))).on("error", (error) => resolve(error.code ?? error.message)).end();
  });
}

/** Clients that all send again each time when the last answer is so many milliseconds old. `answered` is told of the first answers. */
async function race(origin, gaps, answered = () => {}) {
  const { Agent } = origin.startsWith("https") ? https : http;
  const agents = Array.from({ length: BESIDE }, () => new Agent({ keepAlive: true, maxSockets: 1, timeout: 2 * DEFAULT }));
  const all = () => Promise.all(agents.map((agent) => post(origin, agent)));
  await all();
  answered();
  const outcomes = [];
  for (const gap of gaps) {
    await sleep(gap);
    const now = await all();
    outcomes.push(...now);
    // Begins the next turn with connections that were used a moment ago.
    if (now.some((outcome) => outcome !== "right")) await all();
  }
  for (const agent of agents) agent.destroy();
  return outcomes;
}

/** `0 of 60`, or `5 of 60 (502)`. */
function lost(outcomes) {
  const failed = outcomes.filter((outcome) => outcome !== "right");
  const kinds = [...new Set(failed)].join(", ");
  return `${failed.length} of ${outcomes.length}${kinds && ` (${kinds})`}`;
}

/** After how long the last of the proxy's connections was closed, looking until shortly before Palisade would close it. */
async function kept(port) {
  const begin = Date.now();
  const waited = () => Date.now() - begin;
  while (waited() < DEFAULT - 1000) {
    if (connections(port) === 0) return waited() < 500 ? "at once" : `after ${Math.round(waited() / 1000)} s`;
    await sleep(100);
  }
  return "later than Palisade";
}

export const idle = {
  columns: ["closes idle connections", "lost POSTs, `IDLE_TIMEOUT=3s`", "lost POSTs, the default"],
  variables: { ...VARIABLES, IDLE_TIMEOUT: `${SHORT / 1000}s` },
  // It takes seven minutes, most of which nothing happens.
  together: true,
  async measure({ origin, direct, again }) {
    const short = await race(origin, Array.from({ length: 13 }, (_, turn) => SHORT - 6 + turn));
    await again({ ...VARIABLES });
    let watch;
    const long = await race(origin, [DEFAULT - 2, DEFAULT, DEFAULT + 2], () => {
      watch = kept(new URL(direct).port);
    });
    return [await watch, lost(short), lost(long)];
  },
  wrong: ([, , long]) => !long.startsWith("0 "),
};
