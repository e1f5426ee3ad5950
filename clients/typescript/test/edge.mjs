// The proxy as an edge runtime runs it: bundled, in a sandbox of its own, with every request that it sends counted.
import { fileURLToPath } from "node:url";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";

const exported = 'export * from "palisade-client/next/proxy"; export { NextRequest } from "next/server.js"';
const { outputFiles } = await build({
  stdin: { contents: exported, resolveDir: fileURLToPath(new URL("..", import.meta.url)) },
  bundle: true,
  write: false,
  format: "iife",
  globalName: "entry",
  conditions: ["react-server"],
  define: { __dirname: '"/"' },
});

/**
 * Starts a proxy, as one process of the app would. `visit` sends it a request with these cookies and returns what came of
 * it; `wait` moves its clock; `requests` lists what it sent.
 */
export function startProxy(options, env = {}) {
  const vm = new EdgeVM();
  const requests = [];
  const { fetch } = vm.context;
  vm.context.fetch = (url, init) => {
    requests.push({ name: `${init.method} ${new URL(url).pathname}`, headers: new Headers(init.headers) });
    return fetch(url, init);
  };
  // What Next.js gives to code on the edge.
  vm.context.process = { env };
  vm.evaluate(`${outputFiles[0].text}; Object.assign(globalThis, entry)`);
  const clock = vm.evaluate("Date");
  const { now } = clock;
  let ahead = 0;
  clock.now = () => now() + ahead;
  const proxy = vm.context.palisadeProxy(options);

  async function visit(path, cookies, { method = "GET", ...headers } = {}) {
    const cookie = Object.entries(cookies).map((pair) => pair.join("=")).join("; ");
    const url = new URL(path, options.appUrl || "https://app.example.org");
    const request = new vm.context.NextRequest(url, { method, headers: { ...headers, ...(cookie && { cookie }) } });
    const response = await proxy(request);
    const location = response.headers.get("location");
    const seen = response.headers.get("x-middleware-request-cookie");
    return {
      goesOn: response.headers.get("x-middleware-next") === "1",
      to: location && location.slice(url.origin.length),
      status: response.status,
      caching: response.headers.get("cache-control"),
      setCookies: response.headers.getSetCookie(),
      /** The cookies that the page sees. */
      cookies: parse(seen ?? (response.headers.has("x-middleware-override-headers") ? "" : cookie)),
    };
  }
  const wait = (milliseconds) => (ahead += milliseconds);
  return { visit, wait, requests, names: () => requests.map(({ name }) => name) };
}

const parse = (header) => Object.fromEntries(header.split("; ").filter(Boolean).map((pair) => pair.split(/=(.*)/s)));
