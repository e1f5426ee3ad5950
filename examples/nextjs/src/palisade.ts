// The whole client: `fetch`, typed by the OpenAPI document, and one refresh at a time.
import type { components, paths } from "./api";

export type User = components["schemas"]["User"];
type ErrorInfo = components["schemas"]["ErrorInfo"];

type Method = "get" | "post" | "patch";
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;

/** The input of a call. */
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? B : undefined;

/** The `data` of a success. */
type Data<O> = O extends { responses: infer R }
  ? { [S in keyof R]: R[S] extends { content: { "application/json": { data: infer D } } } ? D : never }[keyof R]
  : never;

/** An error of the server. Distinguish errors by `code`; `message` is for people. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorInfo["code"],
    message: string,
    /** With `VALIDATION_FAILED`: every mistake, with the name of its field. */
    readonly details: NonNullable<ErrorInfo["details"]>,
    /** Seconds until the same request may succeed, if the server knows. */
    readonly retryAfter: number | undefined,
  ) {
    super(message);
  }
}

/** Calls a route: `call("post", "/api/v1/auth/login", { email, password })`. */
export async function call<P extends keyof paths, M extends Method>(
  method: M,
  path: P,
  body?: Body<Operation<P, M>>,
): Promise<Data<Operation<P, M>>> {
  try {
    return await send(method, path, body);
  } catch (error) {
    // An access token lives for minutes, the session for days.
    if (error instanceof ApiError && error.code === "AUTH_401" && (await refresh())) return send(method, path, body);
    throw error;
  }
}

let refreshing: Promise<User | null> | undefined;

/** Refreshes the session: the user, or `null` if it has ended. Concurrent calls share one request. */
export function refresh(): Promise<User | null> {
  refreshing ??= send("post", "/api/v1/auth/refresh", undefined)
    .then(
      ({ user }) => user,
      (error: unknown) => {
        if (error instanceof ApiError && error.code === "SESSION_REVOKED") return null;
        throw error;
      },
    )
    .finally(() => {
      refreshing = undefined;
    });
  return refreshing;
}

async function send<P extends keyof paths, M extends Method>(
  method: M,
  path: P,
  body: Body<Operation<P, M>> | undefined,
): Promise<Data<Operation<P, M>>> {
  const init: RequestInit = { method: method.toUpperCase() };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const response = await fetch(path, init).catch(() => undefined);
  // An answer that is not JSON does not come from Palisade: a proxy reports that it cannot reach it.
  const answer = await response?.json().catch(() => undefined);
  if (!response || !answer) throw new Error("The server could not be reached. Please try again in a moment.");
  if (answer.success) return answer.data;
  const { code, message, details = [] } = answer.error as ErrorInfo;
  throw new ApiError(code, message, details, Number(response.headers.get("Retry-After")) || undefined);
}
