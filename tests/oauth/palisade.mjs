// The server that is tested, and what a person does there besides signing in through providers.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { PASSWORD } from "./people.mjs";
import { start } from "./processes.mjs";

/** Repeats `found` until it returns a value, for half a minute. */
async function until(what, found) {
  for (let tries = 0; tries < 600; tries += 1) {
    const value = await found();
    if (value) return value;
    await pause(50);
  }
  throw new Error(`${what} did not come`);
}

/** Palisade in development, with these settings, once it is ready. */
export async function palisade({ binary, folder, origin, settings }) {
  const env = {
    PORT: new URL(origin).port,
    APP_URL: origin,
    OUTBOUND_ALLOW: "127.0.0.1,localhost",
    LOG_LEVEL: "debug",
    // The drive does in seconds what takes many people an hour.
    RATE_LIMIT_STRICT: "10000/60s",
    RATE_LIMIT_NORMAL: "10000/60s",
    RATE_LIMIT_NORMAL_NETWORK: "10000/60s",
    ...settings,
  };
  const server = start(binary, [], { cwd: folder, env });
  await until(`an answer of Palisade`, async () => {
    if (server.child.exitCode !== null) throw new Error(`Palisade ended:\n${server.said()}`);
    return fetch(`${origin}/api/v1/health/ready`).then((response) => response.ok, () => false);
  });
  return server;
}

const linksTo = async (origin, email) => {
  const response = await fetch(`${origin}/dev/mailbox`, { headers: { accept: "application/json" } });
  const { data } = await response.json();
  return data.items.filter((mail) => mail.to === email).map((mail) => mail.links[0]);
};

/** The link in the mail to this address that `work` brings about. */
export async function mailed(origin, email, work) {
  const before = await linksTo(origin, email);
  await work();
  return until(`a mail to ${email}`, async () => (await linksTo(origin, email)).find((link) => !before.includes(link)));
}

async function asks(person, url, request) {
  const response = await person.send({ url, ...request });
  const said = await response.json();
  return { status: response.status, data: said.data, code: said.error?.code };
}

export const posts = (person, origin, path, json) => asks(person, `${origin}/api/v1${path}`, { method: "POST", json });

export const removes = (person, origin, path) => asks(person, `${origin}/api/v1${path}`, { method: "DELETE" });

export async function gets(person, origin, path) {
  const { status, data, code } = await asks(person, `${origin}/api/v1${path}`);
  assert.equal(status, 200, code);
  return data;
}

export const me = (person, origin) => gets(person, origin, "/users/me");

/** Asks for an account. It is none before the mailed link is followed. */
export async function registers(person, origin, { email, name }) {
  assert.equal((await posts(person, origin, "/auth/register", { email, name, password: PASSWORD })).status, 202);
}

/** Asks for an account and follows the link. */
export async function hasAccount(person, origin, who) {
  const link = await mailed(origin, who.email, () => registers(person, origin, who));
  const { status, data } = await posts(person, origin, "/auth/verify-email", { token: link.split("#token=")[1] });
  assert.equal(status, 200);
  return data.user;
}

export const signsInByPassword = (person, origin, { email }) =>
  posts(person, origin, "/auth/login", { email, password: PASSWORD });
