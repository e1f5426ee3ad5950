// How long a proxy keeps an idle connection, and the fate of POSTs that are sent while Palisade closes it.

import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

/** The default of Palisade. */
const DEFAULT = 130_000;
const SHORT = 3000;
/** Sent at once, so that each uses its own connection of the proxy. */
const BESIDE = 20;

const many = "1000000/60s";
const VARIABLES = {
  ...{ RATE_LIMIT_STRICT: many, RATE_LIMIT_NORMAL: many, RATE_LIMIT_NORMAL_NETWORK: many, RATE_LIMIT_REFUSED: many },
  TRUSTED_PROXIES: "loopback",
};

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** The number of open client connections to this port, from the socket table of Linux. */
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

/** Clients that send again so many milliseconds after the last answer. `answered` gets the first answers. */
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
    // The next turn begins with recently used connections.
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

/** When the proxy closed its last connection, observed until shortly before Palisade would close it. */
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
  // It takes seven minutes, mostly waiting.
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
