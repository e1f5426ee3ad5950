// One request and its answer.

import type { Failure, Result } from "./result.js";

/** Sends a request: the global `fetch`, or one that keeps cookies or counts. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A request that can be sent twice: its body is text. */
export interface Prepared {
  readonly url: string;
  readonly init: RequestInit & { readonly headers: Headers };
}

/**
 * Sends the request and reads the envelope. Whatever else comes is a `NETWORK_ERROR`.
 *
 * @throws the reason of the signal in `init`, once that is aborted
 */
export async function exchange(fetch: Fetch, { url, init }: Prepared): Promise<Result> {
  let response: Response | undefined;
  try {
    response = await fetch(url, init);
    return read(response, await response.json());
  } catch (cause) {
    init.signal?.throwIfAborted();
    const error = { code: "NETWORK_ERROR", message: "The server could not be reached", cause } as const;
    return { ok: false, error, status: response?.status ?? 0, requestId: undefined, response };
  }
}

/** Parsed JSON, which need not be the envelope. */
interface Answer {
  success?: unknown;
  data: unknown;
  error: { code: string };
  meta: { requestId: string; page?: unknown };
}

function read(response: Response, answer: Answer): Result {
  const { status, headers } = response;
  const { requestId, page } = answer.meta;
  if (answer.success === true) {
    return { ok: true, data: answer.data, ...(page ? { page } : {}), status, requestId, response } as Result;
  }
  if (answer.success !== false) throw new TypeError(`not an answer of Palisade: status ${status}`);
  const { error } = answer;
  if (error.code === "RATE_LIMITED" || error.code === "SERVICE_UNAVAILABLE") {
    // A proxy may have removed the header, or written a date.
    Object.assign(error, { retryAfter: Number(headers.get("Retry-After")) || 1 });
  }
  return { ok: false, error, status, requestId, response } as Failure;
}

/** Settles like `promise`, or rejects as soon as the signal is aborted. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
