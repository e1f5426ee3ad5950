// The session and the client for server components, server actions and route handlers.

import { cookies, headers } from "next/headers.js";
import { forbidden, redirect } from "next/navigation";
import { connection, NextResponse } from "next/server.js";
import { cache } from "react";
import { createClient, type Palisade } from "../client.js";
import type { User } from "../generated/types.gen.js";
import { type Result, unwrap } from "../result.js";
import { type ServerOptions, settings } from "./settings.js";
import { type Permission, type SessionClaims, verifier } from "./token.js";
import { visitorHeaders } from "./visitor.js";

export type { ClientAddress, ServerOptions } from "./settings.js";
export type { Permission, SessionClaims } from "./token.js";

/** What {@link palisadeServer} makes. */
export interface PalisadeServer {
  /**
   * The session of the visitor, from the access token: no call to Palisade. `null` for a guest, and also if there is no
   * telling. With `recheck` Palisade is asked, too: a session that has ended is `null` at once.
   */
  readonly getSession: (options?: Check) => Promise<SessionClaims | null>;
  /**
   * The user as Palisade has it now, or `null` for a guest. A request makes one call, together with `recheck`, and none if
   * it has no access token.
   *
   * @throws PalisadeError if Palisade cannot answer
   */
  readonly getUser: () => Promise<User | null>;
  /**
   * The session, or a redirect to sign in, from where people come back to `returnTo`.
   *
   * @throws Error if there may be a session but it could not be refreshed; the error page of the segment shows it
   */
  readonly requireSession: (options?: Return) => Promise<SessionClaims>;
  /** The same for people with this permission. Others get `forbidden.tsx`, or 403 from a route handler. */
  readonly requirePermission: (permission: Permission, options?: Return) => Promise<SessionClaims>;
  /**
   * The client for this request: sends the visitor's cookies, and stores those of the answer where Next.js allows it: in
   * server actions and route handlers.
   */
  readonly palisade: Palisade;
}

/** How sure an answer has to be. */
interface Check {
  /**
   * Whether Palisade is asked if the session is still alive, once for a request. If it cannot answer, the token decides
   * alone. Default: false.
   */
  recheck?: boolean | undefined;
}

/** Where people come back to after signing in: a path of the app. */
interface Return {
  returnTo?: string | undefined;
}

/** Makes the helpers. Call it once, in a module that the others import. */
export function palisadeServer(options: ServerOptions = {}): PalisadeServer {
  const current = settings(options);
  const verify = verifier(current);

  async function token(): Promise<string | undefined> {
    // A token is valid at a time, so that it cannot be checked ahead of the request.
    await connection();
    return (await cookies()).get(current().accessCookie)?.value;
  }

  const verdict = cache(async () => verify(await token()));

  async function getSession({ recheck }: Check = {}) {
    const session = (await verdict()) ?? null;
    return session && recheck && isRefused(await asked()) ? null : session;
  }

  async function requireSession({ returnTo }: Return = {}) {
    const session = await verdict();
    if (session) return session;
    const { signIn, refreshCookie } = current();
    if (session === undefined || (await cookies()).get(refreshCookie)?.value) {
      throw new Error("The session was not refreshed: Palisade is out of reach, or proxy.ts does not run here");
    }
    redirect(returnTo ? `${signIn}?returnTo=${encodeURIComponent(returnTo)}` : signIn);
  }

  async function requirePermission(permission: Permission, options?: Return) {
    const session = await requireSession(options);
    if (!session.permissions.includes(permission)) forbidden();
    return session;
  }

  const palisade = createClient({
    // The proxy refreshes: a server component could not store the cookies.
    refresh: false,
    headers: async () => {
      await connection();
      return visitorHeaders(await headers(), current());
    },
    fetch: async (url, init) => {
      const response = await fetch(current().palisadeUrl + url, { ...init, cache: "no-store" });
      await store(response.headers);
      return response;
    },
  });

  // Without a token Palisade would refuse the call.
  const asked = cache(async () => ((await token()) ? palisade.call("GET /users/me") : null));

  async function getUser() {
    const result = await asked();
    return !result || isRefused(result) ? null : unwrap(result).data;
  }

  return { getSession, getUser, requireSession, requirePermission, palisade };
}

/** Whether Palisade does not accept the token. Every other failure leaves that open. */
const isRefused = (result: Result<"GET /users/me"> | null) => result?.ok === false && result.error.code === "AUTH_401";

/** Gives the browser the cookies of an answer. */
async function store(answer: Headers): Promise<void> {
  const jar = await cookies();
  try {
    for (const cookie of new NextResponse(null, { headers: answer }).cookies.getAll()) {
      // Deleted with all its attributes: a browser ignores a `__Host-` cookie that is not Secure.
      jar.set(cookie.value ? cookie : { ...cookie, maxAge: 0 });
    }
  } catch {
    // In a server component Next.js cannot set cookies any more.
  }
}
