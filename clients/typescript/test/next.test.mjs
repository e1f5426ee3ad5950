// The app in test/app, with `cacheComponents`, in a real Next.js in front of the real server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { unwrap } from "palisade-client";
import { build, serve, wiretap } from "./next.mjs";
import { freePort, PASSWORD, signedIn, signedUp, start, store } from "./server.mjs";

const [ACCESS, REFRESH] = ["palisade-access", "palisade-refresh"];
const [ADA, ROOT] = ["ada@example.org", "root@example.org"];
const FORGED = "203.0.113.99";
const OPENED = { "Sec-Fetch-Dest": "document" };

let server, tap, app;
before(async () => {
  build();
  const port = await freePort();
  const appUrl = `http://localhost:${port}`;
  server = await start({ APP_URL: appUrl, RATE_LIMIT_STRICT: "100/60s", TRUSTED_PROXIES: "loopback" });
  tap = await wiretap(server.origin);
  app = await serve(port, { APP_URL: appUrl, PALISADE_URL: tap.origin });
  server.createAdmin(ROOT);
  await signedUp(server, ADA);
});
beforeEach(() => {
  tap.requests.length = 0;
  tap.down = false;
});
after(() => Promise.all([app?.stop(), tap?.stop(), server?.stop()]));

const names = () => tap.requests.map(({ name }) => name.replace("/api/v1/auth/", ""));

/** A person with an account of their own, because an account may sign in a few times only. */
let people = 0;
const somebody = () => signedUp(server, `person-${(people += 1)}@example.org`);

/** What the browser sends once the access token has expired. */
const expired = (cookies) => new Map([...cookies].filter(([name]) => name !== ACCESS));

async function open(path, cookies = new Map(), { headers, ...init } = {}) {
  const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
  const response = await fetch(app.origin + path, { redirect: "manual", ...init, headers: { Cookie: cookie, ...headers } });
  return {
    status: response.status,
    location: response.headers.get("location"),
    caching: response.headers.get("cache-control"),
    setCookies: response.headers.getSetCookie(),
    text: await response.text(),
  };
}

test("a guest gets the public page, and is led from others to sign in and back", async () => {
  const home = await open("/");
  assert.equal(home.status, 200);
  assert.ok(home.text.includes("guest"));
  for (const path of ["/members", "/members?x=1", "/%6dembers"]) {
    const { status, location } = await open(path);
    assert.deepEqual([status, location], [307, `/sign-in?returnTo=${encodeURIComponent(path)}`]);
  }
  assert.deepEqual(names(), []);
});

test("a guest costs Palisade nothing, and a call for one is never followed by a refresh", async () => {
  for (const cookies of [[], [["palisade-device", "d"]], [[ACCESS, ""], [REFRESH, ""]]]) {
    tap.requests.length = 0;
    const who = await open("/who", new Map(cookies));
    assert.deepEqual(JSON.parse(who.text), { session: null, user: null });
    assert.deepEqual(names(), []);
    const { status, location } = await open("/who", new Map(cookies), { method: "POST" });
    assert.deepEqual([status, location], [307, "/sign-in"]);
    assert.deepEqual(names(), []);
    assert.equal((await open("/who", new Map(cookies), { method: "PUT" })).text, '"AUTH_401"');
    assert.deepEqual(names(), ["GET sessions"]);
  }
});

test("a server action signs in: the browser gets the cookies, and the page behind it the session", async () => {
  const form = new FormData();
  const [, action] = /name="(\$ACTION_ID_\w+)"/.exec((await open("/sign-in")).text);
  for (const [name, value] of Object.entries({ [action]: "", email: ADA, password: PASSWORD })) form.set(name, value);
  const headers = { Origin: app.origin, "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
  const { status, location, setCookies } = await open("/sign-in", new Map(), { method: "POST", body: form, headers });
  assert.deepEqual([status, location], [303, "/members"]);
  for (const name of [ACCESS, REFRESH]) {
    const line = setCookies.find((line) => line.startsWith(`${name}=`));
    assert.match(line, /Path=\/;.*Max-Age=\d+;.*HttpOnly; SameSite=lax/i);
  }
  const cookies = new Map();
  store(cookies, setCookies);
  const { text } = await open("/members", cookies);
  assert.ok(text.includes('id="summary">usr_'));
  const who = JSON.parse((await open("/who", cookies)).text);
  assert.equal(who.user.email, ADA);
  assert.equal(who.session.userId, who.user.id);
  assert.deepEqual([who.session.role, who.session.permissions], ["user", []]);
  const listed = await fetch(`${server.origin}/api/v1/auth/sessions`, { headers: { Authorization: `Bearer ${cookies.get(ACCESS)}` } });
  const { items } = (await listed.json()).data;
  assert.equal(items.find(({ current }) => current).device, "Firefox on Linux", "not Node.js");
});

test("a valid session costs a public page no call, and a protected one a single one", async () => {
  const { cookies } = await somebody();
  await open("/members", cookies);
  tap.requests.length = 0;
  assert.ok((await open("/", cookies)).text.includes("role user"));
  assert.deepEqual(names(), []);
  assert.ok((await open("/members", cookies, { headers: OPENED })).text.includes('id="summary"'));
  assert.deepEqual(names(), ["GET session"]);
});

test("twenty pages and prefetches with an expired access token: one refresh, and each renders with the new session", async () => {
  const { cookies } = await somebody();
  // Next.js says itself how it wants to be asked for the payload of a page.
  const payload = { headers: { RSC: "1" } };
  const { location } = await open("/members", cookies, payload);
  assert.ok(location.startsWith("/members?_rsc"), location);
  tap.requests.length = 0;
  const requests = Array.from({ length: 20 }, (_, index) =>
    index % 2 ? open("/members", expired(cookies)) : open(location, expired(cookies), payload),
  );
  for (const { status, text, setCookies } of await Promise.all(requests)) {
    assert.equal(status, 200);
    assert.ok(text.includes("usr_"));
    assert.deepEqual(setCookies.map((line) => line.split("=")[0]).sort(), [ACCESS, REFRESH]);
    assert.ok(setCookies.every((line) => /; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/.test(line)), "unchanged");
  }
  assert.deepEqual(names(), ["POST refresh"]);
  assert.equal((await open("/about", expired(cookies))).caching, "private, no-store", "no cache shares the cookies");
});

test("what depends on the time is left to the request: Next.js has nothing to complain about", async () => {
  const { cookies } = await somebody();
  for (const path of ["/", "/members", "/reports"]) await open(path, cookies);
  assert.ok(!app.said().includes("while prerendering"), app.said());
});

test("a permission opens pages and route handlers, and its lack is 403", async () => {
  const [ada, root] = [await somebody(), await signedIn(server, ROOT)];
  assert.ok((await open("/reports", root.cookies)).text.includes('id="report"'));
  const refused = await open("/reports", ada.cookies);
  assert.ok(refused.text.includes("NEXT_HTTP_ERROR_FALLBACK;403"), "forbidden.tsx is shown");
  assert.ok(!refused.text.includes('id="report"'));
  const post = (cookies) => open("/who", cookies, { method: "POST" });
  assert.equal((await post(root.cookies)).text, "admin or above");
  assert.equal((await post(ada.cookies)).status, 403);
  const guest = await post();
  assert.deepEqual([guest.status, guest.location], [307, "/sign-in"]);
});

test("a route handler signs out: the browser's cookies are deleted", async () => {
  const { cookies } = await somebody();
  const { setCookies } = await open("/who", cookies, { method: "DELETE" });
  store(cookies, setCookies);
  assert.deepEqual([cookies.has(ACCESS), cookies.has(REFRESH)], [false, false]);
  assert.ok((await open("/", cookies)).text.includes("guest"));
});

test("a revoked device is out at its next navigation", async () => {
  const [lost, mine] = [await signedIn(server, ADA), await signedIn(server, ADA)];
  assert.equal((await open("/members", lost.cookies, { headers: OPENED })).status, 200);
  const sessions = unwrap(await lost.palisade.call("GET /auth/sessions")).data.items;
  const { id } = sessions.find(({ current }) => current);
  unwrap(await mine.palisade.call("DELETE /auth/sessions/{id}", { path: { id } }));
  const out = await open("/members", lost.cookies, { headers: OPENED });
  assert.deepEqual([out.status, out.location], [307, "/sign-in?returnTo=%2Fmembers"]);
  store(lost.cookies, out.setCookies);
  assert.ok(!lost.cookies.has(REFRESH));
});

test("on a public page getSession() goes by the token, and with recheck by the word of Palisade, asked once", async () => {
  const { cookies, palisade } = await somebody();
  const state = async () => /id="device">([^<]*)/.exec((await open("/device", cookies)).text)[1];
  assert.equal(await state(), "in, in, in, user");
  tap.requests.length = 0;
  assert.equal(await state(), "in, in, in, user");
  assert.deepEqual(names(), ["GET /api/v1/users/me"]);
  tap.down = true;
  assert.equal(await state(), "in, in, in, no answer");
  tap.down = false;
  const kept = [...cookies];
  unwrap(await palisade.call("POST /auth/logout-all"));
  for (const [name, value] of kept) cookies.set(name, value);
  assert.equal(await state(), "in, out, out, guest");
});

test("while Palisade is down nobody is signed out: valid tokens go on, and others get the error page", async () => {
  const { cookies } = await somebody();
  await open("/members", cookies);
  tap.down = true;
  assert.ok((await open("/members", cookies, { headers: OPENED })).text.includes('id="summary"'));
  const stale = await open("/members", expired(cookies));
  assert.deepEqual([stale.location, stale.setCookies], [null, []]);
  assert.ok(!stale.text.includes('id="summary"'));
  assert.match(app.said(), /was not refreshed: Palisade is out of reach/);
  tap.down = false;
  assert.ok((await open("/members", expired(cookies))).text.includes('id="summary"'));
});

test("Palisade sees the visitor's address, and not one that the visitor made up", async () => {
  const { cookies } = await somebody();
  const headers = { "X-Forwarded-For": "203.0.113.9, 198.51.100.7" };
  await open("/who", cookies, { headers });
  await open("/", expired(cookies), { headers });
  assert.deepEqual(tap.requests.map(({ headers }) => headers["x-forwarded-for"]), ["198.51.100.7", "198.51.100.7"]);
  assert.ok(tap.requests.every(({ headers }) => headers.origin === app.origin));
});

test("with PROXY_SECRET on both sides Palisade counts each visitor, and without it on one side only the app", async () => {
  const PROXY_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
  const port = await freePort();
  const APP_URL = `http://localhost:${port}`;
  const limited = await start({ APP_URL, PROXY_SECRET, RATE_LIMIT_NORMAL_NETWORK: "2/60s" });
  const settings = { APP_URL, PALISADE_URL: limited.origin };
  const [signing, silent] = await Promise.all([serve(port, { ...settings, PROXY_SECRET }), serve(await freePort(), settings)]);
  const ask = async ({ origin }, visitor) => {
    const answers = [];
    for (const _ of [1, 2, 3]) {
      const asked = await fetch(`${origin}/who`, { method: "PUT", headers: { "X-Forwarded-For": `${FORGED}, ${visitor}` } });
      answers.push(await asked.json());
    }
    return answers;
  };
  const [within, beyond] = [["AUTH_401", "AUTH_401", "RATE_LIMITED"], Array(3).fill("RATE_LIMITED")];
  try {
    for (const visitor of ["203.0.113.7", "203.0.113.8"]) assert.deepEqual(await ask(signing, visitor), within);
    assert.deepEqual(await ask(signing, "203.0.113.7"), beyond);
    assert.deepEqual(await ask(silent, "203.0.113.9"), within);
    assert.deepEqual(await ask(silent, "203.0.113.10"), beyond);
  } finally {
    await Promise.all([signing, silent, limited].map(({ stop }) => stop()));
  }
});

test("cookies of production are deleted with the attributes without which a browser would keep them", async () => {
  const lines = [ACCESS, REFRESH].map((name) => `__Host-${name}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`);
  const ended = createServer((_, response) => {
    response.writeHead(200, lines.flatMap((line) => ["Set-Cookie", line]));
    response.end(JSON.stringify({ success: true, data: {}, meta: { requestId: "1" } }));
  }).listen(0, "127.0.0.1");
  await once(ended, "listening");
  const secure = await serve(await freePort(), {
    APP_URL: "https://app.example.org",
    PALISADE_URL: `http://127.0.0.1:${ended.address().port}`,
  });
  const response = await fetch(`${secure.origin}/who`, { method: "DELETE" });
  await secure.stop();
  ended.close();
  const set = response.headers.getSetCookie();
  assert.deepEqual(set.map((line) => line.split(";")[0]), [`__Host-${ACCESS}=`, `__Host-${REFRESH}=`]);
  for (const line of set) for (const part of ["Path=/", "Secure", "HttpOnly", "Max-Age=0"]) assert.ok(line.includes(`; ${part}`), line);
});
