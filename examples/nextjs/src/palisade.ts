// The whole client: `fetch`, typed by the OpenAPI document, and one refresh at a time.
import type { components, paths } from "./api";

export type User = components["schemas"]["User"];
type ErrorInfo = components["schemas"]["ErrorInfo"];

type Method = "get" | "post" | "patch";
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;

/** What a call takes. */
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? B : undefined;

/** What stands in `data` when it succeeds. */
type Data<O> = O extends { responses: infer R }
  ? { [S in keyof R]: R[S] extends { content: { "application/json": { data: infer D } } } ? D : never }[keyof R]
  : never;

/** The server said no. Tell errors apart by `code`; `message` is for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorInfo["code"],
    message: string,
    readonly details: ErrorInfo["details"],
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
  const init: RequestInit = { method: method.toUpperCase() };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const before = refreshes;
  let response = await fetch(path, init);
  let answer = await response.json();
  // An access token lives for minutes, the session for days. What was refused with the old token while another call
  // refreshed it only has to be asked again.
  if (answer.error?.code === "AUTH_401" && (refreshes !== before || (await refresh()))) {
    response = await fetch(path, init);
    answer = await response.json();
  }
  if (!answer.success) {
    const { code, message, details } = answer.error as ErrorInfo;
    throw new ApiError(response.status, code, message, details);
  }
  return answer.data;
}

let refreshing: Promise<boolean> | undefined;
let refreshes = 0;

/** Single-flight: calls that find the access token expired at the same time wait for one refresh. */
function refresh(): Promise<boolean> {
  refreshing ??= fetch("/api/v1/auth/refresh", { method: "POST" })
    .then((response) => {
      refreshes += response.ok ? 1 : 0;
      return response.ok;
    })
    .finally(() => {
      refreshing = undefined;
    });
  return refreshing;
}
