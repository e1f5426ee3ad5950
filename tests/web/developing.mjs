// Runs `next dev` while a function uses it.
import { spawn } from "node:child_process";
import { ready } from "./people.mjs";

export async function developing({ example, origin, palisade }, work) {
  const program = ["node_modules/next/dist/bin/next", "dev", "--hostname", "127.0.0.1", "--port", new URL(origin).port];
  const next = spawn(process.execPath, program, {
    cwd: example,
    env: { ...process.env, PALISADE_URL: palisade, NEXT_TELEMETRY_DISABLED: "1" },
  });
  const ended = new Promise((resolve) => next.once("exit", resolve));
  // The end of this program ends that one.
  process.once("exit", () => next.kill("SIGTERM"));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  const said = [];
  for (const stream of [next.stdout, next.stderr]) stream.on("data", (data) => said.push(data));
  try {
    await ready(`${origin}/sign-in`);
    await work();
  } catch (error) {
    console.error(`next dev: ${Buffer.concat(said)}`);
    throw error;
  } finally {
    // SIGTERM, so that it ends the serving process, which would otherwise stay.
    next.kill("SIGTERM");
    await ended;
  }
}
