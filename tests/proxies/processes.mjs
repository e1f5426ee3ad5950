// Programs that run in the foreground on a free port of this machine and end with the run.

import { execFileSync, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { createServer, connect } from "node:net";
import { join } from "node:path";

export const running = new Set();

// The end of this process ends its children: the terminal signals all of them, `kill` and a closed terminal only this one.
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.once(signal, () => Promise.all([...running].map(stop)).finally(() => process.exit(code)));
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export async function listens(port, child) {
  for (let turn = 0; turn < 300; turn += 1) {
    if (child.exitCode !== null) throw new Error("it ended");
    const open = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      // A socket that is destroyed before it is connected only emits `close`.
      socket.on("error", () => resolve(false)).on("close", () => resolve(false));
      socket.setTimeout(1000, () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it does not listen");
}

/** Waits: some proxies listen before they know their upstream. */
export async function leads(origin) {
  for (let turn = 0; turn < 100; turn += 1) {
    const answer = await fetch(`${origin}/api/v1/health/live`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it leads nowhere");
}

export function start(program, parameters, at, variables = {}) {
  const log = openSync(join(at, "output.log"), "a");
  const child = spawn(program, parameters, { cwd: at, env: { ...process.env, HOME: at, ...variables }, stdio: ["ignore", log, log] });
  running.add(child);
  return child;
}

export async function stop(child) {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(late);
}

/** Its version; null if it is not installed. */
export function version(program, parameters) {
  try {
    const said = execFileSync("sh", ["-c", `"$0" ${parameters.join(" ")} 2>&1`, program], { encoding: "utf8" });
    return said.match(/\d+\.\d+(\.\d+)?/)?.[0] ?? "?";
  } catch {
    return null;
  }
}
