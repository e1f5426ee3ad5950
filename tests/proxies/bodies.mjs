// Whether an answer that is ready before the body was read reaches the client through a proxy.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const TRIES = 8;
const LOGIN = { method: "POST", path: "/api/v1/auth/login", status: 413, headers: {} };
export const SIZES = {
  "66 kB": { ...LOGIN, size: 66_000 },
  "150 kB": { ...LOGIN, size: 150_000 },
  "900 kB": { ...LOGIN, size: 900_000 },
  "9 MB": { ...LOGIN, size: 9_000_000 },
};
export const REFUSED = {
  401: { method: "PATCH", path: "/api/v1/users/me" },
  403: { method: "POST", path: "/api/v1/auth/login", headers: { origin: "https://evil.example" } },
  404: { method: "POST", path: "/api/v1/nothing" },
  405: { method: "PUT", path: "/api/v1/users/me" },
  // Over the limit from the second request on.
  429: { method: "POST", path: "/api/v1/auth/register", before: 1 },
};
for (const [status, asked] of Object.entries(REFUSED)) {
  REFUSED[status] = { size: 900_000, status: Number(status), headers: {}, ...asked };
}

const many = "1000000/60s";
/** The settings of Palisade for it. */
export const VARIABLES = {
  ...{ RATE_LIMIT_STRICT: many, RATE_LIMIT_LOGIN: many, RATE_LIMIT_RELAXED: many, RATE_LIMIT_REFUSED: many },
  ...{ RATE_LIMIT_LOGIN_NETWORK: "1000000/1h", RATE_LIMIT_REGISTER: "1/1h", TRUSTED_PROXIES: "loopback" },
};

function isRight(wanted, status, text) {
  try {
    const { success, error } = JSON.parse(text);
    return status === wanted && success === false && typeof error.code === "string";
  } catch {
    return false;
  }
}

async function byFetch(url, { method, headers, status, size }) {
  const body = Buffer.alloc(size, 120);
  try {
    const answer = await fetch(url, { method, headers: { "content-type": "application/json", ...headers }, body });
    const text = await answer.text();
    return isRight(status, answer.status, text) || `${answer.status}`;
  } catch (error) {
    return error.cause?.code ?? error.message;
  }
}

function byCurl(url, { method, headers, status, size }, folder) {
  const file = join(folder, `${size}.json`);
  writeFileSync(file, Buffer.alloc(size, 120));
  const lines = ["Expect:", "Content-Type: application/json", ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  const parameters = ["--silent", "--insecure", "--max-time", "60", "--request", method, ...lines.flatMap((line) => ["--header", line])];
  try {
    const said = execFileSync("curl", [...parameters, "--data-binary", `@${file}`, "--write-out", "\n%{http_code}", url], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const end = said.lastIndexOf("\n");
    return isRight(status, Number(said.slice(end + 1)), said.slice(0, end)) || said.slice(end + 1);
  } catch (error) {
    return `curl ${error.status}`;
  }
}

/** `8`, or `5 (3x502)`. */
function count(outcomes) {
  const others = {};
  for (const outcome of outcomes) if (outcome !== true) others[outcome] = (others[outcome] ?? 0) + 1;
  const list = Object.entries(others).map(([what, times]) => `${times}x ${what}`);
  const right = outcomes.filter((outcome) => outcome === true).length;
  return list.length === 0 ? `${right}` : `${right} (${list.join(", ")})`;
}

/** Bodies of four sizes that are too large, or other refusals, each to a body of 900 kB. */
export const bodies = (columns) => ({
  columns: Object.keys(columns),
  variables: VARIABLES,
  async measure({ origin, folder }) {
    const cells = [];
    for (const [name, asked] of Object.entries(columns)) {
      const url = `${origin}${asked.path}`;
      for (let turn = 0; turn < (asked.before ?? 0); turn += 1) await byFetch(url, asked);
      const outcomes = { curl: [], fetch: [] };
      for (let turn = 0; turn < TRIES; turn += 1) {
        outcomes.curl.push(byCurl(url, asked, folder));
        outcomes.fetch.push(await byFetch(url, asked));
      }
      cells.push(`${count(outcomes.curl)} / ${count(outcomes.fetch)}`);
      process.stderr.write(`  ${name}: ${cells.at(-1)}\n`);
    }
    return cells;
  },
  wrong: (cells) => cells.some((cell) => cell !== `${TRIES} / ${TRIES}`),
});
