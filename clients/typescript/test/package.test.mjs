// The package as npm ships it: its types, its README, its size.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bytes, minified and gzipped. */
const LARGEST = 5_000;

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

test("the types need no DOM, only those of Node.js", () => {
  const typeRoots = [join(root, "node_modules/@types")];
  compile("node", { types }, { lib: ["ES2022"], types: ["node"], typeRoots });
});

/** The snippets as modules. The first makes the client for the others. */
function snippets() {
  const found = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
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
`;

test("the code for a browser is small, and the README says how small", async () => {
  const size = gzipSync(await bundle(), { level: 9 }).length;
  assert.ok(size <= LARGEST, `${size} bytes are more than ${LARGEST}`);
  const said = /([\d.]+) kB \(gzipped\)/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1];
  assert.equal(said, (size / 1000).toFixed(1), `it is ${size} bytes`);
});

test("the code runs where there is nothing but what browsers and edge runtimes share", async () => {
  const live = { success: true, data: { status: "ok" }, meta: { requestId: "1" } };
  const fetch = async () => new Response(JSON.stringify(live));
  const shared = { fetch, Headers, URLSearchParams, setTimeout, clearTimeout };
  const code = new TextDecoder().decode(await bundle("client"));
  const result = await runInNewContext(`${code}; client.createClient().call("GET /health/live")`, shared);
  assert.equal(result.data.status, "ok");
});

/** What a browser loads: as a module, or as a script that sets a global. */
async function bundle(globalName) {
  const entry = { contents: 'export * from "palisade-client"', resolveDir: project };
  const form = globalName ? { format: "iife", globalName } : { format: "esm" };
  const { outputFiles } = await build({ stdin: entry, bundle: true, minify: true, write: false, ...form });
  return outputFiles[0].contents;
}

/** Compiles modules of the project as strictly as TypeScript can, including the types of the package. */
function compile(name, files, options) {
  const folder = join(project, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, `${file}.ts`), text);
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
