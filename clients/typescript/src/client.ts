// Calls, one refresh at a time, and pages.

import { address, type Place } from "./address.js";
import { abortable, exchange, type Fetch, type Prepared } from "./exchange.js";
import { type Result, type Success, unwrap } from "./result.js";
import type { Arguments, Input, Item, LinkName, ListName, RouteName } from "./routes.js";

/** What `new Headers` takes. */
export type HeaderValues = ConstructorParameters<typeof Headers>[0];

/** What all calls of a client have in common. */
export interface ClientOptions {
  /** Where Palisade answers, without `/api/v1`: `https://app.example.org`. Default: the origin of the page. */
  baseUrl?: string | undefined;
  /** Sends the requests. Default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /**
   * Headers of every request, or a function that returns them for each call.
   *
   * A client that is given `Authorization` or `Cookie` does not refresh: it could not store the cookies of the next
   * session.
   */
  headers?: HeaderValues | (() => HeaderValues | Promise<HeaderValues>) | undefined;
  /** `"include"` if the page is of another origin of the same site. Default: that of `fetch`. */
  credentials?: RequestInit["credentials"] | undefined;
  /**
   * How many seconds a GET may wait for its one repetition, after `RATE_LIMITED` or `SERVICE_UNAVAILABLE` with a shorter
   * `Retry-After`; 0 for no repetition. Default: 2, which a person takes for a slow answer, not for a failure.
   */
  retry?: number | undefined;
  /**
   * Whether a call that gets `AUTH_401` refreshes the session. `false` where the cookies of an answer cannot be stored.
   * Default: true.
   */
  refresh?: boolean | undefined;
  /** Called when a refresh finds that there is no session any more, once for all calls that wait for it. */
  onSignedOut?: (() => void) | undefined;
}

/** What a single call can set. */
export interface CallOptions {
  /** Headers of this call, beside and above those of the client. */
  headers?: HeaderValues;
  /** As in {@link ClientOptions}, but for this call, whatever its method. */
  retry?: number | undefined;
  /** Aborts the call: it rejects with the reason of the signal. */
  signal?: AbortSignal | undefined;
}

/** A client of one server. */
export interface Palisade {
  /**
   * Calls a route: `call("POST /auth/login", { body: { email, password } })`.
   *
   * Resolves to the answer, also if that is an error. If the access token has expired (`AUTH_401`), refreshes the session
   * and repeats the call once; calls at the same time share the refresh. A refresh that finds no session holds for a
   * minute, or until a call other than GET succeeds: it may have signed in.
   *
   * @throws the reason of `signal`, once that is aborted; TypeError for a path parameter that is empty, `.` or `..`
   */
  call<K extends RouteName>(route: K, ...input: Arguments<Input<K> & CallOptions>): Promise<Result<K>>;

  /**
   * The items of a list, from `query.cursor` or else the first to the last. Requests a page of `query.limit` items (1 to
   * 100, default 20) when the one before has been used up.
   *
   * @throws PalisadeError for the first page that fails
   */
  items<K extends ListName>(route: K, ...input: Arguments<Input<K> & CallOptions>): AsyncGenerator<Item<K>, void, undefined>;

  /**
   * The same, page by page.
   *
   * For the feed, `GET /events`, `query.after` takes the place of the cursor, and the last page is the one after which
   * nothing has happened yet. Keep its `page.nextCursor`, to go on there another time.
   *
   * @throws PalisadeError for the first page that fails
   */
  pages<K extends ListName>(route: K, ...input: Arguments<Input<K> & CallOptions>): AsyncGenerator<Success<K>, void, undefined>;

  /** The address of a route that is not called but opened: a redirect to a provider, or the public keys. */
  url<K extends LinkName>(route: K, ...input: Arguments<Input<K>>): string;
}

/** Any input, as the code below sees it. */
type AnyInput = Place & CallOptions & { body?: unknown };

/** Milliseconds after which a client looks again for a session: another tab may have signed in. */
const GUEST = 60_000;

/** Makes a client. In a browser all calls of a page should share one, so that they share a refresh. */
export function createClient(options: ClientOptions = {}): Palisade {
  const { baseUrl = "", fetch: send = (url: string, init: RequestInit) => fetch(url, init), onSignedOut } = options;
  let refreshing: Promise<Result> | undefined;
  /** How the latest refresh ended. */
  let refreshed: Result | undefined;
  /** Until when there is nothing to refresh. The cookie itself is hidden from scripts. */
  let guestUntil = 0;

  async function prepare(route: string, input: AnyInput): Promise<Prepared> {
    const [method = "", template = ""] = route.split(" ");
    const url = address(baseUrl, template, input);
    const common = typeof options.headers === "function" ? await options.headers() : options.headers;
    const headers = new Headers(common);
    new Headers(input.headers).forEach((value, name) => headers.set(name, value));
    const init: Prepared["init"] = { method, headers };
    if (options.credentials) init.credentials = options.credentials;
    if (input.signal) init.signal = input.signal;
    if (input.body !== undefined) {
      headers.set("Content-Type", "application/json");
      init.body = JSON.stringify(input.body);
    }
    return { url, init };
  }

  /** Sends a request, and once more if the server asks to wait for a moment. */
  async function attempt(request: Prepared, longest: number): Promise<Result> {
    const result = await exchange(send, request);
    const wait = !result.ok && "retryAfter" in result.error ? result.error.retryAfter : Infinity;
    if (wait > longest) return result;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const waited = new Promise((resolve) => (timer = setTimeout(resolve, wait * 1000)));
    await abortable(waited, request.init.signal).finally(() => clearTimeout(timer));
    return exchange(send, request);
  }

  function refresh(): Promise<Result> {
    refreshing ??= prepare("POST /auth/refresh", {})
      .then((request) => exchange(send, request))
      .then((result) => {
        refreshed = result;
        guestUntil = 0;
        if (!result.ok && result.error.code === "SESSION_REVOKED") {
          guestUntil = Date.now() + GUEST;
          onSignedOut?.();
        }
        return result;
      })
      .finally(() => (refreshing = undefined));
    return refreshing;
  }

  async function call(route: string, input: AnyInput = {}): Promise<Result> {
    if (route === "POST /auth/refresh") return abortable(refresh(), input.signal);
    const request = await prepare(route, input);
    const longest = input.retry ?? (request.init.method === "GET" ? (options.retry ?? 2) : 0);
    const before = refreshed;
    const result = await attempt(request, longest);
    const { headers, method, signal } = request.init;
    if (result.ok && method !== "GET") guestUntil = 0;
    if (result.ok || result.error.code !== "AUTH_401") return result;
    if (options.refresh === false || headers.has("Authorization") || headers.has("Cookie")) return result;
    if (!refreshing && Date.now() < guestUntil) return result;
    // An answer to the old token may come when others have refreshed already.
    const session = (!refreshing && refreshed !== before && refreshed) || (await abortable(refresh(), signal));
    if (session.ok) return attempt(request, longest);
    return session.error.code === "SESSION_REVOKED" ? result : session;
  }

  async function* pages(route: ListName, input: AnyInput = {}) {
    const isFeed = route === "GET /events";
    for (;;) {
      const answer = unwrap((await call(route, input)) as Result<ListName>);
      yield answer;
      const { limit, nextCursor } = answer.page;
      // The cursor of a feed stays valid for what is still to come.
      if (nextCursor === null || (isFeed && answer.data.items.length < limit)) return;
      input = { ...input, query: { ...input.query, [isFeed ? "after" : "cursor"]: nextCursor } };
    }
  }

  async function* items(route: ListName, input?: AnyInput) {
    for await (const { data } of pages(route, input)) yield* data.items;
  }

  const url = (route: string, input: Place = {}) => address(baseUrl, route.slice(route.indexOf(" ") + 1), input);

  return { call, items, pages, url } as Palisade;
}
