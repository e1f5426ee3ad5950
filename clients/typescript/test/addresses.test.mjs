// PROXY_SECRET on both sides, against the real server: an app without a fixed address says who its visitor is, and only the
// app can. Palisade trusts no proxy here, so whoever is not named by the app counts as this machine.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { visitorHeaders } from "../dist/next/visitor.js";
import { startProxy } from "./edge.mjs";
import { start } from "./server.mjs";

const SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const WRONG = "another-secret-another-secret-another";
/** The visitors, and the address that no header of theirs changes. */
const [ONE, OTHER, FORGED] = ["203.0.113.7", "2001:db8::1", "198.51.100.9"];
const clientAddress = (headers) => headers.get("x-platform-says");

// Each test has a server of its own, whose limits nobody has used. `RATE_LIMIT_REFUSED` is that of unknown paths.
let server;
beforeEach(async () => {
  server = await start({ PROXY_SECRET: SECRET, RATE_LIMIT_REFRESH_NETWORK: "2/60s", RATE_LIMIT_REFUSED: "2/60s" });
});
afterEach(() => server.stop());

/** Asks as often as a visitor may, and once more. */
const [WITHIN, BEYOND] = [["passed", "passed", "limited"], ["limited", "limited", "limited"]];
const thrice = async (ask) => [await ask(), await ask(), await ask()];

/** Refreshes that the proxy sends for a visitor. Each has another cookie, because the proxy shares the answer to one. */
let cookies = 0;
const through = (app, address, headers = {}) =>
  thrice(async () => {
    const sent = { ...headers, "x-platform-says": address };
    const { setCookies } = await app.visit("/", { "palisade-refresh": `r${(cookies += 1)}` }, sent);
    // Palisade deletes the cookies of a session that it does not know, unless it refuses to look.
    return setCookies.length ? "passed" : "limited";
  });
const app = (secret, ahead = 0) => {
  const proxy = startProxy({ appUrl: server.origin, clientAddress }, { PROXY_SECRET: secret });
  proxy.wait(ahead * 1000);
  return proxy;
};

/** Requests to an unknown path with these headers. */
const directly = (headers) =>
  thrice(async () => {
    const { status } = await fetch(`${server.origin}/api/v1/nowhere`, { headers });
    assert.ok([404, 429].includes(status), `${status}`);
    return status === 404 ? "passed" : "limited";
  });

test("each visitor of an app that knows the secret has a limit of their own", async () => {
  const proxy = app(SECRET);
  assert.deepEqual(await through(proxy, ONE), WITHIN);
  assert.deepEqual(await through(proxy, OTHER), WITHIN);
  assert.deepEqual(await through(app(SECRET), ONE), BEYOND, "whichever process of the app asks");
  assert.ok(proxy.requests.every(({ headers }) => headers.has("palisade-client") && !headers.has("x-forwarded-for")));
  for (const ahead of [25, -25]) {
    assert.deepEqual(await through(app(SECRET, ahead), `203.0.113.${100 + ahead}`), WITHIN, `${ahead} seconds`);
  }
});

test("a visitor who sends the header to the app remains who they are", async () => {
  const copied = signed(SECRET, FORGED);
  const forging = { "palisade-client": copied, "x-forwarded-for": FORGED, forwarded: `for=${FORGED}` };
  assert.deepEqual(await through(app(SECRET), ONE, forging), WITHIN);
  assert.deepEqual(await through(app(SECRET), ONE), BEYOND);
  assert.deepEqual(await through(app(SECRET), FORGED), WITHIN, "nobody has used the limit of that address");
});

for (const [what, make] of Object.entries({
  "with a wrong secret": () => app(WRONG),
  "without a secret": () => app(""),
  "whose clock is late": () => app(SECRET, -35),
  "whose clock is early": () => app(SECRET, 35),
})) {
  test(`all visitors of an app ${what} share the limit of the app`, async () => {
    const proxy = make();
    assert.deepEqual(await through(proxy, ONE), WITHIN);
    assert.deepEqual(await through(proxy, OTHER), BEYOND);
    assert.deepEqual(await through(app(SECRET), OTHER), WITHIN, "only the signature was missing");
  });
}

test("a header that somebody wrote or changed opens no limit", async () => {
  const now = Math.floor(Date.now() / 1000);
  const right = signed(SECRET, ONE, now);
  assert.deepEqual(await directly({ "Palisade-Client": right }), WITHIN);
  assert.deepEqual(await directly({}), WITHIN);
  const forged = {
    "another address": right.replace(ONE, FORGED),
    "another time": right.replace(`t=${now}`, `t=${now + 1}`),
    "an old one": signed(SECRET, FORGED, now - 35),
    "no signature": `t=${now},a=${FORGED},s=`,
    "a signature of another secret": signed(WRONG, FORGED),
    "no address": signed(SECRET, ""),
    "two in one": `${signed(SECRET, FORGED)}, ${signed(SECRET, OTHER)}`,
  };
  for (const [what, value] of Object.entries(forged)) {
    assert.notEqual(value, right, what);
    assert.deepEqual(await directly({ "Palisade-Client": value }), BEYOND, what);
  }
  assert.deepEqual(await directly({ "X-Forwarded-For": FORGED }), BEYOND);
  assert.deepEqual(await directly({ "Palisade-Client": signed(SECRET, FORGED) }), WITHIN);
});

test("the package signs in Node.js as it does on the edge", async () => {
  const settings = { appUrl: server.origin, clientAddress, proxySecret: SECRET };
  const headers = (address) => visitorHeaders(new Headers({ "x-platform-says": address }), settings);
  assert.deepEqual(await directly(await headers(ONE)), WITHIN);
  assert.deepEqual(await directly(await headers(OTHER)), WITHIN);
  assert.deepEqual(await directly(await headers(ONE)), BEYOND);
  assert.deepEqual(await directly({}), WITHIN, "this machine itself has asked nothing yet");
});

/** The header, made by the description in `docs/rate-limits.md` and not by the package. */
function signed(secret, address, seconds = Math.floor(Date.now() / 1000)) {
  const code = createHmac("sha256", secret).update(`palisade-client\n${seconds}\n${address}`).digest("base64url");
  return `t=${seconds},a=${address},s=${code}`;
}
