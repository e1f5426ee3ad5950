// proxy.ts of Next.js: keeps sessions fresh, and sends people without one to sign in.

import { NextRequest, NextResponse } from "next/server.js";
import type { Result } from "../result.js";
import { withCookies } from "./cookies.js";
import { type ServerOptions, settings } from "./settings.js";
import { sharing } from "./shared.js";
import { verifier } from "./token.js";
import { asking } from "./upstream.js";

export type { ClientAddress, ServerOptions } from "./settings.js";

/** What the proxy can be told. */
export interface ProxyOptions extends ServerOptions {
  /** The paths for which a visitor must be signed in: `/reports`, `/users/:id` or, with everything below, `/team/:path*`. */
  protect?: readonly string[] | undefined;
  /**
   * On protected paths: for how many seconds Palisade's word that a session is alive holds, after which it is asked again.
   * Opening a page always asks. Default: 1. `false` never asks: a session that ended elsewhere then stays until its
   * access token expires.
   */
  recheck?: number | false | undefined;
  /** What else the proxy does, with the request as pages will see it. Default: `NextResponse.next`. */
  handler?: ((request: NextRequest) => NextResponse | Promise<NextResponse>) | undefined;
}

/** Seconds before the end of an access token at which it is replaced: a page takes its time to make its own calls. */
const EARLY = 30;
/** Seconds for which the answer to a refresh is kept: less than `REFRESH_GRACE`, so that it is still the latest. */
const BURST = 2;

/** Makes the proxy: `export const proxy = palisadeProxy({ protect: ["/team/:path*"] })`. */
export function palisadeProxy(options: ProxyOptions = {}): (request: NextRequest) => Promise<NextResponse> {
  const { protect = [], recheck = 1, handler = proceed } = options;
  const current = settings(options);
  const verify = verifier(current);
  const guarded = protect.map(pattern);
  const refreshes = sharing<Result<"POST /auth/refresh">>(BURST, (result) => result.ok || hasEnded(result));
  const checks = sharing<boolean>(recheck || 0, (alive) => alive);

  return async (request) => {
    const { signIn, accessCookie, refreshCookie } = current();
    const path = request.nextUrl.pathname;
    // A server action guards itself: it is not bound to a path.
    const isAction = request.headers.has("next-action");
    const isProtected = path !== signIn && guarded.some((guard) => guard.test(decoded(path)));
    const token = request.cookies.get(accessCookie)?.value;
    const renewable = request.cookies.get(refreshCookie)?.value;
    const use = request.headers.get("sec-fetch-dest");

    const palisade = asking(request.headers, current());
    const isAlive = async () => {
      const asked = await palisade.call("GET /auth/session");
      // If Palisade cannot be asked, the token decides alone.
      return !asked.ok || asked.data.user !== null;
    };

    let session = await verify(token);
    let isRefused = false;
    if (session && token && isProtected && recheck !== false) {
      isRefused = !(await checks(token, isAlive, use === "document"));
      if (isRefused) session = null;
    }
    let cookies: readonly string[] = [];
    // A failed refresh and missing keys prove nothing: the page decides, but not by a token that has been refused.
    let signedOut = session === null;
    if (renewable && (!session || Date.parse(session.expiresAt) < Date.now() + EARLY * 1000)) {
      // The answer of a moment ago may be the token that has been refused since.
      const refreshed = await refreshes(renewable, () => palisade.call("POST /auth/refresh"), isRefused);
      // An impersonation that is over: nobody goes on as the administrator before they ask for it. No cookie comes with that.
      signedOut = hasEnded(refreshed) || (!session && hasEnded(refreshed, "IMPERSONATING"));
      if (refreshed.ok || signedOut) cookies = refreshed.response?.headers.getSetCookie() ?? [];
    }
    const seen = seeing(request, session === null && token ? [`${accessCookie}=`, ...cookies] : cookies);
    const response = signedOut && isProtected && !isAction ? toSignIn(request, signIn, use) : await handler(seen);
    for (const line of cookies) {
      response.headers.append("Set-Cookie", line);
      // A cache that shared the answer would share the session.
      response.headers.set("Cache-Control", "private, no-store");
    }
    return response;
  };
}

/** Only Palisade itself ends a session; every other failure passes. */
const hasEnded = (refreshed: Result<"POST /auth/refresh">, code = "SESSION_REVOKED") => !refreshed.ok && refreshed.error.code === code;

const proceed = ({ headers }: NextRequest) => NextResponse.next({ request: { headers } });

/** The request as it would be if the browser had the cookies already. */
function seeing(request: NextRequest, cookies: readonly string[]): NextRequest {
  if (!cookies.length) return request;
  const headers = new Headers(request.headers);
  headers.set("cookie", withCookies(headers.get("cookie") ?? "", cookies));
  return new NextRequest(request, { headers });
}

function toSignIn(request: NextRequest, signIn: string, use: string | null): NextResponse {
  // Next.js would keep a redirect that it has prefetched, also after signing in. Refused, it opens the page itself.
  if (use === "empty") return new NextResponse(null, { status: 401 });
  const url = request.nextUrl.clone();
  url.search = `returnTo=${encodeURIComponent(url.pathname + url.search)}`;
  url.pathname = signIn;
  return NextResponse.redirect(url, request.method === "GET" ? 307 : 303);
}

/** @throws TypeError for a pattern that would protect nothing */
function pattern(path: string): RegExp {
  if (!/^(?=\/)(\/(:\w+|[\w.~-]+))*(\/|\/:\w+\*)?$/.test(path)) throw new TypeError(`"${path}" is no path`);
  const source = path.replace(/\/:\w+\*$/, "(/.*)?").replace(/:\w+/g, "[^/]+").replace(/\.(?!\*)/g, "\\.");
  return new RegExp(`^${source}/?$`, "s");
}

/** Next.js finds a page by the decoded path. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
