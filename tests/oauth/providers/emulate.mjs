// npm `emulate`: GitHub, Google, Microsoft, Apple or Okta, whichever `SERVICE` names. It stands behind a door that refuses what
// the real ones are documented to refuse and the emulator lets pass.
import { createPublicKey, verify } from "node:crypto";
import { createServer, Server } from "node:net";
import { createEmulator } from "emulate";
import { clients, listening, people, ready } from "./serving.mjs";

const { SERVICE: service, APPLE_KEY } = process.env;

// It would listen on every address of the machine.
const { listen } = Server.prototype;
Server.prototype.listen = function (port, host, ...others) {
  return listen.call(this, port, host ?? "127.0.0.1", ...others);
};

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const users = people.map(({ login, email, verified, name }) => ({
  login,
  okta_id: login,
  email,
  email_verified: verified === true,
  name,
}));
const registered = clients.map(({ id, secret, redirectUri, team, key }) => ({
  client_id: id,
  client_secret: secret,
  name: "Palisade",
  redirect_uris: [redirectUri],
  team_id: team,
  key_id: key,
}));
const door = await listening();
// As one that listens on a loopback address may call itself.
const issuer = `http://localhost:${door.address().port}`;
const port = await freePort();
await createEmulator({
  service,
  port,
  baseUrl: issuer,
  seed: { [service]: { users, oauth_clients: registered, oauth_apps: registered } },
});

const OF_THE_CONNECTION = /^(content-length|content-encoding|transfer-encoding|connection|keep-alive)$/;
const tokens = new Set();
const refusal = (status, error) => ({ status, type: "application/json", body: JSON.stringify(error) });

/** The secret that Apple takes: a token signed with the key of the team, good for six months at most. */
function isAppleSecret(secret) {
  const [client] = clients;
  const [head, claims] = secret.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
  const [signed, signature] = [secret.slice(0, secret.lastIndexOf(".")), secret.slice(secret.lastIndexOf(".") + 1)];
  const now = Date.now() / 1000;
  const key = { key: createPublicKey(APPLE_KEY), dsaEncoding: "ieee-p1363" };
  return [
    head.alg === "ES256" && head.kid === client.key,
    claims.iss === client.team && claims.sub === client.id && [claims.aud].flat().includes(issuer),
    claims.iat <= now + 60 && claims.exp > now && claims.exp <= now + 15_777_000,
    verify("sha256", signed, key, Buffer.from(signature, "base64url")),
  ].every(Boolean);
}

const doors = {
  github(request, { pathname }) {
    // "Requests without a valid User-Agent header will be rejected."
    if (pathname.startsWith("/user") && !request.headers["user-agent"]) return refusal(403, { message: "no User-Agent" });
    // It writes a form unless it is asked for JSON.
    const isForm = pathname === "/login/oauth/access_token" && !/json/.test(request.headers.accept);
    if (isForm) return refusal(200, "error=asked_for_a_form");
  },
  google() {},
  okta() {},
  microsoft() {},
  apple(_, { pathname, searchParams }, body) {
    // "If you requested any scopes, the value must be form_post."
    if (pathname === "/auth/authorize" && searchParams.get("scope") && searchParams.get("response_mode") !== "form_post") {
      return refusal(400, { error: "invalid_request" });
    }
    if (pathname === "/auth/token") {
      try {
        if (isAppleSecret(new URLSearchParams(body).get("client_secret"))) return undefined;
      } catch {
        // No token at all.
      }
      return refusal(400, { error: "invalid_client" });
    }
  },
};

/** The person's data is for those who have a token that was given out. */
function isStranger({ headers }, { pathname }) {
  if (!/^\/user|userinfo$/.test(pathname)) return false;
  return !tokens.has(headers.authorization?.replace(/^(bearer|token) /i, ""));
}

/** The document for the people of every tenant names no tenant. */
const untold = (document) => ({ ...document, issuer: `${issuer}/{tenantid}/v2.0` });

/** The emulator says of every address at GitHub that it is verified. */
const truthful = (emails) =>
  emails.map((entry) => ({ ...entry, verified: people.find(({ email }) => email === entry.email)?.verified === true }));

door.handler = async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  // A GitHub server has its interface under this path.
  const path = request.url.replace(/^\/api\/v3\//, "/");
  const url = new URL(path, issuer);
  const stranger = isStranger(request, url) ? refusal(401, { error: "invalid_token" }) : undefined;
  const refused = doors[service](request, url, body.toString()) ?? stranger;
  if (refused) {
    response.writeHead(refused.status, { "Content-Type": refused.type }).end(refused.body);
    return;
  }
  const { method, headers } = request;
  const { connection, "content-length": length, "transfer-encoding": coding, ...passed } = headers;
  const to = `http://127.0.0.1:${port}${path}`;
  const answer = await fetch(to, { method, headers: passed, body: method === "POST" ? body : undefined, redirect: "manual" });
  let said = await answer.text();
  if (url.pathname.endsWith("token") && answer.ok) tokens.add(JSON.parse(said).access_token);
  if (url.pathname === "/user/emails" && answer.ok) said = JSON.stringify(truthful(JSON.parse(said)));
  if (url.pathname.startsWith("/common/")) said = JSON.stringify(untold(JSON.parse(said)));
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) {
    if (!OF_THE_CONNECTION.test(name)) response.appendHeader(name, value);
  }
  response.end(said);
};
// Okta has an issuer for each of its authorization servers.
ready({ issuer: service === "okta" ? `${issuer}/oauth2/default` : issuer });
