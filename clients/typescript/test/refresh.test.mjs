// One refresh for all calls, against the real server.
import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";
import { createClient } from "palisade-client";
import { PASSWORD, signedIn, signedUp, start, visitor } from "./server.mjs";

const REFRESH = "POST /auth/refresh";
const ACCESS = "palisade-access";
// An account may sign in a few times a minute.
const [ADA, BEN, CLEO] = ["ada@example.org", "ben@example.org", "cleo@example.org"];

let server;
before(async () => {
  server = await start({ RATE_LIMIT_STRICT: "60/60s" });
  await Promise.all([ADA, BEN, CLEO].map((email) => signedUp(server, email)));
});
after(() => server.stop());

const refreshes = (requests) => requests.filter((request) => request === REFRESH).length;

test("twenty calls with an expired access token share one refresh and all succeed", async () => {
  const { palisade, cookies, requests } = await signedIn(server, ADA);
  cookies.delete(ACCESS);
  const results = await Promise.all(Array.from({ length: 20 }, () => palisade.call("GET /users/me")));
  assert.ok(results.every(({ ok }) => ok));
  assert.equal(refreshes(requests), 1);
  assert.equal(requests.length, 20 + 1 + 20);
  cookies.delete(ACCESS);
  assert.ok((await palisade.call("PATCH /users/me", { body: { name: "Ada L." } })).ok, "a later one refreshes again");
  assert.equal(refreshes(requests), 2);
});

test("a call whose refusal comes after the refresh of others does not refresh again", async () => {
  let release;
  const late = new Promise((resolve) => (release = resolve));
  const { palisade, cookies, requests } = await signedIn(server, ADA, {}, (url, answer) =>
    url.endsWith("/auth/sessions") ? late.then(() => answer) : answer,
  );
  cookies.delete(ACCESS);
  const slow = palisade.call("GET /auth/sessions");
  assert.ok((await palisade.call("GET /users/me")).ok);
  release();
  assert.ok((await slow).ok);
  assert.equal(refreshes(requests), 1);
});

test("a refresh by hand shares the request", async () => {
  const { palisade, requests } = await signedIn(server, ADA);
  const results = await Promise.all([palisade.call(REFRESH), palisade.call(REFRESH)]);
  assert.ok(results.every(({ ok }) => ok));
  assert.equal(refreshes(requests), 1);
});

test("a session that has ended signs out once, and each call has its own error", async () => {
  let signedOut = 0;
  const { palisade, cookies, requests } = await signedIn(server, ADA, {
    onSignedOut: () => (signedOut += 1),
  });
  cookies.clear();
  const results = await Promise.all(Array.from({ length: 5 }, () => palisade.call("GET /users/me")));
  assert.deepEqual(new Set(results.map(({ error }) => error.code)), new Set(["AUTH_401"]));
  assert.equal(signedOut, 1);
  assert.equal(refreshes(requests), 1);
});

test("a guest refreshes once: the client looks again a minute later, or after a call that may have signed in", async () => {
  const { palisade, requests } = visitor(server.origin);
  const refused = async () => assert.equal((await palisade.call("GET /users/me")).error.code, "AUTH_401");
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  try {
    for (const _ of [1, 2, 3]) await refused();
    assert.ok((await palisade.call("GET /auth/session")).ok);
    await refused();
    assert.equal(refreshes(requests), 1);
    mock.timers.tick(60_001);
    await refused();
    assert.equal(refreshes(requests), 2, "another tab may have signed in");
  } finally {
    mock.timers.reset();
  }
});

test("signing in after the session has ended brings its refreshes back", async () => {
  const { palisade, cookies, requests } = await signedIn(server, CLEO);
  cookies.clear();
  assert.equal((await palisade.call("GET /users/me")).error.code, "AUTH_401");
  assert.ok((await palisade.call("POST /auth/login", { body: { email: CLEO, password: PASSWORD } })).ok);
  cookies.delete(ACCESS);
  assert.ok((await palisade.call("GET /users/me")).ok);
  assert.equal(refreshes(requests), 2);
});

test("a client that is told not to refresh does not", async () => {
  const { palisade, cookies, requests } = await signedIn(server, CLEO, { refresh: false });
  cookies.delete(ACCESS);
  assert.equal((await palisade.call("GET /users/me")).error.code, "AUTH_401");
  assert.deepEqual(requests, ["GET /users/me"]);
});

test("a refresh that fails otherwise signs nobody out: its error is that of the call", async () => {
  let signedOut = 0;
  let down = true;
  const { palisade, cookies } = await signedIn(server, BEN, { onSignedOut: () => (signedOut += 1) }, (url, answer) => {
    if (down && url.endsWith("/auth/refresh")) throw new TypeError("fetch failed");
    return answer;
  });
  cookies.delete(ACCESS);
  const result = await palisade.call("GET /users/me");
  assert.equal(result.error.code, "NETWORK_ERROR");
  assert.equal(signedOut, 0);
  down = false;
  assert.ok((await palisade.call("GET /users/me")).ok, "the session has survived");
});

test("an aborted call does not wait for the refresh, which others still share", async () => {
  const { palisade, cookies } = await signedIn(server, BEN);
  cookies.delete(ACCESS);
  const abort = new AbortController();
  const aborted = palisade.call(REFRESH, { signal: abort.signal });
  const other = palisade.call("GET /users/me");
  abort.abort();
  await assert.rejects(aborted, { name: "AbortError" });
  assert.ok((await other).ok);
});

test("a client that is given a token or cookies does not refresh", async () => {
  for (const headers of [{ Authorization: "Bearer expired" }, { Cookie: `${ACCESS}=expired` }]) {
    const { palisade, requests } = visitor(server.origin, { headers });
    assert.equal((await palisade.call("GET /users/me")).error.code, "AUTH_401");
    assert.deepEqual(requests, ["GET /users/me"]);
  }
});

test("a program sends the access token, from a function that is asked for each call", async () => {
  const { cookies } = await signedIn(server, BEN);
  const token = cookies.get(ACCESS);
  const palisade = createClient({
    baseUrl: server.origin,
    headers: async () => ({ Authorization: `Bearer ${token}` }),
  });
  assert.ok((await palisade.call("PATCH /users/me", { body: { name: "Gil" } })).ok);
  const result = await palisade.call("GET /users/me", { headers: { Authorization: "Bearer other" } });
  assert.equal(result.error.code, "AUTH_401", "headers of the call come first");
});
