// Which tokens the proxy accepts, and what it does without one. Palisade is a stand-in that counts its requests: it can
// sign what the real one would not.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { base64url, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { startProxy } from "./edge.mjs";

const APP = "https://app.example.org";
const [ACCESS, REFRESH] = ["__Host-palisade-access", "__Host-palisade-refresh"];
const KEYS = "GET /api/v1/auth/jwks";
const SESSION = "GET /api/v1/auth/session";
const RENEW = "POST /api/v1/auth/refresh";
const NEW_COOKIES = [
  `${ACCESS}=new; Path=/; Max-Age=599; HttpOnly; Secure; SameSite=Lax`,
  `${REFRESH}=ses_1.2.mac; Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=Lax`,
];
const NO_COOKIES = [ACCESS, REFRESH].map((name) => `${name}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`);

let key, other, published, palisade, origin;
/** How the stand-in answers. */
let answers;

before(async () => {
  [key, other] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  palisade = createServer((request, response) => {
    const { status = 200, cookies = [], body } = answers[`${request.method} ${request.url}`];
    response.writeHead(status, [["Content-Type", "application/json"], ...cookies.map((line) => ["Set-Cookie", line])].flat());
    response.end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(palisade, "listening");
  origin = `http://127.0.0.1:${palisade.address().port}`;
});
after(() => palisade.close());

beforeEach(async () => {
  published = [{ ...(await exportJWK(key.publicKey)), kid: "one", alg: "ES256", use: "sig" }];
  answers = {
    [KEYS]: { body: { keys: published } },
    [SESSION]: success({ user: { id: "usr_1" } }),
    [RENEW]: { ...success({ user: { id: "usr_1" } }), cookies: NEW_COOKIES },
  };
});

const success = (data) => ({ body: { success: true, data, meta: { requestId: "1" } } });
const failure = (status, code) => ({ status, body: { success: false, error: { code, message: "" }, meta: { requestId: "1" } } });
const start = (options, env) => startProxy({ appUrl: APP, palisadeUrl: origin, protect: ["/team/:path*"], ...options }, env);

/** A token as Palisade signs it, with changes. */
function token({ header, claims, expires = "10m", signer = key.privateKey } = {}) {
  const payload = { userId: "usr_1", role: "user", permissions: [], sid: "ses_1", ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "one", ...header })
    .setIssuer(claims?.iss ?? APP).setAudience(claims?.aud ?? APP).setSubject("usr_1")
    .setIssuedAt().setExpirationTime(expires).sign(signer);
}

const toSignIn = (path) => `/sign-in?returnTo=${encodeURIComponent(path)}`;

test("a valid token passes: Palisade is asked for its keys once, and for nothing else", async () => {
  const { visit, names } = start({ recheck: false });
  for (const path of ["/", "/team/a", "/team?x=1", "/"]) {
    assert.ok((await visit(path, { [ACCESS]: await token(), [REFRESH]: "r" })).goesOn);
  }
  assert.deepEqual(names(), [KEYS]);
});

test("without a session the public pages are there, and protected ones lead to sign in and back", async () => {
  const { visit, requests } = start();
  for (const path of ["/", "/teams", "/tea", "/sign-in"]) assert.ok((await visit(path, {})).goesOn, path);
  for (const path of ["/team", "/team/a/b?x=1&y=2", "/%74eam/a", "/team/%0a", "/team/%ff"]) {
    const { to, status } = await visit(path, {});
    assert.deepEqual([to, status], [toSignIn(path), 307]);
  }
  assert.equal((await visit("/team/", {})).to, "/sign-in/?returnTo=%2Fteam%2F", "slashes are the app's");
  assert.equal((await visit("/team", {}, { method: "POST" })).status, 303, "a form is not sent to another page");
  assert.deepEqual(requests, []);
  const everywhere = start({ protect: ["/:path*"], signIn: "/enter" });
  assert.equal((await everywhere.visit("/", {})).to, "/enter?returnTo=%2F");
  assert.ok((await everywhere.visit("/enter", {})).goesOn);
});

const bad = {
  "expired": () => token({ expires: "-10s" }),
  "of another issuer": () => token({ claims: { iss: "https://other.example.org" } }),
  "for another audience": () => token({ claims: { aud: "https://other.example.org" } }),
  "of another type": () => token({ header: { typ: "JWT" } }),
  "not valid yet": () => token({ claims: { nbf: Math.floor(Date.now() / 1000) + 60 } }),
  "signed with another key": () => token({ signer: other.privateKey }),
  "signed with an unknown key": () => token({ signer: other.privateKey, header: { kid: "two" } }),
  "tampered with": async () => {
    const [header, payload, signature] = (await token()).split(".");
    const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
    return [header, base64url.encode(JSON.stringify({ ...claims, role: "super_admin" })), signature].join(".");
  },
  "not signed": () => new UnsecuredJWT({ sid: "ses_1" }).setIssuer(APP).setAudience(APP).setSubject("usr_1").setExpirationTime("10m").encode(),
  "signed with the public key as a secret": () =>
    token({ header: { alg: "HS256" }, signer: new TextEncoder().encode(JSON.stringify(published[0])) }),
  "no token at all": () => "nonsense",
};

for (const [what, make] of Object.entries(bad)) {
  test(`a token that is ${what} leads to sign in, or is replaced`, async () => {
    const made = await make();
    assert.equal((await start().visit("/team", { [ACCESS]: made })).to, toSignIn("/team"));
    const { visit, names } = start();
    const visited = await visit("/team", { [ACCESS]: made, [REFRESH]: "r", other: "1" });
    assert.ok(visited.goesOn);
    assert.deepEqual(visited.setCookies, NEW_COOKIES, "each on its line, unchanged");
    assert.deepEqual(visited.cookies, { other: "1", [ACCESS]: "new", [REFRESH]: "ses_1.2.mac" }, "this page sees them");
    assert.equal(names().filter((name) => name === RENEW).length, 1);
    assert.ok(!names().includes(SESSION));
  });
}

test("a withdrawn key leads to sign in", async () => {
  const signed = await token();
  answers[KEYS] = { body: { keys: [{ ...published[0], ...(await exportJWK(other.publicKey)), kid: "two" }] } };
  assert.equal((await start().visit("/team", { [ACCESS]: signed })).to, toSignIn("/team"));
});

test("a fetch without a session is refused, so that no redirect stays in the app after signing in; a server action decides itself", async () => {
  const { visit } = start();
  const fetched = { "sec-fetch-dest": "empty" };
  const refused = await visit("/team", {}, fetched);
  assert.deepEqual([refused.status, refused.to], [401, null]);
  assert.equal((await visit("/team", {}, { "sec-fetch-dest": "document" })).status, 307);
  assert.ok((await visit("/team", {}, { ...fetched, method: "POST", "next-action": "7f" })).goesOn);
});

test("a token that is about to expire is replaced, on public pages too", async () => {
  const { visit } = start();
  const { goesOn, setCookies } = await visit("/", { [ACCESS]: await token({ expires: "20s" }), [REFRESH]: "r" });
  assert.ok(goesOn);
  assert.deepEqual(setCookies, NEW_COOKIES);
});

test("no cache shares an answer with cookies", async () => {
  const { visit } = start();
  assert.equal((await visit("/", { [REFRESH]: "r" })).caching, "private, no-store");
  assert.equal((await visit("/", {})).caching, null);
});

test("twenty requests with one refresh token share one refresh, and so does one that comes later", async () => {
  const { visit, names } = start();
  const all = await Promise.all(Array.from({ length: 20 }, () => visit("/team", { [REFRESH]: "r" })));
  all.push(await visit("/team", { [REFRESH]: "r" }));
  for (const { goesOn, setCookies } of all) assert.deepEqual([goesOn, setCookies], [true, NEW_COOKIES]);
  assert.deepEqual(names(), [RENEW]);
  await visit("/team", { [REFRESH]: "of another session" });
  assert.deepEqual(names(), [RENEW, RENEW]);
});

test("a session that has ended leads to sign in, without its cookies", async () => {
  answers[RENEW] = { ...failure(401, "SESSION_REVOKED"), cookies: NO_COOKIES };
  const { visit } = start();
  const cookies = { [ACCESS]: "a", [REFRESH]: "r" };
  const sent = await visit("/team", cookies);
  assert.deepEqual([sent.to, sent.setCookies], [toSignIn("/team"), NO_COOKIES]);
  const open = await visit("/", cookies);
  assert.deepEqual([open.goesOn, open.cookies, open.setCookies], [true, {}, NO_COOKIES]);
});

test("an impersonation that is over leads to sign in and changes no cookie, and one that goes on goes on", async () => {
  answers[RENEW] = failure(403, "IMPERSONATING");
  const { visit } = start();
  const over = await visit("/team", { [ACCESS]: await token({ expires: "-10s", claims: { act: { sub: "usr_2" } } }), [REFRESH]: "r" });
  assert.deepEqual([over.to, over.setCookies], [toSignIn("/team"), []]);
  const soon = { [ACCESS]: await token({ expires: "20s", claims: { act: { sub: "usr_2" } } }), [REFRESH]: "r" };
  const acting = await visit("/team", soon);
  assert.deepEqual([acting.goesOn, acting.cookies, acting.setCookies], [true, soon, []]);
});

test("a refresh that fails otherwise signs nobody out: the page decides, and the next request tries again", async () => {
  const cookies = { [ACCESS]: await token({ expires: "-10s" }), [REFRESH]: "r" };
  const failures = { limited: failure(429, "RATE_LIMITED"), busy: failure(503, "SERVICE_UNAVAILABLE"), proxy: { status: 502, body: "" } };
  for (const [what, answer] of Object.entries({ ...failures, crossSite: failure(403, "CSRF_REJECTED") })) {
    answers[RENEW] = answer;
    const { visit, names } = start();
    for (const _ of [1, 2]) {
      const visited = await visit("/team", cookies);
      assert.deepEqual([visited.goesOn, visited.cookies, visited.setCookies], [true, { [REFRESH]: "r" }, []], what);
    }
    assert.equal(names().filter((name) => name === RENEW).length, 2);
  }
  const { visit } = start({ palisadeUrl: "http://127.0.0.1:9" });
  for (const sent of [cookies, { [ACCESS]: await token() }]) {
    const visited = await visit("/team", sent);
    assert.deepEqual([visited.goesOn, visited.cookies, visited.setCookies], [true, sent, []], "nothing answers");
  }
});

test("on protected paths Palisade is asked whether the session is alive, and a dead one is renewed or leads to sign in", async () => {
  const signed = await token();
  const { visit, names } = start();
  const opened = { "sec-fetch-dest": "document" };
  await visit("/", { [ACCESS]: signed, [REFRESH]: "r" }, opened);
  assert.deepEqual(names(), [KEYS]);
  await Promise.all(Array.from({ length: 9 }, () => visit("/team", { [ACCESS]: signed, [REFRESH]: "r" })));
  assert.deepEqual(names(), [KEYS, SESSION], "requests at the same time share the answer");
  await visit("/team", { [ACCESS]: signed, [REFRESH]: "r" }, opened);
  assert.deepEqual(names(), [KEYS, SESSION, SESSION], "opening a page asks again");

  answers[SESSION] = success({ user: null });
  const renewed = await visit("/team", { [ACCESS]: signed, [REFRESH]: "r" }, opened);
  assert.deepEqual([renewed.goesOn, renewed.setCookies], [true, NEW_COOKIES], "only the permissions had changed");
  answers[RENEW] = { ...failure(401, "SESSION_REVOKED"), cookies: NO_COOKIES };
  assert.equal((await start().visit("/team", { [ACCESS]: signed, [REFRESH]: "r" }, opened)).to, toSignIn("/team"));
  answers[RENEW] = failure(503, "SERVICE_UNAVAILABLE");
  const undecided = await start().visit("/team", { [ACCESS]: signed, [REFRESH]: "r" }, opened);
  assert.deepEqual([undecided.goesOn, undecided.cookies], [true, { [REFRESH]: "r" }], "no page sees a refused token");
  answers[SESSION] = failure(503, "SERVICE_UNAVAILABLE");
  assert.ok((await start().visit("/team", { [ACCESS]: signed }, opened)).goesOn, "the token decides alone");
});

test("a token that is refused right after a refresh is replaced again", async () => {
  const { visit, names } = start();
  const opened = { "sec-fetch-dest": "document" };
  answers[RENEW].cookies = [`${ACCESS}=${await token()}; Path=/`];
  const first = await visit("/team", { [REFRESH]: "r" }, opened);
  // Within the grace Palisade does not replace the refresh token. Meanwhile an administrator has changed the role.
  answers[SESSION] = success({ user: null });
  answers[RENEW].cookies = NEW_COOKIES;
  const second = await visit("/team", { [ACCESS]: first.cookies[ACCESS], [REFRESH]: "r" }, opened);
  assert.deepEqual(second.setCookies, NEW_COOKIES);
  assert.deepEqual(names(), [RENEW, KEYS, SESSION, RENEW]);
});

test("a refresh names the origin of the app and the device, and carries only cookies of Palisade", async () => {
  const { visit, requests } = start();
  const cookies = { [REFRESH]: "r", "__Host-palisade-device": "d", theirs: "1" };
  await visit("/", cookies, { "user-agent": "Firefox", "x-forwarded-for": "203.0.113.9", "palisade-client": "forged" });
  assert.deepEqual(Object.fromEntries(requests[0].headers), {
    cookie: `${REFRESH}=r; __Host-palisade-device=d`,
    origin: APP,
    "user-agent": "Firefox",
  });
});

test("the address of the visitor comes from where the app says, and is sealed if there is a secret", async () => {
  const incoming = { "x-forwarded-for": "203.0.113.9, 198.51.100.7", "x-vercel-forwarded-for": "2001:db8::1", "x-mine": "192.0.2.1" };
  const named = async (clientAddress, env) => {
    const { visit, requests } = start({ clientAddress }, env);
    await visit("/", { [REFRESH]: "r" }, incoming);
    return requests[0].headers;
  };
  for (const [from, address] of [
    ["x-forwarded-for-last", "198.51.100.7"],
    ["vercel", "2001:db8::1"],
    [(headers) => headers.get("x-mine"), "192.0.2.1"],
    [(headers) => headers.get("x-none"), null],
    [() => "203.0.113.9, 198.51.100.7", null],
    [() => "a\nb", null],
  ]) {
    assert.equal((await named(from)).get("x-forwarded-for"), address);
  }
  const headers = await named("vercel", { PROXY_SECRET: "sécret" });
  assert.equal(headers.get("x-forwarded-for"), null);
  const [, seconds, address, code] = /^t=(\d+),a=([^,]+),s=([\w-]{43})$/.exec(headers.get("palisade-client"));
  assert.equal(address, "2001:db8::1");
  const expected = createHmac("sha256", "sécret").update(`palisade-client\n${seconds}\n${address}`).digest("base64url");
  assert.equal(code, expected);
});

test("a pattern that would protect nothing is refused", () => {
  for (const path of ["team", "", "/team*", "/(team|club)", "/team/:path*/x", "/team/:path+", "/te am"]) {
    assert.throws(() => start({ protect: [path] }), { name: "TypeError" }, path);
  }
});

test("other work of the app's proxy sees the new cookies, and its answer keeps them", async () => {
  let seen;
  const handler = (request) => {
    seen = request.cookies.get(ACCESS).value;
    return new Response(null, { headers: { "x-mine": "1" } });
  };
  const { setCookies } = await start({ handler }).visit("/", { [REFRESH]: "r" });
  assert.equal(seen, "new");
  assert.deepEqual(setCookies, NEW_COOKIES);
});

test("without the address of the site nothing works by guess", async () => {
  const { visit } = startProxy({}, { NODE_ENV: "production" });
  await assert.rejects(visit("/", {}), /APP_URL/);
});
