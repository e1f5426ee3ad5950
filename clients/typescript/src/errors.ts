// The errors of each route, told apart by `code`.

import type { Routes } from "./generated/routes.gen.js";
import type { ErrorDetail } from "./generated/types.gen.js";
import type { RouteName } from "./routes.js";

/** An error that has nothing but a code and a message. */
export interface PlainError<Code extends string> {
  readonly code: Code;
  /** For people, in English. The wording may change. */
  readonly message: string;
}

/** An error that passes by itself. */
export interface TemporaryError<Code extends string> extends PlainError<Code> {
  /** Whole seconds after which the same request may succeed, at least 1. */
  readonly retryAfter: number;
}

/** The server refused the input. */
export interface ValidationError extends PlainError<"VALIDATION_FAILED"> {
  /** Every mistake at once; several may be in one field. */
  readonly details: readonly ErrorDetail[];
}

/**
 * No answer came, or one that is not Palisade's: the network failed, the server is down, or a proxy answered with a page
 * of its own.
 */
export interface NetworkError extends PlainError<"NETWORK_ERROR"> {
  /** What `fetch` threw, or why the answer is not Palisade's. */
  readonly cause: unknown;
}

/** Every error that a call of this route can end with. */
export type CallError<K extends RouteName = RouteName> = ByCode<Code<K>> | NetworkError;

/** The codes in the document. */
type Stated<K extends RouteName> = K extends RouteName
  ? Routes[K]["errors"][keyof Routes[K]["errors"]] extends { error: { code: infer C extends string } }
    ? C
    : never
  : never;

/** A call that refreshes the session can also end with the error of that, unless the session has ended. */
type Code<K extends RouteName> =
  | Stated<K>
  | ("AUTH_401" extends Stated<K> ? Exclude<Stated<"POST /auth/refresh">, "SESSION_REVOKED"> : never);

type ByCode<C extends string> = C extends "VALIDATION_FAILED"
  ? ValidationError
  : C extends "RATE_LIMITED" | "SERVICE_UNAVAILABLE"
    ? TemporaryError<C>
    : PlainError<C>;
