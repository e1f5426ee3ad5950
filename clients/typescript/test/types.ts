// What the types accept and refuse. `tsc` compiles this file and nothing runs it: each `@ts-expect-error` is an error
// unless the line below it is one.
import { type AuditEvent, type CallError, createClient, type Data, type ErrorDetail, type Item, type ListName, type RouteName } from "palisade-client";
import { type PageMeta, PalisadeError, type User, unwrap } from "palisade-client";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

const palisade = createClient();
declare const credentials: { email: string; password: string };

// Every route that answers with the envelope is there, and the inputs are those of the route.
void palisade.call("POST /auth/login", { body: credentials });
void palisade.call("POST /auth/logout");
void palisade.call("DELETE /users/me");
void palisade.call("DELETE /users/me", { body: { password: "…" } });
void palisade.call("GET /users", { query: { role: "admin", limit: 5 }, signal: AbortSignal.timeout(1) });
// @ts-expect-error no such route
void palisade.call("GET /nothing");
// @ts-expect-error no such method
void palisade.call("PUT /auth/login", { body: credentials });
// @ts-expect-error the prefix is the client's
void palisade.call("GET /api/v1/users");
// @ts-expect-error a body is missing
void palisade.call("POST /auth/login");
// @ts-expect-error a field is missing
void palisade.call("POST /auth/login", { body: { email: "ada@example.org" } });
// @ts-expect-error there is no such field
void palisade.call("POST /auth/login", { body: { ...credentials, remember: true } });
// @ts-expect-error the route has no body
void palisade.call("POST /auth/logout", { body: {} });
// @ts-expect-error the path has a parameter
void palisade.call("GET /users/{id}");
// @ts-expect-error no such role
void palisade.call("GET /users", { query: { role: "root" } });
// @ts-expect-error a redirect is not called
void palisade.call("GET /auth/oauth/{provider}", { path: { provider: "acme" } });
palisade.url("GET /auth/oauth/{provider}", { path: { provider: "acme" } });
palisade.url("GET /auth/jwks");
// @ts-expect-error an answer with the envelope is called
palisade.url("GET /users");

// Who administers users says on which revision the decision rests.
const [path, revision] = [{ id: "usr_1" }, 1];
void palisade.call("PUT /users/{id}/role", { path, body: { role: "support", revision } });
void palisade.call("PUT /users/{id}/permissions", { path, body: { permissions: ["AUDIT_READ"], revision } });
void palisade.call("POST /users/{id}/suspend", { path, body: { revision } });
void palisade.call("GET /audit-events", { query: { userId: "usr_1", type: "user.suspended" } });
void palisade.call("GET /events", { query: { after: "…" } });
// @ts-expect-error without a revision
void palisade.call("PUT /users/{id}/role", { path, body: { role: "support" } });
// @ts-expect-error no such permission
void palisade.call("PUT /users/{id}/permissions", { path, body: { permissions: ["EVERYTHING"], revision } });
// @ts-expect-error the feed has no cursor
void palisade.call("GET /events", { query: { cursor: "…" } });

// Outputs.
same<Data<"GET /users/me">, User>(true);
same<Item<"GET /users">, User>(true);
same<"GET /users" extends ListName ? true : false, true>(true);
same<Extract<ListName, "GET /users/me">, never>(true);

export async function narrows(): Promise<string | undefined> {
  const result = await palisade.call("POST /auth/login", { body: credentials });
  // @ts-expect-error it may have failed
  result.data;
  if (result.ok) {
    // @ts-expect-error not a list
    result.page;
    same<typeof result.requestId, string>(true);
    same<typeof result.response, Response>(true);
    return result.data.user.email;
  }
  same<typeof result.response, Response | undefined>(true);
  const { error } = result;
  // @ts-expect-error only temporary errors say when
  error.retryAfter;
  // @ts-expect-error this route never answers like that
  if (error.code === "LAST_SUPER_ADMIN") return;
  // @ts-expect-error it does not need a session
  if (error.code === "AUTH_401") return;
  switch (error.code) {
    case "RATE_LIMITED":
    case "SERVICE_UNAVAILABLE":
      same<typeof error.retryAfter, number>(true);
      return;
    case "VALIDATION_FAILED":
      same<typeof error.details, readonly ErrorDetail[]>(true);
      return error.details[0]?.message;
    case "NETWORK_ERROR":
      same<typeof error.cause, unknown>(true);
      return;
    case "INVALID_CREDENTIALS":
    case "ACCOUNT_SUSPENDED":
    case "CSRF_REJECTED":
    case "EMAIL_NOT_VERIFIED":
    case "HEADERS_TOO_LARGE":
    case "INTERNAL":
    case "MALFORMED_REQUEST":
    case "PAYLOAD_TOO_LARGE":
    case "REQUEST_TIMEOUT":
    case "UNSUPPORTED_MEDIA_TYPE":
    case "URI_TOO_LONG":
      // @ts-expect-error no details here
      error.details;
      return error.message;
    default:
      // The union is closed: nothing is left.
      return error satisfies never;
  }
}

export async function administers(): Promise<string | undefined> {
  const result = await palisade.call("PUT /users/{id}/role", { path, body: { role: "support", revision } });
  if (result.ok) {
    same<typeof result.data, User>(true);
    return;
  }
  switch (result.error.code) {
    case "REVISION_MISMATCH":
    case "LAST_SUPER_ADMIN":
    case "FORBIDDEN":
    case "NOT_FOUND":
      return result.error.message;
    // @ts-expect-error only a deletion that was undone, or an address, can conflict
    case "CONFLICT":
      return;
  }
}

same<Extract<CallError<"POST /users/{id}/restore">["code"], "CONFLICT">, "CONFLICT">(true);
// The last super-admin can be let in again, but not go.
type CanLeaveNone = { [K in RouteName]: "LAST_SUPER_ADMIN" extends CallError<K>["code"] ? K : never }[RouteName];
same<CanLeaveNone, "DELETE /users/me" | "DELETE /users/{id}" | "POST /users/{id}/suspend" | "PUT /users/{id}/role">(true);

// A call that refreshes the session can end with the error of that, which never is the end of the session.
same<Extract<CallError<"GET /users/me">["code"], "CSRF_REJECTED">, "CSRF_REJECTED">(true);
same<Extract<CallError<"GET /users/me">["code"], "SESSION_REVOKED">, never>(true);
same<Extract<CallError<"GET /users/me">["code"], "IMPERSONATING">, "IMPERSONATING">(true);
same<Extract<CallError<"POST /auth/refresh">["code"], "SESSION_REVOKED">, "SESSION_REVOKED">(true);
// Every route can be limited, overloaded and out of reach.
type Without<Code> = { [K in RouteName]: Code extends CallError<K>["code"] ? never : K }[RouteName];
same<Without<"RATE_LIMITED">, never>(true);
same<Without<"SERVICE_UNAVAILABLE">, never>(true);
same<Without<"NETWORK_ERROR">, never>(true);
same<"POST /auth/login" extends Without<"AUTH_401"> ? true : false, true>(true);

export async function lists(): Promise<void> {
  const first = unwrap(await palisade.call("GET /users", { query: { deleted: true } }));
  same<typeof first.page.nextCursor, string | null>(true);
  same<typeof first.data.items, User[]>(true);
  for await (const user of palisade.items("GET /users", { query: { limit: 100 } })) same<typeof user, User>(true);
  for await (const page of palisade.pages("GET /users")) same<typeof page.data.items, User[]>(true);
  for await (const event of palisade.items("GET /audit-events")) same<typeof event, AuditEvent>(true);
  for await (const { page } of palisade.pages("GET /events", { query: { after: "…" } })) same<typeof page, PageMeta>(true);
  // @ts-expect-error not a list
  palisade.items("GET /users/me");
  const me = unwrap(await palisade.call("GET /users/me"));
  same<typeof me.data, User>(true);
}

export function caught(error: unknown): number | undefined {
  if (!(error instanceof PalisadeError)) throw error;
  return error.error.code === "RATE_LIMITED" ? error.error.retryAfter : undefined;
}
