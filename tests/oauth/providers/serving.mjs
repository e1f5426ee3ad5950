// For every provider here: it serves on a free port of this machine, says so in one line of JSON, and ends with its parent.
import { once } from "node:events";
import { createServer } from "node:http";

/** Its clients: `[{ id, secret, redirectUri, … }]`. */
export const clients = JSON.parse(process.env.CLIENTS);
/** Its people: `[{ login, email, verified, name }]`. */
export const people = JSON.parse(process.env.PEOPLE);
// The parent holds the other end: it closes with the parent, however that ends.
process.stdin.resume().on("end", () => process.exit());

/** A server whose handler may be set later: most providers must know their address first. `LISTEN_ON` names its port. */
export async function listening() {
  const server = createServer((request, response) => server.handler(request, response));
  server.listen(Number(process.env.LISTEN_ON ?? 0), "127.0.0.1");
  await once(server, "listening");
  return server;
}

export const ready = (said) => console.log(JSON.stringify(said));
