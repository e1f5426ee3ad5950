// Programs that end with this one: each provider reads an end of a pipe that closes, however this one ends.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const running = new Set();

process.once("exit", () => running.forEach((child) => child.kill()));
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.once(signal, () => process.exit(code));
}

/** Starts it and keeps its output, of which `said()` returns the end. */
export function start(program, parameters, { env, cwd }) {
  const child = spawn(program, parameters, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  running.add(child);
  const lines = [];
  const keep = (line) => lines.push(line);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", keep);
  child.stdin.on("error", () => {});
  return { child, lines, said: () => lines.slice(-20).join("\n") };
}

/** Its first line, which is JSON. */
export function announced({ child, said }, name) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${name} did not start:\n${said()}`)), 120_000);
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(late);
      resolve(JSON.parse(line));
    });
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}:\n${said()}`)));
    child.once("error", reject);
  });
}

export function stop({ child }) {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  return ended;
}
