// A client of a few lines. It shows that the providers and the person here do what they should, whatever Palisade does.
import assert from "node:assert/strict";
import { createHash, createPrivateKey, createPublicKey, constants, randomBytes, sign, verify } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Person } from "./person.mjs";
import { APPLE_PRIVATE_KEY } from "./providers.mjs";

const random = () => randomBytes(32).toString("base64url");
const json = (part) => JSON.parse(Buffer.from(part, "base64url"));

async function read(response) {
  const text = await response.text();
  assert.ok(response.ok, `${response.url}: ${response.status} ${text}`);
  return text;
}
const fetched = async (url, options) => JSON.parse(await read(await fetch(url, options)));

/** GitHub has no document, and Microsoft one for the people of every tenant. */
function documentOf({ way, issuer }) {
  if (way === "github") {
    return { authorization_endpoint: `${issuer}/login/oauth/authorize`, token_endpoint: `${issuer}/login/oauth/access_token` };
  }
  return fetched(`${issuer}${way === "microsoft" ? "/common/v2.0" : ""}/.well-known/openid-configuration`);
}

/** Apple's client secret is a token. */
function secretOf({ way, id, secret, issuer, team, key }) {
  if (way !== "apple") return secret;
  const now = Math.floor(Date.now() / 1000);
  const parts = [{ alg: "ES256", kid: key }, { iss: team, sub: id, aud: issuer, iat: now, exp: now + 300 }];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", signed, { key: createPrivateKey(APPLE_PRIVATE_KEY), dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

function encoded(text) {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

async function claimsOf(token, { jwks_uri: address }) {
  const [head, claims, signature] = token.split(".");
  const { alg, kid } = json(head);
  const { keys } = await fetched(address);
  const type = { RS256: "RSA", RS512: "RSA", PS256: "RSA", ES256: "EC", EdDSA: "OKP" }[alg];
  const jwk = keys.find((key) => key.kty === type && (kid === undefined || key.kid === kid));
  const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  if (alg === "PS256") Object.assign(key, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  const digest = type === "OKP" ? null : `sha${alg.slice(2)}`;
  const isSigned = verify(digest, `${head}.${claims}`, key, Buffer.from(signature, "base64url"));
  assert.ok(isSigned, `signed with ${alg}`);
  return json(claims);
}

async function start(provider) {
  await pause(provider.pause ?? 0);
  const document = await documentOf(provider);
  const [state, nonce, verifier] = [random(), random(), random()];
  const url = new URL(document.authorization_endpoint);
  const asked = {
    response_type: "code",
    client_id: provider.id,
    redirect_uri: provider.redirectUri,
    scope: { github: "read:user user:email", apple: "openid email name" }[provider.way] ?? provider.scopes ?? "openid email profile",
    state,
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...(provider.way === "apple" && { response_mode: "form_post" }),
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return { url: url.href, document, state, nonce, verifier };
}

const given = ({ url, form }) => form ?? Object.fromEntries(new URL(url).searchParams);

/** The answer of the token endpoint, whatever its status. */
async function exchanged(provider, { document, verifier }, code) {
  const { id, isPosted, redirectUri: redirect_uri } = provider;
  const secret = secretOf(provider);
  const form = { grant_type: "authorization_code", code, redirect_uri, code_verifier: verifier };
  const headers = { accept: "application/json" };
  if (isPosted) Object.assign(form, { client_id: id, client_secret: secret });
  else headers.authorization = `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString("base64")}`;
  const response = await fetch(document.token_endpoint, { method: "POST", headers, body: new URLSearchParams(form) });
  return response.json();
}

async function identity(provider, { document, nonce }, tokens) {
  const headers = { authorization: `Bearer ${tokens.access_token}`, accept: "application/json", "user-agent": "bare" };
  if (provider.way === "github") {
    const asked = ["/user", "/user/emails"].map((path) => fetched(provider.issuer + path, { headers }));
    const [user, emails] = await Promise.all(asked);
    const { email, verified } = emails.find(({ primary }) => primary);
    return { sub: user.id, email, email_verified: verified };
  }
  const claims = await claimsOf(tokens.id_token, document);
  assert.equal(claims.iss, provider.way === "microsoft" ? document.issuer.replace("{tenantid}", claims.tid) : provider.issuer);
  assert.ok([claims.aud].flat().includes(provider.id));
  assert.equal(claims.nonce, nonce);
  if (claims.email) return claims;
  const said = await read(await fetch(document.userinfo_endpoint, { headers }));
  const info = said.startsWith("{") ? JSON.parse(said) : await claimsOf(said, document);
  assert.equal(info.sub, claims.sub);
  return info;
}

/** Signs a person in by hand. */
async function signsIn(provider, person) {
  const attempt = await start(provider);
  const { code, state } = given(await person.goesThrough(attempt.url, provider));
  assert.equal(state, attempt.state);
  const tokens = await exchanged(provider, attempt, code);
  assert.ok(tokens.access_token, JSON.stringify(tokens));
  return identity(provider, attempt, tokens);
}

/** A code that was asked for with one verifier and is redeemed with another, or by another client secret. */
async function refuses(provider, who, changed) {
  const attempt = await start(provider);
  const { code } = given(await new Person(who).goesThrough(attempt.url, provider));
  const tokens = await exchanged({ ...provider, ...changed }, { ...attempt, ...changed }, code);
  assert.ok(tokens.error, `${provider.name} accepts ${Object.keys(changed)}`);
}

export async function byHand(provider) {
  const { name, people, isDenialLost } = provider;
  const ned = people.find(({ login }) => login === "ned");
  const others = people.filter((who) => who !== ned);
  const [ada] = others;
  for (const who of others) {
    const claims = await signsIn(provider, new Person(who));
    assert.equal(claims.email, who.email);
    if (name === "apple") assert.equal(claims.email_verified, "true");
    else assert.equal(claims.email_verified, who.verified);
  }
  const person = new Person(ada);
  const [first, second] = [await signsIn(provider, person), await signsIn(provider, person)];
  assert.equal(first.sub, second.sub);
  const attempt = await start(provider);
  const denied = given(await new Person(ned).goesThrough(attempt.url, { ...provider, denies: true }));
  assert.equal(denied.error, provider.denial ?? "access_denied");
  assert.equal(denied.state, isDenialLost ? undefined : attempt.state);
  if (provider.isPkceChecked) await refuses(provider, ada, { verifier: random() });
  if (provider.isSecretChecked && name !== "apple") await refuses(provider, ada, { secret: "another" });
  if (name === "apple") await refuses(provider, ada, { team: "ANOTHER000" });
}
