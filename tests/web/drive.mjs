// Drives the example: with fetch in development, where Next.js forwards Palisade's paths; and in Chromium, if there is one,
// as in production, with nginx in front. `cargo xtask test` starts the servers and passes their addresses.
import { inBrowser } from "./browser.mjs";
import { developing } from "./developing.mjs";
import { byFetch } from "./flow.mjs";
import { openGate } from "./gate.mjs";
import { ready } from "./people.mjs";
import { visitors } from "./visitors.mjs";

const { PALISADE, GATE, EXAMPLE, DEVELOPMENT, ROUTED, BEFORE, CHROMIUM, SETUP_LINK_IN } = process.env;

await ready(`${PALISADE}/api/v1/health/ready`);
await openGate(new URL(GATE).port, PALISADE);
await developing({ example: EXAMPLE, origin: DEVELOPMENT, palisade: PALISADE }, async () => {
  await byFetch({ next: DEVELOPMENT, palisade: PALISADE });
  if (ROUTED) {
    await ready(`${ROUTED}/sign-in`);
    await visitors({ origin: ROUTED, network: "127.0.1" });
    await visitors({ origin: BEFORE, network: "127.0.2" });
  }
  const next = ROUTED || DEVELOPMENT;
  if (CHROMIUM) await inBrowser({ next, palisade: PALISADE, chromium: CHROMIUM, log: SETUP_LINK_IN });
});
