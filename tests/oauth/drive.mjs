// Signs in through providers that other people wrote: first by hand, then through Palisade on each engine of the store.
// `cargo xtask test` starts it.
import assert from "node:assert/strict";
import { byHand } from "./bare.mjs";
import { fromTheButton } from "./button.mjs";
import { secrets } from "./cookies.mjs";
import { engines } from "./engines.mjs";
import { changesItsKeys, endsMeanwhile, throughPalisade, wasNeverThere } from "./flows.mjs";
import { palisade } from "./palisade.mjs";
import { stop } from "./processes.mjs";
import { providers } from "./providers.mjs";

const {
  PORT,
  FOLDER: folder,
  PALISADE_BINARY: binary,
  CHROMIUM: chromium,
  LONG_FORM: isLong,
  MONGODB_TEST_URL: mongodb,
} = process.env;
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

const started = await providers({ origin });
const running = started.map((provider, at) => ({ ...provider, origin, other: started.at(at - 1).name }));
await each(running, "by hand", byHand);
const [certified, es256] = ["certified", "es256"].map((name) => running.find((provider) => provider.name === name));

// Nothing listens on this port.
const absent = {
  OIDC_ABSENT_ISSUER: "http://127.0.0.1:1",
  OIDC_ABSENT_CLIENT_ID: "palisade",
  OIDC_ABSENT_CLIENT_SECRET: "of-absent",
};
const settings = Object.assign({}, absent, ...running.map((provider) => provider.settings));
const confidential = running.map(({ secret }) => secret);

/** A server on this engine, as long as `work` takes; its log shows no secret. */
async function on(engine, work) {
  const server = await palisade({ binary, folder: engine.folder, origin, settings: { ...settings, ...engine.settings } });
  try {
    await work();
  } catch (error) {
    console.error(`Palisade said:\n${server.said()}`);
    throw new Error(`on ${engine.name}`, { cause: error });
  }
  await stop(server);
  const hidden = [...secrets, ...confidential];
  for (const line of server.lines) {
    const shown = hidden.find((secret) => line.includes(secret));
    assert.equal(shown, undefined, `a line of the log shows a secret: ${line}`);
  }
  await engine.end();
}

for (const engine of engines({ folder, mongodb })) {
  const began = Date.now();
  await on(engine, async () => {
    // What a provider answers does not depend on the store: one of them shows that the store takes what becomes of it.
    const some = engine.isFirst || isLong ? running : [certified];
    await each(some, "through Palisade", throughPalisade);
    await wasNeverThere({ name: "absent", origin });
    if (chromium) await fromTheButton({ chromium, origin, domain: certified.domain });
    if (!engine.isLast) return;
    await changesItsKeys(es256);
    await endsMeanwhile(certified, es256);
  });
  console.log(`on ${engine.name}: ${Math.round((Date.now() - began) / 1000)} s`);
}
// The providers end with it.
process.exit();
