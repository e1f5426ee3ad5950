// Signs in through providers that other people wrote: first by hand, then through Palisade. `cargo xtask test` starts it.
import { byHand } from "./bare.mjs";
import { providers } from "./providers.mjs";

const { PORT, PYTHON_WITH_MOCK: mock, PYTHON_WITH_MORE: more } = process.env;
const origin = `http://localhost:${PORT}`;

/** The error says whose provider it was. */
async function each(running, what, check) {
  for (const provider of running) {
    await check(provider).catch((error) => {
      throw new Error(`${provider.name}, ${what}`, { cause: error });
    });
  }
}

const running = await providers({ origin, pythons: { mock, more } });
await each(running, "by hand", byHand);
// The providers end with it.
process.exit();
