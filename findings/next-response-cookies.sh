#!/usr/bin/env bash
# next 16.4.5: `response.cookies.set()` drops every `Set-Cookie` that was appended to the same response before.
#
# Expected: a proxy.ts or route handler that hands on the cookies of its upstream with `headers.append("set-cookie", …)` and
# then sets one of its own with `response.cookies.set(…)` sends all of them.
# Seen: only its own is left. The cookies are parsed once, when the response is made; each later `set` writes that list over
# the header. Appended after the last `set`, or given to the constructor, they stay.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error next@16.4.5 react@19.2.0 react-dom@19.2.0 >/dev/null
cat >seen.mjs <<'END'
import { createRequire } from "node:module";
const { NextResponse } = createRequire(import.meta.url)("next/server");

const before = new NextResponse("");
before.headers.append("set-cookie", "session=1; Path=/; HttpOnly");
before.headers.append("set-cookie", "refresh=2; Path=/; HttpOnly");
before.cookies.set("theme", "dark");
console.log(`appended before: ${before.headers.getSetCookie().join(" | ")}`);

const after = new NextResponse("");
after.cookies.set("theme", "dark");
after.headers.append("set-cookie", "session=1; Path=/; HttpOnly");
console.log(`appended after:  ${after.headers.getSetCookie().join(" | ")}`);
END
echo "next $(node -p 'require("next/package.json").version'), node $(node --version)"
node seen.mjs | tee seen
cat >known <<'END'
appended before: theme=dark; Path=/
appended after:  theme=dark; Path=/ | session=1; Path=/; HttpOnly
END
diff known seen && echo "as known"
