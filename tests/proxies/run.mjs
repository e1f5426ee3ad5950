// What reaches a client through real proxies when Palisade answers before the body was read. Prints a Markdown table.
//
//   cargo build --package palisade
//   node tests/proxies/run.mjs [--next] [name …]
//
// Not a part of `cargo xtask test`: it needs the proxies, as `apt-get install nginx haproxy caddy apache2 varnish lighttpd
// trafficserver squid` brings them, and a machine to itself. Each runs in the foreground on a free port of this machine,
// with a configuration in a folder of its own, and ends with the run.

import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { proxies } from "./proxies.mjs";

const TRIES = 8;
const SIZES = { "66 kB": 66_000, "150 kB": 150_000, "900 kB": 900_000, "9 MB": 9_000_000 };
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

function is413(status, text) {
  try {
    return status === 413 && JSON.parse(text).error.code === "PAYLOAD_TOO_LARGE";
  } catch {
    return false;
  }
}

async function byFetch(url, body) {
  try {
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const text = await answer.text();
    return is413(answer.status, text) || `${answer.status}`;
  } catch (error) {
    return error.cause?.code ?? error.message;
  }
}

function byCurl(url, file) {
  const parameters = ["--silent", "--max-time", "60", "--header", "Expect:", "--header", "Content-Type: application/json"];
  try {
    const said = execFileSync("curl", [...parameters, "--data-binary", `@${file}`, "--write-out", "\n%{http_code}", url], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const end = said.lastIndexOf("\n");
    return is413(Number(said.slice(end + 1)), said.slice(0, end)) || said.slice(end + 1);
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

async function measure(port) {
  const url = `http://127.0.0.1:${port}/api/v1/auth/login`;
  const cells = [];
  for (const [name, size] of Object.entries(SIZES)) {
    const file = join(folder, `${size}.json`);
    writeFileSync(file, Buffer.alloc(size, 120));
    const outcomes = { curl: [], fetch: [] };
    for (let turn = 0; turn < TRIES; turn += 1) {
      outcomes.curl.push(byCurl(url, file));
      outcomes.fetch.push(await byFetch(url, Buffer.alloc(size, 120)));
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
  const limits = { RATE_LIMIT_STRICT: many, RATE_LIMIT_LOGIN: many, RATE_LIMIT_RELAXED: many, RATE_LIMIT_LOGIN_NETWORK: "1000000/1h", TRUSTED_PROXIES: "loopback" };
  const palisade = start(binary, [], place, { PORT: `${to}`, ...limits });
  await listens(to, palisade);
  console.log(`| in front | ${Object.keys(SIZES).join(" | ")} |`);
  console.log(`|---|${"---|".repeat(Object.keys(SIZES).length)}`);
  for (const [name, proxy] of Object.entries(proxies)) {
    if (names.length > 0 && !names.some((wanted) => name.startsWith(wanted))) continue;
    if (proxy?.option && !process.argv.includes(proxy.option)) continue;
    if (proxy === null) {
      console.log(`| ${name} | ${(await measure(to)).join(" | ")} |`);
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
    const child = start(proxy.program, proxy.start(wanted), at);
    try {
      await listens(port, child);
      console.log(`| ${name} (${found}) | ${(await measure(port)).join(" | ")} |`);
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
