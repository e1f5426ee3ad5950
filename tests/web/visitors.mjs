// Limits count each visitor separately, whatever address the visitor claims.
import assert from "node:assert/strict";
import { request } from "node:http";
import { platform } from "node:process";

/** The sign-ins of a network per minute: `RATE_LIMIT_STRICT` of the server that is driven. */
const LIMIT = 60;

/** A sign-in from this address of the machine. It is counted, and then refused as empty, so no password is hashed. */
function signIn(origin, localAddress, headers = {}) {
  return new Promise((resolve, reject) => {
    const { port } = new URL(origin);
    const sent = { host: "127.0.0.1", port, localAddress, method: "POST", path: "/api/v1/auth/login", agent: false };
    const asked = request({ ...sent, headers: { "Content-Type": "application/json", ...headers } }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    });
    asked.on("error", reject);
    asked.end("{}");
  });
}

export async function visitors({ origin, network }) {
  if (platform !== "linux") {
    console.log(`Left out, for this machine has one loopback address only: who is counted at ${origin}`);
    return;
  }
  const [one, other, forger] = [1, 2, 3].map((host) => `${network}.${host}`);
  const several = async (times, address, headers = () => ({})) => {
    const statuses = [];
    for (let turn = 0; turn < times; turn += 1) statuses.push(await signIn(origin, address, headers(turn)));
    return statuses;
  };
  const passed = (times) => Array(times).fill(400);

  assert.deepEqual(await several(LIMIT + 1, one), [...passed(LIMIT), 429], "a visitor");
  assert.deepEqual(await several(1, other), passed(1), "another visitor");

  // Each form of the header that a proxy may use, each time with another client.
  const claims = [
    (turn) => ({ "X-Forwarded-For": `203.0.113.${turn}` }),
    (turn) => ({ "X-Forwarded-For": [`203.0.113.${turn}`, `198.51.100.${turn}`] }),
    (turn) => ({ "X-Forwarded-For": `203.0.113.${turn}, 127.0.0.1` }),
    (turn) => ({ Forwarded: `for=203.0.113.${turn}` }),
    (turn) => ({ "X-Real-IP": `203.0.113.${turn}` }),
  ];
  const forged = await several(LIMIT + claims.length, forger, (turn) => claims[turn % claims.length](turn));
  assert.deepEqual(forged, [...passed(LIMIT), ...Array(claims.length).fill(429)], "a forger");
  // Other clients were not charged for it.
  assert.deepEqual(await several(1, other), passed(1), "another visitor, afterwards");
}
