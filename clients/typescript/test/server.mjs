// A real server in an empty folder, and people with cookies.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createClient, unwrap } from "palisade-client";

/** Passwords are hashed behind everything else, and these tests run beside builds. */
const PATIENT = { HANDLER_TIMEOUT: "60s", DRAIN_TIMEOUT: "60s" };

const BINARY = process.env.PALISADE_TEST_BINARY;
if (!BINARY) throw new Error("PALISADE_TEST_BINARY names the server: cargo xtask web sets it");

export const PASSWORD = "correct horse battery";

/** Starts a server; `stop` ends it and removes its data. */
export async function start(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), "palisade-client-"));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const env = { PORT: `${port}`, APP_URL: origin, ...PATIENT, ...settings };
  const child = spawn(BINARY, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true });
  };
  await until(() => `the server (${said})`, () => fetch(`${origin}/api/v1/health/ready`).then(({ ok }) => ok, () => false));
  const createAdmin = (email) => {
    writeFileSync(join(folder, "password"), PASSWORD);
    const command = ["admin", "create", "--email", email, "--password-file", "password"];
    execFileSync(BINARY, command, { cwd: folder, env, stdio: "pipe" });
  };
  return { origin, createAdmin, stop, linkTo: (email) => linkTo(origin, email) };
}

/**
 * A client with a cookie jar in its `fetch`, like a browser. `requests` lists what it sent; `way` may delay an answer or
 * lose it.
 */
export function visitor(origin, options = {}, way = (_, answer) => answer) {
  const cookies = new Map();
  const requests = [];
  const jar = async (url, init) => {
    requests.push(`${init.method} ${new URL(url).pathname.slice("/api/v1".length)}`);
    const headers = new Headers(init.headers);
    headers.set("Origin", origin);
    if (cookies.size) headers.set("Cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
    const response = await fetch(url, { ...init, headers });
    store(cookies, response.headers.getSetCookie());
    return way(url, response);
  };
  return { palisade: createClient({ baseUrl: origin, fetch: jar, ...options }), cookies, requests };
}

/** Does with `Set-Cookie` lines what a browser does. */
export function store(cookies, lines) {
  for (const line of lines) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (value === "" || line.includes("Max-Age=0")) cookies.delete(name);
    else cookies.set(name, value);
  }
}

/** Signs in. */
export async function signedIn(server, email, options, way) {
  const person = visitor(server.origin, options, way);
  unwrap(await person.palisade.call("POST /auth/login", { body: { email, password: PASSWORD } }));
  person.requests.length = 0;
  return person;
}

/** Registers, opens the mailed link and signs in. */
export async function signedUp(server, email) {
  const { palisade } = visitor(server.origin);
  unwrap(await palisade.call("POST /auth/register", { body: { email, password: PASSWORD, name: "Ada" } }));
  unwrap(await palisade.call("POST /auth/verify-email", { body: { token: await server.linkTo(email) } }));
  return signedIn(server, email);
}

/** A port on which nothing listens. */
export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** The token of the newest mail to this address. */
const linkTo = (origin, email) =>
  until(() => `a mail to ${email}`, async () => {
    const response = await fetch(`${origin}/dev/mailbox`, { headers: { Accept: "application/json" } });
    const { data } = await response.json();
    return data.items.find((mail) => mail.to === email)?.links[0].split("#token=")[1];
  });

/** Repeats `found` until it returns a value, for a minute. */
export async function until(what, found) {
  for (let tries = 0; tries < 1200; tries += 1) {
    const value = await found();
    if (value) return value;
    await pause(50);
  }
  throw new Error(`${what()} did not come`);
}
