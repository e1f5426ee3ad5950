// Signs in through providers that other people wrote: first by hand, then through Palisade. `cargo xtask test` starts it.
import assert from "node:assert/strict";
import { byHand } from "./bare.mjs";
import { fromTheButton } from "./button.mjs";
import { secrets } from "./cookies.mjs";
import { changesItsKeys, endsMeanwhile, throughPalisade, wasNeverThere } from "./flows.mjs";
import { palisade } from "./palisade.mjs";
import { stop } from "./processes.mjs";
import { providers } from "./providers.mjs";

const { PORT, FOLDER: folder, PALISADE_BINARY: binary, PYTHON_WITH_MOCK: mock, PYTHON_WITH_MORE: more, CHROMIUM: chromium } = process.env;
const origin = `http://localhost:${PORT}`;

/** The error says whose provider it was. */
async function each(running, what, check) {
  for (const provider of running) {
    await check(provider).catch((error) => {
      throw new Error(`${provider.name}, ${what}`, { cause: error });
    });
    provider.doneAt = Date.now();
  }
}

const started = await providers({ origin, pythons: { mock, more } });
const running = started.map((provider, at) => ({ ...provider, origin, other: started.at(at - 1).name }));
await each(running, "by hand", byHand);

// Nothing listens on this port.
const absent = {
  OIDC_ABSENT_ISSUER: "http://127.0.0.1:1",
  OIDC_ABSENT_CLIENT_ID: "palisade",
  OIDC_ABSENT_CLIENT_SECRET: "of-absent",
};
const settings = Object.assign({}, absent, ...running.map((provider) => provider.settings));
const server = await palisade({ binary, folder, origin, settings });
try {
  await each(running, "through Palisade", throughPalisade);
  await wasNeverThere({ name: "absent", origin });
  const [certified, es256] = ["certified", "es256"].map((name) => running.find((provider) => provider.name === name));
  if (chromium) await fromTheButton({ chromium, origin, domain: certified.domain });
  await changesItsKeys(es256);
  await endsMeanwhile(certified, es256);
} catch (error) {
  console.error(`Palisade said:\n${server.said()}`);
  throw error;
}
await stop(server);
const confidential = [...secrets, ...running.map(({ secret }) => secret)];
for (const line of server.lines) {
  const shown = confidential.find((secret) => line.includes(secret));
  assert.equal(shown, undefined, `a line of the log shows a secret: ${line}`);
}
// The providers end with it.
process.exit();
