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

/** The link in the newest mail to this address. */
export const linkTo = (origin, email) =>
  until(`a mail to ${email}`, async () => {
    const response = await fetch(`${origin}/dev/mailbox`, { headers: { accept: "application/json" } });
    const { data } = await response.json();
    return data.items.find((mail) => mail.to === email)?.links[0];
  });

async function posts(person, origin, path, json) {
  const response = await person.send({ method: "POST", url: `${origin}/api/v1${path}`, json });
  const said = await response.json();
  return { status: response.status, data: said.data, code: said.error?.code };
}

/** Asks for an account. It is none before the mailed link is followed. */
export async function registers(person, origin, { email, name }) {
  assert.equal((await posts(person, origin, "/auth/register", { email, name, password: PASSWORD })).status, 202);
}

/** Follows the link. */
export async function verifies(person, origin, { email }) {
  const token = (await linkTo(origin, email)).split("#token=")[1];
  const { status, data } = await posts(person, origin, "/auth/verify-email", { token });
  assert.equal(status, 200);
  return data.user;
}

export const signsInByPassword = (person, origin, { email }) =>
  posts(person, origin, "/auth/login", { email, password: PASSWORD });

export async function me(person, origin) {
  const response = await person.send({ url: `${origin}/api/v1/users/me` });
  const { data, error } = await response.json();
  assert.equal(response.status, 200, JSON.stringify(error));
  return data;
}
