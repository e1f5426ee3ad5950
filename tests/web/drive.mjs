// What a browser goes through: by fetch against the Next.js example, and in Chromium where there is one.
// `cargo xtask test` starts the servers and says where they are.
import { inBrowser } from "./browser.mjs";
import { byFetch } from "./flow.mjs";
import { ready } from "./people.mjs";

const { NEXT, PALISADE, CHROMIUM, SETUP_LINK_IN } = process.env;

await ready(`${PALISADE}/api/v1/health/ready`);
await ready(`${NEXT}/sign-in`);
await byFetch({ next: NEXT, palisade: PALISADE });
if (CHROMIUM) await inBrowser({ next: NEXT, palisade: PALISADE, chromium: CHROMIUM, log: SETUP_LINK_IN });
