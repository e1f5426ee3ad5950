// Stands between Next.js and Palisade. It passes requests on, except those of a browser with the cookie `palisade-gate`: for
// them it answers as a Palisade that is busy or limits them. Next.js passes the cookie on because of its name.
import { once } from "node:events";
import { createServer, request as send } from "node:http";

const CODES = { 429: "RATE_LIMITED", 503: "SERVICE_UNAVAILABLE" };

/** Seconds that a refused visitor shall wait. Nothing waits so long by itself. */
const WAIT = 30;

/** Opens the gate on this port of 127.0.0.1. It ends with the program. */
export async function openGate(port, palisade) {
  // Next.js may use a connection at the moment at which it would be closed for being idle.
  const gate = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const [, status] = /palisade-gate=(429|503)/.exec(request.headers.cookie ?? "") ?? [];
    if (status) return refuse(response, Number(status));
    const { method, headers, url } = request;
    const through = send(new URL(url, palisade), { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    through.on("error", () => response.destroy());
    request.pipe(through);
  });
  gate.listen(port, "127.0.0.1").unref();
  await once(gate, "listening");
}

function refuse(response, status) {
  const error = { code: CODES[status], message: "Not now" };
  response.writeHead(status, { "Content-Type": "application/json", "Retry-After": WAIT });
  response.end(JSON.stringify({ success: false, error, meta: { requestId: "1" } }));
}

/** From now on Next.js gets this answer for the browser of a page; without a status Palisade's own. */
export async function answering(page, app, status) {
  await page.context().clearCookies({ name: "palisade-gate" });
  if (status) await page.context().addCookies([{ name: "palisade-gate", value: String(status), url: app, httpOnly: true }]);
}
