// Calls, their errors and pages, against the real server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { createClient, PalisadeError, unwrap } from "palisade-client";
import { freePort, PASSWORD, signedIn, signedUp, start, visitor } from "./server.mjs";

let server;
before(async () => (server = await start({ RATE_LIMIT_STRICT: "60/60s" })));
after(() => server.stop());

test("a person registers, confirms, signs in, reads and changes the own account", async () => {
  const { palisade } = await signedUp(server, "ada@example.org");
  const me = await palisade.call("GET /users/me");
  assert.ok(me.ok);
  assert.equal(me.data.name, "Ada");
  assert.equal(me.status, 200);
  assert.equal(me.requestId, me.response.headers.get("X-Request-Id"));
  const renamed = await palisade.call("PATCH /users/me", { body: { name: "Ada Lovelace" } });
  assert.equal(unwrap(renamed).data.name, "Ada Lovelace");
  assert.ok((await palisade.call("POST /auth/logout")).ok);
  assert.equal(unwrap(await palisade.call("GET /auth/session")).data.user, null);
});

test("an administrator lists all users, item by item and page by page", async () => {
  server.createAdmin("root@example.org");
  await signedUp(server, "ben@example.org");
  const { palisade, requests } = await signedIn(server, "root@example.org");
  const listed = async (limit) => {
    requests.length = 0;
    const emails = [];
    for await (const user of palisade.items("GET /users", { query: { limit, q: undefined } })) emails.push(user.email);
    return emails;
  };
  const emails = await listed(2);
  assert.equal(new Set(emails).size, emails.length);
  assert.equal(requests.length, Math.ceil(emails.length / 2));
  assert.deepEqual(emails, await listed(100));
  for (const name of ["root", "ben", "ada"]) assert.ok(emails.includes(`${name}@example.org`));

  const pages = [];
  for await (const { data, page } of palisade.pages("GET /users", { query: { limit: 2 } })) {
    assert.equal(page.limit, 2);
    pages.push(data.items.map(({ email }) => email));
  }
  assert.deepEqual(pages.flat(), emails);

  // Leaving the loop asks for no further page.
  requests.length = 0;
  for await (const _ of palisade.items("GET /users", { query: { limit: 1 } })) break;
  assert.equal(requests.length, 1);

  const user = unwrap(await palisade.call("GET /users")).data.items[0];
  assert.equal(unwrap(await palisade.call("GET /users/{id}", { path: { id: user.id } })).data.email, user.email);
  for (const id of ["", ".", ".."]) await assert.rejects(palisade.call("GET /users/{id}", { path: { id } }), TypeError);
  const strange = await palisade.call("GET /users/{id}", { path: { id: "../me?#" } });
  assert.equal(strange.error.code, "VALIDATION_FAILED");
});

test("the feed is read up to what happened last, and goes on there", async () => {
  const asked = [];
  const happened = ["a", "b", "c", "d"];
  // An event appears in the real feed only after ten seconds.
  const fetch = async (url) => {
    const { search, searchParams } = new URL(url);
    asked.push(search);
    const [from, limit] = [Number(searchParams.get("after") ?? 0), Number(searchParams.get("limit"))];
    const items = happened.slice(from, from + limit);
    const page = { limit, nextCursor: String(from + items.length) };
    return Response.json({ success: true, data: { items }, meta: { requestId: "1", page } });
  };
  const palisade = createClient({ baseUrl: server.origin, fetch });
  const read = async (query) => {
    const [items, cursors] = [[], []];
    for await (const { data, page } of palisade.pages("GET /events", { query })) {
      items.push(...data.items);
      cursors.push(page.nextCursor);
    }
    return [items.join(""), cursors.at(-1)];
  };
  assert.deepEqual(await read({ limit: 3 }), ["abcd", "4"]);
  assert.deepEqual(await read({ limit: 2 }), ["abcd", "4"]);
  happened.push("e");
  assert.deepEqual(await read({ limit: 2, after: "4" }), ["e", "5"]);
  assert.deepEqual(await read({ limit: 2, after: "5" }), ["", "5"]);
  const [first, second] = ["?limit=3", "?limit=3&after=3"];
  assert.deepEqual(asked, [first, second, "?limit=2", "?limit=2&after=2", "?limit=2&after=4", "?limit=2&after=4", "?limit=2&after=5"]);
});

test("the feed of the real server takes what `pages` sends", async () => {
  const { palisade } = await signedIn(server, "root@example.org");
  for await (const { page } of palisade.pages("GET /events", { query: { limit: 1 } })) assert.equal(page.limit, 1);
});

test("a page that fails is thrown", async () => {
  const { palisade } = await signedIn(server, "ben@example.org");
  await assert.rejects(palisade.items("GET /users").next(), (error) => {
    assert.ok(error instanceof PalisadeError);
    assert.equal(error.error.code, "FORBIDDEN");
    assert.equal(error.status, 403);
    assert.match(error.message, /^FORBIDDEN: /);
    assert.ok(error.requestId);
    return true;
  });
});

test("refused input has details for each field", async () => {
  const { palisade } = visitor(server.origin);
  const result = await palisade.call("POST /auth/register", { body: { email: "nobody", password: "short" } });
  assert.equal(result.error.code, "VALIDATION_FAILED");
  assert.deepEqual(result.error.details.map(({ field }) => field).sort(), ["email", "password"]);
});

test("wrong credentials and a confirmation without a password refresh nothing", async () => {
  const { palisade, requests } = visitor(server.origin);
  const login = await palisade.call("POST /auth/login", { body: { email: "x@example.org", password: PASSWORD } });
  assert.equal(login.error.code, "INVALID_CREDENTIALS");
  const desk = visitor(server.origin);
  await desk.palisade.call("POST /auth/register", { body: { email: "fay@example.org", password: PASSWORD } });
  const token = await server.linkTo("fay@example.org");
  const phone = await palisade.call("POST /auth/verify-email", { body: { token } });
  assert.equal(phone.error.code, "PASSWORD_REQUIRED");
  assert.deepEqual(requests, ["POST /auth/login", "POST /auth/verify-email"]);
});

test("a GET waits for a moment and is repeated once, unless the client says otherwise", async () => {
  const busy = await start({ RATE_LIMIT_RELAXED: "3/2s", RATE_LIMIT_NORMAL_NETWORK: "3/2s" });
  try {
    const { palisade, requests } = visitor(busy.origin);
    const { palisade: hurried } = visitor(busy.origin, { retry: 0 });
    let refused;
    do refused = await hurried.call("GET /auth/oauth");
    while (refused.ok);
    assert.equal(refused.error.code, "RATE_LIMITED");
    assert.ok(refused.error.retryAfter <= 2);
    assert.ok((await palisade.call("GET /auth/oauth")).ok);
    assert.deepEqual(requests, ["GET /auth/oauth", "GET /auth/oauth"]);

    requests.length = 0;
    let calls = 0;
    do {
      calls += 1;
      refused = await palisade.call("POST /auth/logout");
    } while (refused.ok && calls < 10);
    assert.ok(!refused.ok && refused.error.retryAfter <= 2, "a POST is not repeated");
    assert.equal(requests.length, calls);
    assert.ok((await palisade.call("POST /auth/logout", { retry: 2 })).ok, "unless the call asks for it");
  } finally {
    await busy.stop();
  }
});

test("a limited call that changes something is not repeated, and says when it may be", async () => {
  const { palisade, requests } = visitor(server.origin);
  const forgot = (options) => palisade.call("POST /auth/forgot-password", { body: { email: "z@example.org" }, ...options });
  let result;
  do result = await forgot();
  while (result.ok && requests.length < 100);
  assert.equal(result.error.code, "RATE_LIMITED");
  assert.equal(result.error.retryAfter, Number(result.response.headers.get("Retry-After")));
  assert.ok(result.error.retryAfter > 2);
  requests.length = 0;
  const signal = AbortSignal.timeout(50);
  await assert.rejects(forgot({ retry: 3600, signal }), { name: "TimeoutError" });
  assert.equal(requests.length, 1, "it was waiting when it was aborted");
});

test("an aborted call rejects, as fetch does", async () => {
  const palisade = createClient({ baseUrl: server.origin });
  const reason = new Error("the page was closed");
  await assert.rejects(palisade.call("GET /health/live", { signal: AbortSignal.abort(reason) }), reason);
});

test("no answer, and an answer of somebody else, are NETWORK_ERROR", async () => {
  const nobody = createClient({ baseUrl: `http://127.0.0.1:${await freePort()}` });
  const down = await nobody.call("GET /users/me");
  assert.equal(down.error.code, "NETWORK_ERROR");
  assert.ok(down.error.cause instanceof Error);
  assert.deepEqual([down.status, down.response, down.requestId], [0, undefined, undefined]);

  const page = "<h1>Bad Gateway</h1>";
  const almost = ['{"success":true}', '{"success":false,"meta":{}}', '{"error":{"code":"UPSTREAM"},"meta":{}}'];
  for (const body of [page, "null", "{}", ...almost]) {
    const proxy = createServer((_, response) => response.writeHead(502).end(body)).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const behind = createClient({ baseUrl: `http://127.0.0.1:${proxy.address().port}/` });
    const result = await behind.call("GET /users/me");
    proxy.close();
    assert.equal(result.error.code, "NETWORK_ERROR", body);
    assert.equal(result.status, 502);
  }
});

test("addresses for the address bar", () => {
  const palisade = createClient({ baseUrl: "https://app.example.org/" });
  const url = palisade.url("GET /auth/oauth/{provider}", { path: { provider: "acme" }, query: { returnTo: "/a?b=c" } });
  assert.equal(url, "https://app.example.org/api/v1/auth/oauth/acme?returnTo=%2Fa%3Fb%3Dc");
  assert.equal(createClient().url("GET /auth/jwks"), "/api/v1/auth/jwks");
});
