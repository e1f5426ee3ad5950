// The client with which the proxy asks Palisade for a visitor.

import { createClient, type Palisade } from "../client.js";
import type { Settings } from "./settings.js";
import { visitorHeaders } from "./visitor.js";

/** Milliseconds after which an unanswered request counts as failed. */
const PATIENCE = 5_000;

/** The client for the request with these headers. It does not wait: the request does. */
export const asking = (incoming: Headers, settings: Settings): Palisade =>
  createClient({
    baseUrl: settings.palisadeUrl,
    headers: () => visitorHeaders(incoming, settings),
    fetch: (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE) }),
    retry: 0,
  });
