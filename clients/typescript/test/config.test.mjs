// What withPalisade adds to a configuration of Next.js.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { withPalisade } from "palisade-client/next";

let before;
beforeEach(() => (before = { ...process.env }));
afterEach(() => (process.env = before));

const own = { source: "/old", destination: "/new" };
const to = (palisade) => ["/api/v1/:path*", "/account/:path*", "/docs"].map((source) => ({ source, destination: palisade + source }));
const rewrites = (config, env) => {
  Object.assign(process.env, { NODE_ENV: "production", PALISADE_URL: "", ...env });
  return withPalisade(config).rewrites();
};

test("in development the paths of Palisade are rewritten, in a build only with PALISADE_URL", async () => {
  const development = { NODE_ENV: "development" };
  assert.deepEqual(await rewrites({}, development), to("http://127.0.0.1:8080"));
  assert.deepEqual(await rewrites({}, { ...development, PALISADE_URL: "http://127.0.0.1:9" }), to("http://127.0.0.1:9"));
  assert.deepEqual(await rewrites({}), []);
  assert.deepEqual(await rewrites({}, { PALISADE_URL: "http://127.0.0.1:9" }), to("http://127.0.0.1:9"));
});

test("the rest of the configuration stays", async () => {
  const env = { PALISADE_URL: "http://127.0.0.1:9" };
  assert.deepEqual(await rewrites({ rewrites: async () => [own] }, env), [...to("http://127.0.0.1:9"), own]);
  const parts = { beforeFiles: [own], afterFiles: [own], fallback: [own] };
  const merged = await rewrites({ rewrites: async () => parts }, env);
  assert.deepEqual(merged, { ...parts, afterFiles: [...to("http://127.0.0.1:9"), own] });
  const config = withPalisade({ poweredByHeader: false, experimental: { viewTransition: true } });
  assert.equal(config.poweredByHeader, false);
  assert.deepEqual(config.experimental, { authInterrupts: true, viewTransition: true });
});
