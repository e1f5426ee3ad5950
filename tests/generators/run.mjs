// Other generators take the OpenAPI document, too, and TypeScript takes what they make:
//   palisade openapi | node run.mjs
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { generate } from "orval";

rmSync("made", { recursive: true, force: true });
mkdirSync("made");
writeFileSync("made/openapi.json", await text(process.stdin));
await generate({
  input: { target: "made/openapi.json" },
  output: { client: "fetch", target: "made/client.ts", schemas: "made/schemas" },
});
execFileSync("node", ["node_modules/typescript/bin/tsc", "--project", "."], { stdio: "inherit" });
