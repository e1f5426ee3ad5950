/** The typed client of Palisade. Begin with {@link createClient}. */

export { type CallOptions, type ClientOptions, createClient, type HeaderValues, type Palisade } from "./client.js";
export type { CallError, NetworkError, PlainError, TemporaryError, ValidationError } from "./errors.js";
export type { Fetch } from "./exchange.js";
export type {
  AuditEvent,
  ErrorCode,
  ErrorDetail,
  Identity,
  Invitation,
  PageMeta,
  Provider,
  Session,
  SessionEntry,
  User,
  WebhookPayload,
} from "./generated/types.gen.js";
export { type Failure, PalisadeError, type Result, type Success, unwrap } from "./result.js";
export type { Data, Input, Item, LinkName, ListName, RouteName } from "./routes.js";
