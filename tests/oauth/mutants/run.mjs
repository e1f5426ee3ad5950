// Takes every guard of signing in through providers away, one at a time, and demands that the tests that hold it turn red.
//
//   node tests/oauth/mutants/run.mjs              all of them
//   node tests/oauth/mutants/run.mjs aud nonce    these only
//   node tests/oauth/mutants/run.mjs --check      compiles nothing: whether the guards and the tests are where the tables say
//
// tokens.mjs, providers.mjs, attempts.mjs and accounts.mjs list the guards. All mutants are compiled together, into a copy of the repository in the target
// directory, each behind a switch that the environment of a run turns on: one build instead of a hundred. It needs Node.js.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { accounts } from "./accounts.mjs";
import { attempts } from "./attempts.mjs";
import { providers } from "./providers.mjs";
import { tokens } from "./tokens.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, "../../..");
const target = process.env.CARGO_TARGET_DIR ?? join(repository, "target");
const copy = join(target, "mutants");
const PATIENCE = 120_000;
const ROWS_IN = "crates/lib/src/oauth/tests/claims.rs";

const mutants = [...tokens, ...providers, ...attempts, ...accounts].map(([name, file, edits, kills]) => ({
  name,
  edits: edits.map(([guard, switched, elsewhere]) => ({ guard, switched, file: elsewhere ?? file })),
  kills,
}));
const edits = mutants.flatMap(({ name, edits: own }) => own.map((edit) => ({ ...edit, name })));
const names = mutants.map(({ name }) => name);
assert.equal(new Set(names).size, names.length, "each mutant has a name of its own");

const switches = edits.flatMap(({ switched }) => [...switched.matchAll(/\bmutant\("([^"]+)"\)/g)].map(([, name]) => name));
for (const name of switches) assert.ok(names.includes(name), `a switch names ${name}, which no table has`);

const read = (file) => readFileSync(join(repository, file), "utf8");

/** Writes what is not there yet: cargo compiles what is newer. */
function write(file, text) {
  const path = join(copy, file);
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(text))) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The files of the repository that cargo may read. */
function files() {
  const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: repository });
  const all = listed.stdout.toString().split("\0").filter(Boolean);
  return all.filter((file) => !/^(findings|examples\/nextjs)\//.test(file) && existsSync(join(repository, file)));
}

function mutated(file, text) {
  let changed = text;
  for (const { name, guard, switched } of edits.filter((edit) => edit.file === file)) {
    assert.equal(text.split(guard).length, 2, `${name}: ${file} must have this once: ${guard}`);
    assert.equal(changed.split(guard).length, 2, `${name}: another edit has changed this in ${file}: ${guard}`);
    changed = changed.replace(guard, () => switched.replace(/\b(mutant|careless)\(/g, "crate::$1("));
  }
  return changed;
}

function makeCopy() {
  const crates = new Set(edits.map(({ file }) => /^crates\/\w+/.exec(file)[0]));
  const roots = new Set([...crates].map((crate) => `${crate}/src/lib.rs`));
  const changed = new Set(edits.map(({ file }) => file));
  const switching = readFileSync(join(here, "switch.rs"), "utf8");
  const careless = readFileSync(join(here, "careless.rs"), "utf8");
  const wanted = files();
  for (const file of wanted) {
    if (!changed.has(file) && !roots.has(file)) {
      write(file, readFileSync(join(repository, file)));
      continue;
    }
    const more = roots.has(file) ? switching + (file.startsWith("crates/lib/") ? careless : "") : "";
    write(file, mutated(file, read(file)) + more);
  }
  const known = spawnSync("find", [copy, "-name", "*.rs", "-not", "-path", "*/target/*"])
    .stdout.toString()
    .split("\n")
    .filter(Boolean);
  for (const path of known) if (!wanted.includes(path.slice(copy.length + 1))) rmSync(path);
}

/** The test programs, by the names that the tables use. */
function build() {
  const selected = ["-p", "palisade-lib", "-p", "palisade-api-tests", "--lib", "--test", "api"];
  const built = spawnSync("cargo", ["test", "--locked", "--no-run", "--message-format=json", ...selected], {
    cwd: copy,
    env: { ...process.env, CARGO_TARGET_DIR: target },
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 30,
  });
  const messages = built.stdout
    .toString()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  if (built.status !== 0) {
    for (const { message } of messages) if (message?.level === "error") console.error(message.rendered);
    throw new Error("the mutants do not compile");
  }
  const find = (target) => messages.find((message) => message.executable && message.target.name === target).executable;
  return {
    lib: { path: find("palisade_lib"), cwd: join(copy, "crates/lib") },
    api: { path: find("api"), cwd: join(copy, "tests/api") },
  };
}

/** Runs one test: whether it passed, and what it said. */
function run({ program, test, engine = "sqlite" }, mutant = "") {
  const { path, cwd } = programs[program];
  const ended = spawnSync(path, [test, "--exact"], {
    cwd,
    env: { ...process.env, PALISADE_MUTANT: mutant, PALISADE_TEST_ENGINE: engine, CARGO_MANIFEST_DIR: cwd },
    timeout: PATIENCE,
    maxBuffer: 1 << 28,
  });
  const said = `${ended.stdout}${ended.stderr}`;
  // A test with another name would be none, and none passes.
  assert.ok(said.includes("running 1 test"), `no test is called ${test}:\n${said}`);
  return { passed: ended.status === 0, failed: /test result: FAILED/.test(said), said };
}

/** The rows of the table of wrong claims that no mutant shows red. */
function rowsNeverRed() {
  const table = /const ROWS: &\[Row\] = &\[([\s\S]*?)\n\];/.exec(read(ROWS_IN))[1];
  const rows = [...table.matchAll(/^ {4}\(\s*"((?:[^"\\]|\\.)*)"/gm)].map(([, what]) => what);
  assert.ok(rows.length > 50, "the table of wrong claims was not understood");
  const shown = mutants.flatMap(({ kills }) => kills.flatMap((kill) => kill.shown));
  const known = new Set(shown);
  return { count: rows.length, missing: rows.filter((what) => !known.has(`"${what}: `)) };
}

/** The tests that no source has. */
function unknownTests() {
  const sources = files().filter((file) => /^(crates\/lib\/src|tests\/api\/tests)\/.*\.rs$/.test(file));
  const known = new Set(sources.flatMap((file) => [...read(file).matchAll(/\bfn (\w+)\(/g)].map(([, name]) => name)));
  const named = mutants.flatMap(({ kills }) => kills.map(({ test }) => test));
  return named.filter((test) => !known.has(test.split("::").at(-1)));
}

const { count, missing } = rowsNeverRed();
assert.deepEqual(missing, [], "no mutant shows these rows red");
for (const file of new Set(edits.map(({ file }) => file))) mutated(file, read(file));
assert.deepEqual(unknownTests(), [], "no test has these names");
if (process.argv[2] === "--check") process.exit();
const wanted = process.argv.slice(2);
for (const name of wanted) assert.ok(names.includes(name), `no mutant is called ${name}`);
const chosen = mutants.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

makeCopy();
const programs = build();
const tests = new Map(chosen.flatMap(({ kills }) => kills.map((kill) => [kill.test, kill])));
for (const kill of tests.values()) {
  const { passed, said } = run(kill);
  assert.ok(passed, `${kill.test} fails without a mutant:\n${said}`);
}
console.log(`${tests.size} tests pass with every guard in its place.`);

let survived = 0;
for (const { name, kills } of chosen) {
  for (const kill of kills) {
    const { test, shown } = kill;
    const { passed, failed, said } = run(kill, name);
    const hidden = shown.filter((text) => !said.includes(text));
    const isRed = !passed && failed && hidden.length === 0;
    const why = passed ? "the test passes" : failed ? `not shown: ${hidden.join(", ")}` : "the test did not end";
    console.log(`${isRed ? "red     " : "SURVIVED"}  ${name}  ${test}${isRed ? "" : `  (${why})`}`);
    if (!isRed) survived += 1;
    if (!isRed && process.env.VERBOSE) console.log(said);
  }
}
console.log(`\n${chosen.length} mutants; ${count} wrong claims in the table; survived: ${survived}`);
process.exitCode = survived === 0 ? 0 : 1;
