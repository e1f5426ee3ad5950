// The app in test/app, built and served by Next.js.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, rmSync } from "node:fs";
import { createServer, request as send } from "node:http";
import { fileURLToPath } from "node:url";
import { until } from "./server.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const app = fileURLToPath(new URL("app", import.meta.url));
const next = (...words) => [`${root}node_modules/next/dist/bin/next`, ...words];
const quiet = { NEXT_TELEMETRY_DISABLED: "1", PATH: process.env.PATH };

/** Builds the app with the package as npm would install it. */
export function build() {
  const installed = `${app}/node_modules/palisade-client`;
  rmSync(installed, { recursive: true, force: true });
  for (const part of ["package.json", "dist"]) cpSync(`${root}${part}`, `${installed}/${part}`, { recursive: true });
  try {
    execFileSync("node", next("build"), { cwd: app, env: quiet, stdio: "pipe", encoding: "utf8" });
  } catch (error) {
    throw new Error(`next build\n${error.stdout}${error.stderr}`);
  }
}

/** Serves the app. */
export async function serve(port, settings) {
  const child = spawn("node", next("start", "--hostname", "127.0.0.1", "--port", `${port}`), {
    cwd: app,
    env: { ...quiet, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const output of [child.stdout, child.stderr]) output.on("data", (text) => (said += text));
  const ended = once(child, "exit");
  const origin = `http://localhost:${port}`;
  await until(() => `the app (${said})`, () => fetch(origin).then(({ ok }) => ok, () => false));
  const stop = async () => {
    child.kill();
    await ended;
  };
  return { origin, stop, said: () => said };
}

/** Stands between the app and Palisade: counts requests, and is `down` at will. */
export async function wiretap(target) {
  const tap = { requests: [], down: false };
  // Next.js may use a connection at the moment at which it would be closed for being idle.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    if (tap.down) return request.socket.destroy();
    tap.requests.push({ name: `${request.method} ${request.url}`, headers: request.headers });
    const { method, headers, url } = request;
    const through = send(new URL(url, target), { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    request.pipe(through);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  tap.origin = `http://127.0.0.1:${server.address().port}`;
  tap.stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return tap;
}
