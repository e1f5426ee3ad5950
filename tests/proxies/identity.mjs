// Whether Palisade identifies the clients of a proxy, and warns if it cannot.

import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";

const LIMIT = 5;
const plenty = "1000000/60s";
const VARIABLES = {
  RATE_LIMIT_LOGIN: `${LIMIT}/1h`,
  RATE_LIMIT_LOGIN_NETWORK: "1000000/1h",
  RATE_LIMIT_LOGIN_ACCOUNT: "1000000/15m",
  RATE_LIMIT_LOGIN_ACCOUNT_DAY: "1000000/1d",
  RATE_LIMIT_LOGIN_SPRAY: "1000000/10m",
  RATE_LIMIT_RELAXED: plenty,
  RATE_LIMIT_PROBE: plenty,
};

/** One request from this address of the machine, on a new connection. */
function ask(origin, { from = "127.0.0.1", method = "GET", path, headers = {}, body }) {
  // Else the name for TLS would be that of a forged Host.
  const { hostname } = new URL(origin);
  const servername = isIP(hostname) ? "" : hostname;
  return new Promise((resolve, reject) => {
    const { request } = origin.startsWith("https") ? https : http;
    const asked = request(
      `${origin}${path}`,
      { servername, method, headers: { connection: "close", ...headers }, localAddress: from, family: 4, agent: false, rejectUnauthorized: false },
      (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
        answer.on("error", reject);
      },
    );
    asked.setTimeout(30_000, () => asked.destroy(new Error("no answer")));
    asked.on("error", reject).end(body);
  });
}

const LOGIN = {
  method: "POST",
  path: "/api/v1/auth/login",
  body: JSON.stringify({ email: "nobody@example.org", password: "whatever it may be" }),
};

async function signIn(origin, from, headers = {}) {
  const sent = { "content-type": "application/json", "content-length": `${Buffer.byteLength(LOGIN.body)}`, ...headers };
  const { status } = await ask(origin, { ...LOGIN, from, headers: sent });
  if (status !== 401 && status !== 429) throw new Error(`a sign-in is answered ${status}`);
  return status === 401;
}

/** The number of admitted attempts. */
async function passing(origin, from, tries, headers) {
  let passed = 0;
  for (let turn = 1; turn <= tries; turn += 1) if (await signIn(origin, from, headers?.(turn))) passed += 1;
  return passed;
}

/** The `proxy` of health, asked without the proxy. */
async function warns(direct) {
  const { text } = await ask(direct, { path: "/api/v1/health" });
  const state = JSON.parse(text).data.dependencies.find(({ name }) => name === "proxy")?.state;
  return state === "degraded" ? "yes" : "no";
}

const yes = (is) => (is ? "yes" : "no");

export const COLUMNS = ["two clients, two buckets", "health warns", "forged headers open buckets", "health warns without TRUSTED_PROXIES", "opens /dev/mailbox"];

/** The expected result for a proxy that names its clients. */
const KNOWN = ["yes", "no", "no", "yes", "no"];

export const identity = {
  columns: COLUMNS,
  // Twice: with the proxy's address in TRUSTED_PROXIES, and without.
  variables: { ...VARIABLES, TRUSTED_PROXIES: "127.0.0.1" },
  async measure({ origin, direct, again }) {
    const first = await passing(origin, "127.0.0.2", LIMIT + 2);
    const second = await passing(origin, "127.0.0.3", 1);
    const known = first === LIMIT && second === 1;
    const silent = await warns(direct);
    const forged = await passing(origin, "127.0.0.4", LIMIT + 2, (turn) => ({ "x-forwarded-for": `203.0.113.${turn}` }));
    const other = await passing(origin, "127.0.0.5", LIMIT + 2, (turn) => ({ forwarded: `for=198.51.100.${turn}` }));
    const both = await passing(origin, "127.0.0.6", LIMIT + 2, (turn) => ({
      "x-forwarded-for": `203.0.113.1${turn}`,
      forwarded: `for=198.51.100.1${turn}`,
    }));
    const opens = Math.max(forged, other, both) > LIMIT;
    await again({ ...VARIABLES });
    for (let turn = 0; turn < 3; turn += 1) await signIn(origin, "127.0.0.2");
    const untrusted = await warns(direct);
    const outside = await ask(origin, { path: "/dev/mailbox", headers: { host: "app.example.org", accept: "application/json" } });
    return [yes(known), silent, yes(opens), untrusted, yes(outside.text.includes('"items":'))];
  },
  wrong: (cells, proxy) => {
    const expected = proxy?.identity ?? KNOWN;
    return cells.some((cell, at) => (expected[at] instanceof RegExp ? !expected[at].test(cell) : cell !== expected[at]));
  },
};
