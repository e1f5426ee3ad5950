// The two questions that the proxy asks Palisade: for the next tokens, and whether a session is still alive.

import { exchange } from "../exchange.js";
import type { Result } from "../result.js";
import type { Settings } from "./settings.js";
import { visitorHeaders } from "./visitor.js";

/** Milliseconds after which an unanswered request counts as failed. */
const PATIENCE = 5_000;

/** How a refresh ended. */
export interface Refreshed {
  /** Only Palisade itself ends a session; every other failure passes. */
  readonly outcome: "renewed" | "ended" | "failed";
  /** The `Set-Cookie` lines of the answer. */
  readonly cookies: readonly string[];
}

export async function refresh(incoming: Headers, settings: Settings): Promise<Refreshed> {
  const result = await send("POST", "refresh", incoming, settings);
  const ended = !result.ok && result.error.code === "SESSION_REVOKED";
  if (!result.ok && !ended) return { outcome: "failed", cookies: [] };
  return { outcome: ended ? "ended" : "renewed", cookies: result.response?.headers.getSetCookie() ?? [] };
}

/** Whether Palisade accepts the access token. If it cannot be asked, the token decides alone. */
export async function isAlive(incoming: Headers, settings: Settings): Promise<boolean> {
  const result = await send("GET", "session", incoming, settings);
  return !result.ok || (result.data as { user: unknown }).user !== null;
}

async function send(method: string, route: string, incoming: Headers, settings: Settings): Promise<Result> {
  const url = `${settings.palisadeUrl}/api/v1/auth/${route}`;
  const headers = await visitorHeaders(incoming, settings);
  const patient = (url: string, init: RequestInit) => fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE) });
  return exchange(patient, { url, init: { method, headers } });
}
