// `@better-auth/oauth-provider`: signs with EdDSA and nothing else, and refuses everyone who comes without PKCE. It has no
// pages of its own; a person's browser signs in and agrees by JSON.
import { oauthProvider } from "@better-auth/oauth-provider";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { jwt } from "better-auth/plugins";
import { PASSWORD } from "../people.mjs";
import { clients, listening, people, ready } from "./serving.mjs";

const server = await listening();
const origin = `http://127.0.0.1:${server.address().port}`;
const tables = ["user", "session", "account", "verification", "jwks", "rateLimit"];
const oauthTables = ["Client", "Consent", "AccessToken", "RefreshToken", "Resource", "ClientResource", "ClientAssertion"];
const database = Object.fromEntries([...tables, ...oauthTables.map((table) => `oauth${table}`)].map((table) => [table, []]));
const auth = betterAuth({
  baseURL: origin,
  secret: "a secret of this run, long enough for its taste",
  database: memoryAdapter(database),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [
    jwt({ jwks: { keyPairConfig: { alg: "EdDSA", crv: "Ed25519" } } }),
    oauthProvider({
      loginPage: "/sign-in",
      consentPage: "/consent",
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
});
const handler = toNodeHandler(auth);
server.handler = (request, response) => {
  if (/^\/(sign-in|consent)\?/.test(request.url)) response.end("A page.");
  else handler(request, response);
};

let headers;
for (const { email, name, verified } of people) {
  const body = { email, name, password: PASSWORD };
  const signedUp = await auth.api.signUpEmail({ body, returnHeaders: true });
  headers = { cookie: signedUp.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ") };
  // It mails nobody here.
  database.user.find((user) => user.email === email).emailVerified = verified;
}
// It gives out ids and secrets itself. A client of type `web` may not be on this machine.
const registered = [];
for (const { redirectUri } of clients) {
  const body = { redirect_uris: [redirectUri], application_type: "native", token_endpoint_auth_method: "client_secret_basic" };
  const client = await auth.api.adminCreateOAuthClient({ headers, body });
  registered.push({ id: client.client_id, secret: client.client_secret });
}
ready({ issuer: `${origin}/api/auth`, clients: registered });
