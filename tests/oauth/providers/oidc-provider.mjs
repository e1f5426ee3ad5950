// npm `oidc-provider`, a certified provider, with the pages it has for development. `KEYS=several` gives it three keys,
// which it describes as little as the standard allows.
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";
import { clients, listening, people, ready } from "./serving.mjs";

const key = (type, options, described) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }),
  ...described,
});
const several = () => ({
  keys: [
    key("ec", { namedCurve: "P-256" }, { kid: "first", use: "sig" }),
    key("rsa", { modulusLength: 2048 }, {}),
    key("ed25519", {}, { kid: "third", use: "sig" }),
  ],
});

const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
const claims = ({ login, email, verified, name }) => ({ sub: login, email, email_verified: verified, name });
const server = await listening();
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: clients.map(({ id, secret, redirectUri, metadata }) => ({
    client_id: id,
    client_secret: secret,
    redirect_uris: [redirectUri],
    ...metadata,
  })),
  ...(process.env.KEYS === "several" ? { jwks: several() } : {}),
  claims: { email: ["email", "email_verified"], profile: ["name"] },
  enabledJWA: { idTokenSigningAlgValues: ALGORITHMS, userinfoSigningAlgValues: ALGORITHMS },
  features: { jwtUserinfo: { enabled: true } },
  findAccount: (_, login) => {
    const person = people.find((person) => person.login === login);
    return person && { accountId: login, claims: () => claims(person) };
  },
});
server.handler = provider.callback();
ready({ issuer });
