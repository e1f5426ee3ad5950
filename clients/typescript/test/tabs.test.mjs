// Sessions through the proxy, against the real server: many requests, many tabs, many processes, one session.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { unwrap } from "palisade-client";
import { startProxy } from "./edge.mjs";
import { signedIn, signedUp, start, store } from "./server.mjs";

const [ACCESS, REFRESH] = ["palisade-access", "palisade-refresh"];
const EMAIL = "ada@example.org";
const TABS = 5;
const ROUNDS = process.env.PALISADE_LONG ? 2_000 : 200;
const OPENED = { "sec-fetch-dest": "document" };

let server;
before(async () => {
  // A refresh token is replaced as often as can be: every two seconds.
  const limits = ["STRICT", "NORMAL", "NORMAL_NETWORK", "REFRESH_NETWORK"].map((name) => [`RATE_LIMIT_${name}`, "1000000/60s"]);
  server = await start({ REFRESH_GRACE: "2s", ...Object.fromEntries(limits) });
  await signedUp(server, EMAIL);
});
after(() => server.stop());

const startApp = (options) => startProxy({ appUrl: server.origin, protect: ["/team/:path*"], ...options });
const generation = (cookies) => Number(cookies.get(REFRESH).split(".")[1]);
const sessions = async ({ palisade }) => unwrap(await palisade.call("GET /auth/sessions")).data.items;

/** What the browser sends once the access token has expired. */
const expired = (cookies) => Object.fromEntries([...cookies].filter(([name]) => name !== ACCESS));

test("twenty requests with an expired access token: one refresh, one session, nobody signed out", async () => {
  const person = await signedIn(server, EMAIL);
  const before = await sessions(person);
  const { visit, names } = startApp();
  const visited = await Promise.all(Array.from({ length: 20 }, () => visit("/team", expired(person.cookies))));
  assert.ok(visited.every(({ goesOn, cookies }) => goesOn && cookies[ACCESS]));
  assert.deepEqual(names(), ["POST /api/v1/auth/refresh"]);
  for (const { setCookies } of visited) store(person.cookies, setCookies);
  assert.deepEqual((await sessions(person)).map(({ id }) => id), before.map(({ id }) => id));
  await visit("/team", Object.fromEntries(person.cookies));
  assert.deepEqual(names().slice(1), ["GET /api/v1/auth/jwks", "GET /api/v1/auth/session"], "the new token is valid");
});

test(`five tabs, each served by another process, refresh ${ROUNDS} times each: nobody is signed out`, async () => {
  const { cookies, palisade } = await signedIn(server, EMAIL);
  let refreshes = 0;
  const tab = async () => {
    const { visit, wait, names } = startApp();
    for (let round = 0; round < ROUNDS; round += 1) {
      const { goesOn, setCookies } = await visit("/team", expired(cookies));
      assert.ok(goesOn, `signed out in round ${round}`);
      // Answers arrive in any order.
      await pause(Math.random() * 40);
      store(cookies, setCookies);
      wait(3_000);
    }
    refreshes += names().length;
  };
  await Promise.all(Array.from({ length: TABS }, tab));
  assert.equal(refreshes, TABS * ROUNDS);
  assert.ok(generation(cookies) > 1, "tokens were replaced meanwhile");
  assert.ok((await palisade.call("GET /users/me")).ok);
});

test("a device whose session another one ends is out at its next navigation", async () => {
  const [lost, mine] = [await signedIn(server, EMAIL), await signedIn(server, EMAIL)];
  const { visit } = startApp();
  const open = async (app = visit) => app("/team", Object.fromEntries(lost.cookies), OPENED);
  assert.ok((await open()).goesOn);
  const { id } = (await sessions(lost)).find(({ current }) => current);
  unwrap(await mine.palisade.call("DELETE /auth/sessions/{id}", { path: { id } }));
  assert.ok((await open(startApp({ recheck: false }).visit)).goesOn, "without the check, only once the token has expired");
  const out = await open();
  assert.equal(out.to, "/sign-in?returnTo=%2Fteam");
  store(lost.cookies, out.setCookies);
  assert.deepEqual([lost.cookies.has(ACCESS), lost.cookies.has(REFRESH)], [false, false]);
  assert.ok((await visit("/team", Object.fromEntries(mine.cookies), OPENED)).goesOn);
});
