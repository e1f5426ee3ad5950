// The providers, the clients that each of them knows, and what Palisade has to be told about each client.
import { generateKeyPairSync } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { peopleAt } from "./people.mjs";
import { announced, start, stop } from "./processes.mjs";

const folder = dirname(fileURLToPath(import.meta.url));
const apple = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key, type) => key.export({ type, format: "pem" });
export const APPLE_PRIVATE_KEY = pem(apple.privateKey, "pkcs8");

/** The settings of a provider that Palisade knows by its document alone. */
const oidc = ({ issuer, id, secret, name, isPosted, scopes }) => {
  const settings = { ISSUER: issuer, CLIENT_ID: id, CLIENT_SECRET: secret };
  if (isPosted) settings.TOKEN_AUTH = "post";
  if (scopes) settings.SCOPES = scopes;
  return Object.fromEntries(Object.entries(settings).map(([end, value]) => [`OIDC_${name.toUpperCase()}_${end}`, value]));
};

/** The settings of one that it knows by name, at another address. */
const preset = ({ issuer, id, secret, name }) => {
  const start = name.toUpperCase();
  return { [`${start}_CLIENT_ID`]: id, [`${start}_CLIENT_SECRET`]: secret, [`${start}_URL`]: issuer };
};

const verified = ["ada", "bob", "zoe", "kim", "lea", "pia", "ned"];
const everyone = [...verified, "uma", "eve", "mel", "tom"];
const signing = (alg, more) => ({ id_token_signed_response_alg: alg, ...more });

/**
 * Each server with its clients. The name of a client is the name of the provider in Palisade. Of each:
 * - `needs`: the variables without which it is left out; the program of one that is not of Node.js is the first;
 * - `people` it knows; uma, eve, mel and tom have no verified address;
 * - `isSilent`: it says of no address whether it is verified;
 * - `isAuthoritative`: it gives out the mailboxes itself;
 * - `isSecretChecked`, `isPkceChecked`: whether it does;
 * - `denial`: its error, when a person says no, if it is not `access_denied`;
 * - `wrongCode`: what a code ends as that it did not give, if not as `OAUTH_FAILED`;
 * - `namesItself`: it announces and sends `iss` (RFC 9207).
 */
const servers = [
  {
    file: "oidc-provider.mjs",
    domain: "certified.example",
    // kit and kay come by the button.
    people: [...everyone, "kit", "kay"],
    way: "oidc-provider",
    namesItself: true,
    isSecretChecked: true,
    isPkceChecked: true,
    // By Basic, both are encoded as in a form first.
    clients: [{ name: "certified", id: "palisade+1", secret: "of+letters:%+/=&?%20and" }],
  },
  {
    file: "oidc-provider.mjs",
    domain: "several.example",
    people: everyone,
    way: "oidc-provider",
    namesItself: true,
    env: { KEYS: "several" },
    isSecretChecked: true,
    isPkceChecked: true,
    clients: [
      { name: "es256", metadata: signing("ES256") },
      { name: "ps256", metadata: signing("PS256", { userinfo_signed_response_alg: "PS256" }) },
      { name: "ed25519", isPosted: true, metadata: signing("EdDSA", { token_endpoint_auth_method: "client_secret_post" }) },
    ],
  },
  {
    file: "better-auth.mjs",
    domain: "better.example",
    people: [...verified, "uma", "eve"],
    way: "better-auth",
    namesItself: true,
    isSecretChecked: true,
    isPkceChecked: true,
    clients: [{ name: "betterauth" }],
  },
  {
    file: "python_mock.py",
    needs: ["PYTHON_WITH_MOCK"],
    domain: "mock.example",
    people: everyone,
    way: "python-mock",
    // It forgets the state when a person says no.
    isDenialLost: true,
    clients: [{ name: "mock" }],
  },
  {
    file: "emulate.mjs",
    domain: "gmail.com",
    people: [...verified, "uma", "eve"],
    way: "google",
    isAuthoritative: true,
    env: { SERVICE: "google" },
    isSecretChecked: true,
    isPkceChecked: true,
    // It lists Basic, and refuses it.
    clients: [{ name: "google", isPosted: true, settings: preset }],
  },
  {
    file: "emulate.mjs",
    domain: "github.example",
    people: [...verified, "uma", "eve"],
    way: "github",
    env: { SERVICE: "github" },
    isSecretChecked: true,
    clients: [{ name: "github", isPosted: true, settings: preset }],
  },
  {
    file: "emulate.mjs",
    domain: "microsoft.example",
    isSilent: true,
    people: ["uma", "mel", "ned"],
    way: "microsoft",
    env: { SERVICE: "microsoft" },
    isSecretChecked: true,
    isPkceChecked: true,
    clients: [{ name: "microsoft", settings: preset }],
  },
  {
    file: "emulate.mjs",
    domain: "icloud.com",
    people: verified,
    way: "apple",
    denial: "user_cancelled_authorize",
    env: { SERVICE: "apple", APPLE_KEY: pem(apple.publicKey, "spki") },
    isSecretChecked: true,
    clients: [
      {
        name: "apple",
        isPosted: true,
        team: "TEAM012345",
        key: "KEY0123456",
        settings: ({ issuer, id, team, key }) => ({
          APPLE_CLIENT_ID: id,
          APPLE_TEAM_ID: team,
          APPLE_KEY_ID: key,
          APPLE_PRIVATE_KEY,
          APPLE_URL: issuer,
        }),
      },
    ],
  },
  // The rest belongs to the long form.
  {
    file: "with_canaille.py",
    needs: ["PYTHON_WITH_MORE"],
    domain: "canaille.example",
    isSilent: true,
    people: ["uma", "mel", "ned"],
    way: "canaille",
    // It answers with 500 to a person who signs in twice in a second.
    pause: 1_000,
    namesItself: true,
    isSecretChecked: true,
    isPkceChecked: true,
    clients: [{ name: "canaille" }],
  },
  {
    file: "with_oauth_toolkit.py",
    needs: ["PYTHON_WITH_MORE"],
    domain: "toolkit.example",
    people: everyone,
    way: "django",
    isSecretChecked: true,
    isPkceChecked: true,
    clients: [{ name: "toolkit" }],
  },
  {
    file: "with_oidc_provider.py",
    needs: ["PYTHON_WITH_MORE"],
    domain: "django.example",
    people: everyone,
    way: "django",
    isSecretChecked: true,
    isPkceChecked: true,
    clients: [{ name: "django" }],
  },
  {
    file: "with_nanoidp.py",
    needs: ["PYTHON_WITH_MORE"],
    domain: "nano.example",
    people: verified,
    way: "nanoidp",
    isSecretChecked: true,
    isPkceChecked: true,
    clients: [{ name: "nano" }],
  },
  {
    file: "with_glewlwyd.py",
    needs: ["PYTHON_WITH_MORE", "GLEWLWYD"],
    domain: "glewlwyd.example",
    people: everyone.filter((login) => login !== "tom"),
    way: "glewlwyd",
    isSecretChecked: true,
    isPkceChecked: true,
    clients: [{ name: "glewlwyd" }],
  },
  {
    file: "with_lemonldap.py",
    needs: ["PYTHON_WITH_MORE", "LEMONLDAP"],
    domain: "lemonldap.example",
    isSilent: true,
    people: ["uma", "mel", "ned"],
    way: "lemonldap",
    denial: "consent_required",
    isSecretChecked: true,
    isPkceChecked: true,
    clients: [{ name: "lemonldap" }],
  },
  {
    file: "emulate.mjs",
    needs: ["LONG_FORM"],
    domain: "okta.example",
    people: verified,
    way: "okta",
    env: { SERVICE: "okta" },
    isSecretChecked: true,
    isPkceChecked: true,
    clients: [{ name: "okta", isPosted: true }],
  },
  {
    file: "mockin.mjs",
    needs: ["LONG_FORM"],
    domain: "mockin.example",
    people: verified,
    way: "hinted",
    isPkceChecked: true,
    // It knows no scope `profile`.
    scopes: "openid email name",
    // It lists Basic only, and refuses a request that does not have the id in its body.
    clients: [{ name: "mockin", isPosted: true }],
  },
  {
    file: "oauth2-mock-server.mjs",
    needs: ["LONG_FORM"],
    domain: "hooks.example",
    people: everyone,
    way: "hinted",
    isPkceChecked: true,
    clients: [{ name: "hooks" }],
  },
  {
    file: "mongodb-mock.mjs",
    needs: ["LONG_FORM"],
    domain: "internal.example",
    people: everyone,
    way: "hinted",
    wrongCode: "PROVIDER_UNAVAILABLE",
    isPkceChecked: true,
    clients: [{ name: "internal" }],
  },
];

async function started({ file, needs, domain, people: logins, clients, env, ...server }, origin) {
  const [program, ...parameters] = file.endsWith(".mjs") ? [process.execPath, "--no-warnings"] : [process.env[needs[0]]];
  const known = peopleAt(domain).filter(({ login }) => logins.includes(login));
  const people = server.isSilent ? known.map(({ verified: _, ...person }) => person) : known;
  const registered = clients.map((client) => ({
    id: "palisade",
    secret: `of-${client.name}`,
    ...client,
    ...(clients.length > 1 && { id: `palisade-${client.name}` }),
    redirectUri: `${origin}/api/v1/auth/oauth/${client.name}/callback`,
  }));
  const variables = { ...process.env, ...env, CLIENTS: JSON.stringify(registered), PEOPLE: JSON.stringify(people) };
  const name = registered.map((client) => client.name).join(", ");
  const begin = async (more) => {
    const options = { cwd: folder, env: { ...variables, ...more } };
    const running = start(program, [...parameters, join(folder, "providers", file)], options);
    return { running, ...(await announced(running, name)) };
  };
  let { running, issuer, clients: given = [] } = await begin();
  const life = {
    end: () => stop(running),
    /** Ends it and starts it again at the same address, with new keys and without anybody's session. */
    async beginsAnew() {
      await stop(running);
      ({ running } = await begin({ LISTEN_ON: new URL(issuer).port }));
    },
  };
  return registered.map((client, at) => {
    const provider = { ...server, ...client, ...given[at], ...life, domain, people, issuer };
    return { ...provider, isFirst: at === 0, settings: (client.settings ?? oidc)(provider) };
  });
}

/** Starts all of them that can run here, for clients at this origin: an entry a client. */
export async function providers({ origin }) {
  const runnable = servers.filter(({ needs = [] }) => needs.every((variable) => process.env[variable]));
  return (await Promise.all(runnable.map((server) => started(server, origin)))).flat();
}
