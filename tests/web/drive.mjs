// Drives the example: with fetch in development, where Next.js forwards Palisade's paths; and in Chromium, if there is one,
// as in production, with nginx in front. `cargo xtask test` starts the servers and passes their addresses.
import { inBrowser } from "./browser.mjs";
import { developing } from "./developing.mjs";
import { byFetch } from "./flow.mjs";
import { openGate } from "./gate.mjs";
import { ready } from "./people.mjs";
import { visitors } from "./visitors.mjs";

const { PALISADE, GATE, EXAMPLE, DEVELOPMENT, ROUTED, BEFORE, CHROMIUM, SETUP_LINK_IN } = process.env;

const browse = async (next) => {
  if (CHROMIUM) await inBrowser({ next, palisade: PALISADE, chromium: CHROMIUM, log: SETUP_LINK_IN });
};

async function inDevelopment() {
  await byFetch({ next: DEVELOPMENT, palisade: PALISADE });
  if (ROUTED) await visitors({ origin: BEFORE, network: "127.0.2" });
  else await browse(DEVELOPMENT);
}

async function asInProduction() {
  await ready(`${ROUTED}/sign-in`);
  await Promise.all([visitors({ origin: ROUTED, network: "127.0.1" }), browse(ROUTED)]);
}

await ready(`${PALISADE}/api/v1/health/ready`);
await openGate(new URL(GATE).port, PALISADE);
await Promise.all([
  developing({ example: EXAMPLE, origin: DEVELOPMENT, palisade: PALISADE }, inDevelopment),
  ROUTED && asInProduction(),
]);
