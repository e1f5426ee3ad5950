// The package as npm ships it: its types, its README, its size.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bytes, minified and gzipped. */
const LARGEST = { client: 5_000, next: 4_050 };
const NEXT = ["", "/proxy", "/server", "/client"].map((part) => `palisade-client/next${part}`);

const root = fileURLToPath(new URL("..", import.meta.url));
const types = readFileSync(join(root, "test/types.ts"), "utf8");
const project = mkdtempSync(join(tmpdir(), "palisade-client-user-"));
after(() => rmSync(project, { recursive: true }));

before(() => {
  run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", project], root);
  const [packed] = readdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", `./${packed}`], project);
});

test("only what is needed is packed, and it needs no other package", () => {
  const inside = join(project, "node_modules");
  assert.deepEqual(readdirSync(inside).filter((name) => !name.startsWith(".")), ["palisade-client"]);
  const files = readdirSync(join(inside, "palisade-client")).sort();
  assert.deepEqual(files, ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "dist", "package.json"]);
});

test("in browsers the types accept and refuse what they should, and the snippets of the README compile", () => {
  compile("browser", { types, ...snippets() }, { lib: ["ES2022", "DOM"], types: [] });
});

test("the snippets for Next.js compile as the files that they name", () => {
  // Not with npm: the package does without them elsewhere.
  for (const name of ["next", "react", "react-dom", "jose", "@types"]) {
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
  }
  const found = [...nextSection().matchAll(/```tsx?\n\/\/ (\S+)\n(.*?)```/gs)].map(([, file, code]) => [file, code]);
  assert.ok(found.length > 7);
  // Next.js refuses it elsewhere.
  const [usual] = nextSection().split("### With `cacheComponents`");
  assert.ok(!usual.includes('"use cache"'), "a project of today has no cacheComponents");
  const bundled = { module: "ESNext", moduleResolution: "bundler", jsx: "react-jsx", lib: ["ES2022", "DOM", "DOM.Iterable"] };
  compile("next", Object.fromEntries(found), { ...bundled, skipLibCheck: true });
});

test("the types need no DOM, only those of Node.js", () => {
  const typeRoots = [join(root, "node_modules/@types")];
  compile("node", { types }, { lib: ["ES2022"], types: ["node"], typeRoots });
});

const readme = () => readFileSync(join(root, "README.md"), "utf8");
const nextSection = () => /^## Next\.js\n.*/ms.exec(readme())[0];

/** The snippets as modules. The first makes the client for the others. */
function snippets() {
  const found = [...readme().replace(nextSection(), "").matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  assert.ok(found.length > 4);
  const [setup, ...others] = found;
  const modules = others.map((code) => {
    const client = code.includes("const palisade") ? "" : 'import { palisade } from "./readme-0.js";';
    return `import { createClient, unwrap } from "palisade-client";\n${client}\n${GIVEN}${code}`;
  });
  return Object.fromEntries([setup, ...modules].map((code, index) => [`readme-${index}`, code]));
}

/** What the snippets take from their surroundings. */
const GIVEN = `
declare const email: string, password: string;
declare function greet(name: string | null): void;
declare function show(message: string, field?: string): void;
declare function accessToken(): string;
declare let last: string | undefined;
`;

test("the code for a browser is small, and the README says how small", async () => {
  const size = await sizeOf(["palisade-client"]);
  assert.ok(size <= LARGEST.client, `${size} bytes are more than ${LARGEST.client}`);
  assert.equal(/([\d.]+) kB \(gzipped\)/.exec(readme())?.[1], kilobytes(size));
});

test("the parts for Next.js are small, and the README says how small", async () => {
  const size = await sizeOf(NEXT, outside);
  assert.ok(size <= LARGEST.next, `${size} bytes are more than ${LARGEST.next}`);
  const [, browser, all] = /add ([\d.]+) kB \(gzipped\) to the client, and all of them together are\n([\d.]+) kB/.exec(nextSection());
  assert.deepEqual([browser, all], [kilobytes(await sizeOf(["palisade-client/next/client"], outside)), kilobytes(size)]);
});

const kilobytes = (size) => (size / 1000).toFixed(1);
const sizeOf = async (entries, options) => gzipSync(await bundle(entries, options), { level: 9 }).length;

/** Without what an app has already: Next.js, React, jose, and the client that it calls. */
const outside = {
  external: ["next", "next/*", "react", "react/*", "jose"],
  plugins: [{ name: "client", setup: ({ onResolve }) => onResolve({ filter: /^\.\.\// }, ({ path }) => ({ path, external: true })) }],
};

test("the code runs where there is nothing but what browsers and edge runtimes share", async () => {
  const live = { success: true, data: { status: "ok" }, meta: { requestId: "1" } };
  const fetch = async () => new Response(JSON.stringify(live));
  const shared = { fetch, Headers, URLSearchParams, setTimeout, clearTimeout };
  const code = new TextDecoder().decode(await bundle(["palisade-client"], { format: "iife", globalName: "client" }));
  const result = await runInNewContext(`${code}; client.createClient().call("GET /health/live")`, shared);
  assert.equal(result.data.status, "ok");
});

/** These entries of the package in one file, as a bundler makes it. */
async function bundle(entries, options) {
  const entry = { contents: entries.map((name) => `export * from "${name}";`).join(""), resolveDir: project };
  const { outputFiles } = await build({ stdin: entry, bundle: true, minify: true, write: false, format: "esm", ...options });
  return outputFiles[0].contents;
}

/** Compiles modules of the project as strictly as TypeScript can, including the types of the package. */
function compile(name, files, options) {
  const folder = join(project, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, file.includes(".") ? file : `${file}.ts`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const strict = { strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipDefaultLibCheck: true };
  const compilerOptions = { target: "ES2022", module: "NodeNext", noEmit: true, ...strict, ...options };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  run("node", [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], project);
}

/** Runs a program; the error has its output. */
function run(program, options, cwd) {
  try {
    execFileSync(program, options, { cwd, stdio: "pipe", encoding: "utf8" });
  } catch (error) {
    throw new Error(`${program} ${options.join(" ")}\n${error.stdout}${error.stderr}`);
  }
}
