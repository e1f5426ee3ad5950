// What a call resolves to, and how to throw it instead.

import type { CallError } from "./errors.js";
import type { PageMeta } from "./generated/types.gen.js";
import type { Data, ListName, RouteName } from "./routes.js";

/** The end of a call: look at `ok`, then at `error.code`. */
export type Result<K extends RouteName = RouteName> = Success<K> | Failure<K>;

/** The answer of a route. Lists also have the `page`. */
export type Success<K extends RouteName = RouteName> = Answered<K> & (K extends ListName ? { readonly page: PageMeta } : unknown);

interface Answered<K extends RouteName> {
  readonly ok: true;
  readonly data: Data<K>;
  /** The HTTP status, 200 to 299. */
  readonly status: number;
  /** Names the request in the server's log. */
  readonly requestId: string;
  /** For its headers; the body has been read. */
  readonly response: Response;
}

/** A call without success. */
export interface Failure<K extends RouteName = RouteName> {
  readonly ok: false;
  readonly error: CallError<K>;
  /** The HTTP status; 0 if no answer came. */
  readonly status: number;
  /** Names the request in the server's log. Missing with `NETWORK_ERROR`. */
  readonly requestId: string | undefined;
  /** For its headers; the body has been read. Missing if no answer came. */
  readonly response: Response | undefined;
}

/** A `Failure`, thrown. Only `unwrap`, `items` and `pages` throw it. */
export class PalisadeError extends Error implements Omit<Failure, "ok"> {
  override readonly name = "PalisadeError";
  readonly error: CallError;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly response: Response | undefined;

  constructor({ error, status, requestId, response }: Failure) {
    super(`${error.code}: ${error.message}`, { cause: "cause" in error ? error.cause : undefined });
    this.error = error;
    this.status = status;
    this.requestId = requestId;
    this.response = response;
  }
}

/** Returns the success, or throws the failure as a {@link PalisadeError}: for code that prefers exceptions. */
export function unwrap<R extends Result>(result: R): Extract<R, { ok: true }> {
  if (result.ok) return result as Extract<R, { ok: true }>;
  throw new PalisadeError(result);
}
